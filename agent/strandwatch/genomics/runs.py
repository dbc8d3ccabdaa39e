"""What the files of one run or one data set say about each other.

Base calls and raw signals hold no names and no bases that can be compared, a PLINK .bed no persons:
sample sheet, reads or .fam beside them do. What was identified earlier is remembered for a bounded
number of folders and completes later answers; a file identified first stays as it is.
"""

from collections import OrderedDict
from dataclasses import dataclass, replace

from strandwatch.domain.file import (
    OMIC_CATEGORIES,
    Evidence,
    FileFacts,
    FileFormat,
    RunFacts,
    Species,
)
from strandwatch.domain.sample import UNKNOWN_PERSONS, PersonCount, SampleKey
from strandwatch.genomics.persons import run_folder_of

_MOST_PLACES = 512

_SHEETS = frozenset(
    (
        FileFormat.SAMPLE_SHEET,
        FileFormat.RUN_MANIFEST,
        FileFormat.PACBIO_DATASET,
        FileFormat.SEQUENCING_SUMMARY,
    )
)
_NAMELESS = frozenset(
    (
        FileFormat.BCL,
        FileFormat.CBCL,
        FileFormat.POD5,
        FileFormat.FAST5,
        FileFormat.SLOW5,
        FileFormat.BLOW5,
    )
)
_PERSON_LISTS = frozenset((FileFormat.PLINK_FAM, FileFormat.PSAM, FileFormat.OXFORD_SAMPLE))
_GENOTYPES = frozenset(
    (FileFormat.PLINK_BED, FileFormat.PGEN, FileFormat.BGEN, FileFormat.OXFORD_GEN)
)


@dataclass(frozen=True, slots=True)
class _Place:
    """What is known of a run folder, or of files that share a stem."""

    species: Species = Species.UNKNOWN
    build: str | None = None
    samples: tuple[SampleKey, ...] = ()
    persons: PersonCount = UNKNOWN_PERSONS
    run: RunFacts | None = None


class RunMemory:
    """Remembers what run folders and data sets say; the oldest are forgotten first."""

    def __init__(self, most: int = _MOST_PLACES) -> None:
        self._places: OrderedDict[str, _Place] = OrderedDict()
        self._most = most

    def completed(self, facts: FileFacts, path: str) -> FileFacts:
        """Remember what these facts tell of their neighbours, and fill in what those told."""
        folder = run_folder_of(path)
        if folder is not None:
            self._learn(folder, facts, named=facts.format in _SHEETS)
            facts = _filled(facts, self._places[folder], _NAMELESS)
        if facts.format in _PERSON_LISTS or facts.format in _GENOTYPES:
            stem = path.rpartition(".")[0]
            self._learn(stem, facts, named=facts.format in _PERSON_LISTS)
            facts = _filled(facts, self._places[stem], _GENOTYPES)
        return facts

    def _learn(self, key: str, facts: FileFacts, *, named: bool) -> None:
        known = self._places.pop(key, _Place())
        species = known.species
        if species is not Species.HUMAN and facts.species is not Species.UNKNOWN:
            species = facts.species
        self._places[key] = _Place(
            species=species,
            build=known.build or facts.build,
            samples=facts.samples if named else known.samples,
            persons=facts.persons if named else known.persons,
            run=_joined(known.run, facts.run),
        )
        while len(self._places) > self._most:
            self._places.popitem(last=False)


def _joined(first: RunFacts | None, second: RunFacts | None) -> RunFacts | None:
    if first is None or second is None:
        return first or second
    return RunFacts(
        run_id=first.run_id or second.run_id,
        instrument=first.instrument or second.instrument,
        flow_cell=first.flow_cell or second.flow_cell,
        project=first.project or second.project,
    )


def _filled(facts: FileFacts, place: _Place, nameless: frozenset[FileFormat]) -> FileFacts:
    if facts.category not in OMIC_CATEGORIES:
        return facts
    if facts.species is Species.UNKNOWN and place.species is not Species.UNKNOWN:
        told = Evidence("neighbours", f"{place.species.value} by the files beside it")
        build = facts.build or place.build
        facts = replace(facts, species=place.species, build=build, evidence=(*facts.evidence, told))
    if facts.format in nameless and place.samples and facts.species is not Species.NONHUMAN:
        listed = Evidence("neighbours", f"{len(place.samples)} samples listed beside it")
        facts = replace(
            facts,
            samples=place.samples,
            persons=place.persons,
            evidence=(*facts.evidence, listed),
        )
    return replace(facts, run=_joined(facts.run, place.run))
