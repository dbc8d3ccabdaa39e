"""Retention: old records go, a little at a time, and each deletion is itself a record.

Alerts, their handling, transfers, losses and anchors are never deleted: 28 CFR 202.1101(a) asks for
ten years. What is deleted leaves its hash in the chain, and the deletion names its place there.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from strandwatch.store.deletion import Deletion
from strandwatch.store.schema import CURRENT

CHUNK = 2_000
"""Records deleted in one transaction at most, so that writing never waits long."""
_DAY_NS = 86_400 * 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How many days records are kept after they last changed; None is for ever."""

    flow_days: int | None = None
    process_days: int | None = None
    file_days: int | None = None

    def limits(self, at_ns: int) -> list[tuple[str, int]]:
        """Give kinds and the moments before which their records go."""
        kept = {"flow": self.flow_days, "process": self.process_days, "file": self.file_days}
        return [(kind, at_ns - days * _DAY_NS) for kind, days in kept.items() if days is not None]


KEEP_ALL = Retention()


def delete_some(
    connection: sqlite3.Connection, kind: str, before_ns: int, at_ns: int
) -> Deletion | None:
    """Delete the oldest records of a kind from before a moment; None when there are none."""
    table = CURRENT[kind]
    found = connection.execute(
        f"SELECT seq FROM {table} WHERE updated_ns < ? ORDER BY updated_ns LIMIT {CHUNK}",  # noqa: S608 own names
        (before_ns,),
    ).fetchall()
    if not found:
        return None
    numbers = sorted(seq for (seq,) in found)
    connection.execute(
        f"DELETE FROM {table} WHERE seq IN (SELECT value FROM json_each(?))",  # noqa: S608 own names
        (json.dumps(numbers),),
    )
    spans = tuple(_spans(numbers))
    return Deletion(at_ns=at_ns, kind=kind, before_ns=before_ns, spans=spans)


def _spans(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    first = last = numbers[0]
    for number in numbers[1:]:
        if number != last + 1:
            yield first, last
            first = number
        last = number
    yield first, last
