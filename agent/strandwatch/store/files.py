"""The store's files: opening them for writing and reading, and putting a ruined one aside."""

import os
import sqlite3
from pathlib import Path
from urllib.parse import quote

from strandwatch.errors import MissingCapabilityError, StoreError

_BUSY_SECONDS = 10.0
_PROTOCOL_TRIES = 5
_MODE = 0o640
_SIDE_FILES = ("", "-wal", "-shm")


def connect(path: Path) -> sqlite3.Connection:
    """Open for writing, the file readable for the owner's group; raises sqlite3.DatabaseError."""
    make_file(path)
    connection = sqlite3.connect(
        path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_autocheckpoint = 4000")
        connection.execute("PRAGMA cache_size = -16000")
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


def make_file(path: Path) -> None:
    """Make the file where there is none, readable for the group of its owner."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _MODE))
    except PermissionError as error:
        raise MissingCapabilityError(f"{path}: this account may not write the record") from error
    except OSError as error:
        raise StoreError(f"{path}: cannot be opened for writing: {error.strerror}") from error


def connect_read_only(path: Path) -> sqlite3.Connection:
    """Open for reading beside a writer of another account, or a file that nobody writes now."""
    if not path.exists():
        raise StoreError(f"{path}: no record there; has `strandwatch run` been started?")
    uri = f"file:{quote(str(path.absolute()))}?mode=ro"
    try:
        return _checked(uri)
    except sqlite3.OperationalError as error:
        # Without a -wal file and without the right to make one, only this way in is left.
        if Path(f"{path}-wal").exists():
            raise StoreError(f"{path}: cannot be read: {error}") from error
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path}: cannot be read: {error}") from error
    try:
        return _checked(uri + "&immutable=1")
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path}: cannot be read: {error}") from error


def error_name(error: sqlite3.Error) -> str:
    """Give SQLite's own name of an error, empty for one of the Python module's."""
    return getattr(error, "sqlite_errorname", "")


def put_aside(path: Path) -> Path:
    """Rename a ruined store and its side files; give the new name."""
    number = 1
    while (kept := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    for suffix in _SIDE_FILES:
        side = Path(f"{path}{suffix}")
        if side.exists():
            side.rename(f"{kept}{suffix}")
    return kept


def _checked(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    for tries_left in reversed(range(_PROTOCOL_TRIES)):
        try:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            break
        except sqlite3.DatabaseError as error:
            # On a starved machine SQLite gives up looking for a quiet moment of the writer's.
            if error_name(error) != "SQLITE_PROTOCOL" or not tries_left:
                connection.close()
                raise
    return connection
