"""The register of a time: one row per counterparty and category, and the log of data flows.

28 CFR 202.1101 asks for full records of transactions, 202.1001(b)(1) for a log of types and
volumes, parties, end use and method. What no network shows stays marked as not known.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from strandwatch.core.command import LossRecord
from strandwatch.core.ledger import Account, Ledger, heads_in
from strandwatch.core.recipients import counterparty
from strandwatch.domain.contract import rfc3339, rfc3339_or_none
from strandwatch.domain.file import Category, FileFacts
from strandwatch.domain.transfer import Transfer
from strandwatch.report.case import NOT_KNOWN, Reporter
from strandwatch.report.charts import jurisdictions
from strandwatch.report.page import facts, note, page, section, soft, table
from strandwatch.report.wording import between, moment, places, program, recipient, size

_MONTHS = 1200


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Everything that is known about a time."""

    since_ns: int
    until_ns: int
    transfers: tuple[Transfer, ...]
    losses: tuple[LossRecord, ...]
    reporter: Reporter
    made_ns: int
    version: str


Row = dict[str, str]

_FLOW_HEADS = (
    "began", "ended", "types", "persons_at_least", "persons_at_most", "sent_bytes", "files",
    "recipient", "jurisdictions", "owners", "method", "sender", "end_use", "agreement", "transfer",
)  # fmt: skip
_REGISTER_HEADS = (
    "counterparty", "category", "began", "ended", "transfers", "sent_bytes", "persons_at_least",
    "persons_at_most", "jurisdictions", "end_use", "agreement",
)  # fmt: skip


def data_flows(period: Period) -> list[Row]:
    """Give the log of data flows, a row per transfer, the first first."""
    return [_flow_row(one) for one in sorted(period.transfers, key=lambda one: one.started_ns)]


def register(period: Period) -> list[Row]:
    """Give a row per counterparty and category with the distinct persons of the time."""
    groups: dict[tuple[str, Category], list[Transfer]] = defaultdict(list)
    ledger = Ledger()
    for transfer in period.transfers:
        for category in sorted(_categories(transfer)):
            groups[(_whom(transfer), category)].append(transfer)
            _count(ledger, transfer, category)
    return [_register_row(key, rows, ledger, period) for key, rows in sorted(groups.items())]


def as_csv(rows: Sequence[Row], heads: Sequence[str]) -> str:
    """Give rows as CSV; text that a spreadsheet would take for a formula gets a quote."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows([_cell(row[head]) for head in heads] for row in rows)
    return out.getvalue()


def register_files(period: Period) -> dict[str, str]:
    """Give the texts of a register's folder by file name."""
    flows, rows = data_flows(period), register(period)
    return {
        "index.html": page("Register of data flows", _parts(period, rows, flows)),
        "register.csv": as_csv(rows, _REGISTER_HEADS),
        "data-flows.csv": as_csv(flows, _FLOW_HEADS),
    }


def _parts(period: Period, rows: list[Row], flows: list[Row]) -> Iterator[str]:
    yield "<h1>Register of data flows</h1>"
    yield soft(
        f"{moment(period.since_ns)} to {moment(period.until_ns)}. Written by strandwatch "
        f"{period.version} on {moment(period.made_ns)}."
    )
    yield note(
        "Potential transactions, as data flows show them (28 CFR 202.1101(a), (b)(4) to (6); "
        "202.1001(b)(1)). End use and agreements are for people to add. Not legal advice."
    )
    yield facts(
        [
            ("Legal entity", period.reporter.legal_entity or NOT_KNOWN),
            ("Transfers", len(period.transfers)),
            ("Observations lost", sum(one.count for one in period.losses)),
        ]
    )
    heads = ("Counterparty", "Category", "Began", "Ended", "Transfers", "Bytes", "Persons", "To")
    shown = (
        (
            row["counterparty"],
            row["category"],
            row["began"][:10],
            row["ended"][:10],
            row["transfers"],
            size(int(row["sent_bytes"])) if row["sent_bytes"] else "unknown",
            between(int(row["persons_at_least"]), int(row["persons_at_most"] or 0) or None),
            row["jurisdictions"],
        )
        for row in rows
    )
    yield section("Persons per counterparty and category", table(heads, shown))
    if period.transfers:
        yield section("By jurisdiction", jurisdictions(period.transfers))
    flow_heads = ("Began", "Types", "Bytes", "Recipient", "Jurisdictions", "Sender")
    names = ("began", "types", "sent_bytes", "recipient", "jurisdictions", "sender")
    yield section("Data flows", table(flow_heads, ([row[name] for name in names] for row in flows)))
    lost = ((moment(one.at_ns), one.source, one.reason, one.count) for one in period.losses)
    yield section("What was not seen", table(("When", "Source", "Reason", "How many"), lost))


