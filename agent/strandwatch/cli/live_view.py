"""The live view's frame: the agent's state, transfers under way with their rates, last alerts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from strandwatch.cli.alerts import LISTING as ALERTS
from strandwatch.cli.cells import utc
from strandwatch.cli.output import Column, rich_table
from strandwatch.cli.senders import destination_columns, sender_columns, sent_column
from strandwatch.cli.transfers import files_column
from strandwatch.domain.alert import Alert
from strandwatch.domain.contract import JsonObject, alert_record, rfc3339, transfer_record
from strandwatch.domain.transfer import Transfer
from strandwatch.sinks.wording import duration, printable, size

_INDENT = 2
STALE_NS = 15 * 10**9
"""Health that is older than this is no longer the present."""
_STATE_STYLES = {"ready": "bold green", "degraded": "bold yellow"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is to be seen at one moment."""

    now_ns: int
    health: JsonObject | None
    transfers: Sequence[Transfer]
    """Those under way."""
    alerts: Sequence[Alert]
    problem: str = ""
    """Why the record could not be read, if so."""


class Rates:
    """Bytes per second of transfers under way, between looks at which the record had grown."""

    def __init__(self) -> None:
        self._before: dict[str, tuple[int, int]] = {}
        self._rates: dict[str, float] = {}

    def update(self, transfers: Sequence[Transfer]) -> None:
        """Take in the transfers as they stand now; those that are gone are forgotten."""
        now = {one.id: (one.updated_ns, one.sent_bytes) for one in transfers}
        known = {key: (at, sent) for key, (at, sent) in now.items() if sent is not None}
        for key, (at_ns, sent) in known.items():
            before_ns, before = self._before.get(key, (at_ns, sent))
            if at_ns > before_ns:
                self._rates[key] = max(0, sent - before) * 1e9 / (at_ns - before_ns)
        self._before = known
        self._rates = {key: rate for key, rate in self._rates.items() if key in known}

    def of(self, transfer: Transfer) -> str:
        """Give a transfer's rate; empty until it is known."""
        rate = self._rates.get(transfer.id)
        return "" if rate is None else f"{size(int(rate))}/s"


def frame(look: Look, rates: Rates, *, width: int) -> RenderableType:
    """Draw one look."""
    parts: list[RenderableType] = [*_header(look), Text("")]
    parts.append(Text("Transfers under way", style="bold"))
    parts.append(
        _indented(_transfers(look, rates, width - _INDENT)) if look.transfers else _none("none")
    )
    parts += [Text(""), Text("Last alerts", style="bold")]
    parts.append(_indented(_alerts(look, width - _INDENT)) if look.alerts else _none("none"))
    parts += [Text(""), Text(f"{utc(rfc3339(look.now_ns))}   Ctrl-C ends", style="dim")]
    return Group(*parts)


def _header(look: Look) -> Iterator[Text]:
    health = look.health
    if health is None:
        yield Text("strandwatch has not run with this state directory", style="bold yellow")
    elif look.now_ns - health["updated_ns"] > STALE_NS:
        seen = duration(look.now_ns - health["updated_ns"])
        yield Text(f"strandwatch is not running: last seen {seen} ago", style="bold yellow")
    else:
        yield from _running(health, look.now_ns)
    if look.problem:
        yield Text(printable(look.problem), style="yellow")


def _running(health: JsonObject, now_ns: int) -> Iterator[Text]:
    state = health["state"]
    yield Text.assemble(
        ("strandwatch ", "bold"),
        (health["version"], "dim"),
        "  ",
        (state, _STATE_STYLES.get(state, "bold")),
        f"  up {duration(now_ns - health['started_ns'])}",
    )
    tiers = [f"{one['name']} ({one['tier']})" for one in health["sources"] if one["working"]]
    yield Text("sees by " + (", ".join(tiers) or "nothing"), style="dim")
    for part in (*health["sources"], *health["parts"]):
        if not part["working"]:
            note = f": {part['note']}" if part["note"] else ""
            yield Text(printable(f"not working: {part['name']}{note}"), style="yellow")
    lost = sum(loss["count"] for loss in health["losses"])
    if lost:
        yield Text(f"{lost} observations lost since it started", style="yellow")


_TRANSFERS = (
    sent_column("sent_bytes"),
    Column(key="rate", title="Rate", right=True),
    Column(key="lasted", title="For", right=True),
    *sender_columns("process"),
    *destination_columns("destination"),
    files_column("files"),
)


def _transfers(look: Look, rates: Rates, width: int) -> Table:
    records = (
        {
            **transfer_record(one),
            "rate": rates.of(one),
            "lasted": duration(look.now_ns - one.started_ns),
        }
        for one in look.transfers
    )
    return rich_table(records, _TRANSFERS, width=width)


def _alerts(look: Look, width: int) -> Table:
    return rich_table(map(alert_record, look.alerts), ALERTS.columns, width=width)


def _indented(table: Table) -> Padding:
    return Padding(table, (0, 0, 0, _INDENT))


def _none(words: str) -> Padding:
    return Padding(Text(words, style="dim"), (0, 0, 0, _INDENT))
