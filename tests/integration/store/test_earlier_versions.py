"""Stores that earlier versions wrote can be read, verified and written on, for ever.

A new schema version adds its own file to tests/golden; the old ones stay.
"""

import sqlite3
from pathlib import Path

import pytest

from strandwatch.domain.alert import AlertState
from strandwatch.store.reader import Reader
from strandwatch.store.verify import verify
from strandwatch.store.writer import SqliteWriter
from support.builders import a_loss, an_alert

GOLDEN = Path(__file__).parents[2] / "golden"
VERSIONS = sorted(GOLDEN.glob("record-v*.sql"))


@pytest.fixture(params=VERSIONS, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    store = tmp_path / "record.db"
    connection = sqlite3.connect(store, isolation_level=None)
    connection.executescript(request.param.read_text())
    connection.close()
    return store


def test_every_record_is_still_read(path: Path) -> None:
    with Reader(path) as reader:
        assert [alert.state for alert in reader.alerts()] == [AlertState.ACKNOWLEDGED]
        assert [transfer.id for transfer in reader.transfers()] == ["t1"]
        assert [flow.key.cookie for flow in reader.flows()] == [2]
        assert [file.path for file in reader.files()] == ["/runs/A/sample.bam"]
        assert [seen.process.user for seen in reader.processes()] == ["alice"]
        assert len(list(reader.losses())) == 2
        assert [handling.reason for handling in reader.handlings("a1")] == ["known partner"]
        assert len(list(reader.remembered())) == 2


def test_it_still_verifies(path: Path) -> None:
    found = verify(path)

    assert (found.problem, found.anchors, found.deleted) == (None, 1, 1)


def test_it_can_be_written_on(path: Path) -> None:
    writer = SqliteWriter(path)
    writer.write([a_loss(), an_alert(id="a2")])
    writer.close()

    assert verify(path).problem is None
    with Reader(path) as reader:
        assert reader.count("alerts") == 2
