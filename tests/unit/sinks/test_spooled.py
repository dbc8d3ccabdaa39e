"""Delivery from the spool: at least once, in order, with pauses that grow."""

import json
import threading
from pathlib import Path
from queue import Queue

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from strandwatch.domain.alert import Alert
from strandwatch.errors import SinkError
from strandwatch.sinks import spooled
from strandwatch.sinks.spool import Parcel, Spool
from strandwatch.sinks.spooled import (
    LONGEST_ASKED_SECONDS,
    LONGEST_PAUSE_SECONDS,
    NotNowError,
    RefusedError,
    SpooledSink,
    pause_seconds,
)
from support.builders import an_alert


class ScriptedCarrier:
    """Fails as it is told, then delivers."""

    def __init__(self, *failures: SinkError) -> None:
        self.failures = list(failures)
        self.delivered: Queue[Parcel] = Queue()
        self.attempts = 0
        self.closed = False

    def carry(self, parcel: Parcel) -> None:
        """Deliver, or fail as the script says."""
        self.attempts += 1
        if self.failures:
            raise self.failures.pop(0)
        self.delivered.put(parcel)

    def close(self) -> None:
        """Take in that it is over."""
        self.closed = True


def _render(alert: Alert, repeat: bool) -> bytes:
    return json.dumps([alert.id, repeat]).encode()


def a_sink(folder: Path, carrier: ScriptedCarrier, *, max_parcels: int = 100) -> SpooledSink:
    spool = Spool(folder / "s.spool", max_parcels=max_parcels, max_bytes=1_000_000)
    return SpooledSink("trial", _render, carrier, spool)


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spooled, "FIRST_PAUSE_SECONDS", 0.001)


def test_alerts_arrive_in_order_after_failures(tmp_path: Path) -> None:
    carrier = ScriptedCarrier(NotNowError("down"), SinkError("odd"), NotNowError("down", 0.001))
    sink = a_sink(tmp_path, carrier)

    for number in range(3):
        sink.deliver(an_alert(id=f"a{number}"), repeat=number > 0)
    got = [carrier.delivered.get(timeout=10) for _ in range(3)]
    sink.close()

    assert [json.loads(parcel.payload) for parcel in got] == [
        ["a0", False], ["a1", True], ["a2", True],
    ]  # fmt: skip
    assert carrier.attempts == 6
    assert carrier.closed


def test_one_that_is_refused_does_not_hold_up_the_next(tmp_path: Path) -> None:
    carrier = ScriptedCarrier(RefusedError("answered 400"))
    sink = a_sink(tmp_path, carrier)

    with capture_logs() as logs:
        sink.deliver(an_alert(id="bad"), repeat=False)
        sink.deliver(an_alert(id="good"), repeat=False)
        got = carrier.delivered.get(timeout=10)
        sink.close()

    assert json.loads(got.payload)[0] == "good"
    assert [entry["event"] for entry in logs] == ["alert_refused"]
    spool = Spool(tmp_path / "s.spool", max_parcels=1, max_bytes=1)
    spool.open()
    assert [reason for _, reason in spool.dead()] == ["answered 400"]
    spool.close()


def test_what_waits_at_the_end_is_delivered_after_the_next_start(tmp_path: Path) -> None:
    tried = threading.Event()

    class Down(ScriptedCarrier):
        def carry(self, parcel: Parcel) -> None:
            tried.set()
            raise NotNowError("down", LONGEST_ASKED_SECONDS)

    first = a_sink(tmp_path, Down())
    first.deliver(an_alert(id="a0"), repeat=False)
    assert tried.wait(10)
    first.close()
    carrier = ScriptedCarrier()
    again = a_sink(tmp_path, carrier)

    again.start()
    got = carrier.delivered.get(timeout=10)
    again.close()

    assert json.loads(got.payload)[0] == "a0"
    assert carrier.delivered.empty()


def test_one_state_of_an_alert_always_has_one_key(tmp_path: Path) -> None:
    carrier = ScriptedCarrier()
    sink = a_sink(tmp_path, carrier)

    for repeat in (False, False, True):
        sink.deliver(an_alert(), repeat=repeat)
    keys = [carrier.delivered.get(timeout=10).key for _ in range(3)]
    sink.close()

    assert keys[0] == keys[1] != keys[2]
    assert keys[0].startswith("a1-2026-11-18T11:06:40.000000Z-")


def test_a_full_spool_is_a_sink_error_and_nothing_waits_for_the_receiver(tmp_path: Path) -> None:
    down = [NotNowError("down", LONGEST_ASKED_SECONDS)]
    sink = a_sink(tmp_path, ScriptedCarrier(*down), max_parcels=1)

    sink.deliver(an_alert(), repeat=False)
    with pytest.raises(SinkError, match="full"):
        sink.deliver(an_alert(), repeat=True)
    assert sink.waiting == 1
    sink.close()


def test_a_closed_sink_takes_nothing(tmp_path: Path) -> None:
    sink = a_sink(tmp_path, ScriptedCarrier())
    sink.close()
    sink.close()

    with pytest.raises(SinkError, match="closed"):
        sink.deliver(an_alert(), repeat=False)


@given(st.integers(0, 10_000), st.none() | st.floats(0, 1e9), st.floats(0, 1))
def test_pauses_are_bounded_and_never_shorter_than_asked(
    attempt: int, asked: float | None, jitter: float
) -> None:
    pause = pause_seconds(attempt, asked, jitter)

    assert 0 < pause <= max(LONGEST_PAUSE_SECONDS, LONGEST_ASKED_SECONDS)
    if asked is not None:
        assert pause >= min(asked, LONGEST_ASKED_SECONDS)


def test_pauses_double_up_to_the_longest() -> None:
    pauses = [pause_seconds(attempt, None, 0) for attempt in range(30)]

    assert pauses[1] == 2 * pauses[0]
    assert pauses[-1] == min(LONGEST_PAUSE_SECONDS, spooled.FIRST_PAUSE_SECONDS * 2**20)
