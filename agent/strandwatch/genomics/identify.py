"""Saying what a file is: layers off, formats tried in order, species and persons concluded."""

import dataclasses
import os
import stat
from dataclasses import dataclass

from strandwatch.domain.file import Category, Compression, FileFacts, FileFormat, unidentified
from strandwatch.domain.sample import NO_PERSONS
from strandwatch.genomics.archives import Archive, Member, archive_in
from strandwatch.genomics.budget import Budget, MonotonicClock, Patience
from strandwatch.genomics.conclude import ENCRYPTED, Concluder, Examined, merged
from strandwatch.genomics.formats.catalogue import recognise, why_unknown
from strandwatch.genomics.head import Head, RawFile, head_of_file, head_of_layer
from strandwatch.genomics.layers import detect, opened
from strandwatch.genomics.persons import SampleHasher, SubjectMap
from strandwatch.genomics.runs import RunMemory
from strandwatch.genomics.sketch import Sketch
from strandwatch.genomics.species import load_panels

_DEFAULT_BUDGET = Budget()


@dataclass(frozen=True, slots=True)
class _Work:
    """What examining one file shares between its layers and members."""

    budget: Budget
    patience: Patience


class Identifier:
    """Identifies files by content within a budget; passes `ports.FileIdentifier`."""

    def __init__(
        self,
        key: bytes,
        monotonic_ns: MonotonicClock,
        *,
        budget: Budget = _DEFAULT_BUDGET,
        subjects: SubjectMap | None = None,
        sketch: Sketch | None = None,
    ) -> None:
        panels = load_panels()
        if sketch is not None:
            panels = dataclasses.replace(panels, sketch=sketch)
        self._concluder = Concluder(SampleHasher(key, subjects), panels, budget.reads)
        self._memory = RunMemory()
        self._clock = monotonic_ns
        self._budget = budget

    def identify(self, descriptor: int, path: str) -> FileFacts:
        """Give the facts about the open file; what cannot be read or known has its reason."""
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return unidentified("not a regular file")
            if status.st_size == 0:
                return _EMPTY
            facts = self._identify(descriptor, status.st_size, path)
        except OSError as error:
            return unidentified(f"cannot be read: {os.strerror(error.errno or 0)}")
        return self._memory.completed(facts, path)

    def _identify(self, descriptor: int, size: int, path: str) -> FileFacts:
        work = _Work(self._budget, Patience(self._clock, self._budget.milliseconds))
        file = RawFile(descriptor, size, self._budget.input_bytes)
        head = head_of_file(file, work.budget, work.patience, path)
        found = _examine(head, work, 0)
        if isinstance(found, _Opened):
            return self._archive(found, work, path)
        return self._concluder.conclude(found, path, work.patience)

    def _archive(self, found: "_Opened", work: _Work, path: str) -> FileFacts:
        facts: list[FileFacts] = []
        more = False
        for member in found.archive.members():
            if len(facts) == work.budget.members or work.patience.is_over():
                more = True
                break
            facts.append(self._member(member, work, path, found.depth))
        return merged(found.archive.kind, found.layers, facts, more=more or found.cut())

    def _member(self, member: Member, work: _Work, path: str, depth: int) -> FileFacts:
        """Identify a member as if it lay beside its archive: the same scope of sample names."""
        name = member.name.decode("utf-8", "surrogateescape").rsplit("/", 1)[-1]
        place = f"{path.rpartition('/')[0]}/{name}"
        if member.pull is None:
            reason = ENCRYPTED if member.encrypted else "compression not read"
            return self._concluder.conclude(Examined(None, (), reason), place, work.patience)
        budget = dataclasses.replace(
            work.budget, first_read_bytes=_MEMBER_HEAD, output_bytes=_MEMBER_OUTPUT
        )
        head = head_of_layer(member.pull, budget, work.patience, place)
        found = _examine(head, _Work(budget, work.patience), depth)
        if isinstance(found, _Opened):
            inner = [
                self._member(each, work, path, found.depth)
                for each, _ in zip(found.archive.members(), range(4), strict=False)
            ]
            return merged(found.archive.kind, found.layers, inner, more=True)
        return self._concluder.conclude(found, place, work.patience)


_MEMBER_HEAD = 16 << 10
_MEMBER_OUTPUT = 512 << 10
_EMPTY = FileFacts(
    format=FileFormat.UNKNOWN,
    category=Category.NONE,
    persons=NO_PERSONS,
    unknown_reason="empty",
)


@dataclass(frozen=True, slots=True)
class _Opened:
    """An archive under these layers of compression, at this depth."""

    archive: Archive
    layers: tuple[Compression, ...]
    depth: int
    head: Head

    def cut(self) -> bool:
        return self.head.was_cut


def _examine(head: Head, work: _Work, depth: int) -> Examined | _Opened:
    """Take compression off layer by layer, then try the formats."""
    layers: list[Compression] = []
    while (kind := detect(head.data)) is not None:
        if depth == work.budget.depth:
            return Examined(None, tuple(layers), "too many layers")
        layers.append(kind)
        depth += 1
        head = head.within(kind, opened(kind, head.rest()))
    archive = archive_in(head)
    if archive is not None:
        if depth == work.budget.depth:
            return Examined(None, tuple(layers), "too many layers")
        return _Opened(archive, tuple(layers), depth + 1, head)
    finding = recognise(head)
    if finding is None:
        return Examined(None, tuple(layers), why_unknown(head))
    return Examined(finding, tuple(layers), head.failure)
