"""The engine: observations in, commands out. One thread owns it; it never waits and never looks.

Everything it decides follows from the observations and their order, so a recorded stream gives the
same commands again.
"""

from collections import Counter
from typing import assert_never

from strandwatch.core.command import (
    Command,
    HurryFile,
    IdentifyFile,
    LossRecord,
    ProcessRecord,
    Record,
    ReleaseHandle,
)
from strandwatch.core.file_table import FileState, FileTable
from strandwatch.core.flow_table import FlowState, FlowTable
from strandwatch.core.incidents import Incidents
from strandwatch.core.ledger import Ledger
from strandwatch.core.limits import Limits
from strandwatch.core.lineage import Lineage
from strandwatch.core.name_table import NameTable
from strandwatch.core.policy import count_persons, judge
from strandwatch.core.process_table import ProcessTable
from strandwatch.core.records import file_record, flow_record, label_of, question_about
from strandwatch.core.transfers import Transfers
from strandwatch.core.visibility import Sight
from strandwatch.domain.file import Category, FileFormat, FileVersion, could_be_omic
from strandwatch.domain.flow import FlowKey
from strandwatch.domain.observation import (
    AlertRemembered,
    DescriptorHeld,
    DestinationResolved,
    FileIdentified,
    FileLanded,
    FileOpened,
    FileWritten,
    FlowClosed,
    FlowOpened,
    FlowProgressed,
    InterfaceCounted,
    NameLearned,
    Observation,
    ObservationsLost,
    OpenMode,
    ProcessExited,
    ProcessForked,
    ProcessStarted,
    SourceReported,
    Ticked,
    TransferRemembered,
)
from strandwatch.domain.process import ProcessKey
from strandwatch.domain.regime import Policy
from strandwatch.domain.transfer import Transfer

DEFAULT_LIMITS = Limits()


