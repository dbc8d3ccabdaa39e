"""Sums over the record: how many and how much by country, process, day, ..."""

import sqlite3
from collections.abc import Iterator, Sequence

from strandwatch.errors import UsageError
from strandwatch.store.query import Query, where
from strandwatch.store.schema import COLUMNS

_KEYS = {
    "country": ("countries", "(SELECT group_concat(value, ',') FROM json_each(countries))"),
    "process": ("executable", "executable"),
    "user": ("user", "user"),
    "address": ("address", "address"),
    "port": ("port", "port"),
    "name": ("server_name", "server_name"),
    "protocol": ("protocol", "protocol"),
    "format": ("format", "format"),
    "category": ("category", "category"),
    "species": ("species", "species"),
    "state": ("state", "state"),
    "severity": ("severity", "severity"),
    "day": ("updated_ns", "date(updated_ns / 1000000000, 'unixepoch')"),
}
"""What can be grouped by: the column that it needs, and the value."""

Group = dict[str, str | int | None]


def keys_of(table: str) -> tuple[str, ...]:
    """Give what records of a table can be grouped by."""
    return tuple(name for name, (column, _) in _KEYS.items() if column in COLUMNS[table])


def grouped(
    connection: sqlite3.Connection, table: str, keys: Sequence[str], query: Query
) -> Iterator[Group]:
    """Give one group after the other, the one with most bytes, or else most records, first.

    A group has the keys asked for, `count`, `sent_bytes` (null where no record knows; only where
    the table has them), `first_ns` and `last_ns`. Records under several jurisdictions are a group
    of their own (`HK,SG`), so that the groups add up to the whole.
    """
    unknown = [key for key in keys if key not in keys_of(table)]
    if unknown or not keys:
        known = ", ".join(keys_of(table))
        raise UsageError(f"{table} cannot be grouped by {', '.join(unknown) or 'nothing'}: {known}")
    names = [*keys, "count", *_sums(table)]
    values = [*(_KEYS[key][1] for key in keys), "count(*)", *_sums(table).values()]
    condition, parameters = where(table, query)
    numbers = ", ".join(str(number) for number in range(1, len(keys) + 1))
    rank = "sum(sent_bytes) DESC NULLS LAST, " if "sent_bytes" in COLUMNS[table] else ""
    limit = "" if query.limit is None else f" LIMIT {query.limit}"
    rows = connection.execute(
        f"SELECT {', '.join(values)} FROM {table} WHERE {condition} "  # noqa: S608 own names
        f"GROUP BY {numbers} ORDER BY {rank}count(*) DESC, {numbers}{limit}",
        parameters,
    )
    return (dict(zip(names, row, strict=True)) for row in rows)


def _sums(table: str) -> dict[str, str]:
    sums = {"first_ns": "min(opened_ns)", "last_ns": "max(updated_ns)"}
    if "sent_bytes" in COLUMNS[table]:
        return {"sent_bytes": "sum(sent_bytes)", **sums}
    return sums
