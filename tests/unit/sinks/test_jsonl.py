"""Alerts as JSON lines."""

import json
import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from strandwatch.domain.contract import alert_record
from strandwatch.errors import SinkError
from strandwatch.sinks.jsonl import JsonLinesSink
from support.builders import an_alert


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "alerts.jsonl"


@pytest.fixture
def sink(path: Path) -> Iterator[JsonLinesSink]:
    opened = JsonLinesSink(path)
    yield opened
    opened.close()


def test_each_line_is_one_alert_record(path: Path, sink: JsonLinesSink) -> None:
    sink.deliver(an_alert(), repeat=False)
    sink.deliver(an_alert(id="a2"), repeat=True)

    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines == [
        {**alert_record(an_alert()), "repeat": False},
        {**alert_record(an_alert(id="a2")), "repeat": True},
    ]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_rotated_file_is_followed_by_a_new_one(path: Path, sink: JsonLinesSink) -> None:
    sink.deliver(an_alert(), repeat=False)
    path.rename(path.with_suffix(".1"))
    sink.deliver(an_alert(id="a2"), repeat=False)
    path.unlink()
    path.write_text("")
    sink.deliver(an_alert(id="a3"), repeat=False)

    assert json.loads(path.with_suffix(".1").read_text())["id"] == "a1"
    assert json.loads(path.read_text())["id"] == "a3"


def test_a_folder_that_went_away_is_a_sink_error_and_coming_back_is_enough(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "logs"
    sink = JsonLinesSink(folder / "alerts.jsonl")

    with pytest.raises(SinkError, match="No such file"):
        sink.deliver(an_alert(), repeat=False)
    folder.mkdir()
    sink.deliver(an_alert(), repeat=False)

    assert len((folder / "alerts.jsonl").read_text().splitlines()) == 1
    sink.close()


def test_a_link_is_not_followed(path: Path, sink: JsonLinesSink, tmp_path: Path) -> None:
    path.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(SinkError):
        sink.deliver(an_alert(), repeat=False)

    assert not (tmp_path / "elsewhere").exists()


def test_a_line_that_does_not_fit_leaves_no_part_behind(path: Path, sink: JsonLinesSink) -> None:
    sink.deliver(an_alert(), repeat=False)
    whole = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 10, hard))
    try:
        with pytest.raises(SinkError, match="no room"):
            sink.deliver(an_alert(), repeat=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)

    assert path.read_bytes() == whole
