"""The encoding of recordings: everything that goes in comes out the same."""

import typing
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandwatch.domain.encoding import decode, encode, from_plain, to_plain
from strandwatch.domain.observation import FlowOpened, Observation, PacketCaptured
from strandwatch.domain.regime import Policy, Regime
from strandwatch.domain.transfer import Transfer
from strandwatch.errors import EncodingError
from support.builders import a_destination, a_flow_opened, a_transfer

KINDS = (*typing.get_args(Observation), PacketCaptured)


def _text() -> st.SearchStrategy[str]:
    return st.text(st.characters(codec=None, exclude_categories=()), max_size=20)


st.register_type_strategy(str, _text())
st.register_type_strategy(float, st.floats(0, 1))


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_every_observation_survives_the_way_there_and_back(kind: type, data: st.DataObject) -> None:
    value = data.draw(st.from_type(kind))

    again = decode(encode(value))

    assert again == value


def test_values_at_their_default_take_no_room() -> None:
    line = encode(a_flow_opened(found_open=False))

    assert "found_open" not in line


def test_a_key_from_a_newer_version_is_passed_over() -> None:
    plain = to_plain(a_destination())

    plain["invented_later"] = 1

    assert from_plain(type(a_destination()), plain) == a_destination()


def test_a_transfer_survives_the_way_there_and_back() -> None:
    transfer = a_transfer()

    assert from_plain(Transfer, to_plain(transfer)) == transfer


def test_sets_have_one_written_form() -> None:
    regime = Regime(
        id="r", title="t", citation="c", effective_from="2025-04-08", countries=frozenset("BAC")
    )
    policy = Policy((regime,), "digest")

    plain = to_plain(policy)

    assert plain["regimes"][0]["countries"] == ["A", "B", "C"]
    assert from_plain(Policy, plain) == policy


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{}",
        "[]",
        "[1,2,3]",
        '["Nothing",{}]',
        '["Ticked",{}]',
        '["Ticked",{"at_ns":"soon"}]',
        '["Ticked",{"at_ns":true}]',
        '["Ticked",[]]',
        '[["Ticked"],{"at_ns":1}]',
        '["FlowOpened",{"at_ns":1,"key":{"network_namespace":1,"cookie":2},"flow":{}}]',
        "[" * 100_000,
    ],
)
def test_a_line_that_is_no_observation_is_refused(line: str) -> None:
    with pytest.raises(EncodingError):
        decode(line)


@given(st.binary(max_size=60))
def test_any_change_to_a_line_is_read_or_refused(noise: bytes) -> None:
    line = encode(a_flow_opened()).encode()

    mixed = line[: len(noise) * 3] + noise + line[len(noise) * 4 :]

    try:
        value = decode(mixed)
    except EncodingError:
        return
    assert isinstance(value, FlowOpened)


@dataclass(frozen=True)
class Pair:
    """A value with a tuple of fixed length."""

    both: tuple[int, str]


def test_a_tuple_of_fixed_length_keeps_its_length() -> None:
    assert from_plain(Pair, to_plain(Pair((1, "a")))) == Pair((1, "a"))
    with pytest.raises(EncodingError):
        from_plain(Pair, {"both": [1, "a", 2]})
