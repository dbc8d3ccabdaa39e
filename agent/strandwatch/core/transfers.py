"""Transfers under way: which files a flow carries, since when, and how many bytes since then.

Confidence of a file in a transfer starts as the lineage has it. When a finished flow sent about as
many bytes as its files have, that is one more sign and doubt shrinks; while hardly anything was
sent (a handshake) nothing can have been carried yet.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from strandwatch.core.file_table import FileTable
from strandwatch.core.flow_table import FlowState
from strandwatch.core.limits import Limits
from strandwatch.core.lineage import Lineage
from strandwatch.core.process_table import ProcessTable
from strandwatch.domain.file import FileVersion, could_be_omic
from strandwatch.domain.flow import Direction
from strandwatch.domain.lineage import Label
from strandwatch.domain.process import ProcessKey
from strandwatch.domain.transfer import CarriedFile, Method, Transfer

MATERIAL_BYTES = 512
"""Fewer bytes than this (or than half of the file) are a greeting, not content."""
AGREEMENT = (0.9, 1.5)
"""Sent bytes over file bytes within which the two agree: protocols add, compression takes."""
AGREEMENT_DOUBT = 0.4
"""What is left of the doubt when bytes agree."""


@dataclass(slots=True)
class _Progress:
    started_ns: int
    bytes_before: int
    recorded_ns: int | None = None
    recorded_files: int = 0


class Transfers:
    """Builds the transfer of a flow from what the tables know."""

    def __init__(
        self, processes: ProcessTable, files: FileTable, lineage: Lineage, limits: Limits
    ) -> None:
        self._processes = processes
        self._files = files
        self._lineage = lineage
        self._limits = limits
        self._progress: dict[str, _Progress] = {}

    def remember(self, transfer: Transfer) -> None:
        """Take in a transfer that an earlier run recorded while it was under way."""
        self._progress[transfer.id] = _Progress(transfer.started_ns, 0, transfer.updated_ns)

    def of(self, state: FlowState, now_ns: int) -> Transfer | None:
        """Give the transfer that a flow is, or None while it carries nothing that matters."""
        if not state.is_measured(now_ns, self._limits.measurement_grace_ns):
            return None
        sender, labels = self._sender(state, now_ns)
        if not labels:
            return None
        id_ = transfer_id(state)
        progress = self._progress.get(id_)
        if progress is None:
            progress = self._progress[id_] = _begin(state, labels)
        sent = _since(state.counters.sent_bytes, progress.bytes_before)
        if not _is_material(sent, labels):
            return None
        ancestors = self._processes.ancestors(sender)
        return Transfer(
            id=id_,
            method=Method.SERVED if state.direction is Direction.INBOUND else Method.SOCKET,
            direction=state.direction,
            started_ns=progress.started_ns,
            updated_ns=now_ns,
            ended_ns=state.closed_ns,
            sent_bytes=sent,
            process=self._processes.facts(sender),
            ancestry=tuple(one.process.executable for one in ancestors if one.process is not None),
            files=self._carried(labels, sent, ended=state.closed_ns is not None),
            flow_key=state.key,
            flow=state.flow,
            destination=state.destination,
        )

    def is_due(self, transfer: Transfer) -> bool:
        """Tell whether a transfer has to be recorded now, and note that it was."""
        progress = self._progress[transfer.id]
        due = (
            progress.recorded_ns is None
            or transfer.ended_ns is not None
            or len(transfer.files) != progress.recorded_files
            or transfer.updated_ns - progress.recorded_ns >= self._limits.record_interval_ns
        )
        if due:
            progress.recorded_ns = transfer.updated_ns
            progress.recorded_files = len(transfer.files)
        return due

    def drop(self, state: FlowState) -> None:
        """Forget a flow's transfer."""
        self._progress.pop(transfer_id(state), None)

    def _sender(self, state: FlowState, now_ns: int) -> tuple[ProcessKey, list[Label]]:
        """Give the process that most surely sent files on this flow, and those files."""
        best: tuple[ProcessKey, list[Label]] = (ProcessKey(0, 0), [])
        for process in state.processes():
            labels = self._lineage.carried(process, lambda file: self._matters(file, now_ns))
            if labels and (not best[1] or labels[0].confidence > best[1][0].confidence):
                best = (process, labels)
        return best[0], best[1][: self._limits.files_per_transfer]

    def _matters(self, file: FileVersion, now_ns: int) -> bool:
        state = self._files.get(file)
        if state is None:
            return False
        if state.facts is None:
            return self._is_overdue(state.asked_ns, now_ns)
        return could_be_omic(state.facts)

    def _is_overdue(self, asked_ns: int | None, now_ns: int) -> bool:
        """Tell whether an answer is late; a file that nobody could hand over is never asked for."""
        return asked_ns is not None and now_ns - asked_ns >= self._limits.identification_grace_ns

    def _carried(
        self, labels: list[Label], sent: int | None, *, ended: bool
    ) -> tuple[CarriedFile, ...]:
        agree = ended and sent is not None and _agrees(sent, (label.file for label in labels))
        doubt: Callable[[float], float] = _less_doubt if agree else _same
        return tuple(
            CarriedFile(
                file=label.file,
                path=label.path,
                facts=self._files.facts(label.file),
                relation=label.relation,
                via=label.via,
                confidence=round(doubt(label.confidence), 3),
            )
            for label in labels
        )


def transfer_id(state: FlowState) -> str:
    """Give the id of a flow's transfer; it is the same after a restart of the agent."""
    flow = state.flow
    words = (
        *(state.key.network_namespace, state.key.cookie, flow.protocol),
        *(flow.source.address, flow.source.port, flow.destination.address, flow.destination.port),
    )
    text = "\0".join(str(word) for word in words)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _begin(state: FlowState, labels: list[Label]) -> _Progress:
    """Start counting when the first file was there; a flow found open may have sent it all."""
    since_ns = min(label.since_ns for label in labels)
    before = 0 if state.found_open else state.sent_at(since_ns)
    return _Progress(max(since_ns, state.opened_ns), before)


def _since(total: int | None, before: int) -> int | None:
    return None if total is None else total - before


def _is_material(sent: int | None, labels: list[Label]) -> bool:
    if sent is None:
        return True
    smallest = min(label.file.size_bytes for label in labels)
    return sent >= min(MATERIAL_BYTES, max(1, smallest // 2))


def _agrees(sent: int, files: Iterable[FileVersion]) -> bool:
    size = sum(file.size_bytes for file in files)
    low, high = AGREEMENT
    return low * size <= sent <= high * size


def _less_doubt(confidence: float) -> float:
    return 1 - (1 - confidence) * AGREEMENT_DOUBT


def _same(confidence: float) -> float:
    return confidence
