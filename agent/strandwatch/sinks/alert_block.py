"""An alert as one block of text that a person can read at 3 a.m."""

from collections.abc import Iterator

from rich.console import Console, ConsoleOptions, RenderResult
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from strandwatch.domain.alert import Alert, AlertState, RegimeVerdict, Severity, Visibility
from strandwatch.domain.destination import Destination
from strandwatch.domain.lineage import Relation
from strandwatch.domain.process import Process
from strandwatch.domain.sample import PersonCount
from strandwatch.domain.transfer import CarriedFile, Transfer
from strandwatch.sinks.wording import (
    countries,
    duration,
    label,
    moment,
    persons,
    printable,
    size,
    sureness,
)

STYLES = {
    Severity.CRITICAL: "bold white on red",
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "bold yellow",
    Severity.LOW: "bold",
    Severity.INFO: "bold",
}
"""Colour has one meaning here: how urgent it is."""

SHOWN_FILES = 8
_COMMAND_LENGTH = 300


class AlertBlock:
    """What happened, by whom, with which files, to where, since when, and how sure that is."""

    def __init__(self, alert: Alert) -> None:
        self._alert = alert

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Give rich the parts to draw."""
        alert = self._alert
        title = Text.assemble(
            (f" {alert.severity.value.upper()} ", STYLES[alert.severity]), f" {headline(alert)} "
        )
        line = Rule(title, align="left", characters="─", style="dim")
        yield line if console.is_terminal else title
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(overflow="fold")
        for name, text in self._rows():
            grid.add_row(name, Text(text))
        yield grid

    def _rows(self) -> Iterator[tuple[str, str]]:
        alert, transfer = self._alert, self._alert.transfer
        yield "Who", "\n".join(who(transfer))
        yield "Which files", "\n".join(_files(transfer.files))
        yield "Where to", "\n".join(where(transfer))
        yield "How much", _how_much(alert)
        if alert.regimes:
            yield "Rule", "\n".join(_rule(verdict) for verdict in alert.regimes)
        if alert.authorisations:
            yield "Approval", ", ".join(printable(one) for one in alert.authorisations)
        if alert.severity is Severity.CRITICAL and alert.deadlines:
            first = min(alert.deadlines, key=lambda one: one.due_ns)
            yield "Clock", f"{moment(first.due_ns)} at the earliest: {first.title}"
        yield "Why", ", ".join(label(reason) for reason in alert.reasons)
        yield "Seen by", _seen_by(alert.visibility)
        yield "Alert", f"{alert.id}, {alert.state.value}, opened {moment(alert.opened_ns)}"
        if alert.state is AlertState.OPEN:
            yield "Next", f"strandwatch alerts ack {alert.id[:8]} --reason '...'"


def headline(alert: Alert) -> str:
    """Give the alert in a few words."""
    species = {file.facts.species.value for file in alert.transfer.files if file.facts}
    what = "human " if "human" in species else ""
    kinds = {file.facts.category.value for file in alert.transfer.files if file.facts}
    kind = "genomic" if "genomic" in kinds or not kinds else min(kinds)
    data = f"{what}{label(kind)} data" if kind not in ("unknown", "none") else "unidentified data"
    return f"potential transfer of {data} to {countries(alert.transfer.destination)}"


def who(transfer: Transfer) -> Iterator[str]:
    """Give the process and its surroundings, most important first."""
    process = transfer.process
    if process is None:
        yield "process unknown"
        return
    yield f"{_user(process)}: {printable(process.executable)} (pid {process.key.pid})"
    command = " ".join(process.command)
    if command:
        cut = "..." if len(command) > _COMMAND_LENGTH else ""
        yield "$ " + printable(command[:_COMMAND_LENGTH]) + cut
    if transfer.ancestry:
        names = [printable(above.rpartition("/")[2]) for above in transfer.ancestry]
        yield "started by " + " < ".join(names)
    if process.container:
        yield f"in container {printable(process.container)}"
    if process.job:
        yield f"in {printable(process.job.system)} job {printable(process.job.name)}"


def where(transfer: Transfer) -> Iterator[str]:
    """Give the endpoint, its country, who controls it, and how sure that is."""
    end = transfer.flow.destination
    destination = transfer.destination or Destination(address=end.address, port=end.port)
    name = ""
    if destination.server_name:
        evidence = destination.name_evidence.value if destination.name_evidence else "unknown"
        name = f"{printable(destination.server_name)} ({label(evidence)}) at "
    protocol = transfer.flow.protocol.value
    yield f"{name}{end.address} port {end.port} ({protocol}), {countries(transfer.destination)}"
    for controller in destination.controllers:
        yield f"controlled by {printable(controller.entity)} ({controller.country})"
    sure = f"confidence {destination.confidence.value}"
    yield sure + (", the signals disagree" if destination.disagreement else "")


def _user(process: Process) -> str:
    user = printable(process.user or f"uid {process.user_id}")
    if process.login_user and process.login_user != process.user:
        return f"{user} (logged in as {printable(process.login_user)})"
    return user


def _files(files: tuple[CarriedFile, ...]) -> Iterator[str]:
    """Name the files that count; those made of who knows what are a number until it is known."""
    named, open_ = _sorted_out(files)
    for carried in named[:SHOWN_FILES]:
        yield f"{printable(carried.path)}\n  {_facts(carried)}"
    if len(named) > SHOWN_FILES:
        yield f"and {len(named) - SHOWN_FILES} more"
    if open_:
        yield f"and {len(open_)} being identified, from which one of these may be made"
    if not files:
        yield "none known"


def _sorted_out(
    files: tuple[CarriedFile, ...],
) -> tuple[list[CarriedFile], list[CarriedFile]]:
    """Put aside what is not identified yet and only an ancestor of something that was sent."""
    open_ = [one for one in files if one.facts is None and one.relation is Relation.DERIVED]
    named = [one for one in files if one not in open_]
    return (named, open_) if named else (open_, [])


def _facts(carried: CarriedFile) -> str:
    how = " < ".join(printable(step) for step in carried.via) or label(carried.relation.value)
    sure = f"{how} ({sureness(carried.confidence)})"
    facts = carried.facts
    if facts is None:
        return f"being identified; {sure}"
    told = [facts.format.value, facts.species.value, persons(facts.persons)]
    return f"{', '.join(told)}; {size(carried.file.size_bytes)}; {sure}"


def _how_much(alert: Alert) -> str:
    transfer = alert.transfer
    lasted = duration((transfer.ended_ns or transfer.updated_ns) - transfer.started_ns)
    since = f"since {moment(transfer.started_ns)}"
    if transfer.ended_ns is None:
        text = f"{size(transfer.sent_bytes)} so far, under way {since} ({lasted})"
    else:
        text = f"{size(transfer.sent_bytes)} in {lasted}, ended {moment(transfer.ended_ns)}"
    return text if alert.count == 1 else f"{text}; {alert.count} transfers in this alert"


def _rule(verdict: RegimeVerdict) -> str:
    counted = f"{_counted(verdict)} in {verdict.window_months} months"
    if verdict.threshold is not None:
        counted += f", bulk above {verdict.threshold}"
    return f"{verdict.id}: {label(verdict.verdict.value)} ({verdict.citation}); {counted}"


def _counted(verdict: RegimeVerdict) -> str:
    if verdict.category is None:
        return persons(PersonCount(verdict.persons_now, verdict.persons_now))
    return persons(PersonCount(verdict.persons_at_least, verdict.persons_at_most))


def _seen_by(visibility: Visibility) -> str:
    told = [f"{visibility.tier} tier"]
    if visibility.lost:
        told.append(f"{visibility.lost} observations lost")
    if visibility.unattributed_bytes:
        told.append(f"{size(visibility.unattributed_bytes)} unattributed")
    return "; ".join([*told, *(printable(note) for note in visibility.notes)])
