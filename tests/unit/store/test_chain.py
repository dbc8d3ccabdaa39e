"""The chain's arithmetic."""

from hypothesis import given
from hypothesis import strategies as st

from strandwatch.store.chain import GENESIS, content_hash, link_after

HASH = content_hash(b"record")


def test_every_part_changes_the_link() -> None:
    links = {
        link_after(GENESIS, 1, "flow", "k", HASH),
        link_after(bytes(31) + b"\1", 1, "flow", "k", HASH),
        link_after(GENESIS, 2, "flow", "k", HASH),
        link_after(GENESIS, 1, "file", "k", HASH),
        link_after(GENESIS, 1, "flow", "l", HASH),
        link_after(GENESIS, 1, "flow", "k", content_hash(b"other")),
    }

    assert len(links) == 6


@given(st.text(alphabet="ab\0", max_size=4), st.text(alphabet="ab\0", max_size=4))
def test_links_are_as_long_as_the_first_one_for_any_key(kind: str, key: str) -> None:
    assert len(link_after(GENESIS, 1, kind, key, HASH)) == len(GENESIS)
