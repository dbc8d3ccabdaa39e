"""Handling of alerts by people: a short transaction beside the daemon's.

SQLite lets one transaction write at a time, and the chain's end is read within it, so the command
line can append while the daemon runs, and also when it does not: what a person decided is kept at
once or refused with a reason, never left lying for a daemon to find.
"""

import sqlite3
from dataclasses import replace
from pathlib import Path

from strandwatch.domain.alert import Alert, AlertState, Handling
from strandwatch.errors import MissingCapabilityError, StoreError, UsageError
from strandwatch.store.append import append, current_alert
from strandwatch.store.files import connect, connect_read_only, error_name
from strandwatch.store.schema import check_version

_PERMISSION = ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")


def handle_alert(path: Path, handling: Handling) -> Alert:
    """Put an alert into a state and give it; raises UsageError when there is no such alert."""
    connect_read_only(path).close()
    try:
        connection = connect(path)
    except sqlite3.DatabaseError as error:
        raise _explained(path, error) from error
    try:
        check_version(connection)
        connection.execute("BEGIN IMMEDIATE")
        alert = current_alert(connection, handling.alert_id)
        if alert is None:
            raise UsageError(f"no alert {handling.alert_id!r}: strandwatch alerts lists them")
        handled = replace(alert, state=handling.state)
        append(connection, [handling] if handled == alert else [handling, handled])
        connection.execute("COMMIT")
    except sqlite3.DatabaseError as error:
        raise _explained(path, error) from error
    finally:
        connection.close()
    return handled


def _explained(path: Path, error: sqlite3.DatabaseError) -> StoreError | MissingCapabilityError:
    if error_name(error).startswith(_PERMISSION):
        return MissingCapabilityError(
            f"{path}: this account may not change the record: run it with sudo"
        )
    return StoreError(f"{path}: {error}")


STATES = {
    "ack": AlertState.ACKNOWLEDGED,
    "close": AlertState.CLOSED,
    "reopen": AlertState.OPEN,
}
"""The state that each verb leads to."""
