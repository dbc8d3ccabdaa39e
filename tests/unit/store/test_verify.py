"""Verifying the record finds every kind of change."""

import json
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandwatch.domain.alert import AlertState, Handling
from strandwatch.domain.encoding import from_plain
from strandwatch.errors import StoreError
from strandwatch.store.anchor import Anchor
from strandwatch.store.chain import GENESIS, content_hash, link_after
from strandwatch.store.handling import handle_alert
from strandwatch.store.verify import Flaw, Problem, head_of, verify
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


def a_store(folder: Path) -> Path:
    """A store of ten links: one flow in two versions, everything else once, an alert handled."""
    path = folder / "record.db"
    writer = SqliteWriter(path)
    writer.write([a_flow_record(sent_bytes=1), a_file_record(), a_process_record(), a_loss()])
    writer.write([a_transfer(), an_alert(), a_flow_record(sent_bytes=2)])
    handling = Handling(
        alert_id="a1", at_ns=START_NS, state=AlertState.CLOSED, by="alice", reason="known"
    )
    handle_alert(path, handling)
    writer.write([a_loss()])
    writer.close()
    return path


def changed(path: Path, *statements: str) -> Problem | None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return verify(path).problem


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return a_store(tmp_path)


def test_an_untouched_record_verifies(path: Path) -> None:
    found = verify(path)

    assert found.problem is None
    assert found.links == 10
    assert found.contents == 9
    assert (found.links, found.head) == head_of(path)


def test_an_empty_record_verifies(tmp_path: Path) -> None:
    SqliteWriter(tmp_path / "record.db").close()

    found = verify(tmp_path / "record.db")

    assert (found.links, found.head, found.problem) == (0, GENESIS, None)
    assert head_of(tmp_path / "record.db") == (0, GENESIS)


def test_a_copy_verifies_elsewhere_with_the_same_head(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere" / "copy.db"
    copy.parent.mkdir()
    shutil.copy(path, copy)

    assert verify(copy) == verify(path)


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        (
            "UPDATE transfers SET json = replace(json, 'alice', 'mallory')",
            Problem(5, "transfer", "t1", Flaw.ALTERED),
        ),
        (
            "UPDATE alert_series SET json = replace(json, 'high', 'info') WHERE seq = 6",
            Problem(6, "alert", "a1", Flaw.ALTERED),
        ),
        (
            "UPDATE handlings SET json = replace(json, 'alice', 'bob')",
            Problem(8, "handling", "a1", Flaw.ALTERED),
        ),
        ("DELETE FROM transfers", Problem(5, "transfer", "t1", Flaw.MISSING)),
        ("DELETE FROM losses WHERE seq = 4", Problem(4, "loss", "flows", Flaw.MISSING)),
        ("DELETE FROM alert_series WHERE seq = 6", Problem(6, "alert", "a1", Flaw.MISSING)),
        (
            "INSERT INTO losses (seq, key, json) VALUES (99, 'x', '{}')",
            Problem(99, "loss", "x", Flaw.INSERTED),
        ),
        (
            "INSERT INTO files (key, seq, json) VALUES ('x', 2, '{}')",
            Problem(2, "file", "x", Flaw.INSERTED),
        ),
        (
            "UPDATE alerts SET seq = 6, json = (SELECT json FROM alert_series WHERE seq = 6)",
            Problem(9, "alert", "a1", Flaw.ROLLED_BACK),
        ),
        ("DELETE FROM chain WHERE seq = 3", Problem(3, "loss", "flows", Flaw.LINK_MISSING)),
        (
            "UPDATE chain SET hash = zeroblob(32) WHERE seq = 5",
            Problem(5, "transfer", "t1", Flaw.LINK_BROKEN),
        ),
        (
            "UPDATE chain SET seq = 99 WHERE seq = 4",
            Problem(4, "transfer", "t1", Flaw.LINK_MISSING),
        ),
    ],
)
def test_a_change_is_named_by_its_first_record(
    path: Path, statement: str, problem: Problem
) -> None:
    assert changed(path, statement) == problem


