"""Drafts of notices, for a person to complete, decide about and send. Nothing is ever sent."""

from collections.abc import Iterator

from strandwatch.domain.alert import Alert
from strandwatch.report.case import NOT_KNOWN, Case
from strandwatch.report.wording import between, label, moment, places, program, recipient, size

_HEAD = (
    "DRAFT. An indicator from observed data flows, not a finding. Whether a report is due,",
    "and when its clock began, is for people to decide. Nothing has been sent.",
    "",
)


def drafts(case: Case) -> dict[str, str]:
    """Give the texts of all drafts by file name."""
    return {
        "28-cfr-202.1104-rejected-offer.txt": _text(_rejected_offer(case)),
        "28-cfr-202.302b-onward-breach.txt": _text(_onward_breach(case)),
        "nih-24-hour-notice.txt": _text(_nih_notice(case)),
    }


def _text(lines: Iterator[str]) -> str:
    return "\n".join((*_HEAD, *lines)) + "\n"


def _rejected_offer(case: Case) -> Iterator[str]:
    yield "Report of a rejected prohibited data-brokerage offer, 28 CFR 202.1104"
    yield "Due 14 days after the rejection. Only for offers that were received and affirmatively"
    yield "rejected; a blocked flow is not by itself such an offer."
    yield ""
    yield from _reporter(case)
    yield _field("Date of rejection", None)
    yield _field("Due, if rejected when the alert was opened", _due(case, "rejected-offer-report"))
    yield from _transaction(case)
    yield _field("Documents received or created", None)


def _onward_breach(case: Case) -> Iterator[str]:
    yield "Report of a known or suspected breach of an onward-transfer clause, 28 CFR 202.302(b)(2)"
    yield "Due 14 days after becoming aware of it."
    yield ""
    yield from _reporter(case)
    yield _field("Date of the known or suspected breach", moment(case.began_ns))
    yield _field("Due, if known when the alert was opened", _due(case, "onward-breach-report"))
    yield _field("Data-brokerage transaction", None)
    yield _field("Contractual provision", None)
    yield from _transaction(case)


def _nih_notice(case: Case) -> Iterator[str]:
    yield "Notice of unauthorised sharing, breach or inadvertent release of controlled-access data"
    yield "Due 24 hours after identification. NIH Genomic Data User Code of Conduct."
    yield ""
    yield from _reporter(case)
    yield _field("Approved user, project and award", None)
    yield _field("Data sets and accessions", None)
    yield _field("Due, if identified when the alert was opened", _due(case, "nih-incident"))
    yield from _transaction(case)
    yield _field(
        "Steps taken", "; ".join(f"{one.state.value}: {one.reason}" for one in case.handlings)
    )


def _reporter(case: Case) -> Iterator[str]:
    yield _field("Reporting person", case.reporter.legal_entity)
    yield _field("Address", case.reporter.address)
    yield _field("Contact (name, telephone, e-mail)", case.reporter.contact)


def _transaction(case: Case) -> Iterator[str]:
    alert, transfer = case.alert, case.alert.transfer
    yield _field("Alert", alert.id)
    yield _field("Transfer began", moment(case.began_ns))
    yield _field("Transfer ended", moment(case.ended_ns))
    yield _field("Types of data", _types(alert))
    yield _field("Volume", f"{size(case.sent_bytes)} in {alert.count} transfers")
    yield _field("Distinct persons, 12 months, by rule", _persons(alert))
    yield _field("Method of transfer", _method(case))
    yield _field("Recipient", recipient(transfer))
    yield _field("Recipient's jurisdictions", places(transfer.destination))
    yield _field("Recipient's ownership", _owners(alert))
    yield _field("Citizenship or residence of individuals", None)
    yield _field("Sender's program and account", program(transfer))
    yield _field("End use and purpose", None)
    yield _field("Agreement, licence or advisory opinion", None)
    yield _field("Exemption or approval claimed", ", ".join(alert.authorisations))


def _field(name: str, value: str | None) -> str:
    return f"{name}: {value or NOT_KNOWN}"


def _due(case: Case, clock: str) -> str | None:
    return next((moment(one.due_ns) for one in case.alert.deadlines if one.id == clock), None)


def _types(alert: Alert) -> str:
    kinds = {
        f"{label(one.facts.category.value)} ({one.facts.format.value})"
        for one in alert.transfer.files
        if one.facts is not None
    }
    return ", ".join(sorted(kinds))


def _persons(alert: Alert) -> str:
    counts = (
        f"{one.id} {between(one.persons_at_least, one.persons_at_most)}" for one in alert.regimes
    )
    return ", ".join(counts)


def _method(case: Case) -> str:
    transfer = case.alert.transfer
    end = transfer.flow.destination
    return f"{transfer.method.value}, {transfer.flow.protocol.value} port {end.port}"


def _owners(alert: Alert) -> str:
    destination = alert.transfer.destination
    owners = () if destination is None else destination.controllers
    return ", ".join(f"{one.entity} ({one.country})" for one in owners)
