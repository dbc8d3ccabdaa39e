import os
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from strandwatch.domain.observation import ProcessStarted
from strandwatch.domain.process import ProcessKey
from strandwatch.sources.processes import ProcessReader, parse_stat, user_name
from support.sources import Recorder, SystemClock

# From Linux 6.18; the name, which any program can choose, looks like the end of the field.
GOLDEN = (
    b"20664 (evil) R 1 2 (x) S 20662 20662 5427 0 -1 4194304 1906 0 0 0 11 2 0 0 20 0 1 0 271199 "
    b"35794944 4896 18446744073709551615 4194304 7168741 140733 0 0 0 0 16781312 2 0 0 0 17 1 0 0 "
    b"0 0 0 9359560 9893760 20586496 140736 140766 140800 140810 0\n"
)


def test_the_identity_is_pid_and_start_even_with_a_name_full_of_brackets() -> None:
    found = parse_stat(20664, GOLDEN)

    assert found is not None
    assert found.key == ProcessKey(20664, 271199)
    assert (found.name, found.parent, found.session) == ("evil) R 1 2 (x", 20662, 5427)


def test_our_own_key_agrees_with_the_kernel() -> None:
    fields = Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()

    assert ProcessReader(SystemClock()).key(os.getpid()) == ProcessKey(os.getpid(), int(fields[19]))


@given(st.binary(max_size=300))
def test_any_bytes_give_an_identity_or_none(raw: bytes) -> None:
    found = parse_stat(1, raw)

    assert found is None or found.key.pid == 1


@given(st.integers(0, len(GOLDEN)))
def test_any_prefix_gives_the_same_start_or_none(length: int) -> None:
    found = parse_stat(20664, GOLDEN[:length])

    assert found is None or str(271199).startswith(str(found.key.started_ticks))


def test_a_process_is_read_with_its_command_user_parent_and_descriptors() -> None:
    me = ProcessReader(SystemClock()).read(os.getpid())

    assert me is not None
    assert me.executable == str(Path(sys.executable).resolve())
    assert me.user_id == os.geteuid()
    assert me.user == user_name(os.geteuid())
    assert me.parent is not None
    assert me.parent.pid == os.getppid()
    assert me.network_namespace == Path("/proc/self/ns/net").stat().st_ino
    assert [item.number for item in me.standard] == [0, 1, 2]
    assert abs(me.started_ns - SystemClock().now_ns()) < 3600 * 10**9


def test_a_process_is_announced_once_after_its_ancestors() -> None:
    reader, recorder = ProcessReader(SystemClock()), Recorder()

    reader.announce(os.getpid(), 1, recorder.emit)
    reader.announce(os.getpid(), 2, recorder.emit)

    told = [item.process.key.pid for item in recorder.seen if isinstance(item, ProcessStarted)]
    assert told[-2:] == [os.getppid(), os.getpid()]
    assert len(told) == len(set(told))


def test_a_process_is_announced_again_when_it_executes_another_program() -> None:
    reader, recorder = ProcessReader(SystemClock()), Recorder()
    with subprocess.Popen(
        ["sh", "-c", "read x; exec tail -f /dev/null"], stdin=subprocess.PIPE
    ) as program:
        assert program.stdin is not None
        reader.announce(program.pid, 1, recorder.emit)
        before = reader.stat(program.pid)
        program.stdin.write(b"go\n")
        program.stdin.flush()
        while reader.stat(program.pid) == before:
            os.sched_yield()

        reader.announce(program.pid, 2, recorder.emit)
        program.terminate()

    told = [item.process for item in recorder.seen if isinstance(item, ProcessStarted)]
    commands = [item.command[0] for item in told if item.key.pid == program.pid]
    assert commands == ["sh", "tail"]


def test_a_process_that_was_not_taken_is_announced_again() -> None:
    reader, recorder = ProcessReader(SystemClock()), Recorder()

    reader.announce(os.getpid(), 1, lambda observation: False)
    reader.announce(os.getpid(), 2, recorder.emit)

    assert recorder.seen


def test_who_had_a_pid_last_is_remembered_when_it_is_gone() -> None:
    reader = ProcessReader(SystemClock())
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as program:
        key = reader.key(program.pid)
        program.communicate()

    assert reader.key(program.pid) is None
    assert reader.last_key(program.pid) == key


def test_a_process_that_is_gone_is_none() -> None:
    reader = ProcessReader(SystemClock())

    assert reader.read(2**22 + 1) is None
    assert reader.announce(2**22 + 1, 1, Recorder().emit) is None
    assert reader.last_key(2**22 + 1) is None


def test_memory_is_bounded() -> None:
    reader = ProcessReader(SystemClock(), capacity=2)

    for pid in range(1, 50):
        reader.learn(ProcessKey(pid, 1))

    assert [pid for pid in range(1, 50) if reader.last_key(pid)] == [48, 49]


def test_what_a_process_has_read_is_counted_and_unknown_for_one_that_is_gone() -> None:
    reader = ProcessReader(SystemClock())
    before = reader.read_bytes(os.getpid())
    Path("/proc/self/stat").read_bytes()

    after = reader.read_bytes(os.getpid())

    assert before is not None
    assert after is not None
    assert after > before
    assert reader.read_bytes(2**22 + 1) is None


def test_what_was_known_of_a_process_outlives_its_end() -> None:
    reader, recorder = ProcessReader(SystemClock()), Recorder()
    with subprocess.Popen(["tail", "-f", "/dev/null"]) as program:
        while (found := reader.read(program.pid)) is None or found.command[0] != "tail":
            os.sched_yield()
        reader.announce(program.pid, 1, recorder.emit)
        program.kill()
        os.waitid(os.P_PID, program.pid, os.WEXITED | os.WNOWAIT)

        reader.announce(program.pid, 2, recorder.emit)
        process = reader.read(program.pid)

    told = [item.process for item in recorder.seen if isinstance(item, ProcessStarted)]
    assert [item.command for item in told if item.key.pid == program.pid] == [
        ("tail", "-f", "/dev/null")
    ]
    assert process is not None
    assert process.command == ("tail", "-f", "/dev/null")
