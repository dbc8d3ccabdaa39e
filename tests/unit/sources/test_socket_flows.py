import socket
import struct

import pytest

from strandwatch.domain.flow import Direction, Endpoint, FiveTuple, FlowKey, Protocol
from strandwatch.domain.observation import (
    Ending,
    FlowClosed,
    FlowOpened,
    FlowProgressed,
)
from strandwatch.domain.process import ProcessKey
from strandwatch.sources.sock_diag import SocketState, State
from strandwatch.sources.socket_flows import FlowObservation, Look, SocketFlows, stays_here

NAMESPACE = 4026531833
CURL = ProcessKey(4242, 77)
TAR = ProcessKey(4243, 78)


def a_socket(
    cookie: int = 1,
    *,
    state: State = State.ESTABLISHED,
    sent: int | None = 100,
    protocol: int = socket.IPPROTO_TCP,
    own_port: int = 40_000,
    other_port: int = 443,
    other: str = "203.0.113.10",
    inode: int = 5,
) -> SocketState:
    ends = struct.pack("!HH", own_port, other_port)
    ends += socket.inet_aton("192.0.2.10").ljust(16, b"\0")
    ends += socket.inet_aton(other).ljust(16, b"\0")
    return SocketState(
        socket.AF_INET, protocol, state, cookie, ends, 1000, inode, 0, sent, 0, sent, 0
    )


def nobody(_inode: int) -> tuple[ProcessKey, ...]:
    return ()


def curl(_inode: int) -> tuple[ProcessKey, ...]:
    return (CURL,)


def told(flows: SocketFlows, *sockets: SocketState, serving: int = 0) -> list[FlowObservation]:
    return list(flows.take(Look(1, sockets, frozenset({serving})), curl))


def test_a_new_socket_opens_a_flow_with_its_holder() -> None:
    flows = SocketFlows(NAMESPACE, found_open=False)

    (opened,) = told(flows, a_socket())

    assert isinstance(opened, FlowOpened)
    assert opened.key == FlowKey(NAMESPACE, 1)
    assert opened.flow.destination == Endpoint("203.0.113.10", 443)
    assert (opened.direction, opened.holders) == (Direction.OUTBOUND, (CURL,))
    assert (opened.counters.sent_bytes, opened.user_id) == (100, 1000)
    assert not opened.found_open


def test_only_what_the_first_look_shows_was_open_before() -> None:
    flows = SocketFlows(NAMESPACE)

    first = told(flows, a_socket(1))
    second = told(flows, a_socket(1), a_socket(2))

    assert [each.found_open for each in first + second if isinstance(each, FlowOpened)] == [
        True,
        False,
    ]


def test_a_socket_on_a_port_that_somebody_listens_on_is_inbound() -> None:
    (opened,) = told(SocketFlows(NAMESPACE), a_socket(own_port=8080), serving=8080)

    assert isinstance(opened, FlowOpened)
    assert opened.direction is Direction.INBOUND


def test_a_flow_progresses_when_its_totals_change_and_not_otherwise() -> None:
    flows = SocketFlows(NAMESPACE)
    told(flows, a_socket(sent=100))

    (progressed,) = told(flows, a_socket(sent=200))
    quiet = told(flows, a_socket(sent=200))

    assert isinstance(progressed, FlowProgressed)
    assert progressed.counters.sent_bytes == 200
    assert quiet == []


def test_a_holder_found_later_is_told() -> None:
    flows = SocketFlows(NAMESPACE)
    list(flows.take(Look(1, [a_socket()]), nobody))
    unheld = flows.unheld()

    (progressed,) = flows.take(Look(2, [a_socket()]), curl)

    assert unheld == [5]
    assert isinstance(progressed, FlowProgressed)
    assert progressed.holders == (CURL,)


def test_a_socket_that_is_passed_on_has_its_new_holder() -> None:
    flows = SocketFlows(NAMESPACE)
    told(flows, a_socket())

    (progressed,) = flows.refresh_holders(2, lambda _: (TAR,))

    assert isinstance(progressed, FlowProgressed)
    assert progressed.holders == (TAR,)


