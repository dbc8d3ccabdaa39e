"""Names on the wire for real: packet sockets on loopback and in namespaces made for the test."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from strandwatch.dissect.worker import Dissector
from strandwatch.domain.destination import NameEvidence
from strandwatch.domain.observation import (
    LossReason,
    NameLearned,
    ObservationsLost,
    PacketCaptured,
    SourceReported,
)
from strandwatch.sources.names import NameSource
from strandwatch.sources.namespaces import own_namespace
from strandwatch.sources.processes import ProcessReader
from support.packets import client_hello, dns_answer
from support.sources import open_descriptors
from support.watching import Collected, MachineClock, watching

pytestmark = pytest.mark.root

ANSWER = dns_answer("wire.example", ("wire.example", "A", "203.0.113.10", 60))

SEND = """
import socket, subprocess, sys
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
print("up", flush=True)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
    for line in sys.stdin:
        datagrams.sendto(bytes.fromhex(sys.argv[1]), ("127.0.0.1", 5353))
"""


def a_source(interfaces: tuple[str, ...] = (), most_per_second: int = 5_000) -> NameSource:
    clock = MachineClock()
    return NameSource(
        clock, ProcessReader(clock), interfaces=interfaces, most_per_second=most_per_second
    )


def send_datagram(data: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.sendto(data, ("127.0.0.1", 5353))


def send_stream(data: bytes) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
        server.accept()[0],
    ):
        client.sendall(data)


def names(seen: Collected) -> list[NameLearned]:
    dissector = Dissector()
    packets = seen.of(PacketCaptured)
    return [learned for packet in packets for learned in dissector.learn(packet)]


def names_with(seen: Collected, name: str) -> list[NameLearned]:
    seen.wait_until(lambda: name in [each.name for each in names(seen)])
    return [each for each in names(seen) if each.name == name]


def test_an_answer_is_captured_once_on_any_port() -> None:
    with watching(a_source()) as seen:
        send_datagram(ANSWER)
        learned = names_with(seen, "wire.example")
        send_datagram(dns_answer("last.example", ("last.example", "A", "203.0.113.11", 60)))
        names_with(seen, "last.example")

    assert [each.addresses for each in learned] == [("203.0.113.10",)]
    assert learned[0].network_namespace == own_namespace()
    assert len(names_with(seen, "wire.example")) == 1


@pytest.mark.parametrize("padding", [0, 4_000])
def test_a_hello_is_captured_as_going_out_however_long_it_is(padding: int) -> None:
    with watching(a_source()) as seen:
        send_stream(client_hello("hello.example", padding=padding, ech=True))
        seen.wait_until(lambda: any(each.encrypted_hello for each in names(seen)))

    (last,) = [each for each in names(seen) if each.encrypted_hello]
    assert (last.name, last.evidence) == ("hello.example", NameEvidence.SNI)
    assert last.flow is not None
    assert last.flow.destination.address == "127.0.0.1"


def test_a_request_is_captured_and_other_data_is_not() -> None:
    with watching(a_source()) as seen:
        send_stream(b"no name in here " * 100)
        send_stream(b"PUT /x HTTP/1.1\r\nHost: host.example\r\n\r\n")
        learned = names_with(seen, "host.example")

    assert learned[0].evidence is NameEvidence.HTTP_HOST
    assert not any(b"no name in here" in each.data for each in seen.of(PacketCaptured))


@contextmanager
def another_namespace() -> Iterator["subprocess.Popen[str]"]:
    command = ["unshare", "--net", sys.executable, "-c", SEND, ANSWER.hex()]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as program:
        assert program.stdout is not None
        program.stdout.readline()
        try:
            yield program
        finally:
            program.communicate()


def test_names_in_a_namespace_that_appears_later_are_captured_there() -> None:
    with watching(a_source()) as seen, another_namespace() as program:
        namespace = own_of(program.pid)
        source_sees(seen, namespace, program)

    learned = names_with(seen, "wire.example")
    assert {each.network_namespace for each in learned} == {namespace}


def own_of(pid: int) -> int:
    found = ProcessReader(MachineClock()).network_namespace(pid)
    assert found is not None
    return found


def source_sees(seen: Collected, namespace: int, program: "subprocess.Popen[str]") -> None:
    """Let the program send again and again until the source listens where it is."""
    assert program.stdin is not None
    pause = threading.Event()
    for _ in range(100):
        program.stdin.write("go\n")
        program.stdin.flush()
        pause.wait(0.1)
        if any(told.network_namespace == namespace for told in seen.of(PacketCaptured)):
            return
    pytest.fail("no packet of the other namespace was captured")


def test_an_interface_that_goes_away_and_comes_back_is_reported_and_listened_to_again() -> None:
    def ip(*words: str) -> None:
        subprocess.run(["ip", *words], check=True)

    def make() -> None:
        ip("link", "add", "swtest0", "type", "veth", "peer", "name", "swtest1")
        for name in ("swtest0", "swtest1"):
            ip("link", "set", name, "up")

    make()
    try:
        with watching(a_source(("swtest0",))) as seen:
            ip("link", "delete", "swtest0")
            gone = seen.wait_for(SourceReported, lambda told: not told.working)
            make()
            seen.wait_for(SourceReported, lambda told: told.working)
    finally:
        subprocess.run(["ip", "link", "delete", "swtest0"], check=False)

    assert gone.note.startswith("swtest0: ")


def test_an_interface_that_is_not_there_is_one_clear_report() -> None:
    with watching(a_source(("absent0",))) as seen:
        report = seen.wait_for(SourceReported, lambda told: not told.working)

    assert report.note == "absent0: No such device"


def test_more_packets_than_wanted_are_counted() -> None:
    with watching(a_source(most_per_second=3)) as seen:
        for _ in range(20):
            send_datagram(ANSWER)
        lost = seen.wait_for(ObservationsLost, lambda told: told.reason is LossReason.LIMIT)

    assert lost.count >= 1


def test_stopping_gives_everything_back_and_may_be_done_twice() -> None:
    before = open_descriptors()
    source = a_source()
    source.stop()

    with watching(source):
        pass
    source.stop()

    assert open_descriptors() == before


def test_namespaces_that_cannot_be_entered_are_one_short_clause() -> None:
    class Shut(NameSource):
        """Finds a namespace that nobody can enter."""

        def _namespaces(self) -> dict[int, str]:
            # Of another kind, so that entering it as a network namespace fails.
            other = Path("/proc/self/ns/uts")
            return {**super()._namespaces(), other.stat().st_ino: str(other)}

    clock = MachineClock()
    with watching(Shut(clock, ProcessReader(clock))) as seen:
        report = seen.wait_for(SourceReported, lambda told: not told.working)

    assert report.note == "1 other network namespace cannot be read: run as root"
