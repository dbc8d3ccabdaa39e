"""The one writer of a store: batches in one transaction each, into tables and chain."""

import fcntl
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import structlog

from strandwatch.core.command import FileRecord, FlowRecord, LossRecord, ProcessRecord, Recordable
from strandwatch.domain.alert import Alert
from strandwatch.domain.observation import LossReason
from strandwatch.domain.transfer import Transfer
from strandwatch.errors import MissingCapabilityError, StoreError
from strandwatch.store.anchor import Anchor, Signer, day_of
from strandwatch.store.append import append, head_of_chain, with_handling
from strandwatch.store.files import connect, error_name, make_file, put_aside
from strandwatch.store.retention import KEEP_ALL, Retention, delete_some
from strandwatch.store.schema import CURRENT, check_version, create

log = structlog.get_logger()

_RUINED: Final = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
STORE = "store"
REPLACED = "another file took its place"
CUT_OFF = "it was cut off"


class SqliteWriter:
    """Keeps records in a SQLite file; passes `ports.RecordWriter`.

    Opening takes a lock that refuses a second daemon. A file that is no store any more is put aside
    under a new name, and a new one begun: watching goes on.
    """

    def __init__(self, path: Path, retention: Retention = KEEP_ALL) -> None:
        self._path = path
        self._lock = _take_lock(path)
        self._identity = (0, 0)
        self._size = 0
        self._retention = retention
        self._due: list[tuple[str, int]] = []
        self._signer = Signer(path.parent)
        self.put_aside: list[str] = []
        """Names of the files that were put aside, with the reason."""
        try:
            self._connection = self._open()
        except BaseException:
            os.close(self._lock)
            raise
        self._closed = False
        self._day = _last_day(self._connection)

    def write(self, records: Sequence[Recordable]) -> None:
        """Keep all of these or none; after a StoreError the same batch may be tried again."""
        try:
            if self._is_in_place():
                self._write(records)
            else:
                self._begin_anew(CUT_OFF, records)
        except sqlite3.Error as error:
            self._roll_back()
            if not _is_ruined(error):
                raise StoreError(f"the record was not written: {error}") from error
            self._begin_anew(str(error), records)

    def close(self) -> None:
        """Finish; safe twice."""
        if self._closed:
            return
        self._closed = True
        self._connection.close()
        os.close(self._lock)

    def _write(self, records: Sequence[Recordable]) -> None:
        # A crash of this program loses no committed batch either way; a power cut may, so what a
        # person is told of waits for the disk and the rest does not.
        telling = any(type(record) in (Alert, Transfer) for record in records)
        self._connection.execute(f"PRAGMA synchronous = {'FULL' if telling else 'NORMAL'}")
        self._connection.execute("BEGIN IMMEDIATE")
        at_ns = _moment(records)
        anchors = self._anchors(at_ns)
        append(self._connection, [*anchors, *with_handling(self._connection, records)])
        begins = bool(at_ns) and self._day != day_of(at_ns)
        due = self._delete_some(self._retention.limits(at_ns) if begins else self._due, at_ns)
        self._connection.execute("COMMIT")
        self._due = due
        self._day = day_of(at_ns) if at_ns else self._day
        for anchor in anchors:
            # The log goes where the record's writer cannot change it any more.
            log.info(
                "record_anchored",
                day=anchor.day,
                seq=anchor.seq,
                link=anchor.link,
                signature=anchor.signature,
                public_key=anchor.public_key,
            )

    def _delete_some(self, due: list[tuple[str, int]], at_ns: int) -> list[tuple[str, int]]:
        """Delete a few records that are due; give what is left to do."""
        if not due:
            return due
        (kind, before_ns), *rest = due
        deletion = delete_some(self._connection, kind, before_ns, at_ns)
        if deletion is None:
            return rest
        append(self._connection, [deletion])
        return due

    def _anchors(self, at_ns: int) -> list[Anchor]:
        """Sign the chain's end when these records are the first of another day."""
        if not at_ns or self._day in (None, day_of(at_ns)):
            return []
        head = head_of_chain(self._connection)
        try:
            return [self._signer.anchor(self._day or "", at_ns, head.seq, head.link)]
        except StoreError as error:
            # Keeping records comes first; the next day's anchor covers this day too.
            log.error("record_not_anchored", day=self._day, error=str(error))
            return []

    def _is_in_place(self) -> bool:
        """Tell whether the file is whole; one that was removed or replaced is brought back."""
        try:
            status = self._path.stat()
        except OSError:
            status = None
        if status is not None and (status.st_dev, status.st_ino) == self._identity:
            # SQLite never makes this file smaller: somebody else did.
            shrunk, self._size = status.st_size < self._size, status.st_size
            return not shrunk
        if status is not None:
            kept = put_aside(self._path)
            self.put_aside.append(f"{kept.name}: {REPLACED}")
        log.error("store_restored", reason=REPLACED if status is not None else "it was removed")
        # Made beforehand for its mode: SQLite takes an empty file.
        make_file(self._path)
        self._connection.execute("VACUUM INTO ?", (str(self._path),))
        self._connection.close()
        self._connection = self._connect()
        return True

    def _connect(self) -> sqlite3.Connection:
        connection = connect(self._path)
        status = self._path.stat()
        self._identity = (status.st_dev, status.st_ino)
        self._size = status.st_size
        return connection

    def _roll_back(self) -> None:
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            log.warning("store_rollback_failed", error=str(error))

    def _begin_anew(self, reason: str, records: Sequence[Recordable]) -> None:
        self._connection.close()
        try:
            self._connection = self._fresh(reason)
            self._write([self._loss(records), *records])
        except sqlite3.Error as error:
            raise StoreError(f"the record was not written: {error}") from error

    def _loss(self, records: Sequence[Recordable]) -> LossRecord:
        return LossRecord(
            at_ns=_moment(records), source=STORE, count=1, reason=LossReason.UNREADABLE
        )

    def _open(self) -> sqlite3.Connection:
        is_new = not self._path.exists() or self._path.stat().st_size == 0
        try:
            connection = self._connect()
        except sqlite3.DatabaseError as error:
            return self._after_failure(error)
        try:
            if is_new:
                create(connection)
            check_version(connection)
            _check_health(connection)
        except sqlite3.DatabaseError as error:
            connection.close()
            return self._after_failure(error)
        except StoreError:
            connection.close()
            raise
        return connection

    def _after_failure(self, error: sqlite3.DatabaseError) -> sqlite3.Connection:
        if not _is_ruined(error):
            raise StoreError(f"{self._path}: {error}") from error
        return self._fresh(str(error))

    def _fresh(self, reason: str) -> sqlite3.Connection:
        kept = put_aside(self._path)
        self.put_aside.append(f"{kept.name}: {reason}")
        log.error("store_put_aside", name=kept.name, reason=reason)
        connection = self._connect()
        create(connection)
        return connection


