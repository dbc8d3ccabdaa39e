import os
import socket
import subprocess
import sys

from strandwatch.sources.processes import ProcessReader
from strandwatch.sources.socket_owners import SocketOwners
from support.sources import SystemClock


class HandClock(SystemClock):
    """A clock whose monotonic time a test sets."""

    at_ns = 0

    def monotonic_ns(self) -> int:
        self.at_ns += 1_000
        return self.at_ns


def test_the_holder_of_a_socket_is_found_by_its_inode() -> None:
    clock = HandClock()
    owners = SocketOwners(clock, ProcessReader(clock))
    with socket.socket() as mine:
        inode = os.fstat(mine.fileno()).st_ino

        owners.look_for([inode])

    assert owners.of(inode) == (os.getpid(),)


def test_a_look_is_followed_by_a_rest() -> None:
    clock = HandClock()
    owners = SocketOwners(clock, ProcessReader(clock))

    looks = [owners.look(), owners.look()]
    clock.at_ns += 1_000_000_000

    assert [*looks, owners.look()] == [True, False, True]


def test_a_socket_of_nobody_known_costs_one_look_only() -> None:
    clock = HandClock()
    owners = SocketOwners(clock, ProcessReader(clock))
    owners.look_for([1])
    clock.at_ns += 1_000_000_000
    with socket.socket() as mine:
        inode = os.fstat(mine.fileno()).st_ino

        owners.look_for([1])

    assert owners.of(1) == ()
    assert owners.of(inode) == ()


def test_the_sockets_of_a_new_process_are_found_without_looking_at_all() -> None:
    clock = HandClock()
    owners = SocketOwners(clock, ProcessReader(clock))
    owners.look()
    script = "import socket, os, sys; s = socket.socket(); print(os.fstat(s.fileno()).st_ino); "
    script += "sys.stdout.flush(); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as program:
        assert program.stdout is not None
        inode = int(program.stdout.readline())

        owners.look_for([inode])
        program.communicate()

    assert owners.of(inode) == (program.pid,)
