"""Values in words: amounts, moments, paths, and foreign text made safe."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandwatch.sinks.words import amount, moment, persons, safe, shortened, span, sureness


@given(st.text())
def test_safe_text_holds_nothing_that_a_terminal_acts_on(text: str) -> None:
    shown = safe(text)

    assert shown.isprintable()
    shown.encode()


def test_safe_text_shows_what_it_took_out() -> None:
    assert safe("a\x1b[2Jb\u202egpj\udc80.bam") == r"a\x1b[2Jb\u202egpj\udc80.bam"


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (None, "unknown"),
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.00 kB"),
        (9_994, "9.99 kB"),
        (9_996, "10.0 kB"),
        (999_400, "999 kB"),
        (999_600, "1.00 MB"),
        (12_345_678, "12.3 MB"),
        (456 * 10**9, "456 GB"),
        (2 * 10**21, "2000 EB"),
    ],
)
def test_amounts_have_three_digits_and_a_unit(count: int | None, words: str) -> None:
    assert amount(count) == words


@given(st.integers(0, 10**18), st.integers(0, 10**18))
def test_more_bytes_never_read_as_less(first: int, more: int) -> None:
    assert _value(amount(first)) <= _value(amount(first + more))


def _value(words: str) -> float:
    number, unit = words.split()
    exponent = 3 * ("B", "kB", "MB", "GB", "TB", "PB", "EB").index(unit)
    return float(number) * 10.0**exponent


def test_moments_stay_in_utc_and_say_so() -> None:
    assert moment("2026-11-22T03:04:05.000006Z") == "2026-11-22 03:04:05Z"
    assert moment(None) == ""


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0 s"),
        (0, "0 s"),
        (45.9, "45 s"),
        (185, "3 min 5 s"),
        (3600, "1 h"),
        (7800, "2 h 10 min"),
        (90_061, "1 d 1 h"),
    ],
)
def test_spans_have_their_two_largest_units(seconds: float, words: str) -> None:
    assert span(seconds) == words


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


@pytest.mark.parametrize(
    ("at_least", "at_most", "words"),
    [(3, 3, "3"), (1, 4, "1 to 4"), (2, None, "2 or more"), (0, None, "unknown"), (0, 0, "0")],
)
def test_a_range_of_persons(at_least: int, at_most: int | None, words: str) -> None:
    assert persons({"at_least": at_least, "at_most": at_most}) == words
