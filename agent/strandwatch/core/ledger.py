"""Distinct persons per regime, legal entity, counterparty and category over a trailing window.

28 CFR 202.205 counts persons "at any point in the preceding 12 months", aggregated over
transactions with the same counterparty. What is counted is bounded from both sides:

at_most    every sample key of every scope is a person, and a file without enough keys holds as
           many unnamed persons of its own as it can. Thresholds look at this.
at_least   equal names are one person in whatever scope, and unnamed persons may be the named ones.

A file whose persons nobody could count makes the upper bound unbounded; what could be counted is
still there. Re-sending adds nobody. What went to an end that nobody could name waits under that
end's address, and moves to the counterparty when one is known.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from strandwatch.core.window import Presence, Spans, months_before
from strandwatch.domain.file import Category, FileFacts, FileVersion

__all__ = ["Account", "Count", "Entry", "Heads", "Ledger", "heads_in", "months_before"]

UNRESOLVED = "unresolved: "
"""What the name of a counterparty that nobody could tell begins with."""


@dataclass(frozen=True, slots=True)
class Account:
    """What is counted together; no category stands for all of them (202.205(g))."""

    regime: str
    counterparty: str
    category: Category | None
    legal_entity: str = ""


@dataclass(frozen=True, slots=True)
class Heads:
    """The persons in one file."""

    named: tuple[tuple[str, str], ...]
    """Key and name key of each sample."""
    file: str
    at_least: int
    unnamed: int
    """How many more there can be than keys."""
    unbounded: bool


@dataclass(frozen=True, slots=True)
class Count:
    """Distinct persons within a window."""

    at_least: int
    at_most: int
    """Of those that could be counted."""
    unbounded: bool = False

    @property
    def upper(self) -> int | None:
        """Give the upper bound; None is unbounded."""
        return None if self.unbounded else self.at_most


NOBODY = Count(0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One id of one account with the times at which it was sent: the ledger as plain rows."""

    account: Account
    kind: str
    """person, name, file (unnamed persons), least (a file's
    lower bound) or unbounded (a file)."""
    id: str
    weight: int
    spans: Spans


class _Page:
    """One account: persons, their names, and what files say beyond names."""

    __slots__ = ("kinds", "newest_ns")

    def __init__(self) -> None:
        self.kinds = {kind: Presence() for kind in ("person", "name", "file", "least", "unbounded")}
        self.newest_ns = 0

    def add(self, kind: str, id_: str, spans: Spans, weight: int = 1) -> None:
        self.newest_ns = max(self.newest_ns, spans[-1])
        self.kinds[kind].add(id_, spans, weight)

    def put(self, heads: Heads, at_ns: int) -> None:
        spans = (at_ns, at_ns)
        for key, name in heads.named:
            self.add("person", key, spans)
            self.add("name", name, spans)
        if heads.unnamed:
            self.add("file", heads.file, spans, heads.unnamed)
        if heads.at_least > len({name for _, name in heads.named}):
            # The largest file decides, so that files of one size need no ids of their own.
            self.add("least", str(heads.at_least), spans, heads.at_least)
        if heads.unbounded:
            self.add("unbounded", heads.file, spans)

    def now(self, start_ns: int) -> Count:
        kinds = self.kinds
        named, least = kinds["name"].total_since(start_ns), kinds["least"]
        return Count(
            max(named, _largest(least, start_ns, self.newest_ns)),
            kinds["person"].total_since(start_ns) + kinds["file"].total_since(start_ns),
            kinds["unbounded"].total_since(start_ns) > 0,
        )

    def at(self, start_ns: int, end_ns: int) -> Count:
        kinds = self.kinds
        names = sum(1 for _ in kinds["name"].within(start_ns, end_ns))
        persons = sum(1 for _ in kinds["person"].within(start_ns, end_ns))
        unnamed = kinds["file"]
        return Count(
            max(names, _largest(kinds["least"], start_ns, end_ns)),
            persons + sum(unnamed.weight(id_) for id_ in unnamed.within(start_ns, end_ns)),
            any(True for _ in kinds["unbounded"].within(start_ns, end_ns)),
        )

    def peak(self, months: int) -> int:
        """Give the moment at which a window held the most persons."""
        both = Presence()
        for kind in ("person", "file"):
            for id_, spans, weight in self.kinds[kind].items():
                both.add(f"{kind}:{id_}", spans, weight)
        return both.peak(months)[1]


