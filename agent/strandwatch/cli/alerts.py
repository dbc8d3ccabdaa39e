"""`strandwatch alerts`: the list of alerts, each of them whole, and their handling by people."""

import getpass
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from strandwatch.cli.cells import utc
from strandwatch.cli.options import config_option, examples, format_option, state_directory_option
from strandwatch.cli.output import Column, JsonObject, print_records
from strandwatch.cli.querying import Asked, Listing, querying, record_path
from strandwatch.cli.senders import destination_columns, sender_columns, sent_column, time_column
from strandwatch.cli.transfers import files_column
from strandwatch.domain.alert import Alert, AlertState, Handling
from strandwatch.domain.contract import alert_record, rfc3339
from strandwatch.errors import UsageError
from strandwatch.runtime.clock import SystemClock
from strandwatch.sinks.wording import printable
from strandwatch.store.handling import STATES, handle_alert
from strandwatch.store.reader import Reader

_SHORT = {"acknowledged": "acked"}
_STYLES = {"critical": "bold red", "high": "red", "medium": "yellow"}


def _style(record: JsonObject) -> str:
    return "dim" if record["state"] == AlertState.CLOSED else _STYLES.get(record["severity"], "")


LISTING: Listing[Alert] = Listing(
    "alerts",
    Alert,
    Reader.alerts,
    alert_record,
    (
        Column(key="id", title="Id", show=lambda text: text[:8]),
        Column(key="severity", title="Severity", style=_style),
        Column(key="state", title="State", show=lambda state: _SHORT.get(state, state)),
        time_column("opened", "Opened", from_width=150),
        time_column("updated", "Updated", from_width=98),
        *sender_columns("transfer.process"),
        *destination_columns("transfer.destination"),
        sent_column("transfer.sent_bytes"),
        Column(key="count", title="Transfers", right=True, from_width=150),
        files_column("transfer.files"),
    ),
)


@click.group(
    invoke_without_command=True,
    epilog=examples(
        "strandwatch alerts                          # the list, latest first",
        "strandwatch alerts --state open --severity critical --severity high",
        "strandwatch alerts show 7f3a                # the beginning of an id is enough",
        "strandwatch alerts ack 7f3a --reason 'asking the lab'",
        "strandwatch alerts close 7f3a --reason 'agreed partner, ticket 4711'",
    ),
)
@querying(
    "alerts", "since", "until", "state", "severity", "country", "entity", "user", "process",
    "file", "address", "min-bytes",
)  # fmt: skip
def alerts(asked: Asked) -> None:
    """List alerts; show one, and say how it is handled.

    Exits with 0 whether alerts are listed or not.
    """
    if click.get_current_context().invoked_subcommand is None:
        LISTING.answer(asked)


def _place(config_path: Path | None, state_directory: Path | None) -> Path:
    """Give the record: as the verb says, or as was said before the verb."""
    parent = click.get_current_context().parent
    said = parent.params if parent else {}
    return record_path(
        config_path or said.get("config_path"), state_directory or said.get("state_directory")
    )


def find_alert(reader: Reader, beginning: str) -> Alert:
    """Give the alert whose id begins so; raises UsageError when none or several do."""
    alert = reader.alert(beginning) if beginning else None
    if alert is not None:
        return alert
    same = [one.id for one in reader.alerts() if beginning and one.id.startswith(beginning)]
    if same:
        raise UsageError(f"{beginning!r} could be any of {', '.join(same[:5])}: type more of it")
    raise UsageError(f"no alert begins with {beginning!r}: `strandwatch alerts` lists them")


@alerts.command(
    epilog=examples("strandwatch alerts show 7f3a", "strandwatch alerts show 7f3a --format json")
)
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@format_option
@config_option
@state_directory_option
def show(
    ids: tuple[str, ...], form: str, config_path: Path | None, state_directory: Path | None
) -> None:
    """Show alerts whole, with what people did about them.

    The beginning of an id is enough. As JSON it is the alert record with `handling` beside it.
    """
    with Reader(_place(config_path, state_directory)) as reader:
        told = [(alert, list(reader.handlings(alert.id))) for alert in _all(reader, ids)]
    records = [
        {**alert_record(alert), "handling": [_handling_record(one) for one in handlings]}
        for alert, handlings in told
    ]
    if form != "table":
        print_records(records, form, LISTING.columns, empty="")
        return
    for alert, handlings in told:
        _show_whole(alert, [_handling_record(one) for one in handlings])


def _all(reader: Reader, ids: Sequence[str]) -> list[Alert]:
    return [find_alert(reader, beginning) for beginning in ids]


def _handling_record(handling: Handling) -> JsonObject:
    return {
        "at": rfc3339(handling.at_ns),
        "state": handling.state.value,
        "by": handling.by,
        "reason": handling.reason,
    }


def _show_whole(alert: Alert, handlings: list[JsonObject]) -> None:
    from strandwatch.sinks.alert_block import AlertBlock
    from strandwatch.sinks.terminal import console, show

    show(console(sys.stdout), AlertBlock(alert))
    for one in handlings:
        click.echo(printable(f"{utc(one['at'])}  {one['state']} by {one['by']}: {one['reason']}"))


def _add_verb(verb: str, summary: str) -> None:
    """Add a verb that puts alerts into the state that it leads to."""
    state = STATES[verb]

    @click.argument("ids", nargs=-1, required=True, metavar="ID...")
    @click.option("--reason", required=True, metavar="TEXT", help="Why; it is kept in the record.")
    @config_option
    @state_directory_option
    def handle(
        ids: tuple[str, ...], reason: str, config_path: Path | None, state_directory: Path | None
    ) -> None:
        if not reason.strip():
            raise UsageError("--reason must say something")
        place = _place(config_path, state_directory)
        with Reader(place) as reader:
            found = _all(reader, ids)
        for alert in found:
            handling = Handling(
                alert_id=alert.id,
                at_ns=SystemClock().now_ns(),
                state=state,
                by=_account(),
                reason=reason.strip(),
            )
            handled = handle_alert(place, handling)
            click.echo(f"{handled.id} is {handled.state.value}", err=True)

    handle.__doc__ = summary
    example = examples(f"strandwatch alerts {verb} 7f3a --reason 'agreed partner, ticket 4711'")
    alerts.command(verb, epilog=example)(handle)


_add_verb("ack", "Say that somebody is at it; it stays so while the alert grows.")
_add_verb("close", "Say that it is settled; it opens again when it grows.")
_add_verb("reopen", "Say that it is not settled after all.")


def _account() -> str:
    """Give who is at the keyboard: the account behind sudo where there is one."""
    behind = os.environ.get("SUDO_USER") if os.geteuid() == 0 else None
    try:
        return behind or getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
