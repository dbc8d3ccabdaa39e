"""From what was found to facts: species, persons and evidence, for a file or a whole archive."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from strandwatch.domain.file import (
    OMIC_CATEGORIES,
    Category,
    Compression,
    Evidence,
    FileFacts,
    FileFormat,
    Species,
)
from strandwatch.domain.sample import NO_PERSONS, UNKNOWN_PERSONS, PersonCount
from strandwatch.genomics.budget import Patience
from strandwatch.genomics.finding import Finding
from strandwatch.genomics.persons import (
    NOBODY,
    Persons,
    SampleHasher,
    sample_from_file_name,
    scope_of,
)
from strandwatch.genomics.references import Genome, genome_of
from strandwatch.genomics.species import Panels, judge

PLAIN_TEXT = "text of no genomic format"
ORDINARY = "a format that holds no genome"
EMPTY = "empty"
ENCRYPTED = "encrypted member"
_HARMLESS = frozenset({PLAIN_TEXT, ORDINARY, EMPTY})


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found under which layers; without a finding, why."""

    finding: Finding | None
    layers: tuple[Compression, ...]
    reason: str | None
    """Why nothing was found, or which layer is damaged."""


@dataclass(frozen=True, slots=True)
class Concluder:
    """Turns findings into facts; the path gives the scope of sample names."""

    hasher: SampleHasher
    panels: Panels
    reads: int
    """How many reads to look at."""

    def conclude(self, found: Examined, path: str, patience: Patience) -> FileFacts:
        """Give the facts about one file or member."""
        finding = found.finding
        if finding is None:
            return _unknown(found.reason or "unknown", found.layers)
        genome = _genome(finding)
        if genome.species is Species.UNKNOWN and finding.reads is not None:
            finding, genome = self._by_reads(finding, genome, finding.reads(), patience)
        if finding.only_if_human and genome.species not in (Species.HUMAN, Species.MIXED):
            finding = replace(finding, category=Category.NONE)
        return _facts(found, finding, genome, _persons(finding, genome, self.hasher, path))

    def _by_reads(
        self, finding: Finding, genome: Genome, reads: Sequence[bytes], patience: Patience
    ) -> tuple[Finding, Genome]:
        verdict = judge(reads, self.panels, self.reads, patience.is_over)
        if verdict.bisulfite:
            converted = Evidence("base-composition", "bisulfite-converted")
            finding = replace(
                finding, category=Category.EPIGENOMIC, evidence=(*finding.evidence, converted)
            )
        return finding, Genome(verdict.species, genome.build, genome.evidence + verdict.evidence)


def _facts(found: Examined, finding: Finding, genome: Genome, persons: Persons) -> FileFacts:
    evidence = finding.evidence + genome.evidence
    if found.reason is not None:
        evidence += (Evidence("damage", found.reason),)
    return FileFacts(
        format=finding.format,
        category=finding.category,
        species=genome.species,
        compression=found.layers,
        container=finding.container,
        build=genome.build,
        samples=persons.samples,
        persons=persons.count,
        run=finding.run,
        evidence=evidence,
        partial=finding.partial or found.reason is not None,
    )


def _genome(finding: Finding) -> Genome:
    if finding.species is not None:
        return Genome(finding.species, finding.build)
    return genome_of(finding.contigs, finding.references)


def _persons(finding: Finding, genome: Genome, hasher: SampleHasher, path: str) -> Persons:
    if finding.category is Category.NONE or genome.species is Species.NONHUMAN:
        return NOBODY
    if finding.names:
        found = hasher.persons(finding.names, scope_of(path), more=finding.more_names)
        return found if finding.persons is None else Persons(found.samples, finding.persons)
    if finding.named_by_file and finding.category in OMIC_CATEGORIES:
        return _person_of_file(hasher, path, finding.persons or PersonCount(1, None))
    return Persons((), finding.persons or UNKNOWN_PERSONS)


def _person_of_file(hasher: SampleHasher, path: str, count: PersonCount) -> Persons:
    """Give one sample, named as the file is; whether it is the only one the format knows."""
    name = sample_from_file_name(path)
    if name is None:
        return Persons((), count)
    return Persons(hasher.persons((name,), scope_of(path)).samples, count)


def _unknown(reason: str, layers: tuple[Compression, ...]) -> FileFacts:
    harmless = reason in _HARMLESS
    return FileFacts(
        format=FileFormat.UNKNOWN,
        category=Category.NONE if harmless else Category.UNKNOWN,
        persons=NO_PERSONS if harmless else UNKNOWN_PERSONS,
        compression=layers,
        unknown_reason=reason,
    )


_SEVERITY = {
    Category.GENOMIC: 6,
    Category.TRANSCRIPTOMIC: 5,
    Category.EPIGENOMIC: 4,
    Category.PROTEOMIC: 3,
    Category.UNKNOWN: 2,
    Category.METADATA: 1,
    Category.NONE: 0,
}


def merged(
    kind: FileFormat, layers: tuple[Compression, ...], facts: Sequence[FileFacts], *, more: bool
) -> FileFacts:
    """Say of an archive what its most telling member says, with the samples of all of them."""
    listed = Counter(each.format.value for each in facts)
    shown = ", ".join(f"{count} {name}" for name, count in sorted(listed.items()))
    evidence: tuple[Evidence, ...] = (
        Evidence("members", shown + (" and more" if more and shown else "") or "not listed"),
    )
    locked = sum(1 for each in facts if each.unknown_reason == ENCRYPTED)
    if locked:
        evidence += (Evidence("encrypted-members", str(locked)),)
    if not facts:
        return FileFacts(
            format=kind,
            category=Category.UNKNOWN,
            compression=layers,
            container=kind.value,
            evidence=evidence,
            partial=more,
        )
    chief = max(facts, key=lambda each: _SEVERITY[each.category])
    omic = [each for each in facts if each.category in OMIC_CATEGORIES]
    return replace(
        chief,
        format=chief.format if omic else kind,
        species=_together(omic),
        compression=layers,
        container=kind.value,
        samples=tuple(dict.fromkeys(key for each in omic or facts for key in each.samples)),
        persons=_summed(omic, chief, more=more),
        evidence=evidence + chief.evidence,
        partial=more or any(each.partial for each in omic),
        unknown_reason=None,
    )


def _together(omic: list[FileFacts]) -> Species:
    kinds = {each.species for each in omic}
    if len(kinds) == 1:
        return kinds.pop()
    if Species.HUMAN in kinds or Species.MIXED in kinds:
        return Species.MIXED
    return Species.UNKNOWN


def _summed(omic: list[FileFacts], chief: FileFacts, *, more: bool) -> PersonCount:
    """Count persons of all members: names are merged, unnamed ones may be the same person."""
    if not omic:
        return chief.persons
    names = {key.name_digest for each in omic for key in each.samples}
    at_least = max(len(names), *(each.persons.at_least for each in omic))
    if len(omic) == 1:
        at_least = omic[0].persons.at_least
    bounds = [each.persons.at_most for each in omic]
    known = [bound for bound in bounds if bound is not None]
    if more or len(known) < len(bounds):
        return PersonCount(at_least, None)
    return PersonCount(at_least, max(at_least, sum(known)))
