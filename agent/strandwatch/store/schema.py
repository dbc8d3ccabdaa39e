"""The store's tables, the keys of its records, and their plain JSON.

A record is kept whole as JSON; the columns to search by are generated from it, so that they cannot
say anything else than the record that the chain holds fast.
"""

import json
import sqlite3

from strandwatch.core.command import (
    FileRecord,
    FlowRecord,
    LossRecord,
    ProcessRecord,
    Recordable,
)
from strandwatch.domain.alert import Alert, Handling
from strandwatch.domain.encoding import to_plain
from strandwatch.domain.file import FileVersion
from strandwatch.domain.flow import FiveTuple, FlowKey
from strandwatch.domain.process import ProcessKey
from strandwatch.domain.transfer import Transfer
from strandwatch.errors import StoreError
from strandwatch.store.anchor import Anchor
from strandwatch.store.deletion import Deletion

VERSION = 1
APPLICATION_ID = 0x53545244
"""`STRD`, by which a file is known as a store."""
_HOUR_NS = 3600 * 10**9

CURRENT = {
    "alert": "alerts",
    "transfer": "transfers",
    "flow": "flows",
    "file": "files",
    "process": "processes",
}
"""Tables of records of which the last version counts, by kind."""
SERIES = {
    "loss": "losses",
    "handling": "handlings",
    "alert": "alert_series",
    "anchor": "anchors",
    "deletion": "deletions",
}
"""Tables that only grow, by kind."""

Stored = Recordable | Handling | Anchor | Deletion

_TRANSFER_COLUMNS = {
    "sent_bytes": ("INTEGER", "$.sent_bytes"),
    "executable": ("TEXT", "$.process.executable"),
    "user": ("TEXT", "$.process.user"),
    "address": ("TEXT", "$.flow.destination.address"),
    "port": ("INTEGER", "$.flow.destination.port"),
    "server_name": ("TEXT", "$.destination.server_name"),
    "countries": ("TEXT", "$.destination.jurisdictions"),
    "controllers": ("TEXT", "$.destination.controllers"),
    "files": ("TEXT", "$.files"),
}

COLUMNS: dict[str, dict[str, tuple[str, str]]] = {
    "alerts": {
        "opened_ns": ("INTEGER", "$.opened_ns"),
        "updated_ns": ("INTEGER", "$.updated_ns"),
        "state": ("TEXT", "$.state"),
        "severity": ("TEXT", "$.severity"),
        **{
            name: (kind, path.replace("$.", "$.transfer.", 1))
            for name, (kind, path) in _TRANSFER_COLUMNS.items()
        },
    },
    "transfers": {
        "opened_ns": ("INTEGER", "$.started_ns"),
        "updated_ns": ("INTEGER", "$.updated_ns"),
        "ended_ns": ("INTEGER", "$.ended_ns"),
        **_TRANSFER_COLUMNS,
    },
    "flows": {
        "opened_ns": ("INTEGER", "$.opened_ns"),
        "updated_ns": ("INTEGER", "$.updated_ns"),
        "closed_ns": ("INTEGER", "$.closed_ns"),
        "protocol": ("TEXT", "$.flow.protocol"),
        "sent_bytes": ("INTEGER", "$.counters.sent_bytes"),
        "executable": ("TEXT", "$.process.executable"),
        "user": ("TEXT", "$.process.user"),
        "address": ("TEXT", "$.flow.destination.address"),
        "port": ("INTEGER", "$.flow.destination.port"),
        "server_name": ("TEXT", "$.server_name"),
        "countries": ("TEXT", "$.jurisdictions"),
        "controllers": ("TEXT", "$.controllers"),
    },
    "files": {
        "opened_ns": ("INTEGER", "$.first_seen_ns"),
        "updated_ns": ("INTEGER", "$.last_seen_ns"),
        "path": ("TEXT", "$.path"),
        "format": ("TEXT", "$.facts.format"),
        "category": ("TEXT", "$.facts.category"),
        "species": ("TEXT", "$.facts.species"),
        "size_bytes": ("INTEGER", "$.file.size_bytes"),
    },
    "processes": {
        "opened_ns": ("INTEGER", "$.process.started_ns"),
        "updated_ns": ("INTEGER", "$.seen_ns"),
        "pid": ("INTEGER", "$.process.key.pid"),
        "executable": ("TEXT", "$.process.executable"),
        "user": ("TEXT", "$.process.user"),
    },
    "losses": {
        "opened_ns": ("INTEGER", "$.at_ns"),
        "updated_ns": ("INTEGER", "$.at_ns"),
        "source": ("TEXT", "$.source"),
        "reason": ("TEXT", "$.reason"),
        "count": ("INTEGER", "$.count"),
    },
}
"""Generated columns by table: name, type and place in the record."""