def _largest(files: Presence, start_ns: int, end_ns: int) -> int:
    return max((files.weight(id_) for id_ in files.within(start_ns, end_ns)), default=0)


class Ledger:
    """When each person's data went to each account."""

    def __init__(self) -> None:
        self._pages: dict[Account, _Page] = {}

    def add(self, account: Account, heads: Heads, at_ns: int) -> None:
        """Count these persons for an account; sending a person's data again adds nobody."""
        self._page(account).put(heads, at_ns)
        together = self._pages.get(replace(account, category=None))
        if together is not None:
            together.put(heads, at_ns)

    def together(self, account: Account, categories: Iterable[Category]) -> Account:
        """Give the account of the persons of all these categories of one counterparty.

        It is made when it is first asked for and kept up from then on.
        """
        whole = replace(account, category=None)
        if whole not in self._pages:
            page = self._pages[whole] = _Page()
            for category in categories:
                one = replace(account, category=category)
                for entry in _rows(one, self._pages[one]) if one in self._pages else ():
                    page.add(entry.kind, entry.id, entry.spans, entry.weight)
        return whole

    def count(self, account: Account, at_ns: int, months: int) -> Count:
        """Give the persons within the months before a moment, or before the last sending.

        Observations do not come in perfect order: nothing that is known is left out.
        """
        page = self._pages.get(account)
        if page is None:
            return NOBODY
        return page.now(months_before(max(at_ns, page.newest_ns), months))

    def count_at(self, account: Account, at_ns: int, months: int) -> Count:
        """Give the persons within the months before a moment of the past."""
        page = self._pages.get(account)
        return NOBODY if page is None else page.at(months_before(at_ns, months), at_ns)

    def peak(self, account: Account, months: int) -> tuple[int, Count]:
        """Give the moment at which the count was highest, and the count then."""
        page = self._pages.get(account)
        if page is None:
            return 0, NOBODY
        moment = page.peak(months)
        return moment, page.at(months_before(moment, months), moment)

    def resolve(self, end: str, counterparty: str) -> None:
        """Move what went to an end that nobody could name to its counterparty."""
        waiting = UNRESOLVED + end
        for account in [one for one in self._pages if one.counterparty == waiting]:
            page = self._pages.pop(account)
            if account.category is not None:
                for entry in _rows(replace(account, counterparty=counterparty), page):
                    self._put(entry)

    def accounts(self) -> tuple[Account, ...]:
        """Give every account that anything was sent to."""
        return tuple(self._pages)

    def entries(self) -> Iterator[Entry]:
        """Give the ledger as plain rows."""
        for account, page in self._pages.items():
            if account.category is not None:
                yield from _rows(account, page)

    def merge(self, entries: Iterable[Entry]) -> None:
        """Take in rows of another ledger of the same key: the union, so that twice is once."""
        for entry in entries:
            self._put(entry)

    def _put(self, entry: Entry) -> None:
        pages = [self._page(entry.account)]
        together = self._pages.get(replace(entry.account, category=None))
        for page in pages if together is None else [*pages, together]:
            page.add(entry.kind, entry.id, entry.spans, entry.weight)

    def _page(self, account: Account) -> _Page:
        page = self._pages.get(account)
        if page is None:
            page = self._pages[account] = _Page()
        return page


def _rows(account: Account, page: _Page) -> Iterator[Entry]:
    for kind, presence in page.kinds.items():
        for id_, spans, weight in presence.items():
            yield Entry(account=account, kind=kind, id=id_, weight=weight, spans=spans)


def heads_in(file: FileVersion, path: str, facts: FileFacts) -> Heads:
    """Give the persons in a file: its sample keys, and unnamed ones up to its upper bound.

    An inode is used again soon after a file is removed: the path tells such files apart.
    """
    named = tuple((one.digest, one.name_digest or one.digest) for one in facts.samples)
    text = f"{file.key.device}:{file.key.inode}:{path}".encode("utf-8", "surrogatepass")
    at_least, at_most = facts.persons.at_least, facts.persons.at_most
    most = max(at_least, 1) if at_most is None else at_most
    return Heads(
        named=named,
        file=hashlib.blake2b(text, digest_size=16).hexdigest(),
        at_least=at_least,
        unnamed=max(0, most - len(named)),
        unbounded=at_most is None,
    )
