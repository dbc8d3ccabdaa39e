"""Options that many commands share, and the configuration that they lead to."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from strandwatch.config.models import Config

SYSTEM_CONFIG = Path("/etc/strandwatch/strandwatch.toml")

_Function = TypeVar("_Function", bound=Callable[..., Any])

FORMATS = ("table", "json", "csv")


def examples(*lines: str) -> str:
    """Give the end of a command's help: examples, each as it is typed."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def config_option(function: _Function) -> _Function:
    """Add `--config FILE`."""
    return click.option(
        "--config",
        "config_path",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        envvar="STRANDWATCH_CONFIG",
        help=f"Configuration file. [default: {SYSTEM_CONFIG} where it exists, else built-in]",
    )(function)


def state_directory_option(function: _Function) -> _Function:
    """Add `--state-directory FOLDER`."""
    return click.option(
        "--state-directory",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="FOLDER",
        envvar="STRANDWATCH_STATE",
        help="Folder of the record and the keys. [default: as configured]",
    )(function)


def watch_option(function: _Function) -> _Function:
    """Add `--watch FOLDER`."""
    return click.option(
        "--watch",
        multiple=True,
        type=click.Path(file_okay=False, path_type=Path),
        metavar="FOLDER",
        help="Sequencing output folder to watch instead of the configured ones; repeatable.",
    )(function)


def format_option(function: _Function) -> _Function:
    """Add `--format table|json|csv`."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(FORMATS),
        default="table",
        show_default=True,
        help="table for people, json (one object per line) and csv for programs.",
    )(function)


def chosen_config(config_path: Path | None) -> Path | None:
    """Give the configuration file that counts: the named one, or the system's where it exists."""
    if config_path is not None:
        return config_path
    return SYSTEM_CONFIG if SYSTEM_CONFIG.is_file() else None


def read_config(
    config_path: Path | None, state_directory: Path | None = None, watch: Sequence[Path] = ()
) -> "Config":
    """Give the configuration of a file with what the command line says about it."""
    from strandwatch.config.load import load_config

    overrides: dict[str, object] = {}
    if state_directory is not None:
        overrides["agent.state_directory"] = str(state_directory.absolute())
    if watch:
        overrides["watch.directories"] = [str(path.absolute()) for path in watch]
    return load_config(chosen_config(config_path), overrides)


def again(
    config_path: Path | None, state_directory: Path | None, watch: Sequence[Path]
) -> tuple[str, ...]:
    """Give the words after `strandwatch` that print the plan of the same options anew."""
    words = ["plan"]
    if (chosen := chosen_config(config_path)) is not None:
        words += ["--config", str(chosen.absolute())]
    if state_directory is not None:
        words += ["--state-directory", str(state_directory.absolute())]
    for path in watch:
        words += ["--watch", str(path.absolute())]
    return tuple(words)
