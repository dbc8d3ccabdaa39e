import struct

from hypothesis import given
from hypothesis import strategies as st

from strandwatch.sources.fanotify import (
    CLOSE_WRITE,
    OPEN,
    OPEN_EXEC,
    FanotifyGroup,
    FileEvent,
    parse_events,
)

# Read from a group on Linux 6.18 (x86_64): an opening by 15198 and two executions by 15239.
GOLDEN = bytes.fromhex(
    "1800000003001800" "2000000000000000" "04000000" "5e3b0000"
    "1800000003001800" "2010000000000000" "05000000" "873b0000"
    "1800000003001800" "2010000000000000" "06000000" "873b0000"
)  # fmt: skip


def test_real_events_are_read() -> None:
    assert parse_events(GOLDEN) == [
        FileEvent(OPEN, 15198, 4),
        FileEvent(OPEN | OPEN_EXEC, 15239, 5),
        FileEvent(OPEN | OPEN_EXEC, 15239, 6),
    ]


def test_an_event_longer_than_its_header_is_stepped_over_whole() -> None:
    longer = struct.pack("=IBBHQii", 32, 3, 0, 24, CLOSE_WRITE, 7, 99) + bytes(8)

    assert parse_events(longer + GOLDEN[:24])[1] == FileEvent(OPEN, 15198, 4)


def test_events_of_another_version_end_the_reading() -> None:
    assert parse_events(struct.pack("=IBBHQii", 24, 4, 0, 24, OPEN, 7, 99)) == []


@given(st.binary(max_size=200))
def test_any_bytes_end_in_a_list(raw: bytes) -> None:
    assert len(parse_events(raw)) <= len(raw) // 24


@given(st.integers(0, len(GOLDEN)))
def test_a_cut_off_tail_is_left_out(length: int) -> None:
    assert parse_events(GOLDEN[:length]) == parse_events(GOLDEN)[: length // 24]


def test_a_group_that_was_never_opened_closes_quietly() -> None:
    group = FanotifyGroup()

    group.close()

    assert group.descriptor == -1
