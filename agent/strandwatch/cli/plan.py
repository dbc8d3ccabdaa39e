"""`strandwatch plan`: what the daemon would be told to do, for the launcher to read on reload."""

import json
from pathlib import Path

import click

from strandwatch.app.plan import make_plan
from strandwatch.cli.options import (
    again,
    config_option,
    read_config,
    state_directory_option,
    watch_option,
)
from strandwatch.domain.encoding import to_plain


@click.command(hidden=True)
@config_option
@state_directory_option
@watch_option
def plan(config_path: Path | None, state_directory: Path | None, watch: tuple[Path, ...]) -> None:
    """Print the plan that `run` with the same options would follow, as JSON."""
    config = read_config(config_path, state_directory, watch)
    click.echo(json.dumps(to_plain(make_plan(config, again(config_path, state_directory, watch)))))
