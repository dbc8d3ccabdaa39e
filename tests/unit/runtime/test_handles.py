"""Handles: each descriptor is closed exactly once, and there are never too many."""

import os
from pathlib import Path

import pytest

from strandwatch.runtime.handles import HandleTable


def a_descriptor() -> int:
    """Give an open descriptor."""
    return os.open("/dev/null", os.O_RDONLY)


def is_open(descriptor: int) -> bool:
    """Tell whether a descriptor is open."""
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def test_a_kept_descriptor_is_open_until_it_is_released() -> None:
    table, descriptor = HandleTable(2), a_descriptor()
    handle = table.keep(descriptor)
    assert handle is not None

    before = is_open(descriptor)
    table.release(handle)
    table.release(handle)

    assert (before, is_open(descriptor), len(table)) == (True, False, 0)


def test_a_taken_descriptor_belongs_to_the_taker() -> None:
    table, descriptor = HandleTable(2), a_descriptor()
    handle = table.keep(descriptor)
    assert handle is not None

    taken = table.take(handle)
    table.clear()

    assert taken == descriptor
    assert is_open(descriptor)
    os.close(descriptor)


def test_over_the_limit_a_descriptor_is_refused_and_closed() -> None:
    table = HandleTable(1)
    table.keep(a_descriptor())
    extra = a_descriptor()

    handle = table.keep(extra)

    assert (handle, is_open(extra), table.refused) == (None, False, 1)
    table.clear()


def test_a_number_that_is_used_again_closes_what_it_stood_for() -> None:
    table, old, new = HandleTable(5), a_descriptor(), a_descriptor()
    table.put(7, old)

    table.put(7, new)

    assert (is_open(old), is_open(new)) == (False, True)
    table.clear()
    assert not is_open(new)


@pytest.mark.parametrize("handle", [0, 99])
def test_an_unknown_handle_is_nothing(handle: int) -> None:
    assert HandleTable(1).take(handle) is None


def test_a_file_of_the_agents_own_is_never_handed_on(tmp_path: Path) -> None:
    (tmp_path / "record.db").touch()
    (tmp_path / "sample.bam").touch()
    table = HandleTable(5, (str(tmp_path / "record.db"),))
    own = os.open(tmp_path / "record.db", os.O_RDONLY)

    refused = table.keep(own)
    still_open = is_open(own)
    taken = table.keep(os.open(tmp_path / "sample.bam", os.O_RDONLY))

    assert (refused, still_open, table.refused) == (None, False, 0)
    assert taken is not None
    table.clear()
