"""Counting persons: once each, per account, over calendar months."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandwatch.core.ledger import Account, Ledger, months_before, persons_in
from strandwatch.domain.file import Category
from support.builders import SECOND, START_NS, a_human_bam, a_version

ACCOUNT = Account("us-dsp", "Example Cloud", Category.GENOMIC)
DAY = 86_400 * SECOND


def at(text: str) -> int:
    """Give a UTC time in nanoseconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("now", "months", "earlier"),
    [
        ("2026-11-23T10:00:00", 12, "2025-11-23T10:00:00"),
        ("2028-02-29T00:00:00", 12, "2027-02-28T00:00:00"),
        ("2026-03-31T23:59:59", 1, "2026-02-28T23:59:59"),
        ("2026-01-15T00:00:00", 1, "2025-12-15T00:00:00"),
        ("2026-12-31T12:00:00", 12, "2025-12-31T12:00:00"),
    ],
)
def test_the_window_slides_by_calendar_months(now: str, months: int, earlier: str) -> None:
    assert months_before(at(now), months) == at(earlier)


def test_a_person_counts_until_the_window_has_passed() -> None:
    ledger = Ledger()
    ledger.add(ACCOUNT, frozenset({"p"}), at("2025-11-23T10:00:00"))

    just_inside = ledger.count(ACCOUNT, at("2026-11-23T09:59:59"), 12)
    just_outside = ledger.count(ACCOUNT, at("2026-11-23T10:00:00"), 12)

    assert (just_inside, just_outside) == (1, 0)


def test_an_older_sending_does_not_shorten_the_window() -> None:
    ledger = Ledger()
    ledger.add(ACCOUNT, frozenset({"p"}), START_NS)

    ledger.add(ACCOUNT, frozenset({"p"}), START_NS - 300 * DAY)

    assert ledger.count(ACCOUNT, START_NS + 300 * DAY, 12) == 1


def test_accounts_do_not_mix() -> None:
    ledger = Ledger()
    ledger.add(ACCOUNT, frozenset({"p"}), START_NS)

    elsewhere = Account("us-dsp", "Another", Category.GENOMIC)

    assert ledger.count(elsewhere, START_NS, 12) == 0


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 300)), max_size=40))
def test_the_order_of_sendings_does_not_matter(sendings: list[tuple[str, int]]) -> None:
    forwards, backwards = Ledger(), Ledger()
    for person, day in sendings:
        forwards.add(ACCOUNT, frozenset({person}), START_NS + day * DAY)
    for person, day in reversed(sendings):
        backwards.add(ACCOUNT, frozenset({person}), START_NS + day * DAY)

    counts = [one.count(ACCOUNT, START_NS + 301 * DAY, 12) for one in (forwards, backwards)]

    assert counts == [len({person for person, _ in sendings})] * 2


def test_persons_beyond_the_named_ones_belong_to_their_file() -> None:
    facts = a_human_bam(2)

    named = persons_in(a_version(1), facts)

    assert named == {sample.digest for sample in facts.samples}
