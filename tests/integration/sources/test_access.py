"""fanotify for real: on a tmpfs of the test's own, so that other tests' files stay out of it."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from strandwatch.domain.observation import (
    FileOpened,
    FileWritten,
    Observation,
    OpenMode,
    PacketCaptured,
    ProcessStarted,
)
from strandwatch.sources import fanotify
from strandwatch.sources.access import AccessSource
from strandwatch.sources.fanotify import FanotifyGroup, parse_events
from strandwatch.sources.processes import ProcessReader
from support.sources import KeptHandles, SystemClock, open_descriptors, running

pytestmark = pytest.mark.root

STARTED: set[int] = set()
"""Process ids of the programs that these tests started."""
Seen = list[Observation | PacketCaptured]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "data"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture
def handles() -> Iterator[KeptHandles]:
    kept = KeptHandles()
    yield kept
    kept.close()


def a_source(handles: KeptHandles, place: Path, **more: object) -> AccessSource:
    clock = SystemClock()
    return AccessSource(
        clock,
        handles,
        ProcessReader(clock),
        lambda: {os.getpid()},
        filesystems=[str(place)],
        **more,  # type: ignore[arg-type]
    )


@contextmanager
def a_reader(file: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program that opens the file and stays, as one that uploads it does."""
    program = "import sys; f = open(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", program, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as reader:
        STARTED.add(reader.pid)
        assert reader.stdout is not None
        reader.stdout.readline()
        yield reader
        reader.communicate()


def opened(seen: Seen, path: Path) -> list[FileOpened]:
    """What our own programs opened: another monitor on the machine may look at the file as well."""
    found = [item for item in seen if isinstance(item, FileOpened) and item.path == str(path)]
    ours = {os.getpid(), *STARTED}
    return [item for item in found if item.process.pid in ours]


def handed(seen: Seen, path: Path) -> list[tuple[int, int]]:
    """Size and handle of each version that was handed on, whoever opened it first."""
    kinds = FileOpened | FileWritten
    found = [item for item in seen if isinstance(item, kinds) and item.path == str(path)]
    return [(item.file.size_bytes, item.handle) for item in found if item.handle is not None]


def command_of(seen: Seen, pid: int) -> tuple[str, ...]:
    """The command that the process was last told to run."""
    told = [item.process for item in seen if isinstance(item, ProcessStarted)]
    return next((item.command for item in reversed(told) if item.key.pid == pid), ())


def test_an_opening_names_the_process_the_file_and_brings_its_content(
    place: Path, handles: KeptHandles
) -> None:
    file = place / "sample.bam"
    file.write_bytes(b"BAM\1 and more")

    with running(a_source(handles, place)) as recorder, a_reader(file):
        recorder.wait_for(lambda seen: opened(seen, file), "the opening")

    (opening,) = opened(recorder.seen, file)
    assert opening.file.size_bytes == 13
    assert opening.file.key.inode == file.stat().st_ino
    assert command_of(recorder.seen, opening.process.pid)[-1] == str(file)
    assert opening.mode is OpenMode.READ
    ((_, handle),) = handed(recorder.seen, file)
    assert os.pread(handle, 100, 0) == b"BAM\1 and more"


def test_a_program_that_a_shell_starts_on_the_file_is_named_itself(
    place: Path, handles: KeptHandles
) -> None:
    file = place / "sample.vcf"
    file.write_text("##fileformat=VCFv4.2\n")

    # The shell opens the file before it becomes tail.
    script = ["sh", "-c", f"exec tail -f - <{file}"]
    with (
        running(a_source(handles, place)) as recorder,
        subprocess.Popen(script, stdout=subprocess.DEVNULL) as program,
    ):
        STARTED.add(program.pid)
        recorder.wait_for(lambda seen: command_of(seen, program.pid)[:1] == ("tail",), "tail")
        recorder.wait_for(lambda seen: opened(seen, file), "the opening")
        program.terminate()

    (opening,) = opened(recorder.seen, file)
    assert opening.process.pid == program.pid


