from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from strandwatch.dissect.streams import Stream, Streams


def test_pieces_out_of_order_wait_for_the_gap_to_close() -> None:
    stream = Stream(100)

    grown = [stream.add(3, b"def"), stream.add(0, b"abc")]

    assert grown == [False, True]
    assert stream.data == b"abcdef"


@given(st.binary(min_size=1, max_size=60), st.data())
def test_pieces_in_any_order_and_again_give_the_whole(whole: bytes, data: st.DataObject) -> None:
    cuts = sorted({0, len(whole), *data.draw(st.sets(st.integers(0, len(whole)), max_size=6))})
    pieces = [(a, whole[a:b]) for a, b in pairwise(cuts)]
    order = data.draw(st.permutations(pieces + pieces[:2]))
    stream = Stream(1_000)

    for offset, piece in order:
        stream.add(offset, piece)

    assert stream.data == whole


@given(st.lists(st.tuples(st.integers(0, 2**33), st.binary(max_size=50)), max_size=200))
def test_a_stream_never_holds_more_than_it_may(pieces: list[tuple[int, bytes]]) -> None:
    stream = Stream(64)

    for offset, piece in pieces:
        stream.add(offset, piece)

    assert len(stream.data) <= 64


def test_the_oldest_stream_goes_when_there_are_too_many() -> None:
    streams: Streams[int] = Streams(most=2)

    for key in (1, 2, 3):
        streams.begin(key)

    assert len(streams) == 2
    assert streams.get(1) is None
    streams.end(3)
    streams.end(3)
    assert len(streams) == 1
