"""Old records go, and the chain tells it from tampering."""

import json
import sqlite3
from pathlib import Path

import pytest

from strandwatch.store import retention
from strandwatch.store.reader import Reader
from strandwatch.store.retention import Retention
from strandwatch.store.verify import Flaw, verify
from strandwatch.store.writer import SqliteWriter
from support.builders import (
    START_NS,
    a_file_record,
    a_flow_record,
    a_loss,
    a_process_record,
    a_transfer,
    an_alert,
)

DAY_NS = 86_400 * 10**9


def test_records_go_when_a_day_begins_and_what_matters_stays(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    writer = SqliteWriter(path, Retention(flow_days=10, process_days=10, file_days=30))
    writer.write([a_flow_record(1), a_process_record(), a_file_record(), a_loss()])
    writer.write([an_alert(), a_transfer(), a_flow_record(2, at_ns=START_NS + 9 * DAY_NS)])

    for number in range(5):
        writer.write([a_loss(START_NS + 11 * DAY_NS + number)])
    writer.close()

    with Reader(path) as reader:
        assert [flow.key.cookie for flow in reader.flows()] == [2]
        assert reader.count("processes") == 0
        assert reader.count("files") == 1
        assert (reader.count("alerts"), reader.count("transfers"), reader.count("losses")) == (
            *(1, 1),
            6,
        )
    found = verify(path)
    assert (found.problem, found.deleted) == (None, 2)


def test_deleting_is_spread_over_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "CHUNK", 10)
    path = tmp_path / "record.db"
    writer = SqliteWriter(path, Retention(flow_days=1))
    writer.write([a_flow_record(number) for number in range(25)])

    left = []
    with Reader(path) as reader:
        for number in range(5):
            writer.write([a_loss(START_NS + 3 * DAY_NS + number)])
            left.append(reader.count("flows"))
    writer.close()

    assert left == [15, 5, 0, 0, 0]
    connection = sqlite3.connect(path)
    deletions = [json.loads(text) for (text,) in connection.execute("SELECT json FROM deletions")]
    connection.close()
    assert [deletion["spans"] for deletion in deletions] == [[[1, 10]], [[11, 20]], [[21, 25]]]
    assert verify(path).deleted == 25


def test_a_record_deleted_and_written_again_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    writer = SqliteWriter(path, Retention(flow_days=1))
    writer.write([a_flow_record(sent_bytes=1), a_flow_record(sent_bytes=2)])
    writer.write([a_loss(START_NS + 3 * DAY_NS)])
    writer.write([a_flow_record(sent_bytes=3, at_ns=START_NS + 3 * DAY_NS)])
    writer.close()

    assert verify(path).problem is None
    with Reader(path) as reader:
        assert [flow.counters.sent_bytes for flow in reader.flows()] == [3]


def test_what_was_taken_beside_what_was_deleted_is_found(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    writer = SqliteWriter(path, Retention(flow_days=1))
    writer.write([a_flow_record(1), a_transfer(), a_flow_record(2, at_ns=START_NS + 3 * DAY_NS)])
    writer.write([a_loss(START_NS + 3 * DAY_NS)])
    writer.close()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("DELETE FROM flows")
    connection.close()

    problem = verify(path).problem

    assert problem is not None
    assert (problem.seq, problem.flaw) == (3, Flaw.MISSING)


def test_a_forged_deletion_is_found(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    writer = SqliteWriter(path)
    writer.write([a_flow_record(1), a_loss()])
    writer.close()
    forged = json.dumps({"at_ns": 1, "kind": "flow", "before_ns": 1, "spans": [[1, 1]]})
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("DELETE FROM flows")
    connection.execute("INSERT INTO deletions VALUES (3, 'flow', ?)", (forged,))
    connection.close()

    problem = verify(path).problem

    assert problem is not None
    assert problem.flaw is Flaw.INSERTED


def test_without_limits_nothing_ever_goes(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    writer = SqliteWriter(path)
    writer.write([a_flow_record()])
    writer.write([a_loss(START_NS + 9_999 * DAY_NS)])
    writer.close()

    with Reader(path) as reader:
        assert reader.count("flows") == 1
