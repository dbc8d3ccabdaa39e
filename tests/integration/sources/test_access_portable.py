"""Files held open, found by looking: without any privilege."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from strandwatch.domain.observation import FileOpened, OpenMode
from strandwatch.sources.access_portable import HeldFilesSource
from strandwatch.sources.processes import ProcessReader
from support.sources import KeptHandles, open_descriptors
from support.watching import MachineClock, watching

HOLD = """
import sys
held = open(sys.argv[1], sys.argv[2])
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def handles() -> Iterator[KeptHandles]:
    kept = KeptHandles(most=100_000)
    yield kept
    kept.close()


def a_source(handles: KeptHandles) -> HeldFilesSource:
    clock = MachineClock()
    own = {os.getpid()}
    return HeldFilesSource(clock, handles, ProcessReader(clock), lambda: own, poll_seconds=0.05)


@contextmanager
def a_holder(file: Path, mode: str = "rb") -> Iterator[int]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, file, mode], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as program:
        assert program.stdout is not None
        program.stdout.readline()
        yield program.pid
        program.communicate()


@pytest.mark.parametrize(("mode", "told"), [("rb", OpenMode.READ), ("r+b", OpenMode.WRITE)])
def test_a_file_that_stays_open_is_told_with_its_holder_and_content(
    tmp_path: Path, handles: KeptHandles, mode: str, told: OpenMode
) -> None:
    file = tmp_path / "sample.bam"
    file.write_bytes(b"BAM\1")

    with watching(a_source(handles)) as seen, a_holder(file, mode) as pid:
        opened = seen.wait_for(FileOpened, lambda each: each.path == str(file))

    assert (opened.process.pid, opened.mode, opened.file.size_bytes) == (pid, told, 4)
    assert opened.handle is not None
    assert os.pread(opened.handle, 4, 0) == b"BAM\1"


def test_a_file_is_told_once_for_each_process_that_holds_it(
    tmp_path: Path, handles: KeptHandles
) -> None:
    file = tmp_path / "sample.bam"
    file.write_bytes(b"BAM\1")

    with watching(a_source(handles)) as seen, a_holder(file) as first:
        seen.wait_for(FileOpened, lambda each: each.process.pid == first)
        with a_holder(file) as second:
            seen.wait_for(FileOpened, lambda each: each.process.pid == second)

    told = [each for each in seen.of(FileOpened) if each.path == str(file)]
    assert [each.process.pid for each in told] == [first, second]
    assert [each.handle is not None for each in told] == [True, False]


def test_what_the_agent_itself_holds_is_left_out(tmp_path: Path, handles: KeptHandles) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.write_text("x")
    theirs.write_text("x")

    with (
        ours.open("rb"),
        watching(a_source(handles)) as seen,
        a_holder(theirs),
    ):
        seen.wait_for(FileOpened, lambda each: each.path == str(theirs))

    assert str(ours) not in {each.path for each in seen.of(FileOpened)}


def test_stopping_gives_everything_back_and_may_be_done_twice(handles: KeptHandles) -> None:
    before = open_descriptors()
    source = a_source(handles)
    source.stop()

    with watching(source):
        pass
    source.stop()
    handles.close()

    assert open_descriptors() == before
