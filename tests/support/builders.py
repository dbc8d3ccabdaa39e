"""Builders of domain values: name only what the test is about."""

from strandwatch.core.command import FileRecord, FlowRecord, LossRecord, ProcessRecord
from strandwatch.domain.alert import (
    Alert,
    AlertState,
    Reason,
    RegimeVerdict,
    Severity,
    Verdict,
    Visibility,
)
from strandwatch.domain.destination import Confidence, Destination, Signal, SignalKind
from strandwatch.domain.file import Category, FileFacts, FileFormat, FileKey, FileVersion, Species
from strandwatch.domain.flow import Direction, Endpoint, FiveTuple, FlowKey, Protocol
from strandwatch.domain.lineage import Relation
from strandwatch.domain.observation import FlowCounters, FlowOpened
from strandwatch.domain.process import Process, ProcessKey
from strandwatch.domain.sample import PersonCount, SampleKey
from strandwatch.domain.transfer import CarriedFile, Method, Transfer

SECOND = 1_000_000_000
START_NS = 1_795_000_000 * SECOND
"""A moment in November 2026; tests count from here."""

ALICE_CURL = ProcessKey(4242, 77_000)


def a_version(inode: int = 10, *, size_bytes: int = 1_000_000, modified_ns: int = 1) -> FileVersion:
    """A version of a file on device 1."""
    return FileVersion(FileKey(1, inode), size_bytes, modified_ns)


def a_flow(
    destination: str = "203.0.113.10", port: int = 443, *, protocol: Protocol = Protocol.TCP
) -> FiveTuple:
    """An outbound conversation of the lab's sequencer."""
    return FiveTuple(protocol, Endpoint("192.0.2.10", 40_000), Endpoint(destination, port))


def a_process(
    key: ProcessKey = ALICE_CURL,
    *,
    parent: ProcessKey | None = None,
    executable: str = "/usr/bin/curl",
    command: tuple[str, ...] = ("curl", "-T", "sample.bam"),
    user: str = "alice",
) -> Process:
    """A process of an ordinary user."""
    return Process(
        key=key,
        parent=parent,
        started_ns=START_NS,
        executable=executable,
        command=command,
        user_id=1000,
        user=user,
    )


def a_human_bam(samples: int = 1, *, species: Species = Species.HUMAN) -> FileFacts:
    """Facts of an alignment file with so many samples."""
    return FileFacts(
        format=FileFormat.BAM,
        category=Category.GENOMIC,
        species=species,
        samples=tuple(SampleKey(f"{number:032x}") for number in range(samples)),
        persons=PersonCount(samples, samples),
    )


def a_destination(
    address: str = "203.0.113.10",
    *,
    countries: tuple[str, ...] = ("CN",),
    confidence: Confidence = Confidence.HIGH,
    internal: bool = False,
) -> Destination:
    """An endpoint in these countries."""
    return Destination(
        address=address,
        port=443,
        countries=countries,
        jurisdictions=countries,
        confidence=confidence,
        internal=internal,
        signals=tuple(
            Signal(SignalKind.ADDRESS_COUNTRY, code, "lab", "2026-11-01") for code in countries
        ),
    )


def a_flow_opened(
    cookie: int = 7,
    *,
    at_ns: int = START_NS,
    flow: FiveTuple | None = None,
    holders: tuple[ProcessKey, ...] = (ALICE_CURL,),
    direction: Direction = Direction.OUTBOUND,
    found_open: bool = False,
    counters: FlowCounters | None = None,
) -> FlowOpened:
    """A flow that one process opened."""
    return FlowOpened(
        at_ns=at_ns,
        key=FlowKey(1, cookie),
        flow=flow or a_flow(),
        direction=direction,
        holders=holders,
        found_open=found_open,
        counters=counters or FlowCounters(),
    )


def a_carried_file(
    inode: int = 10, *, facts: FileFacts | None = None, confidence: float = 0.9
) -> CarriedFile:
    """A file that the sender itself read."""
    return CarriedFile(
        file=a_version(inode),
        path=f"/runs/A/sample{inode}.bam",
        facts=facts or a_human_bam(),
        relation=Relation.READ,
        via=("curl opened it",),
        confidence=confidence,
    )


def a_transfer(
    *,
    id: str = "t1",
    sent_bytes: int | None = 1_000_000,
    files: tuple[CarriedFile, ...] | None = None,
    destination: Destination | None = None,
    process: Process | None = None,
    at_ns: int = START_NS,
    ended_ns: int | None = None,
) -> Transfer:
    """An upload of one human BAM to a country of concern."""
    return Transfer(
        id=id,
        method=Method.SOCKET,
        direction=Direction.OUTBOUND,
        started_ns=at_ns,
        updated_ns=at_ns,
        ended_ns=ended_ns,
        sent_bytes=sent_bytes,
        process=process or a_process(),
        ancestry=("/usr/bin/bash",),
        files=files if files is not None else (a_carried_file(),),
        flow_key=FlowKey(1, 7),
        flow=a_flow(),
        destination=destination or a_destination(),
    )


def an_alert(
    *,
    id: str = "a1",
    transfer: Transfer | None = None,
    severity: Severity = Severity.HIGH,
    state: AlertState = AlertState.OPEN,
    at_ns: int = START_NS,
) -> Alert:
    """An open alert about one transfer under the US rule."""
    verdict = RegimeVerdict(
        id="us-dsp",
        verdict=Verdict.INDICATOR,
        citation="28 CFR 202.303",
        persons_now=1,
        threshold=100,
        window_months=12,
    )
    return Alert(
        id=id,
        opened_ns=at_ns,
        updated_ns=at_ns,
        state=state,
        severity=severity,
        regimes=(verdict,),
        reasons=(Reason.HUMAN_DATA, Reason.COUNTRY_OF_CONCERN),
        transfer=transfer or a_transfer(),
        visibility=Visibility(tier="portable"),
    )


def a_flow_record(
    cookie: int = 7,
    *,
    flow: FiveTuple | None = None,
    at_ns: int = START_NS,
    sent_bytes: int | None = 1_000,
    process: Process | None = None,
    countries: tuple[str, ...] = ("CN",),
    server_name: str | None = None,
    closed_ns: int | None = None,
) -> FlowRecord:
    """A recorded flow to a country of concern."""
    return FlowRecord(
        key=FlowKey(1, cookie),
        flow=flow or a_flow(),
        direction=Direction.OUTBOUND,
        opened_ns=at_ns,
        updated_ns=at_ns,
        closed_ns=closed_ns,
        ending=None,
        found_open=False,
        counters=FlowCounters(sent_bytes=sent_bytes),
        process=process or a_process(),
        user_id=1000,
        server_name=server_name,
        countries=countries,
        jurisdictions=countries,
        controllers=(),
    )


def a_file_record(
    inode: int = 10, *, path: str = "/runs/A/sample.bam", at_ns: int = START_NS
) -> FileRecord:
    """A recorded human BAM."""
    return FileRecord(
        file=a_version(inode),
        path=path,
        facts=a_human_bam(),
        first_seen_ns=at_ns,
        last_seen_ns=at_ns,
        landed=True,
    )


def a_process_record(process: Process | None = None, *, at_ns: int = START_NS) -> ProcessRecord:
    """A recorded process that still runs."""
    return ProcessRecord(process=process or a_process(), seen_ns=at_ns, exited_ns=None)


def a_loss(at_ns: int = START_NS, *, count: int = 3) -> LossRecord:
    """Observations that a full queue lost."""
    return LossRecord(at_ns=at_ns, source="flows", count=count, reason="queue_full")
