"""The agent's threads: one owns the engine, the others do what it commands.

    channel ─► inbox thread ─► queue ─► engine thread ─► identify queue ─► genomics worker ─┐
                  │              ▲            ├─► resolve (in place: microseconds)          │
                  └─► dissect ───┤            ├─► store queue ─► store thread               │
                                 └────────────┼─────────────────────────────────────────────┘
                                              └─► sink queues ─► one thread per sink

Every queue is bounded. A full store queue makes the engine wait for it, and the wait runs back to
the sensor, which counts what it has to drop: nothing is dropped unseen.
"""

import queue
import socket
import threading
from collections.abc import Sequence
from typing import Any

import structlog

from strandwatch.core.command import (
    Command,
    HurryFile,
    IdentifyFile,
    Notify,
    Record,
    Recordable,
    ReleaseHandle,
    ResolveDestination,
)
from strandwatch.core.engine import Engine
from strandwatch.domain.file import WORKER_FAILED, unidentified
from strandwatch.domain.observation import (
    DestinationResolved,
    FileIdentified,
    LossReason,
    Observation,
    ObservationsLost,
    PacketCaptured,
    SourceReported,
    Ticked,
)
from strandwatch.domain.regime import Policy
from strandwatch.errors import SinkError, StoreError, WorkerError
from strandwatch.ports import (
    Clock,
    DestinationResolver,
    FileIdentifier,
    PacketDissector,
    RecordWriter,
    Sink,
)
from strandwatch.runtime.handles import HandleTable
from strandwatch.runtime.health import Health
from strandwatch.runtime.identify_queue import IdentifyQueue
from strandwatch.runtime.inbox import received
from strandwatch.runtime.sensor import SENSOR

log = structlog.get_logger()

ENGINE_QUEUE = 4_000
"""Short: a backlog costs memory and open descriptors here, and only text in the sensor."""
IDENTIFY_QUEUE = 4_000
DISSECT_QUEUE = 2_000
STORE_QUEUE = 50_000
SINK_QUEUE = 10_000
STORE_BATCH = 2_000
TICK_NS = 500_000_000
DRAIN_NS = 3_000_000_000
"""How long files are still identified after the sensor's end has closed."""
ENDS = 2
"""The engine's queue ends twice: first the sources' observations, then the last answers."""
WAIT_SECONDS = 0.1
STORE_RETRY_SECONDS = 0.5
LAST_TRIES = 4
"""How often a batch is tried again while draining: a full disk must not hold up the end."""


