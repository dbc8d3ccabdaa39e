"""The case file's page: what a person reads first and prints."""

from collections.abc import Iterator

from strandwatch.domain.alert import Alert, Reason, Severity
from strandwatch.domain.file import Species
from strandwatch.report.case import Case
from strandwatch.report.charts import Event, bytes_over_time, jurisdictions, lineage, timeline
from strandwatch.report.page import facts, note, page, section, soft, table
from strandwatch.report.wording import (
    between,
    label,
    moment,
    places,
    program,
    recipient,
    size,
    text,
)

_WORDS = {
    Reason.BULK_THRESHOLD: "more persons than a bulk threshold",
    Reason.ANY_VOLUME: "data that a rule looks at in any volume",
}


def case_page(case: Case) -> str:
    """Give the whole page of a case."""
    return page(f"Case {case.alert.id}", _parts(case))


def headline(alert: Alert) -> str:
    """Give the case in a few words; an indicator, never a finding of law."""
    found = [one.facts for one in alert.transfer.files if one.facts is not None]
    human = any(one.species in (Species.HUMAN, Species.MIXED) for one in found)
    kinds = sorted({one.category.value for one in found})
    data = f"{'human ' if human else ''}{label(' and '.join(kinds) or 'unidentified')} data"
    return f"Potential transfer of {data} to {places(alert.transfer.destination)}"


def _parts(case: Case) -> Iterator[str]:
    alert, transfer = case.alert, case.alert.transfer
    yield (
        f'<span class="badge {alert.severity.value}">{alert.severity.value}</span>'
        f"<h1>{text(headline(alert))}</h1>"
    )
    yield soft(
        f"Alert {alert.id}, {alert.state.value}. Written by strandwatch {case.version} on "
        f"{moment(case.made_ns)}."
    )
    yield note(
        "This is an indicator from observed data flows. Whether a rule applies depends on "
        "contracts, persons and purposes that no network shows. It is not legal advice."
    )
    yield section("In short", _summary(case))
    yield section("From which files bytes went where", lineage(transfer), _files(case))
    yield section("What happened", timeline(list(_events(case))))
    yield section("How much left", *_amounts(case))
    yield section("By jurisdiction", jurisdictions(case.transfers), _signals(case))
    yield section("Rules and counts", _regimes(alert), _deadlines(alert))
    yield section("What could be seen", _visibility(alert))
    yield section("What people did", _handling(case))
    yield section("Records", _records(case))


def _summary(case: Case) -> str:
    alert, transfer = case.alert, case.alert.transfer
    reasons = ", ".join(_WORDS.get(one, label(one.value)) for one in alert.reasons)
    return facts(
        [
            ("Sender", program(transfer)),
            ("Command", " ".join(transfer.process.command) if transfer.process else "unknown"),
            ("Recipient", recipient(transfer)),
            ("Jurisdictions", places(transfer.destination)),
            ("Transfers", alert.count),
            ("Bytes that left", size(case.sent_bytes)),
            ("Began", moment(case.began_ns)),
            ("Ended", moment(case.ended_ns)),
            ("Why", reasons),
            ("Approvals claimed", ", ".join(alert.authorisations) or "none"),
        ]
    )


def _files(case: Case) -> str:
    files = {one.path: one for transfer in case.transfers for one in transfer.files}
    return table(
        ("File", "What it is", "Species", "Persons", "Size", "Way", "Sureness"),
        (
            (
                one.path,
                "not identified" if one.facts is None else one.facts.format.value,
                "unknown" if one.facts is None else one.facts.species.value,
                "unknown"
                if one.facts is None
                else between(one.facts.persons.at_least, one.facts.persons.at_most),
                size(one.file.size_bytes),
                " < ".join(one.via) or label(one.relation.value),
                f"{one.confidence:.2f}",
            )
            for one in files.values()
        ),
    )


def _events(case: Case) -> Iterator[Event]:
    for transfer in case.transfers:
        yield Event(transfer.started_ns, f"transfer {transfer.id[:8]} began")
        if transfer.ended_ns is not None:
            left = size(transfer.sent_bytes)
            yield Event(transfer.ended_ns, f"transfer {transfer.id[:8]} ended: {left}")
    before: Alert | None = None
    for alert in case.series:
        yield from _changes(before, alert)
        before = alert
    for one in case.handlings:
        yield Event(one.at_ns, f"{one.state.value} by {one.by}: {one.reason}"[:90])


