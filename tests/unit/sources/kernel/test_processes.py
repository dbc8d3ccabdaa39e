"""What records of processes mean, beside a /proc that may have forgotten them."""

import os
from pathlib import Path

from strandwatch.domain.file import FileKey
from strandwatch.domain.process import Descriptor, DescriptorKind, Job, ProcessKey
from strandwatch.sources.kernel.processes import Processes
from strandwatch.sources.kernel.records import EXECUTED, EXITED, FORKED
from strandwatch.sources.kernel.tcp_flows import ProcessKeys
from strandwatch.sources.processes import ProcessReader
from support.watching import MachineClock

CONTAINER = "ab" * 32


def an_exec(pid: int = 42, cgroups: int = 11) -> bytes:
    path, arguments = b"/usr/bin/curl\0", b"curl\0-T\0x.bam\0"
    head = EXECUTED.pack(
        *(6, 0, len(path), len(arguments), 0, 90_000_000, 50_000_000, pid, 40_000_000, 1),
        *(0, 2**32 - 1, 7, 8, 9, 0, cgroups, b"curl"),
        *(3, 12, 8 << 20 | 1, os.O_RDONLY, 0o100644),
        *(4, 0, 12, os.O_WRONLY, 0o010600),
        *(0, 0, 0, 0, 0),
    )
    return head + path + arguments


def processes(proc: Path, reader: ProcessReader | None = None) -> Processes:
    return Processes(ProcessKeys(100), lambda kernel_ns: kernel_ns + 1, proc=proc, reader=reader)


def a_proc(root: Path, pid: int = 42) -> Path:
    folder = root / str(pid)
    folder.mkdir(parents=True)
    (folder / "exe").symlink_to("/usr/local/bin/curl")
    (folder / "cgroup").write_text(f"0::/system.slice/docker-{CONTAINER}.scope\n")
    (folder / "environ").write_bytes(b"HOME=/root\0SLURM_JOB_ID=77\0")
    return root


def test_a_process_is_told_with_what_the_kernel_and_proc_know(tmp_path: Path) -> None:
    told = processes(a_proc(tmp_path)).executed(an_exec())

    assert told.at_ns == 90_000_001
    assert told.process.key == ProcessKey(42, 5)
    assert told.process.parent == ProcessKey(1, 4)
    assert told.process.executable == "/usr/local/bin/curl"
    assert told.process.command == ("curl", "-T", "x.bam")
    assert told.process.user == "root"
    assert told.process.container == CONTAINER
    assert told.process.job == Job(system="slurm", name="77")
    assert told.process.standard == (
        Descriptor(
            number=0,
            kind=DescriptorKind.FILE,
            target=FileKey(os.makedev(8, 1), 3),
            offset=12,
            writable=False,
        ),
        Descriptor(
            number=1,
            kind=DescriptorKind.PIPE,
            target=FileKey(os.makedev(0, 12), 4),
            writable=True,
        ),
    )


def test_a_process_that_is_gone_keeps_what_the_kernel_told(tmp_path: Path) -> None:
    told = processes(tmp_path).executed(an_exec())

    assert told.process.executable == "/usr/bin/curl"
    assert told.process.container is None
    assert told.process.job is None


def test_a_place_is_read_once_and_known_for_processes_that_are_gone(tmp_path: Path) -> None:
    source = processes(a_proc(tmp_path))

    source.executed(an_exec())
    gone = source.executed(an_exec(pid=43))
    elsewhere = source.executed(an_exec(pid=44, cgroups=12))

    assert gone.process.container == CONTAINER
    assert elsewhere.process.container is None


def test_other_sources_learn_of_every_process(tmp_path: Path) -> None:
    reader = ProcessReader(MachineClock(), proc=tmp_path)
    source = processes(tmp_path, reader)

    forked = source.forked(FORKED.pack(7, 1_000, 50_000_000, 42, 60_000_000, 43))
    source.executed(an_exec())
    exited = source.exited(EXITED.pack(8, 2_000, 50_000_000, 42, 5))

    assert forked.child == ProcessKey(43, 6)
    assert (exited.process, exited.read_bytes) == (ProcessKey(42, 5), 5)
    assert reader.last_key(43) == ProcessKey(43, 6)
    assert reader.last_key(42) == ProcessKey(42, 5)