def _moment(records: Sequence[Recordable]) -> int:
    """Give the latest time that records speak of; 0 when they speak of none."""
    return max((_time_of(record) for record in records), default=0)


def _time_of(record: Recordable) -> int:
    match record:
        case FlowRecord() | Transfer() | Alert():
            return record.updated_ns
        case FileRecord():
            return record.last_seen_ns
        case ProcessRecord():
            return record.seen_ns
        case LossRecord():
            return record.at_ns


def _is_ruined(error: sqlite3.Error) -> bool:
    return error_name(error).startswith(_RUINED)


def _last_day(connection: sqlite3.Connection) -> str | None:
    """Give the day of the latest record, so that the end of a day is seen across restarts too."""
    days = [
        day_of(latest)
        for table in CURRENT.values()
        for (latest,) in connection.execute(f"SELECT max(updated_ns) FROM {table}")  # noqa: S608 own names
        if latest is not None
    ]
    return max(days, default=None)


def _check_health(connection: sqlite3.Connection) -> None:
    """Look at the ends of every table; damage elsewhere shows when it is met."""
    tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    for (table,) in tables:
        for order in ("ASC", "DESC"):
            connection.execute(
                f"SELECT * FROM {table} ORDER BY rowid {order} LIMIT 1"  # noqa: S608 own names
            ).fetchall()


def _take_lock(path: Path) -> int:
    """Lock the store for this process, or refuse when another daemon has it."""
    try:
        lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    except PermissionError as error:
        raise MissingCapabilityError(f"{path}: this account may not write the record") from error
    except OSError as error:
        raise StoreError(f"{path}: cannot be opened for writing: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise StoreError(f"{path}: another strandwatch writes this record") from error
    return lock
