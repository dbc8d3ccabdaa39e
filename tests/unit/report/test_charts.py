"""Charts are well-formed pictures for whatever numbers and names."""

from dataclasses import replace
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from strandwatch.report.charts import Event, bytes_over_time, jurisdictions, lineage, timeline
from support.builders import a_carried_file, a_transfer

moments = st.integers(0, 2**62)


def elements(svg: str, tag: str) -> list[ElementTree.Element]:
    """Read a picture; give the elements of a kind."""
    return list(ElementTree.fromstring(svg).iter(tag))  # noqa: S314


@given(st.lists(st.tuples(moments, st.integers(0, 10**18)), min_size=1, max_size=30))
def test_bytes_over_time_are_drawn_for_any_numbers(points: list[tuple[int, int]]) -> None:
    assert len(elements(bytes_over_time(points), "path")) == 2


@given(st.lists(st.builds(Event, moments, st.text(max_size=40)), min_size=1, max_size=12))
def test_every_event_has_its_dot(events: list[Event]) -> None:
    assert len(elements(timeline(events), "circle")) == len(events)


@given(st.text(max_size=80), st.floats(0, 1))
def test_lineage_is_drawn_for_any_path(path: str, confidence: float) -> None:
    carried = replace(a_carried_file(confidence=confidence), path=path)

    assert len(elements(lineage(a_transfer(files=(carried,))), "rect")) == 3


def test_unknown_bytes_are_said_beside_the_bar() -> None:
    svg = jurisdictions([a_transfer(), a_transfer(sent_bytes=None)])

    words = [one.text for one in elements(svg, "text")]

    assert words == ["CN", "1 MB, 1 with unknown bytes"]
