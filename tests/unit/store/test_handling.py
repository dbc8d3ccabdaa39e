"""What people do about alerts, beside a running daemon and without one."""

from dataclasses import replace
from pathlib import Path

import pytest

from strandwatch.domain.alert import AlertState, Handling, Severity
from strandwatch.errors import StoreError, UsageError
from strandwatch.store.handling import handle_alert
from strandwatch.store.reader import Reader
from strandwatch.store.writer import SqliteWriter
from support.builders import START_NS, an_alert


def handling(state: AlertState, alert_id: str = "a1") -> Handling:
    return Handling(
        alert_id=alert_id, at_ns=START_NS + 9, state=state, by="alice", reason="partner site"
    )


def test_acknowledging_is_kept_while_the_daemon_writes(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    writer = SqliteWriter(path)
    writer.write([an_alert()])

    handled = handle_alert(path, handling(AlertState.ACKNOWLEDGED))
    writer.write([replace(an_alert(), count=2)])
    writer.close()

    assert handled.state is AlertState.ACKNOWLEDGED
    with Reader(path) as reader:
        (alert,) = reader.alerts()
        assert (alert.state, alert.count) == (AlertState.ACKNOWLEDGED, 2)
        assert [state.state for state in reader.alert_series("a1")] == [
            AlertState.OPEN,
            AlertState.ACKNOWLEDGED,
            AlertState.ACKNOWLEDGED,
        ]
        assert list(reader.handlings("a1")) == [handling(AlertState.ACKNOWLEDGED)]


@pytest.mark.parametrize(
    ("later", "state"),
    [
        (an_alert(), AlertState.CLOSED),
        (replace(an_alert(), count=2), AlertState.OPEN),
        (an_alert(severity=Severity.CRITICAL), AlertState.OPEN),
        (an_alert(severity=Severity.LOW), AlertState.CLOSED),
    ],
)
def test_a_closed_alert_opens_again_only_when_it_grows(
    tmp_path: Path, later: object, state: AlertState
) -> None:
    path = tmp_path / "record.db"
    writer = SqliteWriter(path)
    writer.write([an_alert()])
    handle_alert(path, handling(AlertState.CLOSED))

    writer.write([later])  # type: ignore[list-item]
    writer.close()

    with Reader(path) as reader:
        assert [alert.state for alert in reader.alerts()] == [state]


def test_reopening_works_without_a_daemon(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    writer = SqliteWriter(path)
    writer.write([an_alert()])
    writer.close()

    handle_alert(path, handling(AlertState.CLOSED))
    handled = handle_alert(path, handling(AlertState.OPEN))

    assert handled.state is AlertState.OPEN
    with Reader(path) as reader:
        assert len(list(reader.handlings("a1"))) == 2


def test_the_same_word_twice_is_kept_as_handling_only(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    writer = SqliteWriter(path)
    writer.write([an_alert()])
    writer.close()

    handle_alert(path, handling(AlertState.OPEN))

    with Reader(path) as reader:
        assert len(list(reader.alert_series("a1"))) == 1
        assert len(list(reader.handlings("a1"))) == 1


def test_an_alert_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    SqliteWriter(path).close()

    with pytest.raises(UsageError, match="'zz'"):
        handle_alert(path, handling(AlertState.CLOSED, "zz"))


def test_a_record_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no record there"):
        handle_alert(tmp_path / "record.db", handling(AlertState.CLOSED))

    assert list(tmp_path.iterdir()) == []
