"""What records of TCP sockets mean."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandwatch.domain.flow import Direction, Endpoint, FlowKey, Protocol
from strandwatch.domain.observation import (
    Ending,
    FlowClosed,
    FlowOpened,
    FlowProgressed,
    SentBy,
)
from strandwatch.domain.process import ProcessKey
from strandwatch.sources.kernel.records import Actor, FlowFlag, FlowRecord, Kind
from strandwatch.sources.kernel.tcp_flows import ProcessKeys, TcpFlows

KEYS = ProcessKeys(100)
SENDER = Actor(42, 50_000_000)
SENDER_KEY = ProcessKey(42, 5)
OPEN = FlowFlag.OUTBOUND | FlowFlag.ESTABLISHED


def a_record(kind: int = Kind.PROGRESSED, **changes: object) -> FlowRecord:
    record = FlowRecord(
        kind=kind,
        state=1,
        family=2,
        protocol=6,
        network_namespace=7,
        cookie=1,
        at=2_000,
        source=("192.0.2.10", 4000),
        destination=("203.0.113.10", 443),
        acked=0,
        received=0,
        queued=0,
        user_id=1000,
        opened_at=1_000,
        handed=0,
        wire=0,
        opener=SENDER,
        senders=[],
        flags=OPEN,
    )
    return replace(record, **changes)  # type: ignore[arg-type]


def flows(limit: int = 10) -> TcpFlows:
    return TcpFlows(KEYS, lambda kernel_ns: kernel_ns + 10_000, limit=limit)


def test_an_opening_names_both_ends_and_the_process() -> None:
    (opened,) = flows().take(a_record())

    assert isinstance(opened, FlowOpened)
    assert opened.key == FlowKey(7, 1)
    assert opened.at_ns == 11_000
    assert opened.flow.protocol is Protocol.TCP
    assert opened.flow.destination == Endpoint("203.0.113.10", 443)
    assert opened.direction is Direction.OUTBOUND
    assert opened.holders == (SENDER_KEY,)
    assert not opened.found_open


def test_the_syn_and_the_fin_are_not_payload() -> None:
    table = flows()
    list(table.take(a_record()))

    (closed,) = table.take(
        a_record(Kind.CLOSED, acked=1 + 500 + 1, handed=500, senders=[(SENDER, 500)])
    )

    assert isinstance(closed, FlowClosed)
    assert closed.ending is Ending.CLOSED
    assert closed.counters.sent_bytes == 500
    assert closed.counters.queued_bytes == 0
    assert closed.senders == (SentBy(SENDER_KEY, 500),)


def test_what_was_handed_and_not_acknowledged_is_queued() -> None:
    table = flows()
    list(table.take(a_record()))

    (progressed,) = table.take(a_record(Kind.PROGRESSED, acked=301, handed=1000, wire=5000))

    assert isinstance(progressed, FlowProgressed)
    assert progressed.counters.sent_bytes == 300
    assert progressed.counters.queued_bytes == 700
    assert progressed.counters.wire_bytes == 5000


def test_a_flow_that_ends_before_its_opening_was_told_is_told_whole() -> None:
    opened, closed = flows().take(a_record(Kind.CLOSED, flags=FlowFlag.OUTBOUND))

    assert isinstance(opened, FlowOpened)
    assert isinstance(closed, FlowClosed)
    assert closed.ending is Ending.NEVER_ESTABLISHED


def test_progress_of_an_unknown_flow_opens_it() -> None:
    table = flows()

    told = list(table.take(a_record(Kind.PROGRESSED, handed=5, senders=[(SENDER, 5)])))
    again = list(table.take_held([a_record(Kind.HELD)]))

    assert [type(item) for item in told] == [FlowOpened, FlowProgressed]
    assert again == []


def test_sockets_open_before_are_told_once_with_all_their_holders() -> None:
    table = flows()
    held = [
        a_record(Kind.HELD, flags=FlowFlag.FOUND, opener=SENDER),
        a_record(Kind.HELD, flags=FlowFlag.FOUND, opener=Actor(43, 60_000_000)),
    ]

    (opened,) = table.take_held(held)

    assert isinstance(opened, FlowOpened)
    assert opened.found_open
    assert opened.holders == (SENDER_KEY, ProcessKey(43, 6))
    assert opened.direction is Direction.OUTBOUND


def test_a_found_flow_of_a_port_that_is_listened_on_is_inbound() -> None:
    listener = a_record(Kind.HELD, cookie=9, state=10, source=("0.0.0.0", 4000))  # noqa: S104
    caller = a_record(Kind.HELD, flags=FlowFlag.FOUND)

    (opened,) = flows().take_held([listener, caller])

    assert isinstance(opened, FlowOpened)
    assert opened.direction is Direction.INBOUND


def test_datagram_sockets_wait_for_their_first_packet() -> None:
    held = a_record(Kind.HELD, protocol=17, flags=FlowFlag.FOUND | FlowFlag.DATAGRAM)

    assert list(flows().take_held([held])) == []


def test_more_flows_than_the_limit_are_shed_and_counted() -> None:
    table = flows(limit=2)

    told = [item for cookie in range(5) for item in table.take(a_record(cookie=cookie))]

    assert len(told) == 2
    assert len(table) == 2
    assert table.shed == 3


def test_a_flow_whose_end_was_lost_vanishes() -> None:
    table = flows()
    list(table.take(a_record()))

    (closed,) = table.vanish(table.known() - {2}, at_ns=5)

    assert isinstance(closed, FlowClosed)
    assert closed.ending is Ending.VANISHED
    assert closed.key == FlowKey(7, 1)
    assert len(table) == 0


@pytest.mark.parametrize(
    ("marks", "senders"),
    [
        ([(SENDER, 0)], (SentBy(SENDER_KEY, 900),)),
        (
            [(Actor(43, 60_000_000), 100), (SENDER, 200)],
            (SentBy(ProcessKey(43, 6), 700), SentBy(SENDER_KEY, 200)),
        ),
        ([], (SentBy(SENDER_KEY, 900),)),
    ],
)
def test_without_counts_of_what_is_handed_the_last_sender_has_the_rest(
    marks: list[tuple[Actor, int]], senders: tuple[SentBy, ...]
) -> None:
    table = TcpFlows(KEYS, lambda kernel_ns: kernel_ns, limit=5, marked=lambda _cookie: marks)

    _, closed = table.take(a_record(Kind.CLOSED, acked=901))

    assert isinstance(closed, FlowClosed)
    assert closed.counters.sent_bytes == 900
    assert closed.senders == senders


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_never_more_is_sent_than_was_handed(handed: int, acked: int) -> None:
    _, closed = flows().take(a_record(Kind.CLOSED, handed=handed, acked=acked))

    assert isinstance(closed, FlowClosed)
    assert closed.counters.sent_bytes is not None
    assert closed.counters.queued_bytes is not None
    assert 0 <= closed.counters.sent_bytes <= handed
    assert closed.counters.sent_bytes + closed.counters.queued_bytes == handed
