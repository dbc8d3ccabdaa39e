"""Reading the record."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from strandwatch.core.command import LossRecord
from strandwatch.domain.alert import AlertState
from strandwatch.domain.observation import AlertRemembered, TransferRemembered
from strandwatch.domain.transfer import Transfer
from strandwatch.errors import StoreError
from strandwatch.store.query import Query
from strandwatch.store.reader import Reader
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

OTHER_USER = 54321


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "record.db"


@pytest.fixture
def writer(path: Path) -> Iterator[SqliteWriter]:
    opened = SqliteWriter(path)
    yield opened
    opened.close()


def test_every_kind_reads_back_as_it_was_written(path: Path, writer: SqliteWriter) -> None:
    writer.write(
        [a_flow_record(), a_file_record(), a_process_record(), a_loss(), a_transfer(), an_alert()]
    )

    with Reader(path) as reader:
        assert list(reader.flows()) == [a_flow_record()]
        assert list(reader.files()) == [a_file_record()]
        assert list(reader.processes()) == [a_process_record()]
        assert list(reader.losses()) == [a_loss()]
        assert list(reader.transfers()) == [a_transfer()]
        assert list(reader.alerts()) == [an_alert()]
        assert reader.alert("a1") == an_alert()


def test_names_with_odd_bytes_read_back_as_they_were(path: Path, writer: SqliteWriter) -> None:
    odd = a_file_record(path="/runs/\udcff\né😀'\"--")

    writer.write([odd])

    with Reader(path) as reader:
        assert list(reader.files()) == [odd]
        assert reader.count("files", Query(file="*--")) == 1


def test_an_alert_goes_by_the_beginning_of_its_id(path: Path, writer: SqliteWriter) -> None:
    writer.write([an_alert(id="abc1"), an_alert(id="abd2")])

    with Reader(path) as reader:
        assert reader.alert("abc") == an_alert(id="abc1")
        assert reader.alert("ab") is None
        assert reader.alert("x") is None


def test_a_starting_engine_is_told_of_alerts_not_closed_and_of_transfers(
    path: Path, writer: SqliteWriter
) -> None:
    closed = an_alert(id="gone", state=AlertState.CLOSED)
    acknowledged = an_alert(id="seen", state=AlertState.ACKNOWLEDGED)
    ended = a_transfer(id="ended", at_ns=START_NS + 5, ended_ns=START_NS + 6)
    old = a_transfer(id="old", at_ns=START_NS - 10)
    writer.write([closed, acknowledged, ended, old, a_transfer()])

    with Reader(path) as reader:
        remembered = list(reader.remembered(START_NS))

    assert remembered == [
        AlertRemembered(at_ns=START_NS, alert=acknowledged),
        TransferRemembered(at_ns=START_NS, transfer=a_transfer()),
        TransferRemembered(at_ns=START_NS + 5, transfer=ended),
    ]


def test_a_record_that_is_not_there_is_explained(path: Path) -> None:
    with pytest.raises(StoreError, match="has `strandwatch run` been started"):
        Reader(path)


def test_a_file_of_garbage_is_explained_and_left_alone(path: Path) -> None:
    path.write_bytes(b"garbage" * 2000)

    with pytest.raises(StoreError, match="cannot be read"):
        Reader(path)

    assert path.read_bytes() == b"garbage" * 2000


def test_a_newer_store_is_refused(path: Path, writer: SqliteWriter) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()

    with pytest.raises(StoreError, match="newer strandwatch"):
        Reader(path)


def test_a_damaged_record_is_named(path: Path, writer: SqliteWriter) -> None:
    writer.write([a_transfer()])
    connection = sqlite3.connect(path)
    connection.execute("UPDATE transfers SET json = '{\"updated_ns\": 5}'")
    connection.commit()
    connection.close()

    with Reader(path) as reader, pytest.raises(StoreError, match="a record is damaged"):
        list(reader.transfers())


def test_damage_in_the_file_is_named(path: Path, writer: SqliteWriter) -> None:
    writer.write([a_flow_record(number) for number in range(3000)])
    writer.close()
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * (path.stat().st_size - 8192))

    with pytest.raises(StoreError, match="cannot be read"), Reader(path) as reader:
        list(reader.flows())


@pytest.mark.root
@pytest.mark.parametrize("running", [True, False])
def test_a_member_of_the_group_reads_while_another_account_writes(
    tmp_path: Path, running: bool
) -> None:
    tmp_path.chmod(0o755)
    for folder in (*tmp_path.parents[:3], tmp_path):
        if str(folder).startswith("/tmp/"):  # noqa: S108
            folder.chmod(0o755)
    state = tmp_path / "state"
    state.mkdir(mode=0o750)
    os.chown(state, 0, OTHER_USER)
    state.chmod(0o2750)
    path = state / "record.db"
    writer = SqliteWriter(path)
    writer.write([replace(a_transfer(), id="seen")])
    if not running:
        writer.close()
    script = (
        "import sqlite3, sys; from pathlib import Path\n"
        "from strandwatch.store.reader import Reader\n"
        "print([transfer.id for transfer in Reader(Path(sys.argv[1])).transfers()])"
    )

    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        capture_output=True,
        text=True,
        check=False,
        user=OTHER_USER,
        group=OTHER_USER,
        extra_groups=[],
    )

    writer.close()
    assert done.stdout == "['seen']\n", done.stderr


def test_following_gives_what_was_written_since_as_it_is_now(
    path: Path, writer: SqliteWriter
) -> None:
    writer.write([a_transfer(id="before")])
    with Reader(path) as reader:
        start = reader.last_seq()
        writer.write([a_transfer(id="new", sent_bytes=1), a_loss()])
        writer.write([a_transfer(id="new", sent_bytes=2), a_transfer(id="other")])

        found = list(reader.newer(Transfer, start))

        assert [(seq, value.id, value.sent_bytes) for seq, value in found] == [
            (4, "new", 2),
            (5, "other", 1_000_000),
        ]
        assert list(reader.newer(Transfer, reader.last_seq())) == []
        assert [value.id for _, value in reader.newer(Transfer, start, Query(min_bytes=10))] == [
            "other"
        ]
        assert [loss.count for _, loss in reader.newer(LossRecord, start)] == [3]
