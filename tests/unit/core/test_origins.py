"""Origins: what made files were made from, forgotten from both ends."""

from strandwatch.core.limits import Limits
from strandwatch.core.origins import Origins
from strandwatch.domain.file import FileKey
from strandwatch.domain.lineage import Label, Relation
from support.builders import ALICE_CURL, a_version

MADE, OTHER = FileKey(1, 50), FileKey(1, 51)


def a_label(inode: int) -> Label:
    """Give a label of a source."""
    return Label(
        file=a_version(inode),
        path=f"/runs/{inode}",
        relation=Relation.DERIVED,
        via=(),
        since_ns=1,
        reader=ALICE_CURL,
        confidence=0.7,
    )


def test_a_source_that_holds_nothing_is_forgotten_everywhere() -> None:
    origins = Origins(Limits())
    origins.put(MADE, [a_label(10), a_label(11)])
    origins.put(OTHER, [a_label(10)])

    origins.forget_source(a_version(10))
    origins.forget_source(a_version(10))

    assert [label.file for label in origins.of(MADE)] == [a_version(11)]
    assert origins.of(OTHER) == ()
    assert len(origins) == 1


def test_a_made_file_that_is_dropped_leaves_its_source_to_the_others() -> None:
    origins = Origins(Limits())
    origins.put(MADE, [a_label(10)])
    origins.put(OTHER, [a_label(10)])

    origins.drop(MADE)
    origins.drop(MADE)
    origins.forget_source(a_version(10))

    assert len(origins) == 0


def test_too_many_sources_and_too_many_made_files_are_counted() -> None:
    origins = Origins(Limits(files=1, labels_per_process=2))
    origins.put(MADE, [a_label(inode) for inode in (10, 11, 12)])
    first = origins.forgotten

    origins.put(OTHER, [a_label(10)])

    assert (first, origins.forgotten) == (1, 2)
    assert origins.of(MADE) == ()
    assert len(origins.of(OTHER)) == 1


def test_made_from_nothing_is_nothing() -> None:
    origins = Origins(Limits())
    origins.put(MADE, [a_label(10)])

    origins.put(MADE, [])

    assert len(origins) == 0