def test_a_version_is_handed_on_once_and_again_when_its_content_changes(
    place: Path, handles: KeptHandles
) -> None:
    file = place / "reads.fastq"
    file.write_text("@r\nACGT\n+\nIIII\n")

    with running(a_source(handles, place)) as recorder:
        for times in (1, 2):
            with a_reader(file):
                recorder.wait_for(lambda seen, n=times: len(opened(seen, file)) == n)  # type: ignore[misc]
        with file.open("a") as more:
            more.write("@s\nAC\n+\nII\n")
        with a_reader(file):
            recorder.wait_for(lambda seen: len(opened(seen, file)) == 3)

    assert [size for size, _ in handed(recorder.seen, file)] == [15, 26]


def test_a_written_file_is_told_with_its_writer(place: Path, handles: KeptHandles) -> None:
    file = place / "copy.bam"

    script = ["sh", "-c", f"echo content > {file}; read x"]
    with (
        running(a_source(handles, place)) as recorder,
        subprocess.Popen(script, stdin=subprocess.PIPE) as sh,
    ):
        STARTED.add(sh.pid)
        recorder.wait_for(
            lambda seen: any(isinstance(item, FileWritten) for item in seen), "the writing"
        )
        sh.communicate()

    (written,) = [item for item in recorder.seen if isinstance(item, FileWritten)]
    assert (written.path, written.file.size_bytes) == (str(file), 8)
    assert written.process is not None
    assert written.process.pid == sh.pid
    assert [size for size, _ in handed(recorder.seen, file)] == [8]


def test_a_file_that_was_open_before_the_start_is_told_with_its_holder(
    place: Path, handles: KeptHandles
) -> None:
    file = place / "held.cram"
    file.write_bytes(b"CRAM")

    with a_reader(file) as reader, running(a_source(handles, place)) as recorder:
        recorder.wait_for(lambda seen: opened(seen, file), "the holder")

    (opening,) = opened(recorder.seen, file)
    assert opening.process.pid == reader.pid
    assert opening.mode is OpenMode.READ
    assert len(handed(recorder.seen, file)) == 1


def test_what_the_agent_itself_opens_is_left_out(place: Path, handles: KeptHandles) -> None:
    ours, theirs = place / "ours", place / "theirs"
    ours.write_text("x")
    theirs.write_text("x")

    with running(a_source(handles, place)) as recorder:
        ours.read_text()
        with a_reader(theirs):
            recorder.wait_for(lambda seen: opened(seen, theirs))

    assert opened(recorder.seen, ours) == []


def test_only_files_that_root_alone_can_write_are_ignored_by_their_place(
    place: Path, handles: KeptHandles
) -> None:
    program, hidden = place / "program", place / "hidden"
    program.write_text("x")
    hidden.write_text("x")
    hidden.chmod(0o666)

    source = a_source(handles, place, ignored_prefixes=[f"{place}/"])
    with running(source) as recorder, a_reader(program), a_reader(hidden):
        recorder.wait_for(lambda seen: opened(seen, hidden))

    assert opened(recorder.seen, program) == []


def test_a_file_system_mounted_later_is_watched_within_a_second(
    tmp_path: Path, handles: KeptHandles
) -> None:
    clock = SystemClock()
    source = AccessSource(clock, handles, ProcessReader(clock), lambda: {os.getpid()})
    later = tmp_path / "later"
    later.mkdir()
    file = later / "sample.bam"

    with running(source) as recorder:
        recorder.wait_for(lambda seen: seen, "the first report")
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", later], check=True)
        try:
            file.write_bytes(b"BAM\1")
            recorder.wait_for(
                lambda seen: [
                    item for item in seen if getattr(item, "note", "").endswith("watched")
                ][1:],
                "the second report",
            )
            with a_reader(file):
                recorder.wait_for(lambda seen: opened(seen, file), "the opening")
        finally:
            subprocess.run(["umount", "-l", later], check=True)

    assert opened(recorder.seen, file)[0].file.size_bytes == 4


def test_stopping_gives_everything_back_and_may_be_done_twice(
    place: Path, handles: KeptHandles
) -> None:
    before = open_descriptors()
    source = a_source(handles, place)
    source.stop()

    with running(source):
        pass
    source.stop()

    assert open_descriptors() == before


