"""`strandwatch run`: the daemon in the foreground."""

import sys
from pathlib import Path

import click

from strandwatch.app.launch import become_launcher
from strandwatch.app.plan import make_plan
from strandwatch.cli.options import (
    again,
    config_option,
    examples,
    read_config,
    state_directory_option,
    watch_option,
)


@click.command(
    epilog=examples(
        "sudo strandwatch run",
        "sudo strandwatch run --watch /data/runs",
        "sudo strandwatch run --config /etc/strandwatch/strandwatch.toml",
    )
)
@config_option
@state_directory_option
@watch_option
def run(config_path: Path | None, state_directory: Path | None, watch: tuple[Path, ...]) -> None:
    """Watch this machine until stopped: what systemd starts.

    SIGTERM or Ctrl-C finishes what is under way and ends. SIGHUP reads the configuration again; one
    that is refused leaves the last good one in force, and `doctor` says so.
    """
    config = read_config(config_path, state_directory, watch)
    plan = make_plan(config, again(config_path, state_directory, watch))
    if sys.stderr.isatty():
        state = plan.agent.state_directory
        click.echo(
            "Watching; alerts appear here. Ctrl-C finishes what is under way and ends.", err=True
        )
        click.echo(
            f"More, in another terminal: strandwatch live --state-directory {state}", err=True
        )
    become_launcher(plan)
