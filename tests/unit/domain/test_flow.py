"""Community ID against the vectors that its specification publishes."""

import pytest

from strandwatch.domain.flow import Endpoint, FiveTuple, Protocol, community_id

# Source: corelight/community-id-spec, baseline of version 1 with seed 0.
PUBLISHED = [
    (Protocol.TCP, "128.232.110.120", 34855, "66.35.250.204", 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
    (Protocol.UDP, "192.168.1.52", 54585, "8.8.8.8", 53, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="),
    (Protocol.ICMP, "192.168.0.89", 8, "192.168.0.1", 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="),
    (Protocol.SCTP, "192.168.170.8", 7, "192.168.170.56", 80, "1:jQgCxbku+pNGw8WPbEc/TS/uTpQ="),
    (
        Protocol.TCP,
        "2001:470:e5bf:dead:4957:2174:e82c:4887",
        63943,
        "2607:f8b0:400c:c03::1a",
        25,
        "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=",
    ),
]


@pytest.mark.parametrize(("protocol", "source", "sport", "to", "dport", "expected"), PUBLISHED)
def test_published_flows_have_their_published_id(
    protocol: Protocol, source: str, sport: int, to: str, dport: int, expected: str
) -> None:
    flow = FiveTuple(protocol, Endpoint(source, sport), Endpoint(to, dport))

    assert community_id(flow) == expected


@pytest.mark.parametrize(("protocol", "source", "sport", "to", "dport", "expected"), PUBLISHED[:2])
def test_both_directions_of_a_flow_have_one_id(
    protocol: Protocol, source: str, sport: int, to: str, dport: int, expected: str
) -> None:
    flow = FiveTuple(protocol, Endpoint(to, dport), Endpoint(source, sport))

    assert community_id(flow) == expected


def test_a_protocol_without_a_number_has_no_id() -> None:
    flow = FiveTuple(Protocol.PACKET, Endpoint("192.0.2.1", 0), Endpoint("198.51.100.1", 0))

    assert community_id(flow) is None