def test_a_programs_file_is_silenced_until_it_is_written(place: Path) -> None:
    group = FanotifyGroup()
    group.open()
    try:
        file = place / "program"
        file.write_text("x")
        group.mark_filesystem(str(place), fanotify.OPEN | fanotify.CLOSE_WRITE)
        descriptor = os.open(file, os.O_RDONLY)
        first = taken(group)
        silenced = group.silence(descriptor)
        file.read_bytes()
        quiet = taken(group)
        file.write_text("y")
        taken(group)
        file.read_bytes()
        again = taken(group)
        os.close(descriptor)
    finally:
        group.close()

    assert silenced
    assert (first, quiet, again) == (1, 0, 1)


def test_a_silenced_file_is_heard_again_when_asked(place: Path) -> None:
    group = FanotifyGroup()
    group.open()
    file = place / "program"
    file.write_text("x")
    group.mark_filesystem(str(place), fanotify.OPEN)
    with file.open("rb") as held:
        silenced = group.silence(held.fileno())
        heard = [group.hear(held.fileno()), group.hear(held.fileno())]
        taken(group)
        file.read_bytes()
        events = taken(group)
    group.close()

    assert silenced
    assert heard == [True, False]
    assert events >= 1


def taken(group: FanotifyGroup) -> int:
    """Count the openings that this process made since the last call."""
    events = parse_events(group.read())
    for event in events:
        os.close(event.descriptor)
    return len(
        [event for event in events if event.mask & fanotify.OPEN and event.pid == os.getpid()]
    )


HIDE = """
import os, subprocess, sys
subprocess.run(["mount", "-t", "tmpfs", "tmpfs", sys.argv[1]], check=True)
with open(sys.argv[1] + "/inside.bam", "wb") as file:
    file.write(b"BAM")
print("up", flush=True)
held = []
for line in sys.stdin:
    held.append(open(sys.argv[1] + "/inside.bam", "rb"))
"""


def test_a_file_system_in_a_containers_mount_namespace_is_watched(
    tmp_path: Path, handles: KeptHandles
) -> None:
    clock = SystemClock()
    source = AccessSource(clock, handles, ProcessReader(clock), lambda: {os.getpid()})
    inside = tmp_path / "inside"
    inside.mkdir()
    script = ["unshare", "--mount", sys.executable, "-c", HIDE, str(inside)]
    pause = threading.Event()

    with (
        running(source) as recorder,
        subprocess.Popen(script, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as box,
    ):
        assert box.stdin is not None
        assert box.stdout is not None
        box.stdout.readline()
        for _ in range(100):
            box.stdin.write(b"again\n")
            pause.wait(0.1)
            if seen_by(recorder.seen, box.pid, "inside.bam"):
                break
        box.communicate()

    assert seen_by(recorder.seen, box.pid, "inside.bam")
    assert not (inside / "inside.bam").exists()


def test_an_overlay_as_containers_have_it_is_watched(tmp_path: Path, handles: KeptHandles) -> None:
    clock = SystemClock()
    source = AccessSource(clock, handles, ProcessReader(clock), lambda: {os.getpid()})
    lower, upper, work, merged = (tmp_path / name for name in ("lower", "upper", "work", "merged"))
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", tmp_path], check=True)
    try:
        for folder in (lower, upper, work, merged):
            folder.mkdir()
        (lower / "layer.bam").write_bytes(b"BAM")
        options = f"lowerdir={lower},upperdir={upper},workdir={work}"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, merged], check=True)
        with running(source) as recorder, a_reader(merged / "layer.bam") as reader:
            recorder.wait_for(lambda seen: seen_by(seen, reader.pid, "layer.bam"), "the opening")
    finally:
        subprocess.run(["umount", "-l", merged], check=False)
        subprocess.run(["umount", "-l", tmp_path], check=True)


def seen_by(seen: Seen, pid: int, name: str) -> list[FileOpened]:
    """The openings of a file by its last name: the path is that of the mount it was opened in."""
    found = [item for item in seen if isinstance(item, FileOpened) and item.process.pid == pid]
    return [item for item in found if item.path.endswith("/" + name)]
