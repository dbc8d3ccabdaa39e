"""Writing the record, and what happens when the file is ruined."""

import json
import sqlite3
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from strandwatch.errors import StoreError
from strandwatch.store.chain import GENESIS, content_hash, link_after
from strandwatch.store.reader import Reader
from strandwatch.store.writer import SqliteWriter
from support.builders import START_NS, a_flow_record, a_loss, a_transfer, an_alert

DAY_NS = 86_400 * 10**9


def test_a_later_record_of_the_same_key_replaces_the_earlier(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    writer = SqliteWriter(path)

    writer.write([a_flow_record(sent_bytes=1), a_flow_record(sent_bytes=2)])
    writer.write([a_flow_record(sent_bytes=3)])

    with Reader(path) as reader:
        assert [flow.counters.sent_bytes for flow in reader.flows()] == [3]
    writer.close()


def test_every_record_is_a_link_of_one_chain_across_runs(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    for number in range(3):
        writer = SqliteWriter(path)
        writer.write([a_flow_record(sent_bytes=number), a_loss(), an_alert()])
        writer.close()

    connection = sqlite3.connect(path)
    rows = connection.execute(
        "SELECT seq, kind, key, hash, link FROM chain ORDER BY seq"
    ).fetchall()
    contents = dict(connection.execute("SELECT seq, json FROM alert_series"))
    connection.close()
    link = GENESIS
    for seq, kind, key, record_hash, kept in rows:
        link = link_after(link, seq, kind, key, record_hash)
        assert kept == link
    assert [row[0] for row in rows] == list(range(1, 10))
    assert {seq: content_hash(text.encode()) for seq, text in contents.items()} == {
        row[0]: row[3] for row in rows if row[1] == "alert"
    }


def test_two_daemons_on_one_store_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    first = SqliteWriter(path)

    with pytest.raises(StoreError, match="another strandwatch"):
        SqliteWriter(path)

    first.close()
    SqliteWriter(path).close()


@pytest.mark.parametrize(
    "garbage", [b"this is no database at all" * 400, b"\0" * 8192, b"SQLite format 3\0" + b"x" * 99]
)
def test_a_file_of_garbage_is_put_aside_and_a_new_one_begun(tmp_path: Path, garbage: bytes) -> None:
    path = tmp_path / "record.db"
    path.write_bytes(garbage)

    with capture_logs() as logs:
        writer = SqliteWriter(path)
    writer.write([a_transfer()])
    writer.close()

    assert (tmp_path / "record.db.damaged-1").read_bytes() == garbage
    assert [entry["event"] for entry in logs] == ["store_put_aside"]
    assert writer.put_aside[0].startswith("record.db.damaged-1: ")
    with Reader(path) as reader:
        assert [transfer.id for transfer in reader.transfers()] == ["t1"]


def test_a_truncated_store_is_put_aside_under_a_name_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    (tmp_path / "record.db.damaged-1").write_bytes(b"earlier")
    writer = SqliteWriter(path)
    writer.write([a_flow_record(number) for number in range(500)])
    writer.close()
    with path.open("r+b") as file:
        file.truncate(20_000)

    writer = SqliteWriter(path)
    writer.write([a_loss()])
    writer.close()

    assert (tmp_path / "record.db.damaged-2").stat().st_size == 20_000
    with Reader(path) as reader:
        assert reader.count("losses") == 1


def test_a_store_ruined_while_running_is_replaced_and_the_batch_kept(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    writer = SqliteWriter(path)
    writer.write([a_flow_record(number) for number in range(3000)])
    writer.close()
    writer = SqliteWriter(path)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 8192))

    writer.write([a_flow_record(number, at_ns=START_NS + 5) for number in range(3000)])
    writer.close()

    assert (tmp_path / "record.db.damaged-1").exists()
    with Reader(path) as reader:
        assert reader.count("flows") == 3000
        assert [loss.source for loss in reader.losses()] == ["store"]


@pytest.mark.parametrize("replacement", [None, b"something else"])
def test_a_store_whose_file_is_taken_away_comes_back_whole(
    tmp_path: Path, replacement: bytes | None
) -> None:
    path = tmp_path / "record.db"
    writer = SqliteWriter(path)
    writer.write([a_transfer(id="before")])
    path.unlink()
    if replacement is not None:
        path.write_bytes(replacement)

    writer.write([a_transfer(id="after")])
    writer.close()

    with Reader(path) as reader:
        assert {transfer.id for transfer in reader.transfers()} == {"before", "after"}
    assert (tmp_path / "record.db.damaged-1").exists() == (replacement is not None)
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_batch_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    writer = SqliteWriter(path)
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute(
        "CREATE TRIGGER refuse BEFORE INSERT ON losses BEGIN SELECT RAISE(ABORT, 'full'); END"
    )

    with pytest.raises(StoreError, match="full"):
        writer.write([a_transfer(), a_loss()])
    blocker.execute("DROP TRIGGER refuse")
    blocker.close()
    with Reader(path) as reader:
        before = (reader.count("transfers"), reader.count("losses"))
    writer.write([a_transfer(), a_loss()])

    with Reader(path) as reader:
        after = (reader.count("transfers"), reader.count("losses"))
    assert (before, after) == ((0, 0), (1, 1))
    writer.close()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nowhere"):
        SqliteWriter(tmp_path / "nowhere" / "record.db")


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()

    with pytest.raises(StoreError, match="not strandwatch's"):
        SqliteWriter(path)


def anchors_in(path: Path) -> list[tuple[str, int]]:
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT json FROM anchors ORDER BY seq").fetchall()
    connection.close()
    return [(row["day"], row["seq"]) for row in (json.loads(text) for (text,) in rows)]


def test_the_first_record_of_a_day_anchors_the_day_before_across_runs(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    writer = SqliteWriter(path)
    writer.write([a_transfer(at_ns=START_NS), a_loss(START_NS)])
    writer.write([a_loss(START_NS + 1)])
    writer.close()
    writer = SqliteWriter(path)
    with capture_logs() as logs:
        writer.write([a_transfer(at_ns=START_NS + DAY_NS)])
        writer.write([a_loss(START_NS + DAY_NS + 1)])
    writer.write([a_loss(START_NS + 3 * DAY_NS)])
    writer.close()

    assert anchors_in(path) == [("2026-11-18", 3), ("2026-11-19", 6)]
    assert [(entry["event"], entry["day"]) for entry in logs] == [("record_anchored", "2026-11-18")]


def test_without_a_key_that_can_sign_records_are_still_kept(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    writer = SqliteWriter(path)
    writer.write([a_transfer()])
    (tmp_path / "anchor.key").write_bytes(b"no key")

    with capture_logs() as logs:
        writer.write([a_transfer(id="t2", at_ns=START_NS + DAY_NS)])
    (tmp_path / "anchor.key").unlink()
    writer.write([a_loss(START_NS + 2 * DAY_NS)])
    writer.close()

    assert [entry["event"] for entry in logs] == ["record_not_anchored"]
    assert anchors_in(path) == [("2026-11-19", 2)]
    with Reader(path) as reader:
        assert reader.count("transfers") == 2


def test_a_batch_that_is_tried_again_is_anchored_once(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    writer = SqliteWriter(path)
    writer.write([a_transfer()])
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute(
        "CREATE TRIGGER refuse BEFORE INSERT ON losses BEGIN SELECT RAISE(ABORT, 'full'); END"
    )

    with pytest.raises(StoreError, match="full"):
        writer.write([a_loss(START_NS + DAY_NS)])
    blocker.execute("DROP TRIGGER refuse")
    blocker.close()
    writer.write([a_loss(START_NS + DAY_NS)])
    writer.close()

    assert anchors_in(path) == [("2026-11-18", 1)]


def test_a_store_cut_off_while_running_is_put_aside_before_anything_is_lost_in_it(
    tmp_path: Path,
) -> None:
    path = tmp_path / "record.db"
    writer = SqliteWriter(path)
    writer.write([a_flow_record(number) for number in range(3000)])
    writer.close()
    writer = SqliteWriter(path)
    writer.write([a_loss()])
    with path.open("r+b") as file:
        file.truncate(0)

    writer.write([a_transfer()])
    writer.close()

    assert writer.put_aside == ["record.db.damaged-1: it was cut off"]
    with Reader(path) as reader:
        assert reader.count("transfers") == 1
        assert [loss.source for loss in reader.losses()] == ["store"]
