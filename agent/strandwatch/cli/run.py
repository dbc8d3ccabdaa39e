"""`strandwatch run`: the daemon in the foreground."""

from pathlib import Path

import click

from strandwatch.app.launch import become_launcher
from strandwatch.app.plan import make_plan
from strandwatch.config.load import load_config


@click.command()
@click.option(
    "--config",
    "config_path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Configuration file; without it the embedded defaults hold.",
)
@click.option(
    "--state-directory",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="STRANDWATCH_STATE",
    help="Folder of the record and the keys.",
)
@click.option(
    "--watch",
    multiple=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Sequencing output directory to watch; may be given several times.",
)
def run(config_path: Path | None, state_directory: Path | None, watch: tuple[Path, ...]) -> None:
    """Watch until stopped: what systemd starts.

    SIGTERM or Ctrl-C finishes what is under way and ends; SIGHUP reads the configuration again and
    keeps the last good one when the new one is refused.
    """
    overrides: dict[str, object] = {}
    again = ["plan"]
    if config_path is not None:
        again += ["--config", str(config_path.absolute())]
    if state_directory is not None:
        overrides["agent.state_directory"] = str(state_directory.absolute())
        again += ["--state-directory", str(state_directory.absolute())]
    if watch:
        overrides["watch.directories"] = [str(path.absolute()) for path in watch]
        again += [word for path in watch for word in ("--watch", str(path.absolute()))]
    plan = make_plan(load_config(config_path, overrides), tuple(again))
    become_launcher(plan)
