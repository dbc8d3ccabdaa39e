"""The pipeline: from the channel to record and sinks, and what it does when a part fails."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from structlog.testing import capture_logs

from strandwatch.core.command import LossRecord
from strandwatch.core.engine import Engine
from strandwatch.domain.alert import Alert
from strandwatch.domain.destination import NameEvidence
from strandwatch.domain.encoding import encode
from strandwatch.domain.file import FileFacts
from strandwatch.domain.flow import FlowKey
from strandwatch.domain.observation import (
    AlertRemembered,
    Ending,
    FileOpened,
    FlowClosed,
    FlowCounters,
    LossReason,
    NameLearned,
    Observation,
    ObservationsLost,
    PacketCaptured,
    ProcessStarted,
    SourceReported,
)
from strandwatch.ports import Sink
from strandwatch.runtime import channel
from strandwatch.runtime.handles import HandleTable
from strandwatch.runtime.health import Health, State
from strandwatch.runtime.pipeline import Pipeline
from strandwatch.runtime.sensor import SENSOR
from support.builders import (
    ALICE_CURL,
    START_NS,
    a_flow_opened,
    a_process,
    a_version,
)
from support.play import US_POLICY
from support.runtime import (
    BrokenSink,
    FakeDissector,
    FakeIdentifier,
    FakeResolver,
    ListSink,
    ListWriter,
    StillClock,
)

PACKET = PacketCaptured(at_ns=1, network_namespace=1, outbound=True, data=b"x")


class Stage:
    """A pipeline among fakes, and what came out of it."""

    def __init__(
        self,
        *,
        sinks: Sequence[Sink] = (),
        identifier: FakeIdentifier | None = None,
        dissector: FakeDissector | None = None,
        writer: ListWriter | None = None,
    ) -> None:
        self.writer = writer or ListWriter()
        self.identifier = identifier or FakeIdentifier()
        self.health = Health("0", START_NS)
        self.handles = HandleTable(100)
        self.engine = Engine(US_POLICY)
        self.clock = StillClock()
        self.logs: list[str] = []
        self.pipeline = Pipeline(
            engine=self.engine,
            identifier=self.identifier,
            dissector=dissector or FakeDissector(),
            resolver=FakeResolver(),
            writer=self.writer,
            sinks=sinks,
            handles=self.handles,
            health=self.health,
            clock=self.clock,
        )

    def play(
        self,
        *script: Observation | PacketCaptured,
        descriptors: dict[int, int] | None = None,
        remembered: Sequence[Observation] = (),
    ) -> None:
        """Send a script through the channel, close it, and let the pipeline drain."""
        ours, theirs = channel.pair()
        handles = descriptors or {}
        lines = [json.dumps(list(handles)), *(encode(line) for line in script)]
        with ours, theirs, capture_logs() as logs:
            channel.send(ours, "\n".join(lines).encode(), list(handles.values()))
            channel.close_all(list(handles.values()))
            ours.close()
            self.pipeline.run(theirs, remembered)
        self.logs = [entry["event"] for entry in logs]

    @property
    def alerts(self) -> list[Alert]:
        """Recorded alerts."""
        return [record for record in self.writer.records if isinstance(record, Alert)]


def an_upload(path: Path) -> tuple[list[Observation], dict[int, int]]:
    """The script of an upload of a file that really is there."""
    path.write_bytes(b"BAM!")
    script: list[Observation] = [
        ProcessStarted(at_ns=START_NS, process=a_process()),
        FileOpened(at_ns=START_NS, process=ALICE_CURL, file=a_version(), path=str(path), handle=3),
        a_flow_opened(),
        FlowClosed(
            at_ns=START_NS,
            key=FlowKey(1, 7),
            ending=Ending.CLOSED,
            counters=FlowCounters(sent_bytes=1_000_000),
        ),
    ]
    return script, {3: os.open(path, os.O_RDONLY)}


def test_an_upload_becomes_a_recorded_and_told_alert(tmp_path: Path) -> None:
    sink = ListSink()
    stage = Stage(sinks=[sink])
    script, descriptors = an_upload(tmp_path / "a.bam")

    stage.play(*script, descriptors=descriptors)

    assert [alert.id for alert in stage.alerts] == [sink.delivered[0][0]]
    assert stage.identifier.read == [b"BAM!"]
    assert len(stage.handles) == 0
    assert stage.health.state() is State.STOPPING


def test_a_broken_sink_does_not_silence_the_others(tmp_path: Path) -> None:
    kept = ListSink()
    stage = Stage(sinks=[BrokenSink("broken"), kept])
    script, descriptors = an_upload(tmp_path / "a.bam")

    stage.play(*script, descriptors=descriptors)

    assert len(kept.delivered) == 1
    assert "sink_delivery_failed" in stage.logs
    parts = {part["name"]: part["working"] for part in stage.health.snapshot(1)["parts"]}
    assert (parts["sink broken"], parts["sink kept"]) == (False, True)


def test_a_long_queue_of_files_does_not_hold_up_the_end(tmp_path: Path) -> None:
    stage = Stage()
    read = stage.identifier.identify

    def slowly(descriptor: int, path: str) -> FileFacts:
        stage.clock.at_ns += 4_000_000_000
        return read(descriptor, path)

    stage.identifier.identify = slowly  # type: ignore[method-assign]
    script, descriptors = [], {}
    for number in range(3, 6):
        (tmp_path / str(number)).write_bytes(b"BAM!")
        descriptors[number] = os.open(tmp_path / str(number), os.O_RDONLY)
        version = a_version(number)
        opened = FileOpened(
            at_ns=START_NS, process=ALICE_CURL, file=version, path="/x", handle=number
        )
        script.append(opened)

    stage.play(*script, descriptors=descriptors)

    assert len(stage.identifier.read) < len(descriptors)
    assert stage.health.snapshot(1)["losses"][0]["reason"] == "limit"
    assert len(stage.handles) == 0


def test_a_worker_that_fails_leaves_a_file_under_suspicion(tmp_path: Path) -> None:
    stage = Stage(identifier=FakeIdentifier(broken=True))
    script, descriptors = an_upload(tmp_path / "a.bam")

    stage.play(*script, descriptors=descriptors)

    (alert,) = stage.alerts
    assert alert.reasons[0] == "unidentified_file"
    losses = stage.health.snapshot(1)["losses"]
    assert losses == [{"source": "files", "reason": "worker_failed", "count": 1}]
    assert len(stage.handles) == 0


def test_a_store_that_fails_once_keeps_every_record(tmp_path: Path) -> None:
    stage = Stage(writer=ListWriter(failures=1))
    script, descriptors = an_upload(tmp_path / "a.bam")

    stage.play(*script, descriptors=descriptors)

    assert len(stage.alerts) == 1
    assert "records_not_written" in stage.logs


def test_a_store_that_never_takes_them_does_not_hold_up_the_end(tmp_path: Path) -> None:
    stage = Stage(writer=ListWriter(failures=10_000))
    script, descriptors = an_upload(tmp_path / "a.bam")

    stage.play(*script, descriptors=descriptors)

    assert "records_lost" in stage.logs
    assert stage.health.snapshot(1)["parts"][-1]["note"] == "the disk is full"


def test_names_from_packets_reach_the_engine() -> None:
    learned = NameLearned(
        at_ns=1, name="x.example", evidence=NameEvidence.DNS, addresses=("203.0.113.10",)
    )
    stage = Stage(dissector=FakeDissector([learned]))

    stage.play(PACKET)

    assert stage.health.snapshot(1)["parts"] == [
        {"name": "dissect worker", "working": True, "note": ""}
    ]


def test_a_dissector_that_fails_is_counted() -> None:
    stage = Stage(dissector=FakeDissector(broken=True))

    stage.play(PACKET, PACKET)

    assert stage.health.snapshot(1)["losses"] == [
        {"source": "names", "reason": "worker_failed", "count": 2}
    ]


def test_reports_and_losses_of_the_sensor_show_in_the_health() -> None:
    stage = Stage()
    up = SourceReported(at_ns=1, source=SENSOR, tier="none", working=True)
    down = SourceReported(at_ns=1, source="access", tier="none", working=False, note="no root")
    loss = ObservationsLost(at_ns=1, source="access", count=4, reason=LossReason.KERNEL_OVERFLOW)

    stage.play(up, down, loss)

    snapshot = stage.health.snapshot(1)
    assert snapshot["sources"] == [
        {"name": "access", "tier": "none", "working": False, "note": "no root"}
    ]
    assert snapshot["losses"][0]["count"] == 4
    assert [record.count for record in stage.writer.records if isinstance(record, LossRecord)] == [
        4
    ]


def test_an_alert_of_an_earlier_run_is_neither_opened_nor_told_again(tmp_path: Path) -> None:
    sink = ListSink()
    first = Stage()
    script, descriptors = an_upload(tmp_path / "a.bam")
    first.play(*script, descriptors=descriptors)
    (alert,) = first.alerts
    stage = Stage(sinks=[sink])
    script, descriptors = an_upload(tmp_path / "a.bam")

    stage.play(*script, descriptors=descriptors, remembered=[AlertRemembered(at_ns=1, alert=alert)])

    assert stage.alerts == []
    assert sink.delivered == []


def test_a_new_policy_is_taken_up_by_the_engine(tmp_path: Path) -> None:
    stage = Stage()
    script, descriptors = an_upload(tmp_path / "a.bam")

    stage.pipeline.adopt(type(US_POLICY)((), "nothing is of concern"))
    stage.play(*script, descriptors=descriptors)

    assert stage.alerts == []


def test_every_queue_tells_its_depth() -> None:
    stage = Stage(sinks=[ListSink()])

    assert stage.pipeline.depths() == {
        "queue_engine": 0,
        "queue_identify": 0,
        "queue_dissect": 0,
        "queue_store": 0,
        "queue_sink_kept": 0,
    }
