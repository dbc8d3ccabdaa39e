"""Alerts over time: which transfers belong to one, when it is told again, and when it grows."""

import hashlib
from dataclasses import dataclass, replace
from typing import TypeVar

from strandwatch.core.command import Command, Notify, Record
from strandwatch.core.limits import SECOND_NS, Limits
from strandwatch.core.policy import Decision, counterparty
from strandwatch.domain.alert import (
    SEVERITY_ORDER,
    Alert,
    AlertState,
    Deadline,
    Reason,
    RegimeVerdict,
    Severity,
    Visibility,
)
from strandwatch.domain.transfer import Transfer

_T = TypeVar("_T")

HOUR_NS = 3600 * SECOND_NS

TOLD = frozenset({Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM})
"""Severities that sinks hear of; the others are only recorded."""


@dataclass(slots=True)
class _Incident:
    alert: Alert
    transfers: set[str]
    recorded_ns: int
    told_ns: int | None


class Incidents:
    """Open alerts by actor and counterparty."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._incidents: dict[str, _Incident] = {}
        self._by_transfer: dict[str, str] = {}

    def remember(self, alert: Alert) -> None:
        """Take in an alert of an earlier run, which has been told already."""
        if alert.state is AlertState.CLOSED:
            return
        told = alert.updated_ns if alert.severity in TOLD else None
        self._incidents[actor_of(alert.transfer)] = _Incident(alert, set(), alert.updated_ns, told)
        self.remember_transfer(alert.transfer)

    def remember_transfer(self, transfer: Transfer) -> None:
        """Take in that a transfer of an earlier run was counted in its alert."""
        actor = actor_of(transfer)
        incident = self._incidents.get(actor)
        if incident is not None:
            incident.transfers.add(transfer.id)
            self._by_transfer[transfer.id] = actor

    def raise_alert(
        self, transfer: Transfer, decision: Decision, visibility: Visibility
    ) -> list[Command]:
        """Open an alert for a judged transfer, or add to the one it belongs to."""
        if decision.severity is None:
            return []
        actor = self._by_transfer.get(transfer.id) or actor_of(transfer)
        incident = self._incidents.get(actor)
        if incident is None or self._is_over(incident, transfer):
            return self._open(actor, transfer, decision.severity, decision, visibility)
        return self._grow(actor, incident, transfer, decision.severity, decision, visibility)

    def prune(self, now_ns: int) -> None:
        """Forget incidents that nothing has been added to within the window."""
        for actor, incident in list(self._incidents.items()):
            if now_ns - incident.alert.updated_ns > self._limits.incident_window_ns:
                del self._incidents[actor]
                for transfer in incident.transfers:
                    del self._by_transfer[transfer]

    def _is_over(self, incident: _Incident, transfer: Transfer) -> bool:
        if transfer.id in incident.transfers:
            return False
        idle = transfer.started_ns - incident.alert.updated_ns
        return idle > self._limits.incident_window_ns

    def _open(
        self,
        actor: str,
        transfer: Transfer,
        severity: Severity,
        decision: Decision,
        visibility: Visibility,
    ) -> list[Command]:
        now = transfer.updated_ns
        alert = Alert(
            id=alert_id(actor, transfer),
            opened_ns=now,
            updated_ns=now,
            state=AlertState.OPEN,
            severity=severity,
            regimes=decision.verdicts,
            reasons=decision.reasons,
            transfer=transfer,
            visibility=visibility,
            authorisations=decision.authorisations,
            deadlines=_deadlines(now, decision),
            policy=decision.policy,
        )
        told = severity in TOLD
        self._forget(actor)
        self._incidents[actor] = _Incident(alert, {transfer.id}, now, now if told else None)
        self._by_transfer[transfer.id] = actor
        notice: list[Command] = [Notify(alert=alert, repeat=False)] if told else []
        return [Record(record=alert), *notice]

    def _forget(self, actor: str) -> None:
        before = self._incidents.pop(actor, None)
        for transfer in before.transfers if before is not None else ():
            del self._by_transfer[transfer]

    def _grow(
        self,
        actor: str,
        incident: _Incident,
        transfer: Transfer,
        severity: Severity,
        decision: Decision,
        visibility: Visibility,
    ) -> list[Command]:
        before = incident.alert
        joins = transfer.id not in incident.transfers
        incident.transfers.add(transfer.id)
        self._by_transfer[transfer.id] = actor
        incident.alert = replace(
            before,
            updated_ns=max(before.updated_ns, transfer.updated_ns),
            severity=min(before.severity, severity, key=SEVERITY_ORDER.index),
            regimes=_joined(before.regimes, decision.verdicts),
            reasons=_ordered({*before.reasons, *decision.reasons}),
            transfer=_shown(before.transfer, transfer),
            count=before.count + joins,
            visibility=visibility,
            authorisations=_union(before.authorisations, decision.authorisations),
            deadlines=_union(before.deadlines, _deadlines(before.opened_ns, decision)),
            policy=decision.policy,
        )
        return self._tell(incident, before)

    def _tell(self, incident: _Incident, before: Alert) -> list[Command]:
        alert = incident.alert
        commands: list[Command] = []
        age = alert.updated_ns - incident.recorded_ns
        if _differs(before, alert) or age >= self._limits.record_interval_ns:
            incident.recorded_ns = alert.updated_ns
            commands.append(Record(record=alert))
        escalated = alert.severity != before.severity or _reached_more(before, alert)
        if alert.severity in TOLD and (escalated or self._is_due(incident)):
            incident.told_ns = alert.updated_ns
            commands.append(Notify(alert=alert, repeat=not escalated))
        return commands

    def _is_due(self, incident: _Incident) -> bool:
        since = incident.alert.updated_ns - (incident.told_ns or 0)
        return since >= self._limits.repeat_interval_ns


def alert_id(actor: str, transfer: Transfer) -> str:
    """Give the id of the alert that a transfer opens; the same transfer gives the same id."""
    return hashlib.blake2b(f"{actor}\0{transfer.id}".encode(), digest_size=8).hexdigest()


def actor_of(transfer: Transfer) -> str:
    """Give the pair of actor and counterparty under which transfers are one incident."""
    process = transfer.process
    who = "unknown" if process is None else f"{process.user_id}\0{process.executable}"
    whom = "unknown" if transfer.destination is None else counterparty(transfer.destination)
    return f"{who}\0{whom}"


def _shown(before: Transfer, now: Transfer) -> Transfer:
    """Give the transfer that stands for the incident: the first one that is still under way."""
    if now.id == before.id or before.ended_ns is not None:
        return now
    return before


def _differs(before: Alert, after: Alert) -> bool:
    """Tell whether more changed than totals and times."""
    return (
        (before.severity, before.count, before.reasons, before.authorisations)
        != (after.severity, after.count, after.reasons, after.authorisations)
        or _reached_more(before, after)
        or before.transfer.ended_ns != after.transfer.ended_ns
        or before.transfer.files != after.transfer.files
        or before.transfer.destination != after.transfer.destination
    )


def _reached_more(before: Alert, after: Alert) -> bool:
    """Tell whether a count has reached a further mark of its threshold."""
    marks = {(one.id, one.category): one.mark for one in before.regimes}
    return any(one.mark > marks.get((one.id, one.category), 0) for one in after.regimes)


def _deadlines(opened_ns: int, decision: Decision) -> tuple[Deadline, ...]:
    """Give when each clock would run out that began when the alert was opened."""
    return tuple(
        Deadline(
            regime=regime,
            id=clock.id,
            title=clock.title,
            due_ns=opened_ns + clock.hours * HOUR_NS,
            citation=clock.citation,
        )
        for regime, clock in decision.clocks
    )


def _union(before: tuple[_T, ...], after: tuple[_T, ...]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys((*before, *after)))


def _ordered(reasons: set[Reason]) -> tuple[Reason, ...]:
    return tuple(reason for reason in Reason if reason in reasons)


def _joined(
    before: tuple[RegimeVerdict, ...], after: tuple[RegimeVerdict, ...]
) -> tuple[RegimeVerdict, ...]:
    newer = {verdict.id for verdict in after}
    return (*after, *(verdict for verdict in before if verdict.id not in newer))
