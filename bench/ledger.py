"""What a person in the ledger costs, beside a set of the same keys: time and memory, as ratios.

.venv/bin/python bench/ledger.py [PAIRS]
"""

import hashlib
import sys
import tracemalloc
from collections.abc import Callable
from time import perf_counter

from strandwatch.core.ledger import Account, Heads, Ledger
from strandwatch.domain.file import Category

FILE = 100
"""Persons in one file."""
START_NS = 1_795_000_000 * 10**9
ACCOUNT = Account("us-dsp", "counterparty", Category.GENOMIC)


def key(number: int) -> str:
    """Give the keyed hash of a person."""
    return hashlib.blake2b(str(number).encode(), digest_size=16).hexdigest()


def files(pairs: int) -> list[Heads]:
    """Give files of so many persons in all, made before anything is measured."""
    return [
        Heads(
            tuple((key(one), key(-one)) for one in range(first, first + FILE)),
            key(first),
            FILE,
            0,
            unbounded=False,
        )
        for first in range(1, pairs + 1, FILE)
    ]


def into_ledger(sent: list[Heads]) -> int:
    """Count after every file, as judging does; give the count at the end."""
    ledger = Ledger()
    for number, heads in enumerate(sent):
        ledger.add(ACCOUNT, heads, START_NS + number * 10**9)
        ledger.count(ACCOUNT, START_NS + number * 10**9, 12)
    return ledger.count(ACCOUNT, START_NS + len(sent) * 10**9, 12).at_most


def into_set(sent: list[Heads]) -> int:
    """Count without window, bounds or history."""
    seen: set[str] = set()
    for heads in sent:
        seen.update(person for person, _ in heads.named)
    return len(seen)


def cost(count: Callable[[list[Heads]], int], sent: list[Heads], pairs: int) -> tuple[float, float]:
    """Give microseconds and bytes per pair; the count itself must be right."""
    began = perf_counter()
    assert count(sent) == pairs
    seconds = perf_counter() - began
    tracemalloc.start()
    count(sent)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return seconds / pairs * 1e6, peak / pairs


def main() -> None:
    """Print both, and how many times the one is the other."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    sent = files(pairs)
    ledger, plain = cost(into_ledger, sent, pairs), cost(into_set, sent, pairs)
    for unit, one, other in zip(("us", "bytes"), ledger, plain, strict=True):
        print(f"{unit} per pair: ledger {one:.2f}, set {other:.2f}, ratio {one / other:.1f}")


if __name__ == "__main__":
    main()
