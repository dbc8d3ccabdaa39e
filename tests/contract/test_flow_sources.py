"""What every source of flows promises, whatever its tier: real programs, real sockets."""

import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from strandwatch.domain.flow import Direction, FlowKey
from strandwatch.domain.observation import (
    Ending,
    FlowClosed,
    FlowCounters,
    FlowOpened,
    FlowProgressed,
    ProcessStarted,
)
from strandwatch.domain.process import ProcessKey
from strandwatch.ports import Source
from strandwatch.sources.kernel.programs import LoadOptions
from strandwatch.sources.kernel.source import KernelSource, KernelSourceOptions
from strandwatch.sources.namespaces import own_namespace
from strandwatch.sources.processes import ProcessReader
from strandwatch.sources.sockets_netlink import NetlinkFlowSource
from strandwatch.sources.sockets_portable import PortableFlowSource
from support.sources import open_descriptors
from support.watching import Collected, MachineClock, watching

PAYLOAD = 300_000


def portable() -> Source:
    clock = MachineClock()
    return PortableFlowSource(
        clock, ProcessReader(clock), poll_seconds=0.05, holders_seconds=0.2, include_loopback=True
    )


def netlink() -> Source:
    clock = MachineClock()
    return NetlinkFlowSource(
        clock, ProcessReader(clock), poll_seconds=0.05, holders_seconds=0.2, include_loopback=True
    )


def kernel() -> Source:
    options = KernelSourceOptions(load=LoadOptions(include_loopback=True))
    return KernelSource(MachineClock(), options)


FLOW_SOURCES = [
    pytest.param(portable, id="portable"),
    pytest.param(netlink, id="netlink", marks=pytest.mark.root),
    pytest.param(kernel, id="kernel", marks=pytest.mark.root),
]
every_source = pytest.mark.parametrize("make", FLOW_SOURCES)
Make = Callable[[], Source]

CLIENT = """
import socket, sys
stream = socket.create_connection((sys.argv[1], int(sys.argv[2])))
print(stream.getsockname()[1], flush=True)
for line in sys.stdin:
    if line == "close\\n":
        stream.shutdown(socket.SHUT_WR)
        while stream.recv(65536):
            pass
        stream.close()
    else:
        stream.sendall(bytes(int(line)))
    print("done", flush=True)
"""


class Client:
    """A program with one connection, told by lines what to do."""

    def __init__(self, program: "subprocess.Popen[str]") -> None:
        self._program = program
        self.pid = program.pid
        self.port = int(self._hear())

    def send(self, size: int) -> None:
        """Send that many bytes."""
        self._tell(str(size))

    def close(self) -> None:
        """Close in good order."""
        self._tell("close")

    def _tell(self, line: str) -> None:
        assert self._program.stdin is not None
        self._program.stdin.write(line + "\n")
        self._program.stdin.flush()
        self._hear()

    def _hear(self) -> str:
        assert self._program.stdout is not None
        return self._program.stdout.readline()