def _flow_row(transfer: Transfer) -> Row:
    heads = [heads_in(one.file, one.path, one.facts) for one in transfer.files if one.facts]
    unbounded = any(one.unbounded for one in heads)
    most = sum(len(one.named) + one.unnamed for one in heads)
    destination = transfer.destination
    owners = () if destination is None else destination.controllers
    return {
        "began": rfc3339(transfer.started_ns),
        "ended": rfc3339_or_none(transfer.ended_ns) or "",
        "types": "; ".join(sorted({_type(one.facts) for one in transfer.files})),
        "persons_at_least": str(max((one.at_least for one in heads), default=0)),
        "persons_at_most": "" if unbounded else str(most),
        "sent_bytes": "" if transfer.sent_bytes is None else str(transfer.sent_bytes),
        "files": str(len(transfer.files)),
        "recipient": recipient(transfer),
        "jurisdictions": places(destination),
        "owners": "; ".join(f"{one.entity} ({one.country})" for one in owners) or NOT_KNOWN,
        "method": f"{transfer.method.value}, {transfer.flow.protocol.value} port "
        f"{transfer.flow.destination.port}",
        "sender": program(transfer),
        "end_use": NOT_KNOWN,
        "agreement": NOT_KNOWN,
        "transfer": transfer.id,
    }


def _type(facts: FileFacts | None) -> str:
    return "not identified" if facts is None else f"{facts.category.value} ({facts.format.value})"


def _register_row(
    key: tuple[str, Category], transfers: list[Transfer], ledger: Ledger, period: Period
) -> Row:
    whom, category = key
    count = ledger.count(Account("", whom, category), period.until_ns, _MONTHS)
    ends = [one.ended_ns for one in transfers if one.ended_ns is not None]
    sent = [one.sent_bytes for one in transfers if one.sent_bytes is not None]
    return {
        "counterparty": whom,
        "category": category.value,
        "began": rfc3339(min(one.started_ns for one in transfers)),
        "ended": rfc3339(max(ends)) if len(ends) == len(transfers) else "",
        "transfers": str(len(transfers)),
        "sent_bytes": str(sum(sent)) if sent else "",
        "persons_at_least": str(count.at_least),
        "persons_at_most": "" if count.upper is None else str(count.upper),
        "jurisdictions": "; ".join(sorted({places(one.destination) for one in transfers})),
        "end_use": NOT_KNOWN,
        "agreement": NOT_KNOWN,
    }


def _whom(transfer: Transfer) -> str:
    if transfer.destination is None:
        return f"unresolved: {transfer.flow.destination.address}"
    return counterparty(transfer.destination)


def _categories(transfer: Transfer) -> Iterable[Category]:
    return {Category.UNKNOWN if one.facts is None else one.facts.category for one in transfer.files}


def _count(ledger: Ledger, transfer: Transfer, category: Category) -> None:
    for one in transfer.files:
        if one.facts is not None and one.facts.category is category:
            heads = heads_in(one.file, one.path, one.facts)
            ledger.add(Account("", _whom(transfer), category), heads, transfer.updated_ns)


def _cell(value: str) -> str:
    return f"'{value}" if value.startswith(("=", "+", "-", "@")) else value
