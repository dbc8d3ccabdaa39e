"""Landing files for real: inotify, and the comparisons that stand behind it."""

import os
import queue
from collections.abc import Iterator
from pathlib import Path

import pytest
from watchdog.events import FileClosedEvent

from strandwatch.domain.observation import (
    FileLanded,
    LossReason,
    ObservationsLost,
    SourceReported,
)
from strandwatch.ports import Emit
from strandwatch.sources.landing import LandingSource, LandingTimes
from support.sources import KeptHandles, open_descriptors
from support.watching import Collected, MachineClock, watching

QUICK = LandingTimes(rescan_seconds=0.2, quiet_seconds=0.3, recheck_seconds=0.1)
EVENTS_ONLY = LandingTimes(rescan_seconds=3600, quiet_seconds=0.3, recheck_seconds=0.1)


@pytest.fixture
def handles() -> Iterator[KeptHandles]:
    kept = KeptHandles()
    yield kept
    kept.close()


def a_source(
    handles: KeptHandles, *directories: Path, times: LandingTimes = EVENTS_ONLY
) -> LandingSource:
    return LandingSource(MachineClock(), handles, [str(path) for path in directories], times)


def landed(seen: Collected, path: Path) -> FileLanded:
    return seen.wait_for(FileLanded, lambda told: told.path == str(path))


def test_a_file_lands_when_it_is_closed_and_brings_its_content(
    tmp_path: Path, handles: KeptHandles
) -> None:
    file = tmp_path / "run" / "reads.fastq"

    with watching(a_source(handles, tmp_path)) as seen:
        file.parent.mkdir()
        file.write_text("@r\nA\n+\nI\n")
        told = landed(seen, file)

    assert told.file.size_bytes == 9
    assert told.handle is not None
    assert os.pread(told.handle, 2, 0) == b"@r"


def test_a_file_lands_when_it_is_moved_to_its_name(tmp_path: Path, handles: KeptHandles) -> None:
    with watching(a_source(handles, tmp_path)) as seen:
        part, whole = tmp_path / "x.bam.part", tmp_path / "x.bam"
        with part.open("wb") as file:
            file.write(b"BAM\1")
            file.flush()
            part.rename(whole)
            told = landed(seen, whole)

    assert told.file.size_bytes == 4


def test_a_file_that_nobody_closes_lands_when_it_is_left_alone(
    tmp_path: Path, handles: KeptHandles
) -> None:
    path = tmp_path / "growing.fastq"

    with watching(a_source(handles, tmp_path)) as seen, path.open("wb") as file:
        file.write(b"@r\n")
        file.flush()
        told = landed(seen, path)

    assert told.file.size_bytes == 3


def test_files_that_were_there_before_the_start_are_told_and_not_as_lost(
    tmp_path: Path, handles: KeptHandles
) -> None:
    (tmp_path / "old.bam").write_bytes(b"BAM\1")

    with watching(a_source(handles, tmp_path, times=QUICK)) as seen:
        landed(seen, tmp_path / "old.bam")
        (tmp_path / "new.bam").write_bytes(b"BAM\1")
        landed(seen, tmp_path / "new.bam")

    assert seen.of(ObservationsLost) == []


def test_one_version_brings_its_content_once_and_each_of_its_names(
    tmp_path: Path, handles: KeptHandles
) -> None:
    first, second, last = tmp_path / "x.bam", tmp_path / "y.bam", tmp_path / "last"

    with watching(a_source(handles, tmp_path, times=QUICK)) as seen:
        first.write_bytes(b"BAM\1")
        landed(seen, first)
        first.rename(second)
        landed(seen, second)
        with second.open("ab") as later:
            later.write(b"later")
        last.write_bytes(b"x")
        landed(seen, last)

    told = [(Path(each.path).name, each.handle is not None) for each in seen.of(FileLanded)]
    assert told == [("x.bam", True), ("y.bam", False), ("y.bam", True), ("last", True)]


