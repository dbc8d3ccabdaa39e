"""The kernel tier against real programs in real network namespaces."""

import os
import socket
import sys
from collections.abc import Iterator

import pytest

from strandwatch.domain.flow import Direction, FlowKey, Protocol
from strandwatch.domain.observation import (
    Ending,
    FlowClosed,
    FlowOpened,
    FlowProgressed,
    InterfaceCounted,
    LossReason,
    ObservationsLost,
    ProcessExited,
    ProcessForked,
    ProcessStarted,
)
from strandwatch.lab.namespaces import Namespace
from strandwatch.lab.network import Network, lab_network
from strandwatch.sources.kernel.programs import LoadOptions
from strandwatch.sources.kernel.source import KernelSource, KernelSourceOptions
from strandwatch.sources.namespaces import own_namespace
from support.senders import python_child, run_python, sink
from support.sources import open_descriptors
from support.watching import Collected, MachineClock, watching

pytestmark = pytest.mark.root

HERE = "192.0.2.10"
THERE = "203.0.113.10"
THERE6 = "2001:db8:c::10"
PORT = 9009

UPLOAD = """
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as stream:
    stream.sendall(bytes(int(sys.argv[3])))
"""


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    with lab_network(("cn",)) as network, sink(network.hosts["cn"], THERE, PORT):
        yield network


@pytest.fixture
def seen(network: Network) -> Iterator[Collected]:
    with watching(KernelSource(MachineClock())) as collected:
        yield collected


def _opened(seen: Collected, pid: int, protocol: Protocol = Protocol.TCP) -> FlowOpened:
    return seen.wait_for(
        FlowOpened,
        lambda told: told.flow.protocol is protocol and pid in {key.pid for key in told.holders},
    )


def _closed(seen: Collected, opened: FlowOpened) -> FlowClosed:
    return seen.wait_for(FlowClosed, lambda told: told.key == opened.key)


@pytest.mark.parametrize("size", [1, 65_536, 5_000_000])
def test_an_upload_is_counted_to_the_byte_and_has_its_sender(
    network: Network, seen: Collected, size: int
) -> None:
    pid = run_python(network.sequencer, UPLOAD, THERE, str(PORT), str(size))

    opened = _opened(seen, pid)
    closed = _closed(seen, opened)
    assert opened.flow.destination.address == THERE
    assert opened.flow.destination.port == PORT
    assert opened.flow.source.address == HERE
    assert opened.flow.source.port > 0
    assert opened.direction is Direction.OUTBOUND
    assert opened.key.network_namespace == network.sequencer.path.stat().st_ino
    assert closed.ending is Ending.CLOSED
    assert closed.counters.sent_bytes == size
    assert closed.counters.queued_bytes == 0
    assert [(sender.process.pid, sender.sent_bytes) for sender in closed.senders] == [(pid, size)]
    assert closed.counters.wire_bytes is not None
    assert size < closed.counters.wire_bytes


def test_none_of_twenty_uploads_of_a_few_milliseconds_is_missed(
    network: Network, seen: Collected
) -> None:
    pids = {run_python(network.sequencer, UPLOAD, THERE, str(PORT), "700") for _ in range(20)}

    seen.wait_for(
        FlowClosed, lambda _: _senders(seen.of(FlowClosed), at_least=700).issuperset(pids)
    )


def _senders(closed: list[FlowClosed], at_least: int) -> set[int]:
    return {
        sender.process.pid
        for told in closed
        for sender in told.senders
        if sender.sent_bytes >= at_least
    }


def test_one_unconnected_socket_has_a_flow_for_each_destination(
    network: Network, seen: Collected
) -> None:
    script = """
import socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
    for _ in range(3):
        datagrams.sendto(bytes(1000), ("203.0.113.10", 9009))
    datagrams.sendto(bytes(77), ("203.0.113.10", 5353))
"""
    pid = run_python(network.sequencer, script)

    first = seen.wait_for(
        FlowOpened, lambda told: told.flow.destination.port == 9009 and _holds(told, pid)
    )
    second = seen.wait_for(
        FlowOpened, lambda told: told.flow.destination.port == 5353 and _holds(told, pid)
    )
    assert first.flow.protocol is Protocol.UDP
    assert first.key != second.key
    assert first.flow.source == second.flow.source
    assert _closed(seen, first).counters.sent_bytes == 3000
    assert _closed(seen, first).counters.wire_bytes == 3000 + 3 * (8 + 20 + 14)
    assert _closed(seen, second).senders[0].process.pid == pid
    assert _closed(seen, second).counters.sent_bytes == 77


