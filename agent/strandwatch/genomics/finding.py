"""What a format's reader found in a head; sample names in it never leave this package."""

from dataclasses import dataclass
from typing import NamedTuple

from strandwatch.domain.file import Category, Evidence, FileFormat, RunFacts, Species
from strandwatch.domain.sample import PersonCount


class Contig(NamedTuple):
    """A reference sequence that a header names."""

    name: bytes
    length: int | None = None
    md5: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A recognised format and everything its head says about species, samples and run."""

    format: FileFormat
    category: Category
    names: tuple[bytes, ...] = ()
    """Distinct sample names, as written."""
    more_names: bool = False
    """The names go on beyond the budget."""
    persons: PersonCount | None = None
    """Set when the count is known without names, or is not the number of names."""
    named_by_file: bool = False
    """The format holds one sample whose name is the file's."""
    contigs: tuple[Contig, ...] = ()
    references: tuple[bytes, ...] = ()
    """Text that names a reference: assembly tags, paths, command lines."""
    species: Species | None = None
    """Set when the format itself tells."""
    build: str | None = None
    reads: tuple[bytes, ...] = ()
    """Sequences for the search for human k-mers."""
    run: RunFacts | None = None
    evidence: tuple[Evidence, ...] = ()
    container: str | None = None
    partial: bool = False
