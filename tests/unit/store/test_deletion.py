"""Deletions keep their form."""

from strandwatch.domain.encoding import from_plain, to_plain
from strandwatch.store.deletion import Deletion


def test_a_deletion_reads_back_as_it_was() -> None:
    deletion = Deletion(at_ns=5, kind="flow", before_ns=3, spans=((1, 4), (9, 9)))

    assert from_plain(Deletion, to_plain(deletion)) == deletion
