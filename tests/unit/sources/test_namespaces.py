import os
import subprocess
from pathlib import Path

import pytest

from strandwatch.errors import MissingCapabilityError
from strandwatch.sources.namespaces import call_inside, find_namespaces, own_namespace
from strandwatch.sources.processes import ProcessReader
from support.sources import SystemClock


def test_our_own_namespace_is_among_all() -> None:
    found = find_namespaces(ProcessReader(SystemClock()))

    assert own_namespace() in found
    assert Path(found[own_namespace()]).stat().st_ino == own_namespace()


def test_a_namespace_that_is_gone_says_that_it_cannot_be_entered(tmp_path: Path) -> None:
    with pytest.raises(MissingCapabilityError, match="cannot be entered"):
        call_inside(str(tmp_path / "gone"), 1, os.getpid)


@pytest.mark.root
def test_work_inside_gives_its_result_and_this_thread_stays_where_it_is() -> None:
    before = own_namespace()
    with subprocess.Popen(["unshare", "-n", "tee"], stdin=-1, stdout=-1, bufsize=0) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        program.stdin.write(b"up\n")
        program.stdout.readline()

        path = f"/proc/{program.pid}/ns/net"
        there = Path(path).stat().st_ino
        inside = call_inside(path, there, thread_namespace)
        program.stdin.close()

    assert inside == there != before
    assert own_namespace() == before


def test_another_namespace_than_was_meant_is_not_entered() -> None:
    with pytest.raises(MissingCapabilityError, match="another one is there by now"):
        call_inside("/proc/self/ns/net", 1, os.getpid)


def thread_namespace() -> int:
    return Path("/proc/thread-self/ns/net").stat().st_ino
