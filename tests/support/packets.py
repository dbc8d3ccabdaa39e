"""Packets from the network layer on, as names on the wire come in."""

import ipaddress
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from strandwatch.dissect import quic

CLIENT, SERVER = "192.0.2.10", "203.0.113.10"
CLIENT6, SERVER6 = "2001:db8:5::10", "2001:db8:c::10"


def ip(payload: bytes, protocol: int, source: str = CLIENT, destination: str = SERVER) -> bytes:
    """Put an IP header before a transport segment; checksums are left zero."""
    ends = ipaddress.ip_address(source).packed + ipaddress.ip_address(destination).packed
    if ":" in source:
        return struct.pack("!IHBB", 6 << 28, len(payload), protocol, 64) + ends + payload
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0x4000, 64, protocol, 0)
    return header + ends + payload


def udp(payload: bytes, source_port: int = 40_000, port: int = 443) -> bytes:
    """Put a UDP header before a payload."""
    return struct.pack("!HHHH", source_port, port, 8 + len(payload), 0) + payload


def tcp(
    payload: bytes, source_port: int = 40_000, port: int = 443, *, sequence: int = 1_000
) -> bytes:
    """Put a TCP header with a timestamp option before a payload."""
    header = struct.pack("!HHIIBBHHH", source_port, port, sequence, 1, 0x80, 0x18, 500, 0, 0)
    return header + b"\x01\x01\x08\x0a" + bytes(8) + payload


def client_hello(
    name: str | None = "upload.example.org", *, padding: int = 0, ech: bool = False
) -> bytes:
    """Make a TLS record with a ClientHello (RFC 8446 4.1.2)."""
    return tls_record(client_hello_message(name, padding=padding, ech=ech))


def client_hello_message(
    name: str | None = "upload.example.org", *, padding: int = 0, ech: bool = False
) -> bytes:
    """Make the handshake message without its record."""
    extensions = b""
    if name is not None:
        host = name.encode()
        entry = struct.pack("!BH", 0, len(host)) + host
        extensions += _extension(0, struct.pack("!H", len(entry)) + entry)
    extensions += _extension(43, b"\x02\x03\x04")
    if padding:
        extensions += _extension(21, bytes(padding))
    if ech:
        extensions += _extension(0xFE0D, bytes(40))
    body = b"\x03\x03" + bytes(32) + b"\x00" + b"\x00\x02\x13\x01" + b"\x01\x00"
    body += struct.pack("!H", len(extensions)) + extensions
    return b"\x01" + len(body).to_bytes(3, "big") + body


def tls_record(message: bytes) -> bytes:
    """Put handshake data into one record."""
    return b"\x16\x03\x01" + struct.pack("!H", len(message)) + message


def _extension(kind: int, data: bytes) -> bytes:
    return struct.pack("!HH", kind, len(data)) + data


def dns_name(name: str) -> bytes:
    """Write a name in labels."""
    labels = [label.encode() for label in name.split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\x00"


def dns_answer(name: str, *records: tuple[str, str, str, int]) -> bytes:
    """Make an answer; records are (owner, type, value, lifetime)."""
    message = struct.pack("!HHHHHH", 7, 0x8180, 1, len(records), 0, 0)
    message += dns_name(name) + struct.pack("!HH", 1, 1)
    for owner, kind, value, lifetime in records:
        data = dns_name(value) if kind == "CNAME" else ipaddress.ip_address(value).packed
        number = {"A": 1, "AAAA": 28, "CNAME": 5}[kind]
        message += dns_name(owner) + struct.pack("!HHIH", number, 1, lifetime, len(data)) + data
    return message


def quic_initial(
    frames: bytes, *, version: int = 1, destination_id: bytes = bytes(8), number: int = 2
) -> bytes:
    """Seal frames, padded to 1162 bytes, into a client's Initial packet (RFC 9001 5)."""
    key, vector, guard = quic._client_keys(version, destination_id)
    plain = frames.ljust(1162, b"\0")
    first = {1: 0xC3, 0x6B3343CF: 0xD3}[version]
    header = bytes([first]) + version.to_bytes(4, "big") + bytes([len(destination_id)])
    header += destination_id + b"\0\0"
    header += (0x4000 | (4 + len(plain) + 16)).to_bytes(2, "big")
    at, header = len(header), header + number.to_bytes(4, "big")
    nonce = bytes(a ^ b for a, b in zip(vector, number.to_bytes(12, "big"), strict=True))
    packet = bytearray(header + AESGCM(key).encrypt(nonce, plain, header))
    sample = bytes(packet[at + 4 : at + 20])
    mask = Cipher(algorithms.AES(guard), modes.ECB()).encryptor().update(sample)  # noqa: S305
    packet[0] ^= mask[0] & 0x0F
    for place in range(4):
        packet[at + place] ^= mask[1 + place]
    return bytes(packet)


def crypto_frame(offset: int, data: bytes) -> bytes:
    """Make a CRYPTO frame (RFC 9000 19.6)."""
    return b"\x06" + _variable(offset) + _variable(len(data)) + data


def _variable(value: int) -> bytes:
    return (0x80000000 | value).to_bytes(4, "big")
