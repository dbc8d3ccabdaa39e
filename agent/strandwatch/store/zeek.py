"""Flows as a Zeek conn.log, for RITA, zeek-cut and everything else that reads one.

Source: Zeek documentation, Conn::Info and the ASCII writer. What is unknown is `-`, never 0.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator

from strandwatch.core.command import FlowRecord
from strandwatch.domain.flow import IP_PROTOCOL_NUMBERS, Direction, Endpoint, community_id
from strandwatch.domain.observation import Ending

_FIELDS = (
    ("ts", "time"),
    ("uid", "string"),
    ("id.orig_h", "addr"),
    ("id.orig_p", "port"),
    ("id.resp_h", "addr"),
    ("id.resp_p", "port"),
    ("proto", "enum"),
    ("service", "string"),
    ("duration", "interval"),
    ("orig_bytes", "count"),
    ("resp_bytes", "count"),
    ("conn_state", "string"),
    ("local_orig", "bool"),
    ("local_resp", "bool"),
    ("missed_bytes", "count"),
    ("history", "string"),
    ("orig_pkts", "count"),
    ("orig_ip_bytes", "count"),
    ("resp_pkts", "count"),
    ("resp_ip_bytes", "count"),
    ("tunnel_parents", "set[string]"),
    ("community_id", "string"),
)
_UNSET = "-"
_PROTOCOLS = {"tcp": "tcp", "udp": "udp", "icmp": "icmp", "ipv6-icmp": "icmp"}


def conn_log(flows: Iterable[FlowRecord]) -> Iterator[str]:
    """Give the lines of a conn.log, header first, without their ends."""
    yield "#separator \\x09"
    yield "#set_separator\t,"
    yield "#empty_field\t(empty)"
    yield f"#unset_field\t{_UNSET}"
    yield "#path\tconn"
    yield "\t".join(("#fields", *(name for name, _ in _FIELDS)))
    yield "\t".join(("#types", *(kind for _, kind in _FIELDS)))
    for flow in flows:
        yield "\t".join(_row(flow))


def _row(flow: FlowRecord) -> Iterator[str]:
    values = _values(flow)
    return (values.get(name, _UNSET) for name, _ in _FIELDS)


def _values(flow: FlowRecord) -> dict[str, str]:
    """Give the fields that are known; the originator is who opened the conversation."""
    ours, theirs = flow.flow.source, flow.flow.destination
    sent, received = _count(flow.counters.sent_bytes), _count(flow.counters.received_bytes)
    inbound = flow.direction is Direction.INBOUND
    orig, resp = (theirs, ours) if inbound else (ours, theirs)
    orig_bytes, resp_bytes = (received, sent) if inbound else (sent, received)
    values = {
        "ts": _seconds(flow.opened_ns),
        "uid": _uid(flow),
        "proto": _PROTOCOLS.get(flow.flow.protocol.value, "unknown_transport"),
        "orig_bytes": orig_bytes,
        "resp_bytes": resp_bytes,
        "conn_state": _state(flow),
        "local_orig": "F" if inbound else "T",
        "local_resp": "T" if inbound else "F",
        "tunnel_parents": "(empty)",
        **_end("orig", orig),
        **_end("resp", resp),
    }
    if flow.closed_ns is not None:
        values["duration"] = _seconds(flow.closed_ns - flow.opened_ns)
    if flow.flow.protocol in IP_PROTOCOL_NUMBERS:
        values["community_id"] = community_id(flow.flow) or _UNSET
    return values


def _end(side: str, end: Endpoint) -> dict[str, str]:
    return {f"id.{side}_h": end.address, f"id.{side}_p": str(end.port)}


def _state(flow: FlowRecord) -> str:
    """Give Zeek's state as far as a socket tells it."""
    if flow.ending is Ending.NEVER_ESTABLISHED:
        return "S0"
    if flow.found_open or flow.ending in (Ending.VANISHED, Ending.IDLE):
        return "OTH"
    return "S1" if flow.closed_ns is None else "SF"


def _uid(flow: FlowRecord) -> str:
    """Give an id of Zeek's form: the same flow has the same one in every export."""
    words = (flow.key, flow.flow, flow.opened_ns)
    digest = hashlib.blake2b(repr(words).encode(), digest_size=12).digest()
    return "C" + base64.b64encode(digest, b"xy").decode("ascii")


def _count(number: int | None) -> str:
    return _UNSET if number is None else str(number)


def _seconds(nanoseconds: int) -> str:
    seconds, rest = divmod(max(0, nanoseconds), 10**9)
    return f"{seconds}.{rest // 1000:06d}"
