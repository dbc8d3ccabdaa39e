"""The sensor process: runs sources, each in a fenced thread, and hands observations to the agent.

It parses nothing that an outsider shapes. The queue to the agent is bounded: what does not fit is
counted and told as soon as there is room again. The first line of a message names the handles of
the descriptors that come with it; the others are observations.
"""

import json
import queue
import socket
import threading
from collections import Counter
from collections.abc import Callable, Sequence

import structlog

from strandwatch.domain.encoding import encode
from strandwatch.domain.observation import (
    LossReason,
    Observation,
    ObservationsLost,
    PacketCaptured,
    SourceReported,
)
from strandwatch.errors import StrandwatchError
from strandwatch.ports import Clock, Source
from strandwatch.runtime import channel
from strandwatch.runtime.handles import HandleTable

log = structlog.get_logger()

QUEUE_LENGTH = 20_000
LINE_BYTES = 56 * 1024
"""The longest line: with it and a half-full message, a message stays within its size."""
BATCH = 400
SENSOR = "sensor"
"""The source name under which the sensor says that it has started all it could."""
FLUSH_SECONDS = 0.05
RETRY_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0)

Told = Observation | PacketCaptured


class Outbox:
    """The bounded queue of observations on their way to the agent."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._queue: queue.Queue[tuple[str, int | None]] = queue.Queue(QUEUE_LENGTH)
        self._lock = threading.Lock()
        self._lost: Counter[tuple[str, LossReason]] = Counter()

    def emitter(self, source: str, handles: HandleTable) -> Callable[[Told], bool]:
        """Give a source its way to hand observations on."""

        def emit(observation: Told) -> bool:
            handle: int | None = getattr(observation, "handle", None)
            line = encode(observation)
            if len(line) > LINE_BYTES:
                return self._lose(source, LossReason.LIMIT, handle, handles)
            try:
                self._queue.put_nowait((line, handle))
            except queue.Full:
                return self._lose(source, LossReason.QUEUE_FULL, handle, handles)
            return True

        return emit

    def _lose(
        self, source: str, reason: LossReason, handle: int | None, handles: HandleTable
    ) -> bool:
        if handle is not None:
            handles.release(handle)
        self.lost(source, reason, 1)
        return False

    def lost(self, source: str, reason: LossReason, count: int) -> None:
        """Count what could not be handed on."""
        with self._lock:
            self._lost[source, reason] += count

    def take(self, seconds: float) -> tuple[str, int | None] | None:
        """Wait for the next line and its handle."""
        try:
            return self._queue.get(timeout=seconds)
        except queue.Empty:
            return None

    def losses(self) -> list[tuple[str, int | None]]:
        """Give the losses since the last call as lines of their own."""
        with self._lock:
            lost, self._lost = self._lost, Counter()
        now = self._clock.now_ns()
        told = (
            ObservationsLost(at_ns=now, source=source, count=count, reason=reason)
            for (source, reason), count in lost.items()
        )
        return [(encode(loss), None) for loss in told]


class Sensor:
    """Sources, their threads, and the channel to the agent."""

    def __init__(
        self,
        sources: Sequence[Source],
        handles: HandleTable,
        peer: socket.socket,
        clock: Clock,
    ) -> None:
        self._sources = sources
        self._handles = handles
        self._peer = peer
        self._clock = clock
        self._outbox = Outbox(clock)
        self._stop = threading.Event()
        self._asked_to_stop = False
        self._refused = 0
        self._threads: list[threading.Thread] = []

    def run(self) -> None:
        """Run until `stop`, or until the agent is gone."""
        emit = self._outbox.emitter("sensor", self._handles)
        started = [(source, self._try_start(source)) for source in self._sources]
        emit(SourceReported(at_ns=self._clock.now_ns(), source=SENSOR, tier="none", working=True))
        for source, is_up in started:
            thread = threading.Thread(target=self._fence, args=(source, is_up), name=source.name)
            self._threads.append(thread)
            thread.start()
        try:
            self._forward()
        finally:
            self._end()

    def stop(self) -> None:
        """Make `run` return; safe twice and from a signal handler, which may take no lock."""
        self._asked_to_stop = True

    def _end(self) -> None:
        self._stop.set()
        for source in self._sources:
            source.stop()
        for thread in self._threads:
            thread.join(timeout=5)
        self._handles.clear()

    def _try_start(self, source: Source) -> bool:
        try:
            source.start()
        except StrandwatchError as error:
            self._report(source, working=False, note=str(error))
            return False
        self._report(source, working=True, note="")
        return True

    def _report(self, source: Source, *, working: bool, note: str) -> None:
        log.info("source_reported", source=source.name, working=working, note=note)
        self._outbox.emitter(source.name, self._handles)(
            SourceReported(
                at_ns=self._clock.now_ns(),
                source=source.name,
                tier=source.tier,
                working=working,
                note=note,
            )
        )

    def _fence(self, source: Source, is_up: bool) -> None:
        """Run one source; whatever it raises is told, and it is started again after a while."""
        emit = self._outbox.emitter(source.name, self._handles)
        failures = 0
        while not self._stop.is_set():
            if is_up:
                self._run_once(source, emit)
                if self._stop.is_set():
                    return
            pause = RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)]
            failures += 1
            if self._stop.wait(pause):
                return
            is_up = self._try_start(source)

    def _run_once(self, source: Source, emit: Callable[[Told], bool]) -> None:
        note = "it ended"
        try:
            source.run(emit)
        except Exception as error:
            # The one fence around components: a broken source must not blind the others.
            log.exception("source_failed", source=source.name)
            note = f"{type(error).__name__}: {error}"
        if not self._stop.is_set():
            source.stop()
            self._report(source, working=False, note=note)

    def _forward(self) -> None:
        while not self._asked_to_stop:
            batch = self._batch()
            if batch and not self._send(batch):
                return
        while batch := self._batch():
            if not self._send(batch):
                return

    def _batch(self) -> list[tuple[str, int | None]]:
        first = self._outbox.take(FLUSH_SECONDS)
        refused, self._refused = self._handles.refused - self._refused, self._handles.refused
        if refused:
            self._outbox.lost(SENSOR, LossReason.LIMIT, refused)
        batch = self._outbox.losses()
        size = handles = 0
        while first is not None:
            batch.append(first)
            size += len(first[0])
            handles += first[1] is not None
            full = size > channel.MESSAGE_BYTES // 2 or handles >= channel.DESCRIPTORS
            if full or len(batch) >= BATCH:
                break
            first = self._outbox.take(0)
        return batch

    def _send(self, batch: list[tuple[str, int | None]]) -> bool:
        """Send lines with their descriptors; False when the agent is gone."""
        taken = {
            handle: descriptor
            for _, handle in batch
            if handle is not None and (descriptor := self._handles.take(handle)) is not None
        }
        descriptors = list(taken.values())
        lines = [json.dumps(list(taken)), *(line for line, _ in batch)]
        try:
            channel.send(self._peer, "\n".join(lines).encode(), descriptors)
        except OSError as error:
            log.warning("agent_gone", error=str(error))
            return False
        finally:
            channel.close_all(descriptors)
        return True
