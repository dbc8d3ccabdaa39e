"""Words on the page."""

import pytest

from strandwatch.report.wording import between, receiver, size
from support.builders import a_destination, a_transfer
from support.cases import a_case_transfer


@pytest.mark.parametrize(
    ("count", "words"),
    [(None, "unknown"), (0, "0 bytes"), (999, "999 bytes"), (1000, "1 kB"), (10**21, "1e+06 PB")],
)
def test_sizes_are_short(count: int | None, words: str) -> None:
    assert size(count) == words


@pytest.mark.parametrize(
    ("least", "most", "words"), [(1, 1, "1"), (1, 3, "1 to 3"), (2, None, "2 or more")]
)
def test_both_bounds_are_said(least: int, most: int | None, words: str) -> None:
    assert between(least, most) == words


def test_a_receiver_is_its_controller_else_its_address() -> None:
    assert receiver(a_case_transfer()) == "Example Cloud"
    assert receiver(a_transfer(destination=a_destination())) == "203.0.113.10"
