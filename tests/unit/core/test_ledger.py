"""Counting persons: once each, per account, over calendar months."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandwatch.core.ledger import NOBODY, Account, Count, Heads, Ledger, heads_in, months_before
from strandwatch.domain.file import Category
from strandwatch.domain.sample import PersonCount, SampleKey
from support.builders import SECOND, START_NS, a_human_bam, a_version

ACCOUNT = Account("us-dsp", "Example Cloud", Category.GENOMIC)
DAY = 86_400 * SECOND


def persons(*names: str) -> Heads:
    """Give a file that names these persons."""
    return Heads(
        named=tuple((name, name) for name in names),
        file="named",
        at_least=len(names),
        unnamed=0,
        unbounded=False,
    )


def unnamed(file: str, at_least: int, at_most: int) -> Heads:
    """Give a file of persons without names."""
    return Heads((), file, at_least, at_most, unbounded=False)


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
    ledger.add(ACCOUNT, persons("p"), at("2025-11-23T10:00:00"))

    just_inside = ledger.count(ACCOUNT, at("2026-11-23T09:59:59"), 12)
    just_outside = ledger.count(ACCOUNT, at("2026-11-23T10:00:00"), 12)

    assert (just_inside.at_most, just_outside.at_most) == (1, 0)


def test_an_older_sending_does_not_shorten_the_window() -> None:
    ledger = Ledger()
    ledger.add(ACCOUNT, persons("p"), START_NS)

    ledger.add(ACCOUNT, persons("p"), START_NS - 300 * DAY)

    assert ledger.count(ACCOUNT, START_NS + 300 * DAY, 12).at_most == 1


def test_accounts_do_not_mix() -> None:
    ledger = Ledger()
    ledger.add(ACCOUNT, persons("p"), START_NS)

    elsewhere = Account("us-dsp", "Another", Category.GENOMIC)

    assert ledger.count(elsewhere, START_NS, 12) == NOBODY


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 300)), max_size=40))
def test_the_order_of_sendings_does_not_matter(sendings: list[tuple[str, int]]) -> None:
    forwards, backwards = Ledger(), Ledger()
    for person, day in sendings:
        forwards.add(ACCOUNT, persons(person), START_NS + day * DAY)
    for person, day in reversed(sendings):
        backwards.add(ACCOUNT, persons(person), START_NS + day * DAY)

    counts = [one.count(ACCOUNT, START_NS + 301 * DAY, 12).at_most for one in (forwards, backwards)]

    assert counts == [len({person for person, _ in sendings})] * 2


def test_persons_beyond_the_named_ones_belong_to_their_file() -> None:
    facts = replace(a_human_bam(2), persons=PersonCount(2, 5))

    heads = heads_in(a_version(1), "/a", facts)

    assert [key for key, _ in heads.named] == [sample.digest for sample in facts.samples]
    assert (heads.at_least, heads.unnamed, heads.unbounded) == (2, 3, False)


def test_a_file_that_nobody_could_count_is_unbounded_and_at_most_more_than_a_person() -> None:
    ledger = Ledger()

    heads = heads_in(a_version(1), "/a", replace(a_human_bam(0), persons=PersonCount(0, None)))
    ledger.add(ACCOUNT, heads, START_NS)

    assert ledger.count(ACCOUNT, START_NS, 12) == Count(0, 1, unbounded=True)
    assert ledger.count(ACCOUNT, START_NS, 12).upper is None
    assert ledger.count_at(ACCOUNT, START_NS, 12) == Count(0, 1, unbounded=True)


def test_an_inode_that_is_used_again_is_another_file() -> None:
    one, two = (heads_in(a_version(1), path, a_human_bam(0)) for path in ("/a", "/b"))

    assert one.file != two.file


def test_one_name_in_two_scopes_is_one_person_at_least_and_two_at_most() -> None:
    ledger = Ledger()
    for scope in ("a", "b"):
        samples = (SampleKey(scope * 32, "name"),)
        facts = replace(a_human_bam(), samples=samples, persons=PersonCount(1, 1))
        ledger.add(ACCOUNT, heads_in(a_version(), "/a", facts), START_NS)

    assert ledger.count(ACCOUNT, START_NS, 12) == Count(1, 2)


def test_unnamed_persons_add_up_at_most_and_are_the_named_ones_at_least() -> None:
    ledger = Ledger()
    ledger.add(ACCOUNT, persons("p", "q"), START_NS)
    ledger.add(ACCOUNT, unnamed("one", 3, 4), START_NS)
    ledger.add(ACCOUNT, unnamed("two", 2, 6), START_NS)
    ledger.add(ACCOUNT, unnamed("two", 2, 5), START_NS + 1)

    assert ledger.count(ACCOUNT, START_NS, 12) == Count(3, 12)
    assert ledger.count_at(ACCOUNT, START_NS + 1, 12) == Count(3, 12)


def test_a_file_that_grows_counts_with_its_largest_number() -> None:
    ledger = Ledger()
    ledger.add(ACCOUNT, unnamed("one", 1, 2), START_NS)
    ledger.count(ACCOUNT, START_NS, 12)

    ledger.add(ACCOUNT, unnamed("one", 1, 7), START_NS + 1)

    assert ledger.count(ACCOUNT, START_NS, 12).at_most == 7


def test_a_count_of_the_past_does_not_know_what_came_later() -> None:
    ledger = Ledger()
    for day, name in ((0, "p"), (100, "q"), (400, "r")):
        ledger.add(ACCOUNT, persons(name), START_NS + day * DAY)

    past = [ledger.count_at(ACCOUNT, START_NS + day * DAY, 12).at_most for day in (0, 100, 400)]

    assert past == [1, 2, 2]
    assert ledger.count_at(Account("x", "y", None), START_NS, 12) == NOBODY


def test_the_peak_is_the_largest_count_that_any_window_held() -> None:
    ledger = Ledger()
    for day, name in ((0, "p"), (10, "q"), (20, "p"), (500, "r")):
        ledger.add(ACCOUNT, persons(name), START_NS + day * DAY)

    assert ledger.peak(ACCOUNT, 12) == (START_NS + 10 * DAY, Count(2, 2))
    assert ledger.peak(Account("x", "y", None), 12) == (0, NOBODY)


def test_sendings_far_apart_are_remembered_apart() -> None:
    ledger = Ledger()
    for day in (0, 100, 60, 80, 800, 400):
        ledger.add(ACCOUNT, persons("p"), START_NS + day * DAY)

    days = [0, 59, 60, 150, 399, 400, 799, 800]
    counts = [ledger.count_at(ACCOUNT, START_NS + day * DAY, 1).at_most for day in days]

    assert counts == [1, 0, 1, 0, 0, 1, 0, 1]


def test_what_waited_for_a_name_moves_to_its_counterparty() -> None:
    ledger = Ledger()
    waiting = Account("us-dsp", "unresolved: 203.0.113.1", Category.GENOMIC)
    ledger.add(waiting, persons("p", "q"), START_NS)
    ledger.add(ACCOUNT, persons("p"), START_NS)

    whole = ledger.together(ACCOUNT, (Category.GENOMIC,))
    ledger.together(waiting, (Category.GENOMIC,))

    ledger.resolve("203.0.113.1", "Example Cloud")
    ledger.resolve("203.0.113.1", "Example Cloud")

    assert ledger.count(ACCOUNT, START_NS, 12).at_most == 2
    assert ledger.count(whole, START_NS, 12).at_most == 2
    assert ledger.accounts() == (ACCOUNT, whole)
    assert {entry.account for entry in ledger.entries()} == {ACCOUNT}


def test_what_moves_is_counted_in_all_categories_together_where_only_one_was() -> None:
    ledger = Ledger()
    waiting = Account("us-dsp", "unresolved: 203.0.113.1", Category.GENOMIC)
    ledger.add(waiting, persons("p"), START_NS)

    whole = ledger.together(waiting, (Category.GENOMIC,))

    assert ledger.together(waiting, ()) == whole
    assert ledger.count(whole, START_NS, 12).at_most == 1


def test_merging_the_ledgers_of_two_servers_counts_a_person_once() -> None:
    here, there = Ledger(), Ledger()
    here.add(ACCOUNT, persons("p", "q"), START_NS)
    there.add(ACCOUNT, persons("q", "r"), START_NS - DAY)

    here.merge(there.entries())
    here.merge(there.entries())

    assert here.count(ACCOUNT, START_NS, 12) == Count(3, 3)


def test_all_categories_together_count_a_person_once() -> None:
    ledger = Ledger()
    other = replace(ACCOUNT, category=Category.TRANSCRIPTOMIC)
    ledger.add(ACCOUNT, persons("p", "q"), START_NS)
    ledger.add(other, persons("q", "r"), START_NS)

    whole = ledger.together(ACCOUNT, (Category.GENOMIC, Category.TRANSCRIPTOMIC, Category.HEALTH))
    before = ledger.count(whole, START_NS, 12)
    ledger.add(other, persons("s"), START_NS)

    assert (before.at_most, ledger.count(whole, START_NS, 12).at_most) == (3, 4)


moments = st.integers(0, 900)


@given(
    st.lists(st.tuples(st.sampled_from("abcdefgh"), moments), max_size=60),
    st.lists(st.tuples(moments, st.sampled_from([1, 3, 12])), max_size=8),
)
def test_every_answer_is_that_of_counting_by_hand(
    sendings: list[tuple[str, int]], questions: list[tuple[int, int]]
) -> None:
    ledger = Ledger()
    for name, day in sendings:
        ledger.add(ACCOUNT, persons(name), START_NS + day * DAY)
        ledger.count(ACCOUNT, START_NS + day * DAY, 12)

    for day, months in questions:
        moment = START_NS + day * DAY
        start = months_before(moment, months)
        by_hand = {name for name, on in sendings if start < START_NS + on * DAY <= moment}
        assert ledger.count_at(ACCOUNT, moment, months).at_most == len(by_hand)
    last = START_NS + max((day for _, day in sendings), default=0) * DAY
    for months in (12, 1, 12):
        assert ledger.count(ACCOUNT, last, months) == ledger.count_at(ACCOUNT, last, months)
    at_most = [ledger.count_at(ACCOUNT, START_NS + day * DAY, 12).at_most for _, day in sendings]
    assert ledger.peak(ACCOUNT, 12)[1].at_most == max(at_most, default=0)


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 9), st.integers(0, 9)), max_size=20)
)
def test_the_lower_bound_never_passes_the_upper(files: list[tuple[str, int, int]]) -> None:
    ledger = Ledger()
    for file, least, more in files:
        ledger.add(ACCOUNT, unnamed(file, least, least + more), START_NS)
        ledger.add(ACCOUNT, persons(file), START_NS)

    count = ledger.count(ACCOUNT, START_NS, 12)

    assert count.at_least <= count.at_most


@pytest.mark.parametrize("day", ["2024-02-29", "2028-02-29", "2027-02-28", "2026-12-31"])
def test_a_person_counts_for_a_year_in_any_year(day: str) -> None:
    ledger = Ledger()
    sent = at(f"{day}T12:00:00")
    ledger.add(ACCOUNT, persons("p"), sent)

    counts = [ledger.count_at(ACCOUNT, sent + days * DAY, 12).at_most for days in (0, 364, 367)]

    assert counts == [1, 1, 0]


def test_a_moment_is_the_same_moment_in_every_time_zone() -> None:
    zone = timezone(timedelta(hours=-5))
    local = datetime(2026, 3, 31, 23, 0, tzinfo=zone)

    utc = int(local.timestamp()) * SECOND

    assert months_before(utc, 1) == at("2026-03-01T04:00:00")