def test_what_events_did_not_tell_is_found_by_comparing_and_counted(
    tmp_path: Path, handles: KeptHandles
) -> None:
    class Deaf(LandingSource):
        """Hears nothing, as when the kernel's queue has overflowed."""

        def _take(self, path: str, finished: bool, emit: Emit) -> None:
            return

    source = Deaf(MachineClock(), handles, [str(tmp_path)], QUICK)
    with watching(source) as seen:
        (tmp_path / "first").write_bytes(b"x")
        landed(seen, tmp_path / "first")
        (tmp_path / "missed.bam").write_bytes(b"BAM\1")
        landed(seen, tmp_path / "missed.bam")
        lost = seen.wait_for(
            ObservationsLost, lambda told: told.reason is LossReason.KERNEL_OVERFLOW
        )

    assert lost.count >= 1


def test_a_directory_that_goes_and_comes_back_is_reported_and_watched_again(
    tmp_path: Path, handles: KeptHandles
) -> None:
    runs, away = tmp_path / "runs", tmp_path / "away"
    runs.mkdir()

    with watching(a_source(handles, runs)) as seen:
        (runs / "a").write_bytes(b"x")
        landed(seen, runs / "a")
        runs.rename(away)
        gone = seen.wait_for(SourceReported, lambda told: not told.working)
        runs.mkdir()
        (runs / "b").write_bytes(b"x")
        landed(seen, runs / "b")
        seen.wait_for(SourceReported, lambda told: told.working)
        (runs / "c").write_bytes(b"x")
        landed(seen, runs / "c")

    assert gone.note == f"{runs}: No such file or directory"


def test_a_file_in_place_of_a_directory_is_one_clear_problem(
    tmp_path: Path, handles: KeptHandles
) -> None:
    wrong = tmp_path / "file"
    wrong.write_text("x")

    with watching(a_source(handles, wrong, tmp_path / "absent")) as seen:
        report = seen.wait_for(SourceReported, lambda told: "file" in told.note)

    assert not report.working
    assert f"{wrong}: Not a directory" in report.note
    assert f"{tmp_path / 'absent'}: No such file or directory" in report.note


def test_a_link_out_of_the_directory_and_a_pipe_are_left_alone(
    tmp_path: Path, handles: KeptHandles
) -> None:
    runs, secret = tmp_path / "runs", tmp_path / "secret"
    runs.mkdir()
    secret.write_text("secret")

    with watching(a_source(handles, runs, times=QUICK)) as seen:
        (runs / "link").symlink_to(secret)
        os.mkfifo(runs / "pipe")
        (runs / "last").write_bytes(b"x")
        landed(seen, runs / "last")

    assert [Path(told.path).name for told in seen.of(FileLanded)] == ["last"]


def test_files_wait_while_no_descriptor_can_be_kept(tmp_path: Path) -> None:
    handles = KeptHandles(most=1)
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)

    with watching(a_source(handles, tmp_path, times=QUICK)) as seen:
        seen.wait_for(FileLanded, lambda _: True)
        handles.close()
        seen.wait_until(lambda: len(seen.of(FileLanded)) == 2)

    handles.close()
    assert {Path(told.path).name for told in seen.of(FileLanded)} == {"a", "b"}
    assert seen.of(ObservationsLost) == []


def test_events_beyond_the_queue_are_counted(tmp_path: Path, handles: KeptHandles) -> None:
    source = a_source(handles, tmp_path)
    with watching(source) as seen:
        small: queue.Queue[tuple[str, bool] | None] = queue.Queue(1)
        source._handler._events = small
        for name in ("a", "b", "c"):
            source._handler.on_any_event(FileClosedEvent(str(tmp_path / name)))
        lost = seen.wait_for(ObservationsLost, lambda _: True)

    assert (lost.count, lost.reason) == (2, LossReason.QUEUE_FULL)


def test_stopping_gives_everything_back_and_may_be_done_twice(
    tmp_path: Path, handles: KeptHandles
) -> None:
    before = open_descriptors()
    source = a_source(handles, tmp_path)
    source.stop()

    with watching(source):
        pass
    source.stop()

    assert open_descriptors() == before