def _holds(told: FlowOpened, pid: int) -> bool:
    return pid in {key.pid for key in told.holders}


def test_a_refused_connection_carries_no_bytes(network: Network, seen: Collected) -> None:
    script = """
import socket
assert socket.socket().connect_ex(("203.0.113.10", 1)) != 0
"""
    pid = run_python(network.sequencer, script)

    opened = _opened(seen, pid)
    closed = _closed(seen, opened)
    assert opened.flow.destination.port == 1
    assert closed.ending is Ending.NEVER_ESTABLISHED
    assert closed.counters.sent_bytes == 0
    assert closed.senders == ()


def test_data_served_to_a_caller_is_counted_on_the_callers_flow(
    network: Network, seen: Collected
) -> None:
    serve = """
import socket
server = socket.create_server(("192.0.2.10", 8080))
print("ready", flush=True)
stream, _ = server.accept()
stream.sendall(bytes(250_000))
stream.close()
"""
    fetch = """
import socket
with socket.create_connection(("192.0.2.10", 8080)) as stream:
    while stream.recv(1 << 16):
        pass
"""
    with python_child(network.sequencer, serve) as server:
        assert server.hear() == "ready"
        run_python(network.hosts["cn"], fetch)
        server.wait()

    opened = seen.wait_for(
        FlowOpened,
        lambda told: told.flow.source.port == 8080 and told.direction is Direction.INBOUND,
    )
    closed = _closed(seen, opened)
    assert opened.flow.destination.address == THERE
    assert closed.counters.sent_bytes == 250_000
    assert [sender.process.pid for sender in closed.senders] == [server.pid]


def test_a_socket_older_than_the_agent_is_found_and_counted(network: Network) -> None:
    script = """
import socket, sys
stream = socket.create_connection(("203.0.113.10", 9009))
stream.sendall(bytes(1000))
print("sent", flush=True)
sys.stdin.readline()
stream.sendall(bytes(4000))
print("sent", flush=True)
sys.stdin.readline()
"""
    with python_child(network.sequencer, script) as child:
        assert child.hear() == "sent"
        with watching(KernelSource(MachineClock())) as seen:
            opened = _opened(seen, child.pid)
            child.tell("more")
            assert child.hear() == "sent"
            seen.wait_for(
                FlowProgressed,
                lambda told: told.key == opened.key and (told.counters.sent_bytes or 0) >= 5000,
            )

    assert opened.found_open
    assert opened.direction is Direction.OUTBOUND
    assert opened.flow.destination.port == PORT


def test_both_processes_that_share_a_socket_have_their_part(
    network: Network, seen: Collected
) -> None:
    script = """
import os, socket
stream = socket.create_connection(("203.0.113.10", 9009))
stream.sendall(bytes(1000))
child = os.fork()
if child == 0:
    stream.sendall(bytes(30_000))
    os._exit(0)
os.waitpid(child, 0)
print(child)
"""
    with python_child(network.sequencer, script) as parent:
        child = int(parent.hear())
        parent.wait()

    closed = _closed(seen, _opened(seen, parent.pid))
    assert {(sender.process.pid, sender.sent_bytes) for sender in closed.senders} == {
        (parent.pid, 1000),
        (child, 30_000),
    }
    fork = seen.wait_for(ProcessForked, lambda told: told.child.pid == child)
    assert fork.parent.pid == parent.pid


def test_a_process_is_known_from_exec_to_exit(network: Network, seen: Collected) -> None:
    pid = run_python(network.sequencer, "import os; os.read(0, 0)", "an argument", "")

    started = seen.wait_for(
        ProcessStarted,
        lambda told: told.process.key.pid == pid and told.process.command[0] == sys.executable,
    ).process
    exited = seen.wait_for(ProcessExited, lambda told: told.process.pid == pid)
    assert started.command[-2:] == ("an argument", "")
    assert os.path.realpath(started.executable) == os.path.realpath(sys.executable)
    assert started.network_namespace == network.sequencer.path.stat().st_ino
    assert [descriptor.number for descriptor in started.standard] == [0, 1, 2]
    assert exited.process == started.key
    assert exited.read_bytes is not None
    assert exited.read_bytes > 0


