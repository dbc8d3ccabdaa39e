"""A play for the engine: say what happens, and read what it told, recorded and asked.

Answers come at once, as the pipeline gives them: the destination by address, the file by inode.
"""

from dataclasses import dataclass, field
from typing import TypeVar

from strandwatch.core.command import (
    Command,
    FileRecord,
    FlowRecord,
    IdentifyFile,
    LossRecord,
    Notify,
    ProcessRecord,
    Record,
    ReleaseHandle,
    ResolveDestination,
)
from strandwatch.core.engine import Engine
from strandwatch.core.limits import Limits
from strandwatch.domain.alert import Alert
from strandwatch.domain.destination import Destination
from strandwatch.domain.file import Category, FileFacts, FileKey, FileVersion, unidentified
from strandwatch.domain.flow import Direction, FiveTuple, FlowKey
from strandwatch.domain.observation import (
    DestinationResolved,
    Ending,
    FileIdentified,
    FileOpened,
    FileWritten,
    FlowClosed,
    FlowCounters,
    FlowOpened,
    FlowProgressed,
    Observation,
    OpenMode,
    ProcessExited,
    ProcessForked,
    ProcessStarted,
    SentBy,
    Ticked,
)
from strandwatch.domain.process import Descriptor, DescriptorKind, Process, ProcessKey
from strandwatch.domain.regime import Policy, Regime, Threshold
from strandwatch.domain.transfer import Transfer
from support.builders import ALICE_CURL, SECOND, START_NS, a_destination, a_flow, a_human_bam

T = TypeVar("T")

DSP = Regime(
    id="us-dsp",
    title="DOJ Data Security Program",
    citation="28 CFR Part 202",
    effective_from="2025-04-08",
    countries=frozenset({"CN", "HK", "MO", "CU", "IR", "KP", "RU", "VE"}),
    thresholds=(
        Threshold(category=Category.GENOMIC, more_than=100, citation="28 CFR 202.205(a)"),
        Threshold(category=Category.TRANSCRIPTOMIC, more_than=1000, citation="28 CFR 202.205(a)"),
    ),
)
US_POLICY = Policy((DSP,), "test")

WORLD = {
    "203.0.113.10": a_destination(),
    "203.0.113.200": a_destination("203.0.113.200", countries=("HK",)),
    "198.51.100.10": a_destination("198.51.100.10", countries=("US",)),
    "198.51.100.130": a_destination("198.51.100.130", countries=("TW",)),
}


