"""The JSON contracts: the shape in which records leave the program.

Keys are only ever added. Times are RFC 3339 UTC with microseconds; unknown is null, never 0.
"""

import ipaddress
import shlex
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from strandwatch.domain.alert import Alert, RegimeVerdict, Visibility
from strandwatch.domain.destination import Destination, Signal
from strandwatch.domain.file import FileFacts
from strandwatch.domain.flow import FiveTuple, FlowKey, community_id
from strandwatch.domain.process import Process
from strandwatch.domain.transfer import CarriedFile, Transfer

JsonObject = dict[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def rfc3339(moment_ns: int) -> str:
    """Give a moment as `2026-11-22T03:04:05.000006Z`; fractions of a microsecond are cut off."""
    moment = _EPOCH + timedelta(microseconds=moment_ns // 1000)
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def rfc3339_or_none(moment_ns: int | None) -> str | None:
    """Give a moment that may not have come yet."""
    return None if moment_ns is None else rfc3339(moment_ns)


def alert_record(alert: Alert) -> JsonObject:
    """Give an alert with its transfer, files, process and destination."""
    return {
        "id": alert.id,
        "opened": rfc3339(alert.opened_ns),
        "updated": rfc3339(alert.updated_ns),
        "state": alert.state.value,
        "severity": alert.severity.value,
        "count": alert.count,
        "regimes": [_regime_record(verdict) for verdict in alert.regimes],
        "reasons": [reason.value for reason in alert.reasons],
        "transfer": transfer_record(alert.transfer),
        "visibility": _visibility_record(alert.visibility),
        "authorisations": list(alert.authorisations),
        "deadlines": [
            {
                "regime": one.regime,
                "id": one.id,
                "title": one.title,
                "due": rfc3339(one.due_ns),
                "citation": one.citation,
            }
            for one in alert.deadlines
        ],
        "policy": alert.policy,
    }


def transfer_record(transfer: Transfer) -> JsonObject:
    """Give a transfer; a destination that is not resolved yet has the flow's address only."""
    end = transfer.flow.destination
    destination = transfer.destination or Destination(address=end.address, port=end.port)
    process = transfer.process
    return {
        "id": transfer.id,
        "method": transfer.method.value,
        "direction": transfer.direction.value,
        "started": rfc3339(transfer.started_ns),
        "updated": rfc3339(transfer.updated_ns),
        "ended": rfc3339_or_none(transfer.ended_ns),
        "sent_bytes": transfer.sent_bytes,
        "process": process and process_record(process, ancestry=transfer.ancestry),
        "files": [carried_file_record(file) for file in transfer.files],
        "flow": five_tuple_record(transfer.flow, transfer.flow_key),
        "destination": destination_record(destination),
    }


def process_record(process: Process, *, ancestry: Sequence[str] = ()) -> JsonObject:
    """Give a process with the executables above it."""
    return {
        "pid": process.key.pid,
        "started": rfc3339(process.started_ns),
        "executable": process.executable,
        "command": shlex.join(process.command),
        "user": process.user if process.user is not None else str(process.user_id),
        "user_id": process.user_id,
        "login_user": process.login_user,
        "ancestry": list(ancestry),
        "container": process.container,
        "job": process.job and {"system": process.job.system, "name": process.job.name},
    }


def file_record(path: str, facts: FileFacts | None) -> JsonObject:
    """Give what a file is, with the evidence; without facts everything about it is unknown."""
    if facts is None:
        return {**_summary(path, None), **_NO_DETAILS}
    return {
        **_summary(path, facts),
        "compression": [layer.value for layer in facts.compression],
        "container": facts.container,
        "build": facts.build,
        "samples": [sample.digest for sample in facts.samples],
        "evidence": [{"kind": sign.kind, "value": sign.value} for sign in facts.evidence],
        "partial": facts.partial,
        "unknown_reason": facts.unknown_reason,
    }


def carried_file_record(carried: CarriedFile) -> JsonObject:
    """Give a file of a transfer with the way it got there."""
    return {
        **_summary(carried.path, carried.facts),
        "size_bytes": carried.file.size_bytes,
        "relation": carried.relation.value,
        "via": list(carried.via),
        "confidence": round(carried.confidence, 3),
    }


def five_tuple_record(flow: FiveTuple, key: FlowKey) -> JsonObject:
    """Give protocol, both ends, the Community ID and the network namespace."""
    return {
        "protocol": flow.protocol.value,
        "source": {"address": flow.source.address, "port": flow.source.port},
        "destination": {"address": flow.destination.address, "port": flow.destination.port},
        "community_id": _community_id(flow),
        "network_namespace": key.network_namespace,
    }


def destination_record(destination: Destination) -> JsonObject:
    """Give whose jurisdiction an endpoint is in, with every signal."""
    evidence = destination.name_evidence
    return {
        "address": destination.address,
        "port": destination.port,
        "server_name": destination.server_name,
        "name_evidence": evidence and evidence.value,
        "countries": list(destination.countries),
        "controllers": [
            {"entity": controller.entity, "country": controller.country}
            for controller in destination.controllers
        ],
        "jurisdictions": list(destination.jurisdictions),
        "claims": [
            {
                "country": claim.country,
                "basis": claim.basis.value,
                "confidence": claim.confidence.value,
            }
            for claim in destination.claims
        ],
        "confidence": destination.confidence.value,
        "location_confidence": destination.location_confidence.value,
        "control_confidence": destination.control_confidence.value,
        "caveats": [caveat.value for caveat in destination.caveats],
        "disagreement": destination.disagreement,
        "internal": destination.internal,
        "signals": [_signal_record(signal) for signal in destination.signals],
    }


_NO_DETAILS: JsonObject = {
    "compression": [],
    "container": None,
    "build": None,
    "samples": [],
    "evidence": [],
    "partial": False,
    "unknown_reason": "not identified yet",
}


def _summary(path: str, facts: FileFacts | None) -> JsonObject:
    if facts is None:
        return {
            "path": path,
            "format": "unknown",
            "category": "unknown",
            "species": "unknown",
            "persons": {"at_least": 0, "at_most": None},
            "run": None,
        }
    return {
        "path": path,
        "format": facts.format.value,
        "category": facts.category.value,
        "species": facts.species.value,
        "persons": {"at_least": facts.persons.at_least, "at_most": facts.persons.at_most},
        "run": facts.run
        and {
            "id": facts.run.run_id,
            "instrument": facts.run.instrument,
            "flow_cell": facts.run.flow_cell,
            "project": facts.run.project,
        },
    }


def _signal_record(signal: Signal) -> JsonObject:
    return {
        "kind": signal.kind.value,
        "value": signal.value,
        "source": signal.source,
        "as_of": signal.as_of,
        "digest": signal.digest,
    }


def _regime_record(verdict: RegimeVerdict) -> JsonObject:
    return {
        "id": verdict.id,
        "verdict": verdict.verdict.value,
        "citation": verdict.citation,
        "persons": {
            "now": verdict.persons_now,
            "at_least": verdict.persons_at_least,
            "at_most": verdict.persons_at_most,
            "threshold": verdict.threshold,
            "window_months": verdict.window_months,
            "category": verdict.category and verdict.category.value,
            "percent_reached": verdict.mark,
        },
        "disposition": verdict.disposition,
        "verified": verdict.verified,
    }


def _visibility_record(visibility: Visibility) -> JsonObject:
    return {
        "tier": visibility.tier,
        "lost": visibility.lost,
        "unattributed_bytes": visibility.unattributed_bytes,
        "notes": list(visibility.notes),
    }


def _community_id(flow: FiveTuple) -> str | None:
    """Give the Community ID, or None where an end is no internet address."""
    try:
        for end in (flow.source, flow.destination):
            ipaddress.ip_address(end.address)
    except ValueError:
        return None
    return community_id(flow)
