"""Words for people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandwatch.domain.sample import UNKNOWN_PERSONS, PersonCount
from strandwatch.sinks.wording import (
    countries,
    duration,
    label,
    moment,
    persons,
    printable,
    shortened,
    size,
    sureness,
)
from support.builders import START_NS, a_destination


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/runs/é 😀.bam", "/runs/é 😀.bam"),
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("mab.\u202efdp", "mab.\\u202efdp"),
        ("\udcff", "\\udcff"),
        ("\x9b31m", "\\x9b31m"),
    ],
)
def test_what_a_terminal_would_act_on_is_written_out(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_nothing_shown_can_move_the_cursor(text: str) -> None:
    shown = printable(text)

    assert all(character.isprintable() or character.isspace() for character in shown)
    assert not set(shown) & set("\x1b\n\r\x07\x9b")


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (None, "unknown"),
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1_000, "1 kB"),
        (1_234_567, "1.23 MB"),
        (999_999, "1 MB"),
        (120 * 10**9, "120 GB"),
        (5 * 10**18, "5e+03 PB"),
    ],
)
def test_sizes_have_three_digits(count: int | None, text: str) -> None:
    assert size(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0 s"),
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3_661, "1 h 1 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_durations_have_two_units(seconds: int, text: str) -> None:
    assert duration(seconds * 10**9) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (PersonCount(1, 1), "1 person"),
        (PersonCount(3, 3), "3 persons"),
        (PersonCount(1, 4), "1 to 4 persons"),
        (PersonCount(2, None), "2 or more persons"),
        (UNKNOWN_PERSONS, "persons unknown"),
    ],
)
def test_persons_are_told_as_far_as_known(count: PersonCount, text: str) -> None:
    assert persons(count) == text


def test_countries_are_told_or_why_not() -> None:
    assert countries(None) == "not resolved yet"
    assert countries(a_destination(countries=("SG", "CN"))) == "SG, CN"
    assert countries(a_destination(countries=())) == "unknown country"
    assert countries(a_destination(countries=(), internal=True)) == "internal"


def test_moments_and_labels_are_plain() -> None:
    assert moment(START_NS) == "2026-11-18 11:06:40 UTC"
    assert label("country_of_concern") == "country of concern"


@given(st.text(), st.integers(0, 60))
def test_shortened_text_fits_and_keeps_both_ends(text: str, width: int) -> None:
    short = shortened(text, width)

    assert len(short) <= width or short == text
    if len(text) > width > 4:
        assert short[0] == text[0]
        assert short[-1] == text[-1]
        assert "…" in short


@pytest.mark.parametrize(
    ("confidence", "words"),
    [(1.0, "almost certain"), (0.9, "almost certain"), (0.7, "likely"), (0.4, "possible"),
     (0.1, "weak")],
)  # fmt: skip
def test_confidence_in_words(confidence: float, words: str) -> None:
    assert sureness(confidence) == words
