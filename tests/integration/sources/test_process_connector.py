"""Process events from the kernel itself."""

import os
import subprocess

import pytest

from strandwatch.domain.observation import (
    ObservationsLost,
    ProcessExited,
    ProcessForked,
    ProcessStarted,
)
from strandwatch.sources.process_connector import ProcessConnectorSource
from strandwatch.sources.processes import ProcessReader
from support.sources import open_descriptors
from support.watching import Collected, MachineClock, watching

pytestmark = pytest.mark.root


def a_source(processes: ProcessReader | None = None) -> ProcessConnectorSource:
    clock = MachineClock()
    return ProcessConnectorSource(clock, processes or ProcessReader(clock))


def started(seen: Collected, pid: int, name: str) -> ProcessStarted:
    return seen.wait_for(
        ProcessStarted,
        lambda told: told.process.key.pid == pid and told.process.command[0] == name,
    )


def test_a_process_is_told_when_it_executes_and_when_it_ends() -> None:
    with watching(a_source()) as seen:
        with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as program:
            told = started(seen, program.pid, "cat")
            program.communicate(b"")
        ended = seen.wait_for(ProcessExited, lambda each: each.process.pid == program.pid)

    assert told.process.key == ended.process
    assert told.process.parent is not None
    assert told.process.parent.pid == os.getpid()
    assert len([each for each in seen.of(ProcessExited) if each.process == ended.process]) == 1


def test_a_fork_joins_child_and_parent() -> None:
    script = "(read x) & read y"

    with (
        watching(a_source()) as seen,
        subprocess.Popen(["sh", "-c", script], stdin=subprocess.PIPE) as shell,
    ):
        forked = seen.wait_for(ProcessForked, lambda told: told.parent.pid == shell.pid)
        shell.communicate(b"\n\n")

    assert forked.child.pid != shell.pid


def test_each_of_many_short_lived_programs_is_told_or_counted_as_vanished() -> None:
    with watching(a_source()) as seen:
        pids = set()
        for _ in range(30):
            with subprocess.Popen(["true"]) as program:
                pids.add(program.pid)

        def accounted() -> int:
            ended = {told.process.pid for told in seen.of(ProcessExited)} & pids
            return len(ended) + sum(lost.count for lost in seen.of(ObservationsLost))

        seen.wait_until(lambda: accounted() >= 30)


def test_processes_that_ran_before_are_told() -> None:
    with watching(a_source()) as seen:
        seen.wait_for(ProcessStarted, lambda told: told.process.key.pid == os.getpid())


def test_the_end_of_a_process_is_forgotten_by_all_sources() -> None:
    reader = ProcessReader(MachineClock())

    with watching(a_source(reader)) as seen:
        with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as program:
            started(seen, program.pid, "cat")
            program.communicate(b"")
        seen.wait_for(ProcessExited, lambda told: told.process.pid == program.pid)

    assert program.pid not in {key.pid for key in reader.announced()}


def test_stopping_gives_everything_back_and_may_be_done_twice() -> None:
    before = open_descriptors()
    source = a_source()
    source.stop()

    with watching(source):
        pass
    source.stop()

    assert open_descriptors() == before