class Pipeline:
    """Everything between the channel and the adapters."""

    def __init__(
        self,
        *,
        engine: Engine,
        identifier: FileIdentifier,
        dissector: PacketDissector,
        resolver: DestinationResolver,
        writer: RecordWriter,
        sinks: Sequence[Sink],
        handles: HandleTable,
        health: Health,
        clock: Clock,
    ) -> None:
        self._engine = engine
        self._identifier = identifier
        self._dissector = dissector
        self._resolver = resolver
        self._writer = writer
        self._handles = handles
        self._health = health
        self._clock = clock
        self._observations: queue.Queue[Observation | None] = queue.Queue(ENGINE_QUEUE)
        self._answers: queue.SimpleQueue[Observation] = queue.SimpleQueue()
        self._to_identify = IdentifyQueue(IDENTIFY_QUEUE)
        self._to_dissect: queue.Queue[PacketCaptured | None] = queue.Queue(DISSECT_QUEUE)
        self._to_store: queue.Queue[Recordable | None] = queue.Queue(STORE_QUEUE)
        self._to_sinks: list[tuple[Sink, queue.Queue[Notify | None]]] = [
            (sink, queue.Queue(SINK_QUEUE)) for sink in sinks
        ]
        self._policies: queue.SimpleQueue[Policy] = queue.SimpleQueue()
        self._draining = threading.Event()
        self._retry = threading.Event()
        self._drain_began_ns = 0
        self._next_tick_ns = 0

    def run(self, peer: socket.socket, remembered: Sequence[Observation]) -> None:
        """Work until the sensor's end closes, then finish what is under way."""
        for earlier in remembered:
            self._take_in(earlier)
        helpers = self._start_helpers()
        engine = threading.Thread(target=self._run_engine, name="engine")
        engine.start()
        try:
            for batch in received(peer, self._handles):
                for observation in batch:
                    self._sort(observation)
        finally:
            self._health.stopping()
            self._drain_began_ns = self._clock.monotonic_ns()
            self._draining.set()
            self._end(self._to_dissect, helpers["dissect"])
            self._end(self._observations, engine)
            helpers["identify"].join()
            self._end(self._to_store, helpers["store"])
            for sink, notices in self._to_sinks:
                self._end(notices, helpers[sink.name])
            self._handles.clear()

    def adopt(self, policy: Policy) -> None:
        """Judge by another policy from now on; the engine's own thread takes it up."""
        self._policies.put(policy)

    def depths(self) -> dict[str, int]:
        """Give how many entries wait in each queue."""
        return {
            "queue_engine": self._observations.qsize(),
            "queue_identify": len(self._to_identify),
            "queue_dissect": self._to_dissect.qsize(),
            "queue_store": self._to_store.qsize(),
            **{f"queue_sink_{sink.name}": waiting.qsize() for sink, waiting in self._to_sinks},
        }

    def _start_helpers(self) -> dict[str, threading.Thread]:
        helpers = {
            "dissect": threading.Thread(target=self._run_dissect, name="dissect"),
            "identify": threading.Thread(target=self._run_identify, name="identify"),
            "store": threading.Thread(target=self._run_store, name="store"),
        }
        for sink, notices in self._to_sinks:
            helpers[sink.name] = threading.Thread(
                target=self._run_sink, args=(sink, notices), name=f"sink-{sink.name}"
            )
        for thread in helpers.values():
            thread.start()
        return helpers

    @staticmethod
    def _end(waiting: "queue.Queue[Any]", thread: threading.Thread) -> None:
        waiting.put(None)
        thread.join()

    def _sort(self, observation: Observation | PacketCaptured) -> None:
        if isinstance(observation, PacketCaptured):
            try:
                self._to_dissect.put_nowait(observation)
            except queue.Full:
                self._lose("names", LossReason.QUEUE_FULL, observation.at_ns)
            return
        if isinstance(observation, SourceReported):
            self._on_report(observation)
        elif isinstance(observation, ObservationsLost):
            self._health.loss(observation)
        self._observations.put(observation)

    def _on_report(self, report: SourceReported) -> None:
        if report.source == SENSOR:
            self._health.sensor_up()
        else:
            self._health.source(report)

    def _lose(self, source: str, reason: LossReason, at_ns: int) -> None:
        loss = ObservationsLost(at_ns=at_ns, source=source, count=1, reason=reason)
        self._health.loss(loss)
        self._observations.put(loss)

    def _run_engine(self) -> None:
        """Feed the engine until its queue says the end, then until the last files are known."""
        ends = 0
        while ends < ENDS:
            while not self._policies.empty():
                self._engine.adopt(self._policies.get())
            try:
                observation = self._observations.get(timeout=WAIT_SECONDS)
            except queue.Empty:
                pass
            else:
                if observation is None:
                    ends += 1
                    self._to_identify.end()
                else:
                    self._take_in(observation)
            self._take_answers()
            now = self._clock.now_ns()
            if now >= self._next_tick_ns:
                self._next_tick_ns = now + TICK_NS
                self._take_in(Ticked(at_ns=now))
                self._health.gauges.update(self._engine.sizes())
        for command in self._engine.finish(self._clock.now_ns()):
            self._carry_out(command)

    def _take_answers(self) -> None:
        """Let answers go before the observations that wait: they make the rest of the work less."""
        while not self._answers.empty():
            self._take_in(self._answers.get())

    def _take_in(self, observation: Observation) -> None:
        """Let the engine have an observation, and at once the answers that cost microseconds."""
        waiting = [observation]
        while waiting:
            for command in self._engine.handle(waiting.pop()):
                answer = self._carry_out(command)
                if answer is not None:
                    waiting.append(answer)

    def _carry_out(self, command: Command) -> Observation | None:
        match command:
            case IdentifyFile():
                self._queue_file(command)
            case HurryFile():
                self._to_identify.hurry(command.file)
            case ReleaseHandle():
                self._handles.release(command.handle)
            case ResolveDestination():
                return self._resolve(command)
            case Record():
                self._to_store.put(command.record)
            case Notify():
                self._tell(command)
        return None

    def _resolve(self, command: ResolveDestination) -> Observation:
        destination = self._resolver.resolve(
            command.address,
            port=command.port,
            server_name=command.server_name,
            name_evidence=command.name_evidence,
            canonical=command.canonical,
            encrypted_hello=command.encrypted_hello,
        )
        now = self._clock.now_ns()
        return DestinationResolved(at_ns=now, flow=command.flow, destination=destination)

    def _queue_file(self, command: IdentifyFile) -> None:
        shed = self._to_identify.put(command)
        if shed is not None:
            self._handles.release(shed.handle)
            loss = ObservationsLost(
                at_ns=self._clock.now_ns(), source="files", count=1, reason=LossReason.QUEUE_FULL
            )
            self._health.loss(loss)
            self._engine.handle(loss)

    def _tell(self, notice: Notify) -> None:
        for sink, notices in self._to_sinks:
            try:
                notices.put_nowait(notice)
            except queue.Full:
                self._health.degraded(f"sink {sink.name}", "its queue is full: alerts are dropped")

    def _run_identify(self) -> None:
        while (command := self._to_identify.get()) is not None:
            if self._is_late():
                # What is left is identified when it is next opened; the loss is told.
                self._handles.release(command.handle)
                self._lose("files", LossReason.LIMIT, self._clock.now_ns())
            else:
                self._answers.put(self._identified(command))
                if self._observations.empty():
                    # Wakes the engine, which waits for observations only.
                    self._observations.put(Ticked(at_ns=self._clock.now_ns()))
        self._observations.put(None)

    def _is_late(self) -> bool:
        """Tell whether the time for draining is over."""
        if not self._draining.is_set():
            return False
        return self._clock.monotonic_ns() - self._drain_began_ns > DRAIN_NS

    def _identified(self, command: IdentifyFile) -> FileIdentified:
        facts = unidentified(WORKER_FAILED)
        descriptor = self._handles.take(command.handle)
        if descriptor is not None:
            self._handles.put(command.handle, descriptor)
            try:
                facts = self._identifier.identify(descriptor, command.path)
                self._health.working("genomics worker")
            except WorkerError as error:
                log.warning("file_not_identified", error=str(error))
                self._health.degraded("genomics worker", str(error))
                self._lose("files", LossReason.WORKER_FAILED, self._clock.now_ns())
            self._handles.release(command.handle)
        return FileIdentified(at_ns=self._clock.now_ns(), file=command.file, facts=facts)

    def _run_dissect(self) -> None:
        while (packet := self._to_dissect.get()) is not None:
            try:
                for learned in self._dissector.dissect(packet):
                    self._observations.put(learned)
                self._health.working("dissect worker")
            except WorkerError as error:
                log.warning("packet_not_dissected", error=str(error))
                self._health.degraded("dissect worker", str(error))
                self._lose("names", LossReason.WORKER_FAILED, packet.at_ns)

    def _run_store(self) -> None:
        ended = False
        while not ended:
            first = self._to_store.get()
            records = [] if first is None else [first]
            ended = first is None
            while not ended and len(records) < STORE_BATCH:
                try:
                    following = self._to_store.get_nowait()
                except queue.Empty:
                    break
                ended = following is None
                if following is not None:
                    records.append(following)
            if records:
                self._write(records)

    def _write(self, records: list[Recordable]) -> None:
        """Write until it succeeds; while draining, a few more tries and then the loss is said."""
        last_tries = LAST_TRIES
        while last_tries > 0:
            try:
                self._writer.write(records)
            except StoreError as error:
                log.error("records_not_written", count=len(records), error=str(error))
                self._health.degraded("store", str(error))
                last_tries -= self._draining.is_set()
                self._retry.wait(STORE_RETRY_SECONDS)
            else:
                self._health.working("store")
                return
        log.critical("records_lost", count=len(records))

    def _run_sink(self, sink: Sink, notices: "queue.Queue[Notify | None]") -> None:
        part = f"sink {sink.name}"
        while (notice := notices.get()) is not None:
            try:
                sink.deliver(notice.alert, repeat=notice.repeat)
                self._health.working(part)
            except SinkError as error:
                log.error("sink_delivery_failed", sink=sink.name, error=str(error))
                self._health.degraded(part, str(error))
