"""Keys of records, and the columns generated from them."""

import sqlite3
from collections.abc import Iterator

import pytest

from strandwatch.domain.alert import AlertState, Handling
from strandwatch.errors import StoreError
from strandwatch.store.anchor import Anchor
from strandwatch.store.deletion import Deletion
from strandwatch.store.schema import (
    COLUMNS,
    CURRENT,
    SERIES,
    VERSION,
    Stored,
    check_version,
    content_of,
    create,
    key_of,
    kind_of,
)
from support.builders import (
    START_NS,
    a_file_record,
    a_flow,
    a_flow_record,
    a_loss,
    a_process_record,
    a_transfer,
    an_alert,
)

HANDLING = Handling(alert_id="a1", at_ns=1, state=AlertState.CLOSED, by="root", reason="known")
ANCHOR = Anchor(
    day="2026-11-18", at_ns=1, seq=0, link="00" * 32, public_key="00" * 32, signature="00" * 64
)
DELETION = Deletion(at_ns=1, kind="flow", before_ns=1, spans=((1, 2),))
RECORDS: list[tuple[Stored, str, str]] = [
    (an_alert(), "alert", "a1"),
    (a_transfer(), "transfer", "t1"),
    (a_flow_record(), "flow", "1:7:tcp:192.0.2.10:40000:203.0.113.10:443"),
    (a_file_record(), "file", "1:10:1000000:1"),
    (a_process_record(), "process", f"4242:77000:{START_NS // (3600 * 10**9)}"),
    (a_loss(), "loss", "flows"),
    (HANDLING, "handling", "a1"),
    (ANCHOR, "anchor", "2026-11-18"),
    (DELETION, "deletion", "flow"),
]


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(":memory:", isolation_level=None)
    create(opened)
    yield opened
    opened.close()


@pytest.mark.parametrize(("record", "kind", "key"), RECORDS)
def test_a_record_has_its_kind_and_key(record: Stored, kind: str, key: str) -> None:
    assert (kind_of(record), key_of(record)) == (kind, key)


@pytest.mark.parametrize(("record", "kind", "key"), RECORDS)
def test_every_generated_column_finds_its_place_in_the_record(
    connection: sqlite3.Connection, record: Stored, kind: str, key: str
) -> None:
    table = CURRENT.get(kind) or SERIES[kind]
    connection.execute(
        f"INSERT INTO {table} (key, seq, json) VALUES (?, 1, ?)",  # noqa: S608
        (key, content_of(record)),
    )
    columns = ", ".join(COLUMNS.get(table, {"key": ("", "")}))

    row = connection.execute(f"SELECT {columns} FROM {table}").fetchone()  # noqa: S608

    missing = {name for name, value in zip(columns.split(", "), row, strict=True) if value is None}
    assert missing <= {"closed_ns", "ended_ns", "server_name", "controllers"}


def test_sockets_with_one_cookie_in_two_boots_are_two_flows() -> None:
    first = a_flow_record(7)
    second = a_flow_record(7, flow=a_flow("203.0.113.99"))

    assert key_of(first) != key_of(second)


def test_a_newer_schema_is_refused_with_advice(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")

    with pytest.raises(StoreError, match="newer strandwatch"):
        check_version(connection)


def test_another_programs_database_is_refused(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA application_id = 7")

    with pytest.raises(StoreError, match="not strandwatch's"):
        check_version(connection)
