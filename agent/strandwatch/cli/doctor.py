"""`strandwatch doctor`: what this machine lets the agent see, what is missing, how to fix it."""

from collections.abc import Iterator
from pathlib import Path

import click

from strandwatch.app.doctor import Check, Standing, examine
from strandwatch.cli.options import (
    config_option,
    examples,
    format_option,
    read_config,
    state_directory_option,
)
from strandwatch.cli.output import Column, JsonObject, print_records, quiet_logs
from strandwatch.errors import ExitCode

_STYLES = {"ok": "green", "limited": "yellow", "missing": "red"}

_COLUMNS = (
    Column(key="standing", title="", style=lambda record: _STYLES[record["standing"]]),
    Column(key="check", title="What"),
    Column(key="finding", title="Finding", wraps=True),
    Column(key="remedy", title="What to do", wraps=True),
)


@click.command(epilog=examples("sudo strandwatch doctor", "strandwatch doctor --format json"))
@config_option
@state_directory_option
@format_option
def doctor(config_path: Path | None, state_directory: Path | None, form: str) -> int:
    """Say what this machine lets the agent see, what is missing, and how to fix it.

    Every check tries the real thing and lets it go again. Exits with 1 when anything is limited or
    missing. Run it the way the daemon runs: as root it can say more.
    """
    quiet_logs()
    config = read_config(config_path, state_directory)
    findings = 0

    def records() -> Iterator[JsonObject]:
        nonlocal findings
        for check in examine(config):
            findings += check.standing is not Standing.OK
            yield _record(check)

    print_records(records(), form, _COLUMNS, empty="")
    return ExitCode.FINDINGS if findings else ExitCode.OK


def _record(check: Check) -> JsonObject:
    return {
        "check": check.name,
        "standing": check.standing.value,
        "finding": check.finding,
        "remedy": check.remedy,
    }
