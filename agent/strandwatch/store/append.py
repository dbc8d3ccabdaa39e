"""Appending: the one way in which records enter the tables and the chain."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from strandwatch.core.command import Recordable
from strandwatch.domain.alert import SEVERITY_ORDER, Alert, AlertState
from strandwatch.domain.encoding import from_plain
from strandwatch.store.chain import GENESIS, content_hash, link_after
from strandwatch.store.schema import CURRENT, SERIES, Stored, content_of, key_of, kind_of


@dataclass(slots=True)
class Head:
    """Where the chain ends."""

    seq: int = 0
    link: bytes = GENESIS


def append(connection: sqlite3.Connection, records: Iterable[Stored]) -> None:
    """Add records within the transaction that the caller has begun with BEGIN IMMEDIATE.

    The chain's end is read from the file each time, because handling alerts on the command line
    appends too.
    """
    head = head_of_chain(connection)
    links: list[tuple[int, str, str, bytes, bytes]] = []
    current: dict[str, list[tuple[str, int, str]]] = defaultdict(list)
    series: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
    for record in records:
        kind, key, content = kind_of(record), key_of(record), content_of(record)
        record_hash = content_hash(content.encode())
        head.seq += 1
        head.link = link_after(head.link, head.seq, kind, key, record_hash)
        links.append((head.seq, kind, key, record_hash, head.link))
        if kind in CURRENT:
            current[kind].append((key, head.seq, content))
        if kind in SERIES:
            series[kind].append((head.seq, key, content))
    connection.executemany("INSERT INTO chain VALUES (?, ?, ?, ?, ?)", links)
    for kind, rows in current.items():
        connection.executemany(_UPSERTS[kind], rows)
    for kind, added in series.items():
        connection.executemany(_INSERTS[kind], added)


def with_handling(
    connection: sqlite3.Connection, records: Iterable[Recordable]
) -> Iterator[Recordable]:
    """Give the engine's records, its alerts in the state that people have put them into.

    The engine does not hear of handling while it runs. An acknowledged alert stays so while it
    grows. A closed one that grows in transfers or in severity is open again.
    """
    alerts: dict[str, Alert] = {}
    for record in records:
        if isinstance(record, Alert):
            before = alerts.get(record.id) or current_alert(connection, record.id)
            alerts[record.id] = record if before is None else _merged(before, record)
            yield alerts[record.id]
        else:
            yield record


def current_alert(connection: sqlite3.Connection, alert_id: str) -> Alert | None:
    """Give an alert as it stands in the store."""
    row = connection.execute("SELECT json FROM alerts WHERE key = ?", (alert_id,)).fetchone()
    return None if row is None else from_plain(Alert, json.loads(row[0]))


_UPSERTS = {
    kind: f"INSERT INTO {table} (key, seq, json) VALUES (?, ?, ?) "  # noqa: S608 own names
    "ON CONFLICT (key) DO UPDATE SET seq = excluded.seq, json = excluded.json"
    for kind, table in CURRENT.items()
}
_INSERTS = {
    kind: f"INSERT INTO {table} (seq, key, json) VALUES (?, ?, ?)"  # noqa: S608 own names
    for kind, table in SERIES.items()
}


def head_of_chain(connection: sqlite3.Connection) -> Head:
    """Give where the chain ends now."""
    row = connection.execute("SELECT seq, link FROM chain ORDER BY seq DESC LIMIT 1").fetchone()
    return Head() if row is None else Head(*row)


def _merged(before: Alert, alert: Alert) -> Alert:
    return replace(alert, state=_state_after(before, alert))


def _state_after(before: Alert, alert: Alert) -> AlertState:
    if before.state is not AlertState.CLOSED:
        return before.state
    urgent = SEVERITY_ORDER.index(alert.severity) < SEVERITY_ORDER.index(before.severity)
    return AlertState.OPEN if urgent or alert.count > before.count else AlertState.CLOSED
