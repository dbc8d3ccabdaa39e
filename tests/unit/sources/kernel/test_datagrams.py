"""What records of datagrams mean."""

from collections.abc import Iterable
from dataclasses import replace

from strandwatch.domain.flow import Direction, FlowKey, Protocol
from strandwatch.domain.observation import (
    Ending,
    FlowClosed,
    FlowOpened,
    FlowProgressed,
    SentBy,
)
from strandwatch.domain.process import ProcessKey
from strandwatch.sources.kernel.datagrams import DatagramFlows
from strandwatch.sources.kernel.records import DestinationRecord, FlowFlag
from strandwatch.sources.kernel.tcp_flows import ProcessKeys

SENDER_KEY = ProcessKey(42, 5)


def a_record(**changes: object) -> DestinationRecord:
    record = DestinationRecord(
        key=b"first",
        cookie=1,
        family=2,
        protocol=17,
        destination=("203.0.113.10", 53),
        pid=42,
        started=50_000_000,
        payload=100,
        wire=142,
        first_at=1_000,
        last_at=2_000,
        source=("192.0.2.10", 40_000),
        network_namespace=7,
        user_id=1000,
        flags=FlowFlag.OUTBOUND,
    )
    return replace(record, **changes)  # type: ignore[arg-type]


def flows(limit: int = 10) -> DatagramFlows:
    return DatagramFlows(ProcessKeys(100), lambda kernel_ns: kernel_ns, limit=limit)


def closes(items: Iterable[object]) -> list[FlowClosed]:
    return [item for item in items if isinstance(item, FlowClosed)]


def test_the_first_packet_opens_a_flow_and_counts() -> None:
    opened, progressed = flows().take(a_record())

    assert isinstance(opened, FlowOpened)
    assert opened.key == FlowKey(7, 1)
    assert opened.flow.protocol is Protocol.UDP
    assert opened.direction is Direction.OUTBOUND
    assert opened.holders == (SENDER_KEY,)
    assert isinstance(progressed, FlowProgressed)
    assert progressed.counters.sent_bytes == 100
    assert progressed.counters.wire_bytes == 142
    assert progressed.senders == (SentBy(SENDER_KEY, 100),)


def test_each_destination_of_a_socket_has_a_key_of_its_own() -> None:
    table = flows()

    first, _ = table.take(a_record())
    second, _ = table.take(a_record(key=b"second", destination=("203.0.113.11", 53)))

    assert isinstance(first, FlowOpened)
    assert isinstance(second, FlowOpened)
    assert first.key != second.key
    assert second.key.cookie % 2**48 == 1


def test_two_processes_on_one_socket_are_one_flow_with_two_senders() -> None:
    table = flows()
    list(table.take(a_record()))

    (progressed,) = table.take(a_record(key=b"other", pid=43, started=60_000_000, payload=5))

    assert isinstance(progressed, FlowProgressed)
    assert progressed.counters.sent_bytes == 105
    assert progressed.senders == (SentBy(SENDER_KEY, 100), SentBy(ProcessKey(43, 6), 5))


def test_a_closed_socket_ends_all_its_flows_and_frees_their_entries() -> None:
    table = flows()
    list(table.take(a_record()))
    list(table.take(a_record(key=b"second", destination=("203.0.113.11", 53))))

    told = list(table.released(1, at=3_000))

    assert [closed.ending for closed in closes(told)] == [Ending.CLOSED, Ending.CLOSED]
    assert [item for item in told if isinstance(item, bytes)] == [b"first", b"second"]
    assert len(table) == 0


def test_a_quiet_flow_ends_as_idle_and_one_that_talks_stays() -> None:
    table = flows()
    list(table.take(a_record()))
    list(table.take(a_record(key=b"busy", cookie=2, last_at=9_000)))

    told = list(table.quiet_since(5_000))

    assert [closed.ending for closed in closes(told)] == [Ending.IDLE]
    assert len(table) == 1


def test_flows_of_a_socket_that_is_gone_end() -> None:
    table = flows()
    list(table.take(a_record()))
    list(table.take(a_record(key=b"other", cookie=2)))

    told = list(table.sweep({2}, at=3_000))

    assert [closed.key.cookie for closed in closes(told)] == [1]


def test_more_flows_than_the_limit_are_shed_counted_and_removed() -> None:
    table = flows(limit=1)

    list(table.take(a_record()))
    told = list(table.take(a_record(key=b"other", cookie=2)))

    assert told == [b"other"]
    assert table.shed == 1
    assert table.is_crowded()


def test_a_packet_of_the_kernels_own_has_no_process() -> None:
    opened, progressed = flows().take(a_record(pid=0))

    assert isinstance(opened, FlowOpened)
    assert opened.holders == ()
    assert isinstance(progressed, FlowProgressed)
    assert progressed.senders == ()
