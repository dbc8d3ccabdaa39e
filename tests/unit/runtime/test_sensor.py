"""The sensor: what sources say reaches the agent, in order; what cannot is counted."""

import json
import os
import socket
import threading

from structlog.testing import capture_logs

from strandwatch.domain.encoding import decode
from strandwatch.domain.observation import (
    FileLanded,
    LossReason,
    Observation,
    ObservationsLost,
    PacketCaptured,
    SourceReported,
    Ticked,
)
from strandwatch.runtime import channel, sensor
from strandwatch.runtime.handles import HandleTable
from strandwatch.runtime.inbox import received
from strandwatch.runtime.sensor import Outbox, Sensor
from support.builders import START_NS, a_version
from support.runtime import ScriptedSource, StillClock

TICK = Ticked(at_ns=START_NS)


def watch(*sources: ScriptedSource, until: int, handles: HandleTable | None = None) -> list[object]:
    """Run a sensor until the agent's end has got so many observations."""
    ours, theirs = channel.pair()
    kept = handles or HandleTable(10)
    running = Sensor(sources, kept, ours, StillClock())
    thread = threading.Thread(target=running.run)
    got: list[object] = []
    theirs.settimeout(10)
    with ours, theirs, capture_logs():
        thread.start()
        there = HandleTable(10)
        for batch in received(theirs, there):
            got += batch
            if len(got) >= until:
                break
        running.stop()
        thread.join()
        there.clear()
    return got


def test_observations_arrive_with_the_state_of_their_source() -> None:
    got = watch(ScriptedSource("one", [TICK, TICK]), until=4)

    assert [type(item).__name__ for item in got] == [
        "SourceReported",
        "SourceReported",
        "Ticked",
        "Ticked",
    ]
    reports = [item for item in got if isinstance(item, SourceReported)]
    assert [report.source for report in reports] == ["one", "sensor"]


def test_a_broken_source_is_told_and_does_not_silence_the_others() -> None:
    broken = ScriptedSource("broken", [ValueError("oops")])
    good = ScriptedSource("good", [TICK])

    got = watch(broken, good, until=5)

    notes = [item.note for item in got if isinstance(item, SourceReported) and not item.working]
    assert notes == ["ValueError: oops"]
    assert TICK in got


def test_a_source_that_cannot_start_is_tried_again() -> None:
    source = ScriptedSource("late", [TICK], fails_to_start=1)

    got = watch(source, until=4)

    states = [item.working for item in got if isinstance(item, SourceReported)]
    assert states == [False, True, True]
    assert source.starts == 2
    assert TICK in got


def test_a_handle_travels_with_its_descriptor() -> None:
    handles = HandleTable(10)
    descriptor = os.open("/proc/self/status", os.O_RDONLY)
    handle = handles.keep(descriptor)
    landed = FileLanded(at_ns=1, file=a_version(), path="/x", handle=handle)
    gone = FileLanded(at_ns=1, file=a_version(), path="/y", handle=99)
    ours, theirs = channel.pair()
    running = Sensor([ScriptedSource("s", [gone, landed])], handles, ours, StillClock())
    thread = threading.Thread(target=running.run)
    there = HandleTable(10)
    theirs.settimeout(10)

    with ours, theirs, capture_logs():
        thread.start()
        got: list[Observation | PacketCaptured] = []
        for batch in received(theirs, there):
            got += batch
            if landed in got:
                break
        running.stop()
        thread.join()

    arrived = there.take(handle or 0)
    assert arrived is not None
    assert os.pread(arrived, 5, 0) == b"Name:"
    os.close(arrived)
    assert there.take(99) is None
    assert len(handles) == 0


def test_what_does_not_fit_is_counted_and_its_handle_closed() -> None:
    outbox, handles = Outbox(StillClock()), HandleTable(5)
    emit = outbox.emitter("flood", handles)
    taken = sum(emit(TICK) for _ in range(sensor.QUEUE_LENGTH + 5))
    handle = handles.keep(os.open("/dev/null", os.O_RDONLY))

    emit(FileLanded(at_ns=1, file=a_version(), path="/x", handle=handle))

    (line, _), *more = outbox.losses()
    loss = decode(line)
    assert isinstance(loss, ObservationsLost)
    assert (loss.source, loss.count, loss.reason) == ("flood", 6, LossReason.QUEUE_FULL)
    assert (taken, more, len(handles)) == (sensor.QUEUE_LENGTH, [], 0)


def test_a_line_that_is_too_long_is_counted() -> None:
    outbox = Outbox(StillClock())
    emit = outbox.emitter("long", HandleTable(1))

    taken = emit(FileLanded(at_ns=1, file=a_version(), path="x" * sensor.LINE_BYTES))

    ((line, _),) = outbox.losses()
    assert not taken
    assert json.loads(line)[1]["reason"] == "limit"


def test_the_sensor_ends_when_the_agent_is_gone() -> None:
    ours, theirs = channel.pair()
    running = Sensor([ScriptedSource("s", [])], HandleTable(1), ours, StillClock())
    theirs.close()

    with ours, capture_logs() as logs:
        running.run()

    assert "agent_gone" in [entry["event"] for entry in logs]


def test_a_line_that_is_no_observation_is_passed_over() -> None:
    ours, theirs = channel.pair()
    with ours, theirs, capture_logs() as logs:
        channel.send(ours, b'[]\nnonsense\n["Ticked",{"at_ns":5}]')
        ours.shutdown(socket.SHUT_WR)
        (batch,) = received(theirs, HandleTable(1))

    assert batch == [Ticked(at_ns=5)]
    assert [entry["event"] for entry in logs] == ["observation_unreadable"]
