"""What people do about alerts, beside a running daemon and without one."""

import subprocess
import sys
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


@pytest.mark.root
def test_an_account_that_may_not_write_is_told_so(tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents):
        if folder.is_relative_to("/tmp") and folder != Path("/tmp"):  # noqa: S108
            folder.chmod(0o755)
    path = tmp_path / "record.db"
    writer = SqliteWriter(path)
    writer.write([an_alert()])
    writer.close()
    path.chmod(0o644)
    script = (
        "import sys; from pathlib import Path\n"
        "from strandwatch.domain.alert import AlertState, Handling\n"
        "from strandwatch.errors import StrandwatchError\n"
        "from strandwatch.store.handling import handle_alert\n"
        "handling = Handling(alert_id='a1', at_ns=1, state=AlertState.CLOSED, by='x', reason='y')\n"
        "try:\n    handle_alert(Path(sys.argv[1]), handling)\n"
        "except StrandwatchError as error:\n    print(error.exit_code, error)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        capture_output=True,
        text=True,
        check=False,
        user=54321,
        group=54321,
        extra_groups=[],
    )

    assert done.stdout.startswith("5 "), done.stderr
    assert "may not" in done.stdout
    with Reader(path) as reader:
        assert [alert.state for alert in reader.alerts()] == [AlertState.OPEN]


def test_a_ruined_record_is_named_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    path.write_bytes(b"garbage" * 2000)

    with pytest.raises(StoreError, match="cannot be read"):
        handle_alert(path, handling(AlertState.CLOSED))

    assert path.read_bytes() == b"garbage" * 2000