def create(connection: sqlite3.Connection) -> None:
    """Make the tables in an empty file."""
    statements = [
        """CREATE TABLE chain (
            seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL,
            hash BLOB NOT NULL, link BLOB NOT NULL) STRICT""",
        *(_table(name, "key TEXT PRIMARY KEY, seq INTEGER NOT NULL") for name in CURRENT.values()),
        *(_table(name, "seq INTEGER PRIMARY KEY, key TEXT NOT NULL") for name in SERIES.values()),
        "CREATE INDEX alert_series_key ON alert_series (key, seq)",
        "CREATE INDEX handlings_key ON handlings (key, seq)",
        *(f"CREATE INDEX {name}_updated ON {name} (updated_ns)" for name in CURRENT.values()),
        *(f"CREATE INDEX {name}_seq ON {name} (seq)" for name in CURRENT.values()),
        f"PRAGMA application_id = {APPLICATION_ID}",
        f"PRAGMA user_version = {VERSION}",
    ]
    connection.execute("BEGIN IMMEDIATE")
    for statement in statements:
        connection.execute(statement)
    connection.execute("COMMIT")


def kind_of(record: Stored) -> str:
    """Give the kind under which the chain knows a record."""
    return _KINDS[type(record)]


def key_of(record: Stored) -> str:
    """Give a record's identity: later records of the same kind and key are newer versions of it."""
    match record:
        case Alert() | Transfer():
            return record.id
        case FlowRecord():
            return _flow_key(record.key, record.flow)
        case FileRecord():
            return _file_key(record.file)
        case ProcessRecord():
            return _process_key(record.process.key, record.process.started_ns)
        case LossRecord():
            return record.source
        case Handling() | Anchor() | Deletion():
            return _own_key(record)


def content_of(record: Stored) -> str:
    """Give the JSON that is kept of a record."""
    return _encode(to_plain(record))


def check_version(connection: sqlite3.Connection) -> int:
    """Give the file's schema version; refuse files that are no store or newer than this program."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        raise StoreError("the file is a database, but not strandwatch's")
    if version > VERSION:
        raise StoreError(
            f"the record was written by a newer strandwatch (schema {version}, this one knows "
            f"{VERSION}): use that version"
        )
    return int(version)


_KINDS: dict[type, str] = {
    Alert: "alert",
    Transfer: "transfer",
    FlowRecord: "flow",
    FileRecord: "file",
    ProcessRecord: "process",
    LossRecord: "loss",
    Handling: "handling",
    Anchor: "anchor",
    Deletion: "deletion",
}
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True, check_circular=False).encode


def _table(name: str, identity: str) -> str:
    generated = "".join(
        f", {column} {kind} GENERATED ALWAYS AS (json_extract(json, '{path}')) VIRTUAL"
        for column, (kind, path) in COLUMNS.get(name, {}).items()
    )
    return f"CREATE TABLE {name} ({identity}, json TEXT NOT NULL{generated}) STRICT"


def _own_key(record: Handling | Anchor | Deletion) -> str:
    """Give the key of a record that the store or a person adds, not the engine."""
    match record:
        case Handling():
            return record.alert_id
        case Anchor():
            return record.day
        case Deletion():
            return record.kind


def _flow_key(key: FlowKey, flow: FiveTuple) -> str:
    """Name a flow so that a restart of the agent keeps it and a restart of the machine does not.

    Socket cookies begin again at boot; cookie, namespace and both ends together hardly do.
    """
    source, destination = flow.source, flow.destination
    return (
        f"{key.network_namespace}:{key.cookie}:{flow.protocol}:"
        f"{source.address}:{source.port}:{destination.address}:{destination.port}"
    )


def _file_key(file: FileVersion) -> str:
    return f"{file.key.device}:{file.key.inode}:{file.size_bytes}:{file.modified_ns}"


def _process_key(key: ProcessKey, started_ns: int) -> str:
    """Name a process; the hour tells boots apart, whose ticks begin again."""
    return f"{key.pid}:{key.started_ticks}:{started_ns // _HOUR_NS}"
