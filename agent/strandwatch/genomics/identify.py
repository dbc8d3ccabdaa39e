"""Saying what a file is: layers off, formats tried in order, species and persons concluded."""

import os
import posixpath
import stat
from collections.abc import Callable

from strandwatch.domain.file import (
    OMIC_CATEGORIES,
    Category,
    Compression,
    Evidence,
    FileFacts,
    FileFormat,
    Species,
    unidentified,
)
from strandwatch.domain.sample import NO_PERSONS, UNKNOWN_PERSONS, PersonCount
from strandwatch.genomics.budget import Budget, MonotonicClock, Patience
from strandwatch.genomics.finding import Finding
from strandwatch.genomics.formats.catalogue import recognise
from strandwatch.genomics.head import Head, RawFile, head_of_file, head_of_layer
from strandwatch.genomics.layers import detect, opened
from strandwatch.genomics.persons import (
    NOBODY,
    Persons,
    SampleHasher,
    SubjectMap,
    sample_from_file_name,
    scope_of,
)
from strandwatch.genomics.references import Genome, genome_of

_DEFAULT_BUDGET = Budget()


class Identifier:
    """Identifies files by content within a budget; passes `ports.FileIdentifier`."""

    def __init__(
        self,
        key: bytes,
        monotonic_ns: MonotonicClock,
        *,
        budget: Budget = _DEFAULT_BUDGET,
        subjects: SubjectMap | None = None,
    ) -> None:
        self._hasher = SampleHasher(key, subjects)
        self._clock = monotonic_ns
        self._budget = budget

    def identify(self, descriptor: int, path: str) -> FileFacts:
        """Give the facts about the open file; what cannot be read or known has its reason."""
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return unidentified("not a regular file")
            return self._identify(descriptor, status.st_size, path)
        except OSError as error:
            return unidentified(f"cannot be read: {os.strerror(error.errno or 0)}")

    def _identify(self, descriptor: int, size: int, path: str) -> FileFacts:
        if size == 0:
            return FileFacts(
                format=FileFormat.UNKNOWN,
                category=Category.NONE,
                persons=NO_PERSONS,
                unknown_reason="empty",
            )
        patience = Patience(self._clock, self._budget.milliseconds)
        file = RawFile(descriptor, size, self._budget.input_bytes)
        head = head_of_file(file, self._budget, patience, posixpath.basename(path))
        layers: list[Compression] = []
        while (kind := detect(head.data)) is not None:
            if len(layers) == self._budget.depth:
                return _unknown("too many layers of compression", tuple(layers))
            layers.append(kind)
            head = head_of_layer(opened(kind, head.rest()), self._budget, patience, head.name)
        finding = recognise(head)
        if finding is None:
            return _unknown(_why(head), tuple(layers))
        return self._facts(finding, head, tuple(layers), path)

    def _facts(
        self, finding: Finding, head: Head, layers: tuple[Compression, ...], path: str
    ) -> FileFacts:
        genome = _genome(finding)
        persons = self._persons(finding, genome, path)
        evidence = finding.evidence + genome.evidence
        if head.failure is not None:
            evidence += (Evidence("damage", head.failure),)
        return FileFacts(
            format=finding.format,
            category=finding.category,
            species=genome.species,
            compression=layers,
            container=finding.container,
            build=genome.build,
            samples=persons.samples,
            persons=persons.count,
            run=finding.run,
            evidence=evidence,
            partial=finding.partial or head.failure is not None,
        )

    def _persons(self, finding: Finding, genome: Genome, path: str) -> Persons:
        if finding.category is Category.NONE or genome.species is Species.NONHUMAN:
            return NOBODY
        if finding.names:
            found = self._hasher.persons(finding.names, scope_of(path), more=finding.more_names)
            return found if finding.persons is None else Persons(found.samples, finding.persons)
        if finding.persons is not None:
            return Persons((), finding.persons)
        if finding.named_by_file and finding.category in OMIC_CATEGORIES:
            return self._person_of_file(path)
        return Persons((), UNKNOWN_PERSONS)

    def _person_of_file(self, path: str) -> Persons:
        """One sample at least, named as the file is; nothing in it says that there is only one."""
        name = sample_from_file_name(path)
        if name is None:
            return Persons((), PersonCount(1, None))
        return Persons(self._hasher.persons((name,), scope_of(path)).samples, PersonCount(1, None))


def _genome(finding: Finding) -> Genome:
    if finding.species is not None:
        return Genome(finding.species, finding.build)
    return genome_of(finding.contigs, finding.references)


def _unknown(reason: str, layers: tuple[Compression, ...]) -> FileFacts:
    return FileFacts(
        format=FileFormat.UNKNOWN,
        category=Category.NONE if reason in _HARMLESS else Category.UNKNOWN,
        persons=NO_PERSONS if reason in _HARMLESS else UNKNOWN_PERSONS,
        compression=layers,
        unknown_reason=reason,
    )


PLAIN_TEXT = "text of no genomic format"
_HARMLESS = frozenset({PLAIN_TEXT, "empty"})


def _why(head: Head) -> str:
    if head.failure is not None:
        return head.failure
    if not head.data:
        return "empty"
    return PLAIN_TEXT if is_text(head.data) else "no known signature"


def is_text(data: bytes) -> bool:
    """Say whether these bytes read as text: no control characters but white space."""
    return not _CONTROLS.intersection(data[:4096])


_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\r\f\v\x1b")
Recogniser = Callable[[Head], Finding | None]
