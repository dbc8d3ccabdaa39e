"""`strandwatch sinks`: the receivers of alerts elsewhere, tried out and looked at."""

from collections.abc import Iterator
from pathlib import Path

import click

from strandwatch.app.plan import make_plan
from strandwatch.app.receivers import planned
from strandwatch.cli.config import without_path
from strandwatch.cli.options import (
    config_option,
    examples,
    format_option,
    read_config,
    state_directory_option,
)
from strandwatch.cli.output import Column, JsonObject, print_records
from strandwatch.config.models import Config
from strandwatch.domain.alert import Alert, AlertState, Severity, Visibility
from strandwatch.domain.flow import Direction, Endpoint, FiveTuple, FlowKey, Protocol
from strandwatch.domain.transfer import Method, Transfer
from strandwatch.errors import ExitCode, SinkError
from strandwatch.runtime.clock import SystemClock
from strandwatch.sinks.spool import look

_NONE = "No receiver is configured: see [sinks.syslog] and [sinks.webhook]."
_STYLES = {"delivered": "green", "failed": "red"}


@click.group(epilog=examples("strandwatch sinks status", "sudo strandwatch sinks test"))
def sinks() -> None:
    """Try the receivers of alerts, and see what waits for them."""


_STATUS = (
    Column(key="sink", title="Sink"),
    Column(key="to", title="To", in_middle=True),
    Column(key="format", title="Format"),
    Column(key="waiting", title="Waiting", right=True),
    Column(key="refused", title="Refused", right=True),
    Column(key="last_refusal", title="Last refusal", wraps=True),
)


@sinks.command(epilog=examples("strandwatch sinks status --format json"))
@config_option
@state_directory_option
@format_option
def status(config_path: Path | None, state_directory: Path | None, form: str) -> int:
    """Say how many alerts wait for each receiver, and what it refused.

    Exits with 1 when anything waits or was refused.
    """
    config = read_config(config_path, state_directory)
    rows = list(_rows(config))
    print_records(rows, form, _STATUS, empty=_NONE)
    return ExitCode.FINDINGS if any(row["waiting"] or row["refused"] for row in rows) else 0


def _rows(config: Config) -> Iterator[JsonObject]:
    plan = make_plan(config, ()).agent
    for name, _ in planned(plan, SystemClock()):
        waiting, refused = look(Path(plan.state_directory) / f"{name}.spool")
        address, form = _where(config, name)
        yield {
            "sink": name,
            "to": address,
            "format": form,
            "waiting": waiting,
            "refused": len(refused),
            "last_refusal": refused[-1] if refused else None,
        }


def _where(config: Config, name: str) -> tuple[str, str]:
    if name == "syslog":
        return config.sinks.syslog.address, config.sinks.syslog.format
    return without_path(config.sinks.webhook.url or ""), config.sinks.webhook.format


_TESTED = (
    Column(key="sink", title="Sink"),
    Column(key="to", title="To", in_middle=True),
    Column(key="result", title="Result", style=lambda row: _STYLES[row["result"]]),
    Column(key="problem", title="Problem", wraps=True),
)


@sinks.command(epilog=examples("sudo strandwatch sinks test"))
@config_option
@state_directory_option
@format_option
def test(config_path: Path | None, state_directory: Path | None, form: str) -> int:
    """Send a test alert to every receiver, now and past the spool.

    Its id is `test`, its severity info, and it is about no transfer that ever was. Exits with 1
    when a receiver did not take it. Syslog acknowledges nothing: there, delivered means written.
    """
    config = read_config(config_path, state_directory)
    clock = SystemClock()
    alert = trial_alert(clock.now_ns())
    rows: list[JsonObject] = []
    for name, make in planned(make_plan(config, ()).agent, clock):
        problem = None
        try:
            make().deliver_now(alert)
        except SinkError as error:
            problem = str(error)
        result = "delivered" if problem is None else "failed"
        address, _ = _where(config, name)
        rows.append({"sink": name, "to": address, "result": result, "problem": problem})
    print_records(rows, form, _TESTED, empty=_NONE)
    return ExitCode.FINDINGS if any(row["problem"] for row in rows) else ExitCode.OK


def trial_alert(now_ns: int) -> Alert:
    """Give an alert that says of itself that it is a test."""
    here, there = Endpoint("192.0.2.1", 1), Endpoint("192.0.2.2", 1)
    transfer = Transfer(
        id="test",
        method=Method.SOCKET,
        direction=Direction.UNKNOWN,
        started_ns=now_ns,
        updated_ns=now_ns,
        ended_ns=now_ns,
        sent_bytes=0,
        process=None,
        ancestry=(),
        files=(),
        flow_key=FlowKey(0, 0),
        flow=FiveTuple(Protocol.OTHER, here, there),
        destination=None,
    )
    return Alert(
        id="test",
        opened_ns=now_ns,
        updated_ns=now_ns,
        state=AlertState.CLOSED,
        severity=Severity.INFO,
        regimes=(),
        reasons=(),
        transfer=transfer,
        visibility=Visibility(tier="test", notes=("this is a test of strandwatch's sinks",)),
    )
