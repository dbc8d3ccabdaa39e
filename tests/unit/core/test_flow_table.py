"""Flows: totals that never shrink, and two flows that share their ends one after the other."""

from strandwatch.core.flow_table import FlowTable, merged
from strandwatch.core.limits import Limits
from strandwatch.domain.flow import FlowKey
from strandwatch.domain.observation import FlowCounters, FlowProgressed, SentBy
from strandwatch.domain.process import ProcessKey
from support.builders import ALICE_CURL, a_flow, a_flow_opened


def test_totals_never_shrink_and_never_become_unknown() -> None:
    before = FlowCounters(sent_bytes=10, queued_bytes=5, wire_bytes=None, received_bytes=3)
    after = FlowCounters(sent_bytes=4, queued_bytes=None, wire_bytes=7, received_bytes=None)

    assert merged(before, after) == FlowCounters(
        sent_bytes=10, queued_bytes=5, wire_bytes=7, received_bytes=3
    )


def test_a_flow_told_of_twice_is_one_flow_with_all_its_holders() -> None:
    table = FlowTable(Limits())
    table.opened(a_flow_opened())

    state = table.opened(a_flow_opened(holders=(ProcessKey(5, 5),)))

    assert len(table) == 1
    assert state.processes() == [ALICE_CURL, ProcessKey(5, 5)]


def test_the_same_ends_belong_to_the_newer_flow() -> None:
    table = FlowTable(Limits())
    table.opened(a_flow_opened(1))
    table.opened(a_flow_opened(2))

    table.drop(FlowKey(1, 1))

    found = table.find(a_flow())
    assert found is not None
    assert found.key == FlowKey(1, 2)
    assert [state.key for state in table.of(ALICE_CURL)] == [FlowKey(1, 2)]


def test_a_dropped_flow_is_gone_from_every_index() -> None:
    table = FlowTable(Limits())
    table.opened(a_flow_opened())
    sender = SentBy(ALICE_CURL, 5)
    table.progressed(
        FlowProgressed(at_ns=1, key=FlowKey(1, 7), counters=FlowCounters(), senders=(sender,))
    )

    table.drop(FlowKey(1, 7))
    table.drop(FlowKey(1, 7))

    assert table.of(ALICE_CURL) == []
    assert table.find(a_flow()) is None


def test_of_several_senders_the_one_with_most_bytes_stands_first() -> None:
    table = FlowTable(Limits())
    state = table.opened(a_flow_opened())
    senders = (SentBy(ProcessKey(5, 5), 10), SentBy(ProcessKey(6, 6), 99))

    table.progressed(
        FlowProgressed(at_ns=1, key=FlowKey(1, 7), counters=FlowCounters(), senders=senders)
    )

    assert state.processes() == [ProcessKey(6, 6), ProcessKey(5, 5), ALICE_CURL]