def test_what_stays_on_the_machine_is_no_flow(network: Network, seen: Collected) -> None:
    script = """
import socket
for address in ("127.0.0.1", "192.0.2.10"):
    server = socket.create_server((address, 0))
    stream = socket.create_connection(server.getsockname())
    server.accept()[0].sendall(b"inside")
    stream.recv(10)
"""
    inside = run_python(network.sequencer, script)
    outside = run_python(network.sequencer, UPLOAD, THERE, str(PORT), "10")

    _closed(seen, _opened(seen, outside))
    assert not [told for told in seen.of(FlowOpened) if _holds(told, inside)]
    assert not [told for told in seen.of(FlowOpened) if told.flow.source.address == "127.0.0.1"]


def test_events_that_found_no_room_in_the_ring_are_counted(network: Network) -> None:
    script = """
import socket
for _ in range(300):
    with socket.create_connection(("203.0.113.10", 9009)) as stream:
        stream.sendall(b"x")
"""
    options = KernelSourceOptions(poll_seconds=0.5, load=LoadOptions(ring_bytes=16_384))
    with watching(KernelSource(MachineClock(), options)) as seen:
        run_python(network.sequencer, script)

        lost = seen.wait_for(ObservationsLost, lambda told: told.count > 0)

    assert lost.source == "flows.kernel"


@pytest.mark.parametrize("family", ["4", "6"])
def test_both_versions_of_ip_are_seen(network: Network, seen: Collected, family: str) -> None:
    address = THERE if family == "4" else THERE6
    port = PORT if family == "4" else PORT + 1
    script = """
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
with socket.socket(family, socket.SOCK_DGRAM) as datagrams:
    datagrams.connect((sys.argv[1], int(sys.argv[2])))
    datagrams.send(bytes(900))
"""
    with sink(network.hosts["cn"], address, port + 10):
        stream = run_python(network.sequencer, UPLOAD, address, str(port + 10), "12345")
        datagram = run_python(network.sequencer, script, address, str(port + 10))

    upload = _opened(seen, stream)
    assert upload.flow.destination.address == address
    assert _closed(seen, upload).counters.sent_bytes == 12_345
    single = _opened(seen, datagram, Protocol.UDP)
    assert single.flow.destination.address == address
    assert _closed(seen, single).counters.sent_bytes == 900


HAND_OVER = """
import os, socket
stream = socket.create_connection(("203.0.113.10", 9009))
stream.sendall(bytes(1000))
ours, theirs = socket.socketpair()
child = os.fork()
if child == 0:
    stream.close()
    _, received, _, _ = socket.recv_fds(theirs, 10, 1)
    passed = socket.socket(fileno=received[0])
    passed.sendall(bytes(50_000))
    os._exit(0)
socket.send_fds(ours, [b"x"], [stream.fileno()])
os.waitpid(child, 0)
stream.sendall(bytes(200))
print(child)
"""


@pytest.mark.parametrize("without", [frozenset(), frozenset({"bytes_handed"})])
def test_a_descriptor_passed_on_is_counted_for_who_sends(
    network: Network, without: frozenset[str]
) -> None:
    options = KernelSourceOptions(load=LoadOptions(without=without))
    with watching(KernelSource(MachineClock(), options)) as seen:
        with python_child(network.sequencer, HAND_OVER) as parent:
            child = int(parent.hear())
            parent.wait()

        closed = _closed(seen, _opened(seen, parent.pid))

    sent = {sender.process.pid: sender.sent_bytes for sender in closed.senders}
    assert closed.counters.sent_bytes == pytest.approx(51_200, abs=1)
    assert sent.keys() == {parent.pid, child}
    assert sent[parent.pid] == pytest.approx(1200, abs=1)
    assert sent[child] == 50_000


def test_frames_made_by_hand_have_their_sender_and_destination(
    network: Network, seen: Collected
) -> None:
    script = """
import socket, struct
header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + 8 + 500, 1, 0, 64, 17, 0,
                     socket.inet_aton("192.0.2.10"), socket.inet_aton("203.0.113.10"))
datagram = struct.pack("!HHHH", 4000, 9009, 508, 0) + bytes(500)
frame = bytes.fromhex("ffffffffffff0200000000010800") + header + datagram
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as packets:
    packets.bind(("eth0", 0))
    for _ in range(4):
        packets.send(frame)
"""
    privileged = Namespace(network.sequencer.name)
    pid = run_python(privileged, script)

    opened = _opened(seen, pid, Protocol.PACKET)
    progressed = seen.wait_for(
        FlowProgressed,
        lambda told: told.key == opened.key and told.counters.sent_bytes == 4 * 542,
    )
    assert opened.flow.destination.address == THERE
    assert progressed.senders[0].process.pid == pid