class Engine:
    """The whole state of the reasoning, and the one way to change it."""

    def __init__(self, policy: Policy, limits: Limits = DEFAULT_LIMITS) -> None:
        self._policy = policy
        self._limits = limits
        self._processes = ProcessTable(limits)
        self._flows = FlowTable(limits)
        self._names = NameTable(limits)
        self._files = FileTable(limits)
        self._lineage = Lineage(self._processes, limits)
        self._transfers = Transfers(self._processes, self._files, self._lineage, limits)
        self._ledger = Ledger()
        self._incidents = Incidents(limits)
        self._sight = Sight()
        self._waiting: dict[FileVersion, int] = {}
        self._ended: dict[FlowKey, int] = {}
        self._unmeasured: dict[FlowKey, int] = {}
        self._next_prune_ns = 0

    def adopt(self, policy: Policy) -> None:
        """Judge by another policy from now on."""
        self._policy = policy

    def finish(self, now_ns: int) -> list[Command]:
        """Give what is still to be recorded before the end."""
        return self._record_losses(now_ns)

    def sizes(self) -> dict[str, int]:
        """Give how much is remembered, and how much was forgotten over the limits."""
        forgotten = Counter(
            processes=self._processes.forgotten,
            flows=self._flows.forgotten,
            names=self._names.forgotten,
            files=self._files.forgotten,
            labels=self._lineage.forgotten,
        )
        return {
            "processes": len(self._processes),
            "flows": len(self._flows),
            "files": len(self._files),
            **self._lineage.sizes(),
            **{f"forgotten_{name}": count for name, count in forgotten.items()},
        }

    def handle(self, observation: Observation) -> list[Command]:  # noqa: C901, PLR0912
        """Take in one observation; give what is to be done about it.

        One case per kind is as simple as this can be, and the type checker names a missing one.
        """
        match observation:
            case FileOpened() | FileWritten() | FileLanded() | FileIdentified():
                return self._on_file(observation)
            case FlowOpened() | FlowProgressed() | FlowClosed():
                return self._on_flow(observation)
            case ProcessStarted():
                self._processes.executed(observation.process)
                return []
            case ProcessForked():
                self._processes.forked(observation.parent, observation.child)
                return []
            case ProcessExited():
                return self._on_exit(observation)
            case NameLearned():
                return self._on_name(observation)
            case DestinationResolved():
                return self._on_resolved(observation)
            case SourceReported():
                self._sight.reported(observation)
                return []
            case ObservationsLost():
                self._sight.lost(observation)
                return []
            case AlertRemembered():
                self._incidents.remember(observation.alert)
                return []
            case TransferRemembered():
                self._on_remembered(observation.transfer)
                return []
            case DescriptorHeld() | InterfaceCounted():
                return []
            case Ticked():
                return self._on_tick(observation.at_ns)
            case _:
                assert_never(observation)

    def _on_file(
        self, observation: FileOpened | FileWritten | FileLanded | FileIdentified
    ) -> list[Command]:
        match observation:
            case FileOpened():
                return self._on_opened(observation)
            case FileWritten():
                return self._on_written(observation)
            case FileLanded():
                state = self._files.seen(observation.file, observation.path, observation.at_ns)
                state.landed = True
                return self._ask(state, observation.handle, observation.at_ns)
            case FileIdentified():
                return self._on_identified(observation)
            case _:
                assert_never(observation)

    def _on_opened(self, opened: FileOpened) -> list[Command]:
        state = self._files.seen(opened.file, opened.path, opened.at_ns)
        commands = self._ask(state, opened.handle, opened.at_ns)
        if opened.mode is OpenMode.WRITE:
            return commands
        if could_be_omic(state.facts):
            self._lineage.opened(opened.process, opened.file, opened.path, opened.at_ns)
        made_from = self._lineage.opened_made(
            opened.process, opened.file, opened.path, opened.at_ns
        )
        if made_from or could_be_omic(state.facts):
            commands += self._judge_reached(opened.process, opened.at_ns)
        return commands

    def _on_written(self, written: FileWritten) -> list[Command]:
        state = self._files.seen(written.file, written.path, written.at_ns)
        if written.process is not None:
            self._lineage.written(
                written.process, written.file, written.path, written.at_ns, self._files.is_known
            )
        return self._ask(state, written.handle, written.at_ns)

    def _ask(self, state: FileState, handle: int | None, at_ns: int) -> list[Command]:
        if handle is None:
            return []
        if state.facts is not None or state.asked_ns is not None:
            return [ReleaseHandle(handle=handle)]
        state.asked_ns = at_ns
        self._waiting[state.file] = at_ns
        return [IdentifyFile(file=state.file, path=state.path, handle=handle)]

    def _on_identified(self, answer: FileIdentified) -> list[Command]:
        self._waiting.pop(answer.file, None)
        state = self._files.get(answer.file)
        if state is None:
            return []
        state.facts = answer.facts
        if not could_be_omic(answer.facts):
            if _is_plain(answer):
                self._lineage.forget_origin(answer.file)
            self._lineage.forget_file(answer.file)
            self._files.settle(answer.file)
            return [Record(record=file_record(state, answer))] if state.landed else []
        commands: list[Command] = [Record(record=file_record(state, answer))]
        for process in self._lineage.carriers(answer.file):
            commands += self._judge_flows(process, answer.at_ns)
        return commands

    def _on_flow(self, observation: FlowOpened | FlowProgressed | FlowClosed) -> list[Command]:
        match observation:
            case FlowOpened():
                state = self._flows.opened(observation)
                if state.counters.sent_bytes is None:
                    self._unmeasured[state.key] = observation.at_ns
                state.name = self._names.of(state.flow)
                return [question_about(state)]
            case FlowProgressed():
                progressed = self._flows.progressed(observation)
                return [] if progressed is None else self._look_at(progressed, observation.at_ns)
            case FlowClosed():
                closed = self._flows.closed(observation)
                if closed is None:
                    return []
                self._ended[closed.key] = observation.at_ns
                return self._look_at(closed, observation.at_ns)
            case _:
                assert_never(observation)

    def _look_at(self, state: FlowState, at_ns: int) -> list[Command]:
        """Judge and record a flow whose destination is known."""
        if state.destination is None:
            return []
        commands = self._judge(state, at_ns)
        since = at_ns - state.recorded_ns
        if state.closed_ns is not None or since >= self._limits.flow_interval_ns:
            commands += self._record_flow(state, at_ns)
        return commands

    def _on_name(self, learned: NameLearned) -> list[Command]:
        self._names.learn(learned)
        state = None if learned.flow is None else self._flows.find(learned.flow)
        if state is None:
            return []
        state.name = self._names.of(state.flow)
        return [question_about(state)]

    def _on_resolved(self, answer: DestinationResolved) -> list[Command]:
        state = self._flows.get(answer.flow)
        if state is None:
            return []
        state.destination = answer.destination
        return self._record_flow(state, answer.at_ns) + self._look_at(state, answer.at_ns)

    def _on_exit(self, exited: ProcessExited) -> list[Command]:
        state = self._processes.exited(exited.process, exited.at_ns)
        if state is None or not state.recorded or state.process is None:
            return []
        started_ns = state.process.started_ns
        return [
            Record(
                record=ProcessRecord(
                    process=state.process, seen_ns=started_ns, exited_ns=exited.at_ns
                )
            )
        ]

    def _record_losses(self, now_ns: int) -> list[Command]:
        """Record what was lost since the last time, added up by source and reason."""
        return [
            Record(record=LossRecord(at_ns=now_ns, source=source, count=count, reason=reason))
            for (source, reason), count in self._sight.take_losses().items()
        ]

    def _on_remembered(self, transfer: Transfer) -> None:
        """Take up a transfer where an earlier run left it: same labels, same id, same persons."""
        self._incidents.remember_transfer(transfer)
        count_persons(transfer, self._policy, self._ledger)
        if transfer.ended_ns is not None or transfer.process is None:
            return
        self._transfers.remember(transfer)
        self._processes.executed(transfer.process)
        for carried in transfer.files:
            state = self._files.seen(carried.file, carried.path, transfer.started_ns)
            state.facts = carried.facts
            self._lineage.remembered(label_of(carried, transfer, transfer.process.key))

    def _on_tick(self, now_ns: int) -> list[Command]:
        commands = self._judge_overdue(now_ns) + self._judge_unmeasured(now_ns)
        self._drop_ended(now_ns)
        if now_ns >= self._next_prune_ns:
            self._next_prune_ns = now_ns + self._limits.prune_interval_ns
            for process in self._processes.prune(now_ns):
                self._lineage.forget_process(process)
            self._incidents.prune(now_ns)
            commands += self._record_losses(now_ns)
        return commands

    def _judge_overdue(self, now_ns: int) -> list[Command]:
        """Judge what may carry a file that nobody has identified in time."""
        late = now_ns - self._limits.identification_grace_ns
        overdue = [file for file, asked_ns in self._waiting.items() if asked_ns <= late]
        commands: list[Command] = []
        for file in overdue:
            del self._waiting[file]
            for process in self._lineage.carriers(file):
                commands += self._judge_flows(process, now_ns)
        return commands

    def _judge_unmeasured(self, now_ns: int) -> list[Command]:
        """Judge flows whose bytes nobody could tell in time: unknown is not nothing."""
        late = now_ns - self._limits.measurement_grace_ns
        overdue = [key for key, opened_ns in self._unmeasured.items() if opened_ns <= late]
        commands: list[Command] = []
        for key in overdue:
            del self._unmeasured[key]
            state = self._flows.get(key)
            if state is not None and state.counters.sent_bytes is None:
                commands += self._judge_if_resolved(state, now_ns)
        return commands

    def _drop_ended(self, now_ns: int) -> None:
        """Let ended flows go, once what was seen meanwhile must have been told as well.

        One that may have carried a file of which nothing is known yet stays a while longer.
        """
        old, oldest = now_ns - self._limits.linger_ns, now_ns - self._limits.ended_ns
        for key, ended_ns in [item for item in self._ended.items() if item[1] < old]:
            state = self._flows.get(key)
            if state is not None and ended_ns >= oldest and self._is_waited_for(state):
                continue
            del self._ended[key]
            if state is not None:
                self._transfers.drop(state)
                self._flows.drop(key)

    def _is_waited_for(self, state: FlowState) -> bool:
        return any(
            self._files.is_awaited(file)
            for process in state.processes()
            for file in self._lineage.files_of(process)
        )

    def _judge_reached(self, process: ProcessKey, at_ns: int) -> list[Command]:
        return [
            command
            for reached in self._lineage.reached(process)
            for command in self._judge_flows(reached, at_ns)
        ]

    def _judge_flows(self, process: ProcessKey, at_ns: int) -> list[Command]:
        return [
            command
            for state in self._flows.of(process)
            if state.closed_ns is None or at_ns - state.closed_ns <= self._limits.ended_ns
            for command in self._judge_if_resolved(state, at_ns)
        ]

    def _judge_if_resolved(self, state: FlowState, at_ns: int) -> list[Command]:
        return [] if state.destination is None else self._judge(state, at_ns)

    def _judge(self, state: FlowState, at_ns: int) -> list[Command]:
        commands = self._hurry(state)
        transfer = self._transfers.of(state, at_ns)
        if transfer is None:
            return commands
        if self._transfers.is_due(transfer):
            count_persons(transfer, self._policy, self._ledger)
            commands.append(Record(record=transfer))
            commands += self._record_process(transfer, at_ns)
        decision = judge(transfer, self._policy, self._ledger)
        visibility = self._sight.since(transfer.started_ns)
        return commands + self._incidents.raise_alert(transfer, decision, visibility)

    def _hurry(self, state: FlowState) -> list[Command]:
        """Have the files that a flow may carry identified before all others."""
        commands: list[Command] = []
        if not self._waiting:
            return commands
        for process in state.processes():
            for file in self._lineage.files_of(process):
                known = self._files.get(file)
                if known is not None and file in self._waiting and not known.hurried:
                    known.hurried = True
                    commands.append(HurryFile(file=file))
        return commands

    def _record_flow(self, state: FlowState, at_ns: int) -> list[Command]:
        state.recorded_ns = at_ns
        processes = state.processes()
        process = self._processes.facts(processes[0]) if processes else None
        return [Record(record=flow_record(state, process))]

    def _record_process(self, transfer: Transfer, at_ns: int) -> list[Command]:
        state = None if transfer.process is None else self._processes.get(transfer.process.key)
        if state is None or state.recorded or state.process is None:
            return []
        state.recorded = True
        record = ProcessRecord(process=state.process, seen_ns=at_ns, exited_ns=state.exited_ns)
        return [Record(record=record)]


def _is_plain(answer: FileIdentified) -> bool:
    """Tell whether a file was recognised as something that holds no genome."""
    return answer.facts.format is not FileFormat.UNKNOWN and answer.facts.category in (
        Category.NONE,
        Category.METADATA,
    )