def test_a_link_forged_to_fit_its_content_breaks_the_next_ones(path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    content = connection.execute("SELECT json FROM transfers").fetchone()[0].replace("alice", "eve")
    (before,) = connection.execute("SELECT link FROM chain WHERE seq = 4").fetchone()
    forged = content_hash(content.encode())
    link = link_after(before, 5, "transfer", "t1", forged)
    connection.execute("UPDATE transfers SET json = ?", (content,))
    connection.execute("UPDATE chain SET hash = ?, link = ? WHERE seq = 5", (forged, link))
    connection.close()

    assert verify(path).problem == Problem(6, "alert", "a1", Flaw.LINK_BROKEN)


def test_what_was_cut_off_shows_in_the_head(path: Path) -> None:
    noted = head_of(path)

    problem = changed(path, "DELETE FROM chain WHERE seq = 10", "DELETE FROM losses WHERE seq = 10")

    assert problem is None
    assert head_of(path) != noted


@given(position=st.floats(0, 1, exclude_max=True), value=st.integers(1, 255))
def test_no_byte_of_a_content_can_change_unseen(
    tmp_path_factory: pytest.TempPathFactory, position: float, value: int
) -> None:
    path = a_store(tmp_path_factory.mktemp("verify"))
    connection = sqlite3.connect(path)
    (content,) = connection.execute("SELECT CAST(json AS BLOB) FROM files").fetchone()
    connection.close()
    data = bytearray(path.read_bytes())
    data[data.index(content) + int(position * len(content))] ^= value
    path.write_bytes(data)

    assert verify(path).problem == Problem(2, "file", "1:10:1000000:1", Flaw.ALTERED)


def test_progress_reaches_the_end(path: Path) -> None:
    told: list[tuple[int, int]] = []

    verify(path, lambda done, total: told.append((done, total)))

    assert told[-1] == (10, 10)


def test_a_file_that_is_no_store_is_named(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    path.write_bytes(b"garbage" * 999)

    with pytest.raises(StoreError, match="cannot be read"):
        verify(path)


def test_a_record_that_is_being_written_verifies(path: Path) -> None:
    writer = SqliteWriter(path)
    writer.write([a_loss() for _ in range(100)])

    found = verify(path)
    writer.close()

    assert found.problem is None
    assert found.links == 110


def anchored(tmp_path: Path) -> tuple[Path, Anchor]:
    """A store with one anchor, and that anchor as it was noted elsewhere."""
    path = tmp_path / "record.db"
    writer = SqliteWriter(path)
    writer.write([a_transfer(id="first"), a_transfer(id="second")])
    writer.write([a_loss(START_NS + 86_400 * 10**9)])
    writer.close()
    connection = sqlite3.connect(path)
    (text,) = connection.execute("SELECT json FROM anchors").fetchone()
    connection.close()
    return path, from_plain(Anchor, json.loads(text))


def test_anchors_fit_their_place_in_the_chain(tmp_path: Path) -> None:
    path, anchor = anchored(tmp_path)

    found = verify(path, noted=[anchor])

    assert (found.anchors, found.problem) == (2, None)


def test_a_record_begun_anew_does_not_fit_the_noted_anchor(tmp_path: Path) -> None:
    path, anchor = anchored(tmp_path)
    path.unlink()
    writer = SqliteWriter(path)
    writer.write([a_transfer(id="first"), a_transfer(id="forged"), a_loss()])
    writer.close()

    assert verify(path).problem is None
    problem = verify(path, noted=[anchor]).problem
    assert problem == Problem(2, "anchor", "2026-11-18", Flaw.NOT_ANCHORED)


def test_a_record_cut_off_before_the_noted_anchor_does_not_fit_it(tmp_path: Path) -> None:
    path, anchor = anchored(tmp_path)
    connection = sqlite3.connect(path)
    for table in ("chain", "anchors", "losses", "transfers"):
        connection.execute(f"DELETE FROM {table} WHERE seq > 1")  # noqa: S608
    connection.commit()
    connection.close()

    assert verify(path).problem is None
    assert verify(path, noted=[anchor]).problem is not None


def test_a_forged_anchor_is_found(tmp_path: Path) -> None:
    path, anchor = anchored(tmp_path)
    forged = replace(anchor, signature="00" * 64)

    assert verify(path, noted=[forged]).problem == Problem(
        2, "anchor", "2026-11-18", Flaw.NOT_ANCHORED
    )


def test_an_altered_anchor_is_told_as_any_other_record(tmp_path: Path) -> None:
    path, _ = anchored(tmp_path)

    problem = changed(path, "UPDATE anchors SET json = '{\"day\": 5}'")

    assert problem == Problem(3, "anchor", "2026-11-18", Flaw.ALTERED)


def test_damage_in_the_file_is_named(path: Path) -> None:
    writer = SqliteWriter(path)
    writer.write([a_flow_record(number) for number in range(500)])
    writer.close()
    with path.open("r+b") as file:
        file.seek(12_288)
        file.write(b"\xff" * (path.stat().st_size - 12_288))

    with pytest.raises(StoreError, match="cannot be read"):
        verify(path)
