"""The record as views with stable names, for questions in SQL that can change nothing."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from strandwatch.errors import UsageError

_END = {
    "user": "$.process.user",
    "executable": "$.process.executable",
    "pid": "$.process.key.pid",
    "protocol": "$.flow.protocol",
    "source_address": "$.flow.source.address",
    "source_port": "$.flow.source.port",
    "address": "$.flow.destination.address",
    "port": "$.flow.destination.port",
}
_TRANSFER = {
    **_END,
    "sent_bytes": "$.sent_bytes",
    "method": "$.method",
    "direction": "$.direction",
    "server_name": "$.destination.server_name",
    "countries": "$.destination.countries",
    "jurisdictions": "$.destination.jurisdictions",
    "controllers": "$.destination.controllers",
    "confidence": "$.destination.confidence",
    "files": "$.files",
}
VIEWS: dict[str, tuple[str, dict[str, str]]] = {
    "alerts": (
        "alerts",
        {
            "id": "$.id",
            "opened": "$.opened_ns",
            "updated": "$.updated_ns",
            "state": "$.state",
            "severity": "$.severity",
            "reasons": "$.reasons",
            "regimes": "$.regimes",
            "transfer_id": "$.transfer.id",
            **{name: path.replace("$.", "$.transfer.", 1) for name, path in _TRANSFER.items()},
        },
    ),
    "transfers": (
        "transfers",
        {
            "id": "$.id",
            "started": "$.started_ns",
            "updated": "$.updated_ns",
            "ended": "$.ended_ns",
            **_TRANSFER,
        },
    ),
    "flows": (
        "flows",
        {
            "opened": "$.opened_ns",
            "updated": "$.updated_ns",
            "closed": "$.closed_ns",
            **_END,
            "direction": "$.direction",
            "server_name": "$.server_name",
            "countries": "$.countries",
            "jurisdictions": "$.jurisdictions",
            "controllers": "$.controllers",
            "sent_bytes": "$.counters.sent_bytes",
            "queued_bytes": "$.counters.queued_bytes",
            "wire_bytes": "$.counters.wire_bytes",
            "received_bytes": "$.counters.received_bytes",
        },
    ),
    "files": (
        "files",
        {
            "path": "$.path",
            "first_seen": "$.first_seen_ns",
            "last_seen": "$.last_seen_ns",
            "size_bytes": "$.file.size_bytes",
            "format": "$.facts.format",
            "category": "$.facts.category",
            "species": "$.facts.species",
            "build": "$.facts.build",
            "persons_at_least": "$.facts.persons.at_least",
            "persons_at_most": "$.facts.persons.at_most",
        },
    ),
    "processes": (
        "processes",
        {
            "pid": "$.process.key.pid",
            "started": "$.process.started_ns",
            "seen": "$.seen_ns",
            "exited": "$.exited_ns",
            "user": "$.process.user",
            "executable": "$.process.executable",
            "command": "$.process.command",
        },
    ),
    "losses": (
        "losses",
        {"at": "$.at_ns", "source": "$.source", "count": "$.count", "reason": "$.reason"},
    ),
    "handlings": (
        "handlings",
        {
            "alert_id": "$.alert_id",
            "at": "$.at_ns",
            "state": "$.state",
            "by": "$.by",
            "reason": "$.reason",
        },
    ),
}
"""View, its table, and its columns by their place in the record; times are RFC 3339 UTC."""

MOMENTS = frozenset(
    name for _, columns in VIEWS.values() for name, path in columns.items() if path.endswith("_ns")
)
"""Columns that are times."""

_MAY = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE})
_MAY_NOT_CALL = frozenset({"load_extension", "writefile", "readfile", "edit", "fts3_tokenizer"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question in SQL gave."""

    columns: tuple[str, ...]
    rows: Iterator[tuple[str | int | float | None, ...]]


def make_views(connection: sqlite3.Connection) -> None:
    """Put the views before the tables, for this connection only, and forbid all but reading."""
    for name in VIEWS:
        connection.execute(f"CREATE TEMP VIEW {name} AS {selection(name)}")
    # Made known now: their first use looks to the authorizer like making a table.
    connection.execute("SELECT * FROM json_each('[]'), json_tree('[]')").fetchall()
    connection.text_factory = lambda text: text.decode("utf-8", "replace")
    connection.set_authorizer(_may)


def selection(view: str) -> str:
    """Give the SELECT that a view stands for."""
    table, columns = VIEWS[view]
    selected = ", ".join(f'{_column(path)} AS "{column}"' for column, path in columns.items())
    return f"SELECT {selected}, json AS record FROM main.{table}"  # noqa: S608 own names


def ask(connection: sqlite3.Connection, statement: str) -> Answer:
    """Answer one SELECT; raises UsageError for anything else and for SQL that is none."""
    try:
        cursor = connection.execute(statement)
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise UsageError(f"sql: {error}") from error
    if cursor.description is None:
        raise UsageError("sql: only questions (SELECT ...) are answered")
    return Answer(tuple(column[0] for column in cursor.description), _rows(cursor))


def _rows(cursor: sqlite3.Cursor) -> Iterator[tuple[str | int | float | None, ...]]:
    try:
        yield from cursor
    except sqlite3.Error as error:
        raise UsageError(f"sql: {error}") from error


def _column(path: str) -> str:
    value = f"json_extract(json, '{path}')"
    if not path.endswith("_ns"):
        return value
    return (
        f"strftime('%Y-%m-%dT%H:%M:%S', {value} / 1000000000, 'unixepoch') "
        f"|| printf('.%06dZ', {value} / 1000 % 1000000)"
    )


def _may(
    action: int, first: str | None, second: str | None, _database: str | None, _by: str | None
) -> int:
    if action == sqlite3.SQLITE_FUNCTION:
        return sqlite3.SQLITE_DENY if second in _MAY_NOT_CALL else sqlite3.SQLITE_OK
    return sqlite3.SQLITE_OK if action in _MAY else sqlite3.SQLITE_DENY
