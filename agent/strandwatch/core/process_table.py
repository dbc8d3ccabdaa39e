"""Processes that are alive or have just ended, with their parents, children and pipes."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from strandwatch.core.limits import Limits
from strandwatch.domain.file import FileKey
from strandwatch.domain.process import DescriptorKind, Process, ProcessKey
from strandwatch.domain.secrecy import without_secrets


@dataclass(slots=True)
class ProcessState:
    """One process: facts since its last exec, family, and whether it has ended."""

    key: ProcessKey
    process: Process | None = None
    parent: ProcessKey | None = None
    children: set[ProcessKey] = field(default_factory=set)
    reads_pipe: FileKey | None = None
    writes_pipes: tuple[FileKey, ...] = ()
    exited_ns: int | None = None
    recorded: bool = False


class ProcessTable:
    """All processes that were heard of, at most `limits.processes`."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._states: dict[ProcessKey, ProcessState] = {}
        self._pipe_writers: dict[FileKey, set[ProcessKey]] = {}
        self._pipe_readers: dict[FileKey, set[ProcessKey]] = {}
        self.forgotten = 0

    def __len__(self) -> int:
        return len(self._states)

    def get(self, key: ProcessKey) -> ProcessState | None:
        """Give what is known of a process, if anything."""
        return self._states.get(key)

    def facts(self, key: ProcessKey) -> Process | None:
        """Give a process's own facts, or those of the ancestor whose program it still runs."""
        for state in self._lineage(key):
            if state.process is not None:
                return state.process
        return None

    def executed(self, process: Process) -> None:
        """Take in an exec, or a process that was found running; its secrets are not kept."""
        state = self._ensure(process.key)
        state.process = replace(process, command=without_secrets(process.command))
        state.recorded = False
        if process.parent is not None:
            self._adopt(process.parent, state)
        self._connect(state, process)

    def forked(self, parent: ProcessKey, child: ProcessKey) -> None:
        """Take in a fork: the child stands in the parent's place until it executes."""
        state = self._ensure(child)
        self._adopt(parent, state)
        above = self._states[parent]
        self._set_pipes(state, above.reads_pipe, above.writes_pipes)

    def exited(self, key: ProcessKey, at_ns: int) -> ProcessState | None:
        """Take in an exit; the state is kept for a while."""
        state = self._states.get(key)
        if state is not None:
            state.exited_ns = at_ns
        return state

    def ancestors(self, key: ProcessKey) -> Iterator[ProcessState]:
        """Give the parents from the nearest upwards, as far as known."""
        above = self._lineage(key)
        next(above, None)
        return above

    def descendants(self, key: ProcessKey, depth: int) -> Iterator[ProcessKey]:
        """Give children, their children and so on, down to `depth` generations."""
        state = self._states.get(key)
        if state is None or depth == 0:
            return
        for child in state.children:
            yield child
            yield from self.descendants(child, depth - 1)

    def upstream(self, key: ProcessKey) -> set[ProcessKey]:
        """Give the processes that write into the pipe which is this one's standard input."""
        state = self._states.get(key)
        if state is None or state.reads_pipe is None:
            return set()
        return self._pipe_writers.get(state.reads_pipe, set()) - {key}

    def downstream(self, key: ProcessKey) -> set[ProcessKey]:
        """Give the processes whose standard input is a pipe that this one writes into."""
        state = self._states.get(key)
        if state is None:
            return set()
        readers = (self._pipe_readers.get(pipe, set()) for pipe in state.writes_pipes)
        return {reader for group in readers for reader in group if reader != key}

    def prune(self, now_ns: int) -> list[ProcessKey]:
        """Forget processes that ended long ago, or the oldest when there are too many."""
        old = now_ns - self._limits.keep_exited_ns
        ended = [
            key
            for key, state in self._states.items()
            if state.exited_ns is not None and state.exited_ns < old
        ]
        excess = len(self._states) - len(ended) - self._limits.processes
        if excess > 0:
            gone = set(ended)
            oldest = [key for key in self._states if key not in gone][:excess]
            self.forgotten += len(oldest)
            ended += oldest
        for key in ended:
            self._forget(key)
        return ended

    def _lineage(self, key: ProcessKey) -> Iterator[ProcessState]:
        seen: set[ProcessKey] = set()
        at: ProcessKey | None = key
        while at is not None and at not in seen:
            seen.add(at)
            state = self._states.get(at)
            if state is None:
                return
            yield state
            at = state.parent

    def _ensure(self, key: ProcessKey) -> ProcessState:
        state = self._states.get(key)
        if state is None:
            state = self._states[key] = ProcessState(key)
        return state

    def _adopt(self, parent: ProcessKey, child: ProcessState) -> None:
        before = None if child.parent is None else self._states.get(child.parent)
        if before is not None:
            before.children.discard(child.key)
        child.parent = parent
        self._ensure(parent).children.add(child.key)

    def _connect(self, state: ProcessState, process: Process) -> None:
        pipes = [item for item in process.standard if item.kind is DescriptorKind.PIPE]
        reads = next((item.target for item in pipes if item.number == 0), None)
        writes = tuple(item.target for item in pipes if item.number == 1)
        self._set_pipes(state, reads, writes)

    def _set_pipes(
        self, state: ProcessState, reads: FileKey | None, writes: tuple[FileKey, ...]
    ) -> None:
        self._disconnect(state)
        state.reads_pipe, state.writes_pipes = reads, writes
        if reads is not None:
            self._pipe_readers.setdefault(reads, set()).add(state.key)
        for pipe in writes:
            self._pipe_writers.setdefault(pipe, set()).add(state.key)

    def _disconnect(self, state: ProcessState) -> None:
        if state.reads_pipe is not None:
            _discard(self._pipe_readers, state.reads_pipe, state.key)
        for pipe in state.writes_pipes:
            _discard(self._pipe_writers, pipe, state.key)

    def _forget(self, key: ProcessKey) -> None:
        state = self._states.pop(key)
        self._disconnect(state)
        above = None if state.parent is None else self._states.get(state.parent)
        if above is not None:
            above.children.discard(key)


def _discard(table: dict[FileKey, set[ProcessKey]], pipe: FileKey, key: ProcessKey) -> None:
    members = table[pipe]
    members.discard(key)
    if not members:
        del table[pipe]
