"""Distinct persons per regime, counterparty and category over a trailing window of months.

28 CFR 202.205 counts persons "at any point in the preceding 12 months", aggregated over
transactions with the same counterparty. A person is a sample key; a file without sample keys counts
as that many unnamed persons of its own.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from strandwatch.core.limits import SECOND_NS
from strandwatch.domain.file import Category, FileFacts, FileVersion


@dataclass(frozen=True, slots=True)
class Account:
    """What is counted together."""

    regime: str
    counterparty: str
    category: Category


class Ledger:
    """The last time that each person's data went to each account."""

    def __init__(self) -> None:
        self._seen: dict[Account, dict[str, int]] = {}

    def add(self, account: Account, persons: frozenset[str], at_ns: int) -> None:
        """Count these persons for an account; sending a person's data again adds nobody."""
        seen = self._seen.setdefault(account, {})
        for person in persons:
            seen[person] = max(at_ns, seen.get(person, at_ns))

    def count(self, account: Account, at_ns: int, months: int) -> int:
        """Give the distinct persons within the months before a moment."""
        start = months_before(at_ns, months)
        seen = self._seen.get(account, {})
        return sum(1 for last_ns in seen.values() if last_ns > start)


def persons_in(file: FileVersion, facts: FileFacts) -> frozenset[str]:
    """Give the persons in a file: its sample keys, and unnamed ones up to its lower bound."""
    named = {sample.digest for sample in facts.samples}
    key = file.key
    unnamed = range(len(named), facts.persons.at_least)
    return frozenset(named | {f"{key.device}:{key.inode}:{number}" for number in unnamed})


def months_before(at_ns: int, months: int) -> int:
    """Give the moment so many calendar months earlier; the day is cut to the month's length."""
    seconds, rest = divmod(at_ns, SECOND_NS)
    moment = datetime.fromtimestamp(seconds, UTC)
    count = moment.year * 12 + moment.month - 1 - months
    year, month = divmod(count, 12)
    day = moment.day
    while True:
        try:
            earlier = moment.replace(year=year, month=month + 1, day=day)
        except ValueError:
            day -= 1
        else:
            return int(earlier.timestamp()) * SECOND_NS + rest