@contextmanager
def a_client(address: str, port: int) -> Iterator[Client]:
    with subprocess.Popen(
        [sys.executable, "-c", CLIENT, address, str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        try:
            yield Client(program)
        finally:
            program.kill()


@contextmanager
def a_server(address: str = "127.0.0.1", answer: int = 0) -> Iterator[int]:
    """Take what comes on one port until its end, and send `answer` bytes to each who connects."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, 0), family=family) as server:

        def serve() -> None:
            while True:
                try:
                    stream, _ = server.accept()
                except OSError:
                    return
                with stream:
                    stream.sendall(bytes(answer))
                    while stream.recv(1 << 16):
                        pass

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=5)


def opened_by(seen: Collected, client: Client) -> FlowOpened:
    here = own_namespace()
    return seen.wait_for(
        FlowOpened,
        lambda told: told.key.network_namespace == here and told.flow.source.port == client.port,
    )


def closed(seen: Collected, key: FlowKey) -> FlowClosed:
    return seen.wait_for(FlowClosed, lambda told: told.key == key)


def sent_so_far(seen: Collected, key: FlowKey, size: int) -> None:
    seen.wait_until(lambda: size in [each.sent_bytes for each in counted(seen, key)])


def counted(seen: Collected, key: FlowKey) -> list[FlowCounters]:
    opened = [told.counters for told in seen.of(FlowOpened) if told.key == key]
    progressed = [told.counters for told in seen.of(FlowProgressed) if told.key == key]
    ended = [told.counters for told in seen.of(FlowClosed) if told.key == key]
    return [*opened, *progressed, *ended]


def holders(seen: Collected, key: FlowKey) -> set[ProcessKey]:
    opened = [told.holders for told in seen.of(FlowOpened) if told.key == key]
    progressed = [told.holders for told in seen.of(FlowProgressed) if told.key == key]
    return {holder for told in (*opened, *progressed) for holder in told}


@every_source
@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_an_upload_is_seen_while_it_runs_and_counted_to_the_byte(make: Make, address: str) -> None:
    with a_server(address) as port, watching(make()) as seen, a_client(address, port) as client:
        client.send(PAYLOAD)
        opened = opened_by(seen, client)
        sent_so_far(seen, opened.key, PAYLOAD)
        client.send(PAYLOAD)
        client.close()
        ended = closed(seen, opened.key)

    assert opened.flow.destination.address == address
    assert opened.flow.destination.port == port
    assert opened.direction is Direction.OUTBOUND
    assert not opened.found_open
    assert ended.ending is Ending.CLOSED
    assert ended.counters.sent_bytes == 2 * PAYLOAD


@every_source
def test_totals_never_go_back(make: Make) -> None:
    with a_server() as port, watching(make()) as seen, a_client("127.0.0.1", port) as client:
        key = opened_by(seen, client).key
        for _ in range(5):
            client.send(PAYLOAD)
        client.close()
        closed(seen, key)

    sent = [each.sent_bytes for each in counted(seen, key)]
    assert sent == sorted(each for each in sent if each is not None)
    assert sent[-1] == 5 * PAYLOAD


@every_source
def test_the_holder_is_named_and_its_command_was_told(make: Make) -> None:
    with a_server() as port, watching(make()) as seen, a_client("127.0.0.1", port) as client:
        key = opened_by(seen, client).key
        client.send(PAYLOAD)
        seen.wait_until(lambda: holders(seen, key) != set())
        client.close()
        closed(seen, key)

    (holder,) = holders(seen, key)
    assert holder.pid == client.pid
    told = [each.process for each in seen.of(ProcessStarted) if each.process.key == holder]
    assert told[-1].command[-1] == str(port)


@every_source
def test_what_is_served_to_a_client_is_inbound_and_counted_as_sent(make: Make) -> None:
    with (
        a_server(answer=PAYLOAD) as port,
        watching(make()) as seen,
        a_client("127.0.0.1", port) as client,
    ):
        served = seen.wait_for(
            FlowOpened,
            lambda told: (told.flow.source.port, told.flow.destination.port) == (port, client.port),
        )
        client.close()
        ended = closed(seen, served.key)

    assert served.direction is Direction.INBOUND
    assert served.flow.source.port == port
    assert ended.counters.sent_bytes == PAYLOAD


@every_source
def test_each_flow_opens_once_and_closes_once(make: Make) -> None:
    keys = []
    with a_server() as port, watching(make()) as seen:
        for _ in range(3):
            with a_client("127.0.0.1", port) as client:
                client.send(1)
                keys.append(opened_by(seen, client).key)
                client.close()
        for key in keys:
            closed(seen, key)

    openings = [each.key for each in seen.of(FlowOpened)]
    endings = [each.key for each in seen.of(FlowClosed)]
    assert [openings.count(key) for key in keys] == [1, 1, 1]
    assert [endings.count(key) for key in keys] == [1, 1, 1]


@every_source
def test_a_connection_from_before_the_start_is_found_and_says_so(make: Make) -> None:
    with a_server() as port, a_client("127.0.0.1", port) as client:
        client.send(PAYLOAD)

        with watching(make()) as seen:
            found = opened_by(seen, client)
            client.send(PAYLOAD)
            seen.wait_for(FlowProgressed, lambda told: told.key == found.key)
            seen.wait_until(lambda: holders(seen, found.key) != set())

    assert found.found_open
    assert {holder.pid for holder in holders(seen, found.key)} == {client.pid}


@every_source
def test_a_refused_connection_never_carries_bytes(make: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    with watching(make()) as seen:
        with socket.socket() as stream:
            refused = stream.connect_ex(("127.0.0.1", port))
        with a_server() as other, a_client("127.0.0.1", other) as client:
            opened_by(seen, client)

    assert refused != 0
    told = {each.key for each in seen.of(FlowOpened) if each.flow.destination.port == port}
    assert not any(each.sent_bytes for key in told for each in counted(seen, key))
    endings = [each.ending for each in seen.of(FlowClosed) if each.key in told]
    assert set(endings) <= {Ending.NEVER_ESTABLISHED}


@every_source
def test_stopping_is_safe_before_the_start_and_twice_and_leaks_nothing(make: Make) -> None:
    make().stop()
    with watching(make()):
        pass
    before = open_descriptors()
    source = make()

    with watching(source):
        pass
    source.stop()

    assert open_descriptors() == before
