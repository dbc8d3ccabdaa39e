"""The netlink tier in network namespaces: real hosts of the lab, real uploads."""

from collections.abc import Iterator

import pytest

from strandwatch.domain.flow import Direction, FlowKey
from strandwatch.domain.observation import Ending, FlowClosed, FlowOpened, FlowProgressed
from strandwatch.lab.network import Network, lab_network
from strandwatch.sources.processes import ProcessReader
from strandwatch.sources.sockets_netlink import NetlinkFlowSource
from support.senders import python_child, run_python, sink
from support.sources import open_descriptors
from support.watching import Collected, MachineClock, watching

pytestmark = pytest.mark.root

THERE, PORT = "203.0.113.10", 9010

UPLOAD = """
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as stream:
    stream.sendall(bytes(int(sys.argv[3])))
    if len(sys.argv) > 4:
        print("sent", flush=True)
        sys.stdin.readline()
"""


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    with lab_network(("cn",)) as network, sink(network.hosts["cn"], THERE, PORT):
        yield network


def a_source() -> NetlinkFlowSource:
    clock = MachineClock()
    return NetlinkFlowSource(clock, ProcessReader(clock), poll_seconds=0.05, holders_seconds=0.2)


@pytest.fixture
def seen() -> Iterator[Collected]:
    with watching(a_source()) as collected:
        yield collected


def test_an_upload_in_another_namespace_has_its_holder_and_its_bytes(
    network: Network, seen: Collected
) -> None:
    namespace = network.sequencer.path.stat().st_ino
    with python_child(network.sequencer, UPLOAD, THERE, str(PORT), "3000000", "wait") as child:
        assert child.hear() == "sent"
        opened = seen.wait_for(FlowOpened, lambda told: told.key.network_namespace == namespace)
        seen.wait_until(lambda: child.pid in holders(seen, opened.key))
        child.tell("end")
        child.wait()
        closed = seen.wait_for(FlowClosed, lambda told: told.key == opened.key)

    assert (opened.flow.destination.address, opened.direction) == (THERE, Direction.OUTBOUND)
    assert (closed.ending, closed.counters.sent_bytes) == (Ending.CLOSED, 3_000_000)


def holders(seen: Collected, key: FlowKey) -> set[int]:
    opened = [each.holders for each in seen.of(FlowOpened) if each.key == key]
    progressed = [each.holders for each in seen.of(FlowProgressed) if each.key == key]
    return {holder.pid for told in (*opened, *progressed) for holder in told}


def test_uploads_shorter_than_a_look_are_counted_to_the_byte(
    network: Network, seen: Collected
) -> None:
    namespace = network.sequencer.path.stat().st_ino
    for size in range(7_001, 7_021):
        run_python(network.sequencer, UPLOAD, THERE, str(PORT), str(size))

    def sizes() -> set[int | None]:
        ended = seen.of(FlowClosed)
        here = [told for told in ended if told.key.network_namespace == namespace]
        return {told.counters.sent_bytes for told in here}

    seen.wait_until(lambda: sizes() >= set(range(7_001, 7_021)))


def test_a_namespace_that_ends_is_let_go_of() -> None:
    with watching(a_source()) as seen:
        with lab_network(("cn",)) as network, sink(network.hosts["cn"], THERE, PORT):
            namespace = network.sequencer.path.stat().st_ino
            with python_child(network.sequencer, UPLOAD, THERE, str(PORT), "9", "wait") as child:
                child.hear()
                opened = seen.wait_for(
                    FlowOpened, lambda told: told.key.network_namespace == namespace
                )
        seen.wait_for(FlowClosed, lambda told: told.key == opened.key)

    assert not network.sequencer.path.exists()


def test_descriptors_are_given_back() -> None:
    before = open_descriptors()

    with watching(a_source()) as seen:
        seen.wait_until(lambda: True)

    assert open_descriptors() == before
