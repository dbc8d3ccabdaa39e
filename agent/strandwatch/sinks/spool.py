"""The spool: what still has to be delivered, on disk, in order, within bounds."""

import contextlib
import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from strandwatch.errors import SinkError

DEAD_KEPT = 1_000
"""Refused parcels kept for people to look at; the oldest go first."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message as it leaves, and the key by which a receiver knows it again."""

    key: str
    payload: bytes


class Spool:
    """A queue in a file: kept until acknowledged, refused when full; safe from several threads.

    It survives the end of the process at any moment. After a power cut the last moments may be
    missing; the record, which every alert is in, is the authority.
    """

    def __init__(self, path: Path, *, max_parcels: int, max_bytes: int) -> None:
        self._path = path
        self._max_parcels = max_parcels
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._waiting = 0
        self._bytes = 0

    def open(self) -> None:
        """Open or make the file, readable for its owner only; raises SinkError."""
        try:
            self._path.touch(mode=0o600, exist_ok=True)
            connection = sqlite3.connect(
                self._path, isolation_level=None, check_same_thread=False, timeout=10
            )
        except (OSError, sqlite3.Error) as error:
            raise SinkError(f"spool {self._path.name}: {error}") from error
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.executescript(_TABLES)
            row = connection.execute("SELECT count(*), total(length(payload)) FROM parcels")
            self._waiting, self._bytes = map(int, row.fetchone())
        except sqlite3.Error as error:
            connection.close()
            raise SinkError(f"spool {self._path.name}: {error}") from error
        self._connection = connection

    def close(self) -> None:
        """Close the file; what waits stays. Safe twice."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @property
    def waiting(self) -> int:
        """Give how many parcels wait."""
        return self._waiting

    def put(self, parcel: Parcel) -> None:
        """Keep a parcel until it is acknowledged; raises SinkError when there is no room."""
        size = len(parcel.payload)
        with self._lock:
            if self._waiting >= self._max_parcels or self._bytes + size > self._max_bytes:
                raise SinkError(f"spool {self._path.name}: full with {self._waiting} alerts")
            self._run(
                "INSERT INTO parcels (key, payload) VALUES (?, ?)", parcel.key, parcel.payload
            )
            self._waiting += 1
            self._bytes += size

    def first(self) -> tuple[int, Parcel] | None:
        """Give the parcel whose turn it is, with its number; None when nothing waits."""
        with self._lock:
            statement = "SELECT seq, key, payload FROM parcels ORDER BY seq LIMIT 1"
            row = self._run(statement).fetchone()
        return None if row is None else (row[0], Parcel(row[1], row[2]))

    def acknowledge(self, seq: int, parcel: Parcel) -> None:
        """Forget a parcel that was delivered."""
        with self._lock:
            self._forget(seq, parcel)

    def bury(self, seq: int, parcel: Parcel, reason: str) -> None:
        """Put a parcel that the receiver will never take aside, with the reason."""
        with self._lock:
            self._run(
                "INSERT INTO dead (key, payload, reason) VALUES (?, ?, ?)",
                parcel.key, parcel.payload, reason,
            )  # fmt: skip
            self._run("DELETE FROM dead WHERE seq <= (SELECT max(seq) FROM dead) - ?", DEAD_KEPT)
            self._forget(seq, parcel)

    def dead(self) -> list[tuple[Parcel, str]]:
        """Give the parcels that were put aside, the first first."""
        with self._lock:
            rows = self._run("SELECT key, payload, reason FROM dead ORDER BY seq").fetchall()
        return [(Parcel(key, payload), reason) for key, payload, reason in rows]

    def _forget(self, seq: int, parcel: Parcel) -> None:
        self._run("DELETE FROM parcels WHERE seq = ?", seq)
        self._waiting -= 1
        self._bytes -= len(parcel.payload)

    def _run(self, statement: str, *values: object) -> sqlite3.Cursor:
        if self._connection is None:
            raise SinkError(f"spool {self._path.name}: closed")
        try:
            return self._connection.execute(statement, values)
        except sqlite3.Error as error:
            raise SinkError(f"spool {self._path.name}: {error}") from error


def look(path: Path) -> tuple[int, list[str]]:
    """Give how many parcels wait in a spool that its daemon has open, and why others were refused.

    A spool that was never made is empty; raises SinkError for one that cannot be read.
    """
    if not path.exists():
        return 0, []
    uri = f"file:{quote(str(path.absolute()))}?mode=ro"
    try:
        with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=10)) as connection:
            ((waiting,),) = connection.execute("SELECT count(*) FROM parcels").fetchall()
            refused = connection.execute("SELECT reason FROM dead ORDER BY seq").fetchall()
    except sqlite3.Error as error:
        raise SinkError(f"spool {path.name}: {error}") from error
    return int(waiting), [str(reason) for (reason,) in refused]


_TABLES = """
    CREATE TABLE IF NOT EXISTS parcels (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, payload BLOB NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS dead (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, payload BLOB NOT NULL,
        reason TEXT NOT NULL) STRICT;
"""