def _changes(before: Alert | None, alert: Alert) -> Iterator[Event]:
    urgent = alert.severity in (Severity.CRITICAL, Severity.HIGH)
    if before is None:
        yield Event(alert.opened_ns, f"alert opened, {alert.severity.value}", urgent)
        return
    if before.severity is not alert.severity:
        yield Event(alert.updated_ns, f"severity {alert.severity.value}", urgent)
    marks = {(one.id, one.category): one.mark for one in before.regimes}
    for one in alert.regimes:
        if one.mark > marks.get((one.id, one.category), 0):
            yield Event(alert.updated_ns, f"{one.mark} % of the threshold of {one.id}", urgent)


def _amounts(case: Case) -> Iterator[str]:
    points = [
        (one.updated_ns, one.transfer.sent_bytes)
        for one in case.series
        if one.transfer.sent_bytes is not None and one.transfer.id == case.alert.transfer.id
    ]
    shown = case.alert.transfer
    if points:
        yield bytes_over_time([(shown.started_ns, 0), *points])
        yield soft(f"Transfer {shown.id}, as recorded. Between two records nothing is known.")
    yield table(
        ("Transfer", "Began", "Ended", "Bytes", "To"),
        (
            (
                one.id[:8],
                moment(one.started_ns),
                moment(one.ended_ns),
                "unknown" if one.sent_bytes is None else f"{one.sent_bytes:,}",
                recipient(one),
            )
            for one in case.transfers
        ),
    )


def _signals(case: Case) -> str:
    destination = case.alert.transfer.destination
    if destination is None:
        return note("The destination was not resolved: whose jurisdiction it is in is unknown.")
    sure = f"Confidence {destination.confidence.value}"
    if destination.disagreement:
        sure += "; the signals disagree"
    return soft(sure + ".") + table(
        ("Signal", "Value", "Source", "As of"),
        (
            (label(one.kind.value), one.value, one.source, one.as_of or "")
            for one in destination.signals
        ),
    )


def _regimes(alert: Alert) -> str:
    return table(
        ("Rule", "Indicator", "Persons", "Threshold", "Window", "Citation", "Text of the rule"),
        (
            (
                one.id,
                label(one.verdict.value),
                between(one.persons_at_least, one.persons_at_most),
                "none" if one.threshold is None else f"more than {one.threshold:,}",
                f"{one.window_months} months",
                one.citation,
                "read" if one.verified else "from secondary sources",
            )
            for one in alert.regimes
        ),
    )


def _deadlines(alert: Alert) -> str:
    if not alert.deadlines:
        return ""
    return note(
        "Clocks begin with what people know or do. These are the ends if they began when the alert "
        "was opened."
    ) + table(
        ("Due", "What", "Rule", "Citation"),
        ((moment(one.due_ns), one.title, one.regime, one.citation) for one in alert.deadlines),
    )


def _visibility(alert: Alert) -> str:
    seen = alert.visibility
    unattributed = seen.unattributed_bytes
    return facts(
        [
            ("Tier", seen.tier),
            ("Observations lost", seen.lost),
            ("Bytes of no process", "not measured" if unattributed is None else size(unattributed)),
            ("Notes", "; ".join(seen.notes) or "none"),
            ("Policy", alert.policy or "not recorded"),
        ]
    )


def _handling(case: Case) -> str:
    return table(
        ("When", "State", "By", "Reason"),
        ((moment(one.at_ns), one.state.value, one.by, one.reason) for one in case.handlings),
    )


def _records(case: Case) -> str:
    return soft(
        "Every record of this case with its hash (BLAKE2b-256) in the chain; the records are "
        "whole in case.json. `strandwatch verify` checks the chain that they are from."
    ) + table(
        ("No.", "Kind", "Key", "Hash"),
        ((one.seq, one.kind, one.key, one.hash) for one in case.evidence),
        dense=True,
    )