def test_none_of_hundreds_of_destinations_is_passed_over(network: Network, seen: Collected) -> None:
    script = """
import socket
datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for port in range(20000, 20400):
    datagrams.sendto(b"some", ("203.0.113.10", port))
"""
    pid = run_python(network.sequencer, script)

    seen.wait_until(lambda: len(_held_by(seen, pid)) == 400)
    seen.wait_until(lambda: _held_by(seen, pid) <= {told.key for told in seen.of(FlowClosed)})


FLOOD = """
import socket, sys
kept = [socket.create_connection(("203.0.113.10", 9009)) for _ in range(120)]
datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for port in range(20000, 20120):
    datagrams.sendto(b"x", ("203.0.113.10", port))
print("done", flush=True)
sys.stdin.readline()
"""


def test_a_flood_cannot_grow_the_source_and_what_is_shed_is_counted(network: Network) -> None:
    options = KernelSourceOptions(flows=50, sweep_seconds=0.2, load=LoadOptions(destinations=60))
    with watching(KernelSource(MachineClock(), options)) as seen:
        with python_child(network.sequencer, FLOOD) as child:
            assert child.hear() == "done"
            seen.wait_until(lambda: _lost(seen, LossReason.LIMIT) >= 70)
            seen.wait_until(lambda: _lost(seen, LossReason.KERNEL_OVERFLOW) >= 1)
        pid = run_python(network.sequencer, UPLOAD, THERE, str(PORT), "1234")

        closed = _closed(seen, _opened(seen, pid))

    assert closed.counters.sent_bytes == 1234


def _lost(seen: Collected, reason: LossReason) -> int:
    return sum(told.count for told in seen.of(ObservationsLost) if told.reason is reason)


def test_a_flow_whose_end_found_no_room_in_the_ring_ends_all_the_same(network: Network) -> None:
    script = """
import socket, sys
kept = [socket.create_connection(("203.0.113.10", 9009)) for _ in range(200)]
print("open", flush=True)
sys.stdin.readline()
"""
    options = KernelSourceOptions(
        poll_seconds=0.5, sweep_seconds=0.5, load=LoadOptions(ring_bytes=16_384)
    )
    with watching(KernelSource(MachineClock(), options)) as seen:
        with python_child(network.sequencer, script) as child:
            assert child.hear() == "open"
            seen.wait_until(lambda: len(_held_by(seen, child.pid)) == 200)
        opened = _held_by(seen, child.pid)

        seen.wait_until(lambda: opened <= {told.key for told in seen.of(FlowClosed)})

    endings = {told.ending for told in seen.of(FlowClosed) if told.key in opened}
    assert Ending.VANISHED in endings


def _held_by(seen: Collected, pid: int) -> set[FlowKey]:
    return {told.key for told in seen.of(FlowOpened) if _holds(told, pid)}


def test_the_source_can_be_started_again_after_it_was_stopped(network: Network) -> None:
    source = KernelSource(MachineClock())
    for _ in range(2):
        with watching(source) as seen:
            pid = run_python(network.sequencer, UPLOAD, THERE, str(PORT), "77")

            assert _closed(seen, _opened(seen, pid)).counters.sent_bytes == 77


def test_a_source_that_was_started_and_never_run_gives_everything_back() -> None:
    before = open_descriptors()
    source = KernelSource(MachineClock())

    source.start()
    source.stop()

    assert open_descriptors() == before


def test_a_closed_stdin_and_an_unknown_word_harm_nobody(network: Network, seen: Collected) -> None:
    script = """
import os, sys
os.close(0)
os.execv(sys.executable, [sys.executable, "-c", "pass", b"\\xff\\xfe".decode("unicode_escape")])
"""
    pid = run_python(network.sequencer, script)

    started = seen.wait_for(
        ProcessStarted,
        lambda told: told.process.key.pid == pid and told.process.command[1:3] == ("-c", "pass"),
    ).process
    assert [descriptor.number for descriptor in started.standard] == [1, 2]


def test_bytes_of_an_interface_are_compared_with_those_of_sockets() -> None:
    options = KernelSourceOptions(
        sweep_seconds=0.2, interfaces=("lo",), load=LoadOptions(include_loopback=True)
    )
    with watching(KernelSource(MachineClock(), options)) as seen:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            for _ in range(500):
                datagrams.sendto(bytes(1000), ("127.0.0.1", 9))

        counted = seen.wait_for(
            InterfaceCounted, lambda told: (told.attributed_bytes or 0) >= 500_000
        )

    assert counted.interface == "lo"
    assert counted.network_namespace == own_namespace()
    assert counted.transmitted_bytes >= 500 * (1000 + 8 + 20 + 14)
