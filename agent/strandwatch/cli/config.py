"""`strandwatch config`: check a configuration, show the one in force, describe what there is."""

import json
import pwd
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import click

from strandwatch.cli.options import (
    chosen_config,
    config_option,
    examples,
    format_option,
    read_config,
    state_directory_option,
)
from strandwatch.cli.output import Column, JsonObject, print_records
from strandwatch.config.models import Config
from strandwatch.config.policy import load_policy
from strandwatch.config.reference import annotated_defaults, as_toml, json_schema
from strandwatch.errors import ConfigurationError, ExitCode


@click.group(
    epilog=examples(
        "strandwatch config show --defaults > strandwatch.toml",
        "strandwatch config check strandwatch.toml",
        "strandwatch config show --config strandwatch.toml",
    )
)
def config() -> None:
    """Check, show and describe the configuration."""


_COLUMNS = (Column(key="severity", title="Severity"), Column(key="problem", title="Problem"))


@config.command(epilog=examples("strandwatch config check /etc/strandwatch/strandwatch.toml"))
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@config_option
@format_option
def check(file: Path | None, config_path: Path | None, form: str) -> int:
    """Check a configuration FILE, and the policy and databases that it names.

    Names every bad option with its line. Exits with 3 when the daemon would refuse to start, with 1
    when it would start but something that the file names is not there, with 0 when all is well.
    """
    path = chosen_config(file or config_path)
    try:
        checked = read_config(path)
        load_policy(checked.policy)
    except ConfigurationError as error:
        _print_problems("error", error.problems, form)
        return ExitCode.CONFIGURATION
    warnings = tuple(_warnings(checked))
    _print_problems("warning", warnings, form)
    if not warnings:
        click.echo(f"{path or 'The built-in configuration'} is fine.", err=True)
    return ExitCode.FINDINGS if warnings else ExitCode.OK


def _print_problems(severity: str, problems: tuple[str, ...], form: str) -> None:
    rows: list[JsonObject] = [{"severity": severity, "problem": text} for text in problems]
    if form == "table":
        for row in rows:
            click.echo(f"{row['severity']}: {row['problem']}")
        return
    print_records(rows, form, _COLUMNS, empty="")


def _warnings(checked: Config) -> Iterator[str]:
    for folder in checked.watch.directories:
        if not folder.is_dir():
            yield f"watch.directories: {folder}: no such folder yet"
    for database in checked.jurisdiction.databases:
        if not database.path.is_file():
            yield f"jurisdiction.databases: {database.path}: no such file"
    try:
        pwd.getpwnam(checked.agent.user)
    except KeyError:
        if "user" in checked.agent.model_fields_set:
            yield f"agent.user: {checked.agent.user}: no such account on this machine"


@config.command(
    epilog=examples(
        "strandwatch config show --defaults       # a file to start from",
        "strandwatch config show --format json    # for programs",
    )
)
@config_option
@state_directory_option
@click.option("--defaults", is_flag=True, help="Print every option with its meaning instead.")
@click.option(
    "--format",
    "form",
    type=click.Choice(("toml", "json")),
    default="toml",
    show_default=True,
    help="How to print it.",
)
def show(config_path: Path | None, state_directory: Path | None, defaults: bool, form: str) -> None:
    """Print the options in force, or all options with their meaning and defaults."""
    if defaults:
        click.echo(annotated_defaults(), nl=False)
        return
    shown = _without_secrets(read_config(config_path, state_directory))
    text = json.dumps(shown.model_dump(mode="json")) + "\n" if form == "json" else as_toml(shown)
    click.echo(text, nl=False)


def _without_secrets(shown: Config) -> Config:
    """Give the options with what may be a token in an address left out."""
    webhook = shown.sinks.webhook
    if webhook.url is None:
        return shown
    hidden = webhook.model_copy(update={"url": without_path(webhook.url)})
    sinks = shown.sinks.model_copy(update={"webhook": hidden})
    return shown.model_copy(update={"sinks": sinks})


def without_path(url: str) -> str:
    """Give a web address with whatever follows the host, or precedes it, left out."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}/..."


@config.command(epilog=examples("strandwatch config schema > strandwatch.schema.json"))
def schema() -> None:
    """Print the JSON schema of a configuration file, for editors and other checkers."""
    click.echo(json.dumps(json_schema(), indent=2))
