from datetime import date

import pytest

from strandwatch.domain.destination import Controller
from strandwatch.domain.entity import Entity, EntityBook, Listing


def _entity(name: str, parent: str | None = None, *listings: Listing) -> Entity:
    return Entity(
        id=name.lower(),
        name=name,
        country="CN",
        parent=parent,
        source="test",
        as_of="2026-11-22",
        listings=listings,
    )


def _listing(valid_to: date | None = None) -> Listing:
    return Listing(
        list="dod_1260h",
        valid_from=date(2025, 1, 7),
        valid_to=valid_to,
        source="test",
        as_of="2026-11-22",
    )


BOOK = EntityBook(
    {
        "group": _entity("Group", None, _listing(date(2026, 1, 7))),
        "cloud": _entity("Cloud", "group"),
        "other": _entity("Other"),
    }
)


def test_an_entity_comes_with_its_parents_nearest_first() -> None:
    assert BOOK.controllers("cloud") == (Controller("Cloud", "CN"), Controller("Group", "CN"))


def test_an_unknown_entity_has_no_chain() -> None:
    assert BOOK.chain("nobody") == ()


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2025, 1, 6), frozenset()),
        (date(2025, 1, 7), {"Group", "Cloud"}),
        (date(2026, 1, 7), {"Group", "Cloud"}),
        (date(2026, 1, 8), frozenset()),
    ],
)
def test_a_listing_reaches_subsidiaries_and_counts_on_its_days(
    on: date, expected: set[str]
) -> None:
    assert BOOK.names_on("dod_1260h", on) == expected


def test_a_listing_without_an_end_goes_on() -> None:
    assert _listing().holds(date(2040, 1, 1))


def test_the_lists_that_anyone_is_on_are_known() -> None:
    assert BOOK.lists() == {"dod_1260h"}