@dataclass
class Play:
    """One engine and everything it has said so far."""

    policy: Policy = US_POLICY
    limits: Limits = field(default_factory=Limits)
    files: dict[int, FileFacts | None] = field(default_factory=dict)
    """Facts by inode; None stands for an answer that never comes."""
    world: dict[str, Destination] = field(default_factory=lambda: dict(WORLD))
    slow_resolver: bool = False
    now_ns: int = START_NS
    commands: list[Command] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.engine = Engine(self.policy, self.limits)
        self._handle = 0

    # What happens.

    def see(self, *observations: Observation) -> list[Command]:
        """Feed observations and their immediate answers."""
        said: list[Command] = []
        waiting = list(observations)
        while waiting:
            observation = waiting.pop(0)
            self.observations.append(observation)
            for command in self.engine.handle(observation):
                said.append(command)
                answer = self._answer(command)
                if answer is not None:
                    waiting.insert(0, answer)
        self.commands += said
        return said

    def wait(self, seconds: float) -> list[Command]:
        """Let time pass."""
        self.now_ns += int(seconds * SECOND)
        return self.see(Ticked(at_ns=self.now_ns))

    def start(
        self,
        key: ProcessKey,
        executable: str = "/usr/bin/curl",
        *,
        parent: ProcessKey | None = None,
        stdin: int | None = None,
        stdout: int | None = None,
    ) -> list[Command]:
        """A process executes a program, perhaps with pipes as its standard descriptors."""
        ends = [(0, stdin), (1, stdout)]
        standard = tuple(
            Descriptor(number=number, kind=DescriptorKind.PIPE, target=FileKey(9, inode))
            for number, inode in ends
            if inode is not None
        )
        process = Process(
            key=key,
            parent=parent,
            started_ns=self.now_ns,
            executable=executable,
            command=(executable,),
            user_id=1000,
            standard=standard,
        )
        return self.see(ProcessStarted(at_ns=self.now_ns, process=process))

    def fork(self, parent: ProcessKey, child: ProcessKey) -> list[Command]:
        """A process forks."""
        return self.see(ProcessForked(at_ns=self.now_ns, parent=parent, child=child))

    def exit(self, key: ProcessKey) -> list[Command]:
        """A process ends."""
        return self.see(ProcessExited(at_ns=self.now_ns, process=key))

    def open(
        self,
        inode: int = 10,
        process: ProcessKey = ALICE_CURL,
        *,
        size: int = 1_000_000,
        mode: OpenMode = OpenMode.READ,
        with_handle: bool = True,
    ) -> list[Command]:
        """A process opens a file."""
        self._handle += 1
        return self.see(
            FileOpened(
                at_ns=self.now_ns,
                process=process,
                file=version(inode, size),
                path=f"/runs/A/file{inode}",
                mode=mode,
                handle=self._handle if with_handle else None,
            )
        )

    def write(
        self, inode: int, process: ProcessKey | None = ALICE_CURL, *, size: int = 900_000
    ) -> list[Command]:
        """A process finishes writing a file."""
        self._handle += 1
        return self.see(
            FileWritten(
                at_ns=self.now_ns,
                process=process,
                file=version(inode, size),
                path=f"/tmp/made{inode}",  # noqa: S108
                handle=self._handle,
            )
        )

    def connect(
        self,
        to: str = "203.0.113.10",
        *holders: ProcessKey,
        cookie: int = 7,
        flow: FiveTuple | None = None,
        direction: Direction = Direction.OUTBOUND,
        found_open: bool = False,
        sent: int | None = None,
    ) -> list[Command]:
        """A flow opens."""
        return self.see(
            FlowOpened(
                at_ns=self.now_ns,
                key=FlowKey(1, cookie),
                flow=flow or a_flow(to),
                direction=direction,
                holders=holders or (ALICE_CURL,),
                counters=FlowCounters(sent_bytes=sent),
                found_open=found_open,
            )
        )

    def send(
        self, total: int | None, *, cookie: int = 7, by: ProcessKey | None = None
    ) -> list[Command]:
        """A flow's payload total is now so many bytes."""
        senders = () if by is None else (SentBy(by, total or 0),)
        return self.see(
            FlowProgressed(
                at_ns=self.now_ns,
                key=FlowKey(1, cookie),
                counters=FlowCounters(sent_bytes=total),
                senders=senders,
            )
        )

    def close(
        self, total: int | None, *, cookie: int = 7, ending: Ending = Ending.CLOSED
    ) -> list[Command]:
        """A flow ends with these bytes."""
        return self.see(
            FlowClosed(
                at_ns=self.now_ns,
                key=FlowKey(1, cookie),
                ending=ending,
                counters=FlowCounters(sent_bytes=total),
            )
        )

    def upload(
        self, inode: int = 10, to: str = "203.0.113.10", size: int = 1_000_000, cookie: int = 7
    ) -> None:
        """One process reads a file and sends all of it."""
        self.start(ALICE_CURL)
        self.open(inode, size=size)
        self.connect(to, cookie=cookie)
        self.send(size // 2, cookie=cookie)
        self.close(size, cookie=cookie)

    # What was said.

    @property
    def told(self) -> list[Alert]:
        """Alerts that sinks heard of for the first time, or again because they escalated."""
        return [one.alert for one in self.commands if isinstance(one, Notify) and not one.repeat]

    @property
    def alerts(self) -> dict[str, Alert]:
        """Recorded alerts as they stand."""
        return {one.id: one for one in self._recorded(Alert)}

    @property
    def transfers(self) -> dict[str, Transfer]:
        """Recorded transfers as they stand."""
        return {one.id: one for one in self._recorded(Transfer)}

    @property
    def flows(self) -> list[FlowRecord]:
        """Flow records in their order."""
        return self._recorded(FlowRecord)

    @property
    def file_records(self) -> list[FileRecord]:
        """File records in their order."""
        return self._recorded(FileRecord)

    @property
    def process_records(self) -> list[ProcessRecord]:
        """Process records in their order."""
        return self._recorded(ProcessRecord)

    @property
    def losses(self) -> list[LossRecord]:
        """Loss records in their order."""
        return self._recorded(LossRecord)

    @property
    def released(self) -> list[int]:
        """Handles that were given back without a look."""
        return [one.handle for one in self.commands if isinstance(one, ReleaseHandle)]

    @property
    def asked(self) -> list[IdentifyFile]:
        """Files that were to be identified."""
        return [one for one in self.commands if isinstance(one, IdentifyFile)]

    def _recorded(self, kind: type[T]) -> list[T]:
        records = (one.record for one in self.commands if isinstance(one, Record))
        return [record for record in records if isinstance(record, kind)]

    def _answer(self, command: Command) -> Observation | None:
        match command:
            case IdentifyFile():
                facts = self.files.get(command.file.key.inode, a_human_bam())
                if facts is None:
                    return None
                return FileIdentified(at_ns=self.now_ns, file=command.file, facts=facts)
            case ResolveDestination() if not self.slow_resolver:
                return self.resolution(command)
            case _:
                return None

    def resolution(self, command: ResolveDestination) -> DestinationResolved:
        """The answer to a question about a destination."""
        nowhere = Destination(address=command.address)
        where = self.world.get(command.server_name or command.address) or self.world.get(
            command.address, nowhere
        )
        return DestinationResolved(at_ns=self.now_ns, flow=command.flow, destination=where)


def version(inode: int, size: int) -> FileVersion:
    """A version of a file of the play."""
    return FileVersion(FileKey(1, inode), size, 1)


PLAIN_TEXT = unidentified("no signature")
