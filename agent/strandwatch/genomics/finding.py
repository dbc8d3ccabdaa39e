"""What a format's reader found in a head; sample names in it never leave this package."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from strandwatch.domain.file import Category, Evidence, FileFormat, RunFacts, Species
from strandwatch.domain.sample import NO_PERSONS, PersonCount


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
    only_if_human: bool = False
    """Sequence that is data of a person only when human sequence is found in it."""
    build: str | None = None
    reads: Callable[[], Sequence[bytes]] | None = None
    """Gives sequences for the search for human k-mers, when nothing else told the species."""
    run: RunFacts | None = None
    evidence: tuple[Evidence, ...] = ()
    container: str | None = None
    partial: bool = False


def no_persons(
    kind: FileFormat, *evidence: Evidence, category: Category = Category.NONE
) -> Finding:
    """Describe an index, a reference or a report: known, and nobody's data."""
    return Finding(format=kind, category=category, persons=NO_PERSONS, evidence=evidence)


def element_text(data: bytes, tag: bytes) -> str | None:
    """Give the text of the first XML element of this name, when it is a plain short word."""
    start = data.find(b"<" + tag + b">")
    if start < 0:
        return None
    start += len(tag) + 2
    return plain_word(data[start : data.find(b"<", start)])


def attribute_values(data: bytes, element: bytes, attribute: bytes, most: int) -> list[bytes]:
    """Give one attribute of each XML element of this name, as written."""
    values: list[bytes] = []
    position = data.find(b"<" + element)
    while position >= 0 and len(values) < most:
        end = data.find(b">", position)
        tag = data[position : end if end >= 0 else len(data)]
        start = tag.find(b" " + attribute + b'="')
        if start >= 0:
            start += len(attribute) + 3
            value = tag[start : tag.find(b'"', start)].strip()
            if value:
                values.append(value)
        position = data.find(b"<" + element, position + 1)
    return values


def plain_word(value: bytes) -> str | None:
    """Give a run, instrument or flow cell name as text; None when it does not look like one."""
    value = value.strip()
    if not 0 < len(value) <= 100 or not all(32 < byte < 127 for byte in value):
        return None
    return value.decode()
