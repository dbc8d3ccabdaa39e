"""Flows as a Zeek conn.log."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandwatch.core.command import FlowRecord
from strandwatch.domain.flow import Direction, Endpoint, FiveTuple, Protocol, community_id
from strandwatch.domain.observation import Ending, FlowCounters
from strandwatch.store.zeek import conn_log
from support.builders import START_NS, a_flow, a_flow_record


def rows(*flows: FlowRecord) -> list[dict[str, str]]:
    """Read a conn.log as zeek-cut does: by the names of its header."""
    lines = list(conn_log(flows))
    (names,) = (line.split("\t")[1:] for line in lines if line.startswith("#fields"))
    values = [line.split("\t") for line in lines if not line.startswith("#")]
    assert all(len(row) == len(names) for row in values)
    return [dict(zip(names, row, strict=True)) for row in values]


def test_the_header_names_and_types_every_field() -> None:
    lines = list(conn_log([]))

    assert lines[0] == "#separator \\x09"
    assert "#path\tconn" in lines
    fields, types = lines[-2].split("\t"), lines[-1].split("\t")
    assert len(fields) == len(types) == 23
    assert fields[1:7] == ["ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"]


def test_an_upload_has_this_machine_as_originator() -> None:
    (row,) = rows(replace(a_flow_record(), closed_ns=START_NS + 1_500_000_000))

    assert row["ts"] == "1795000000.000000"
    assert (row["id.orig_h"], row["id.orig_p"]) == ("192.0.2.10", "40000")
    assert (row["id.resp_h"], row["id.resp_p"]) == ("203.0.113.10", "443")
    assert (row["orig_bytes"], row["resp_bytes"]) == ("1000", "-")
    assert (row["duration"], row["conn_state"], row["proto"]) == ("1.500000", "SF", "tcp")
    assert (row["local_orig"], row["local_resp"]) == ("T", "F")
    assert row["community_id"] == community_id(a_flow())


def test_what_was_served_is_the_responders() -> None:
    flow = replace(
        a_flow_record(),
        direction=Direction.INBOUND,
        counters=FlowCounters(sent_bytes=7, received_bytes=3),
    )

    (row,) = rows(flow)

    assert (row["id.orig_h"], row["id.resp_h"]) == ("203.0.113.10", "192.0.2.10")
    assert (row["orig_bytes"], row["resp_bytes"]) == ("3", "7")
    assert row["local_resp"] == "T"


@pytest.mark.parametrize(
    ("flow", "state"),
    [
        (a_flow_record(), "S1"),
        (replace(a_flow_record(), ending=Ending.NEVER_ESTABLISHED, closed_ns=1), "S0"),
        (replace(a_flow_record(), ending=Ending.VANISHED, closed_ns=1), "OTH"),
        (replace(a_flow_record(), found_open=True), "OTH"),
    ],
)
def test_the_state_is_what_a_socket_can_tell(flow: FlowRecord, state: str) -> None:
    assert rows(flow)[0]["conn_state"] == state


def test_a_protocol_of_its_own_has_no_community_id() -> None:
    flow = FiveTuple(Protocol.PACKET, Endpoint("192.0.2.1", 0), Endpoint("198.51.100.1", 0))

    (row,) = rows(a_flow_record(flow=flow))

    assert (row["proto"], row["community_id"]) == ("unknown_transport", "-")


@given(st.integers(0, 2**63), st.none() | st.integers(0, 2**63))
def test_no_value_breaks_a_row(cookie: int, sent_bytes: int | None) -> None:
    first, second = rows(a_flow_record(cookie, sent_bytes=sent_bytes), a_flow_record(cookie + 1))

    assert first["uid"] != second["uid"]
    assert first["uid"].isalnum()
