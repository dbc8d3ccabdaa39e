"""How values of records look in a table."""

import pytest

from strandwatch.cli.cells import file_name, minute, persons, size, utc


def test_times_stay_in_utc_and_say_so() -> None:
    assert utc("2026-11-22T03:04:05.000006Z") == "2026-11-22 03:04:05Z"
    assert minute("2026-11-22T03:04:05.000006Z") == "2026-11-22 03:04Z"
    assert utc(None) == minute(None) == ""


def test_a_file_is_shown_by_its_name() -> None:
    assert file_name("/usr/bin/curl") == "curl"
    assert file_name(None) == "?"


def test_sizes_that_are_unknown_are_not_nought() -> None:
    assert size(None) == "?"
    assert size(1_500_000) == "1.5 MB"


@pytest.mark.parametrize(
    ("at_least", "at_most", "shown"),
    [
        (3, 3, "3"),
        (1, 1, "1"),
        (1, 4, "1 to 4"),
        (2, None, "2 or more"),
        (0, None, "?"),
        (0, 0, "0"),
    ],
)
def test_persons_are_a_number_or_a_range(at_least: int, at_most: int | None, shown: str) -> None:
    assert persons({"at_least": at_least, "at_most": at_most}) == shown