def test_a_socket_whose_process_is_gone_keeps_its_last_holder() -> None:
    flows = SocketFlows(NAMESPACE)
    told(flows, a_socket(sent=100))

    (progressed,) = told(flows, a_socket(sent=300, inode=0, state=State.FIN_WAIT1))

    assert isinstance(progressed, FlowProgressed)
    assert progressed.holders == (CURL,)


def test_a_destroyed_socket_closes_its_flow_with_the_last_totals() -> None:
    flows = SocketFlows(NAMESPACE, patience=1)
    told(flows, a_socket(sent=100))
    missed = told(flows)

    (closed,) = flows.destroyed([a_socket(sent=900, state=State.CLOSE)], Look(3, ()))

    assert missed == []
    assert isinstance(closed, FlowClosed)
    assert (closed.ending, closed.counters.sent_bytes) == (Ending.CLOSED, 900)
    assert len(flows) == 0


def test_a_socket_that_lived_between_two_looks_opens_and_closes_with_nobody_known() -> None:
    flows = SocketFlows(NAMESPACE)

    opened, closed = flows.destroyed([a_socket(sent=900, state=State.CLOSE)], Look(3, ()))

    assert isinstance(opened, FlowOpened)
    assert isinstance(closed, FlowClosed)
    assert (opened.holders, opened.user_id) == ((), None)
    assert closed.counters.sent_bytes == 900


def test_a_flow_closes_once_whatever_comes_late() -> None:
    flows = SocketFlows(NAMESPACE)
    told(flows, a_socket())
    told(flows)

    late = list(flows.destroyed([a_socket(state=State.CLOSE)], Look(3, ())))
    again = told(flows, a_socket())

    assert late == []
    assert again == []


@pytest.mark.parametrize(
    ("last", "ending"),
    [
        (a_socket(), Ending.VANISHED),
        (a_socket(state=State.FIN_WAIT2), Ending.CLOSED),
        (a_socket(state=State.LAST_ACK), Ending.CLOSED),
        (a_socket(state=State.SYN_SENT, sent=0), Ending.NEVER_ESTABLISHED),
        (a_socket(protocol=socket.IPPROTO_UDP, sent=None), Ending.CLOSED),
    ],
)
def test_how_a_flow_that_is_no_longer_listed_ended(last: SocketState, ending: Ending) -> None:
    flows = SocketFlows(NAMESPACE)
    told(flows, last)

    (closed,) = told(flows)

    assert isinstance(closed, FlowClosed)
    assert closed.ending is ending


def test_a_refused_connection_that_was_never_listed_was_never_established() -> None:
    flows = SocketFlows(NAMESPACE)

    _, closed = flows.destroyed([a_socket(sent=0, state=State.CLOSE)], Look(3, ()))

    assert isinstance(closed, FlowClosed)
    assert closed.ending is Ending.NEVER_ESTABLISHED


def test_flows_that_stay_on_the_machine_are_left_out_unless_asked_for() -> None:
    local = a_socket(other="127.0.0.1")

    assert told(SocketFlows(NAMESPACE), local) == []
    assert len(told(SocketFlows(NAMESPACE, include_loopback=True), local)) == 1


@pytest.mark.parametrize(
    ("other", "stays"),
    [("127.0.0.9", True), ("::1", True), ("192.0.2.10", True), ("192.0.2.11", False)],
)
def test_what_stays_on_the_machine(other: str, stays: bool) -> None:
    flow = FiveTuple(Protocol.TCP, Endpoint("192.0.2.10", 1), Endpoint(other, 2))

    assert stays_here(flow) is stays


def test_more_flows_than_there_is_room_for_are_counted() -> None:
    flows = SocketFlows(NAMESPACE, most=2)

    told(flows, a_socket(1), a_socket(2), a_socket(3))

    assert (len(flows), flows.shed) == (2, 1)


def test_a_socket_without_another_end_is_no_flow() -> None:
    assert told(SocketFlows(NAMESPACE), a_socket(other_port=0)) == []
