import os
import subprocess

from strandwatch.domain.observation import ProcessExited, ProcessStarted
from strandwatch.sources.process_polling import ProcessPollingSource
from strandwatch.sources.processes import ProcessReader
from support.sources import open_descriptors
from support.watching import Collected, MachineClock, watching


def a_source(processes: ProcessReader) -> ProcessPollingSource:
    return ProcessPollingSource(MachineClock(), processes, poll_seconds=0.02)


def test_a_process_is_told_when_it_starts_and_once_when_it_ends() -> None:
    reader = ProcessReader(MachineClock())

    with (
        watching(a_source(reader)) as seen,
        subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as program,
    ):
        started = seen.wait_for(
            ProcessStarted,
            lambda told: told.process.key.pid == program.pid and told.process.command == ("cat",),
        )
        program.communicate(b"x" * 1000)
        ended = seen.wait_for(ProcessExited, lambda told: told.process.pid == program.pid)

    assert started.process.key == ended.process
    assert len([told for told in seen.of(ProcessExited) if told.process == ended.process]) == 1


def test_the_end_of_a_process_that_another_source_announced_is_told() -> None:
    reader = ProcessReader(MachineClock())
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as program:
        reader.announce(program.pid, 1, lambda _: True)
        program.communicate()

    with watching(a_source(reader)) as seen:
        seen.wait_for(ProcessExited, lambda told: told.process.pid == program.pid)

    assert program.pid not in {key.pid for key in reader.announced()}


def test_an_end_that_was_not_taken_is_told_again() -> None:
    reader = ProcessReader(MachineClock())
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as program:
        reader.announce(program.pid, 1, lambda _: True)
        program.communicate()
    source, refused = a_source(reader), Collected()

    source._look(lambda told: not refused.emit(told))
    with watching(source) as seen:
        seen.wait_for(ProcessExited, lambda told: told.process.pid == program.pid)

    assert refused.of(ProcessExited)


def test_stopping_leaks_nothing() -> None:
    before = open_descriptors()
    source = a_source(ProcessReader(MachineClock()))
    source.stop()

    with watching(source) as seen:
        seen.wait_for(ProcessStarted, lambda told: told.process.key.pid == os.getpid())
    source.stop()

    assert open_descriptors() == before
