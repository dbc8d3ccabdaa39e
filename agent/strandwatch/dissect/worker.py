"""The dissect worker's entry: packets in, names out, as plain data.

What a name is sent in may come in several packets; the beginnings of streams are kept, within
bounds, until they say the name or are pushed out by newer ones.
"""

import logging
from collections.abc import Callable, Iterator

from strandwatch.dissect.dns import read_answer
from strandwatch.dissect.packets import Segment, read_packet
from strandwatch.dissect.quic import read_initials
from strandwatch.dissect.requests import read_request
from strandwatch.dissect.streams import Stream, Streams
from strandwatch.dissect.tls import LONGEST_HELLO, Hello, hello_message, read_hello
from strandwatch.domain.destination import NameEvidence
from strandwatch.domain.encoding import Plain, encode, from_plain
from strandwatch.domain.flow import FiveTuple, Protocol
from strandwatch.domain.observation import NameLearned, PacketCaptured
from strandwatch.errors import EncodingError

_SEQUENCES = 1 << 32
_ANSWER = bytes.fromhex("00008180000100010000000001610000010001016100000100010000000100040a000001")
_Place = tuple[int, FiveTuple]


def open_worker(arguments: Plain) -> Callable[[Plain, int | None], Plain]:
    """Load all that is needed, and give the handler of one packet; it takes no arguments yet."""
    # scapy logs what it cannot read; here that is everyday matter and may hold foreign bytes.
    logging.getLogger("scapy").setLevel(logging.CRITICAL)
    dissector = Dissector()
    warm_up()
    return dissector.handle


def warm_up() -> None:
    """Run every dissector once: some import what they need only then, and files will be shut."""
    read_answer(_ANSWER)
    read_hello(b"\x01\x00\x00\x04\x03\x03\x00\x00")
    read_initials(b"\xc0\x00\x00\x00\x01\x00\x00\x00\x40\x40" + bytes(64))
    read_request(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")


class Dissector:
    """Finds names in packets, one after the other."""

    def __init__(self) -> None:
        self._hellos: Streams[_Place] = Streams(longest=LONGEST_HELLO)
        self._quic: Streams[tuple[int, FiveTuple, bytes]] = Streams(longest=LONGEST_HELLO)

    def handle(self, plain: Plain, descriptor: int | None) -> Plain:
        """Answer one request: lines of observations, none for what holds no name."""
        try:
            packet = from_plain(PacketCaptured, plain)
        except EncodingError:
            return []
        return [encode(learned) for learned in self.learn(packet)]

    def learn(self, packet: PacketCaptured) -> Iterator[NameLearned]:
        """Give the names that this packet, with those before it, says."""
        segment = read_packet(packet.data)
        if segment is None or not segment.payload:
            return
        if not packet.outbound:
            yield from self._answers(packet, segment)
        elif segment.protocol is Protocol.UDP:
            yield from self._from_quic(packet, segment)
        else:
            yield from self._from_stream(packet, segment)

    def _answers(self, packet: PacketCaptured, segment: Segment) -> Iterator[NameLearned]:
        # Over TCP a message comes with its length before it (RFC 1035 4.2.2).
        start = 2 if segment.protocol is Protocol.TCP else 0
        answer = read_answer(segment.payload[start:])
        if answer:
            yield NameLearned(
                at_ns=packet.at_ns,
                name=answer.name,
                evidence=NameEvidence.DNS,
                addresses=answer.addresses,
                canonical=answer.canonical,
                network_namespace=packet.network_namespace,
                lifetime_seconds=answer.lifetime_seconds,
            )

    def _from_stream(self, packet: PacketCaptured, segment: Segment) -> Iterator[NameLearned]:
        flow = segment.flow(outbound=True)
        place = (packet.network_namespace, flow)
        request = read_request(segment.payload)
        if request:
            yield _learned(packet, flow, request.name, request.evidence)
            return
        stream = self._hellos.get(place)
        if _begins_hello(segment.payload):
            stream = self._hellos.begin(place)
            stream.first = segment.sequence
        if stream is None:
            return
        if stream.add((segment.sequence - stream.first) % _SEQUENCES, segment.payload):
            found = hello_message(stream.data)
            if found is None or found[1]:
                self._hellos.end(place)
            if found:
                yield from _hello_names(packet, flow, found[0], stream, NameEvidence.SNI)

    def _from_quic(self, packet: PacketCaptured, segment: Segment) -> Iterator[NameLearned]:
        flow = segment.flow(outbound=True)
        for initial in read_initials(segment.payload):
            place = (packet.network_namespace, flow, initial.destination_id)
            stream = self._quic.get(place) or self._quic.begin(place)
            grown = [stream.add(offset, piece) for offset, piece in initial.crypto]
            if any(grown):
                yield from _hello_names(packet, flow, stream.data, stream, NameEvidence.QUIC)


def _begins_hello(payload: bytes) -> bool:
    return len(payload) > 5 and payload[:2] == b"\x16\x03" and payload[5] == 1


def _hello_names(
    packet: PacketCaptured, flow: FiveTuple, message: bytes, stream: Stream, evidence: NameEvidence
) -> Iterator[NameLearned]:
    """Tell what the hello says so far, where that is more than was told."""
    hello = read_hello(message)
    if hello is None or hello.server_name is None or hello == stream.told:
        return
    stream.told = hello
    yield _learned(packet, flow, hello.server_name, evidence, hello)


def _learned(
    packet: PacketCaptured,
    flow: FiveTuple,
    name: str,
    evidence: NameEvidence,
    hello: Hello | None = None,
) -> NameLearned:
    return NameLearned(
        at_ns=packet.at_ns,
        name=name,
        evidence=evidence,
        flow=flow,
        encrypted_hello=hello is not None and hello.encrypted,
        network_namespace=packet.network_namespace,
    )
