"""The CRYPTO stream in QUIC Initial packets, versions 1 (RFC 9001) and 2 (RFC 9369).

Initial packets are encrypted with keys that follow from the packet itself (RFC 9001 5.2), so that
anyone can read the ClientHello in them; the encryption only guards against accidents.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

_INITIAL_TYPES = {0x00000001: 0xC0, 0x6B3343CF: 0xD0}
_SALTS = {
    0x00000001: bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"),
    0x6B3343CF: bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9"),
}
_PREFIXES = {0x00000001: b"quic", 0x6B3343CF: b"quicv2"}
_LONGEST_ID = 20
_SAMPLE = 16
_PADDING, _PING, _ACK, _ACK_ECN, _CRYPTO, _CLOSE = 0x00, 0x01, 0x02, 0x03, 0x06, 0x1C
_MOST_FRAMES = 256


@dataclass(frozen=True, slots=True)
class InitialPacket:
    """One client Initial packet: the connection it belongs to, and its pieces of CRYPTO."""

    destination_id: bytes
    crypto: tuple[tuple[int, bytes], ...]
    """Offset and bytes of each piece."""


@dataclass(frozen=True, slots=True)
class _Header:
    version: int
    destination_id: bytes
    number_at: int
    end: int


def read_initials(datagram: bytes) -> list[InitialPacket]:
    """Read the client's Initial packets in a datagram; what is none, or broken, is left out."""
    found = []
    offset = 0
    while offset < len(datagram):
        header = _read_header(datagram, offset)
        if header is None:
            break
        packet = _open(datagram[offset : header.end], header, offset)
        if packet is not None:
            found.append(packet)
        offset = header.end
    return found


def _read_header(datagram: bytes, offset: int) -> _Header | None:
    version = int.from_bytes(datagram[offset + 1 : offset + 5], "big")
    if _INITIAL_TYPES.get(version) != datagram[offset] & 0xF0:
        return None
    at = offset + 5
    destination, at = _counted(datagram, at, 1)
    source, at = _counted(datagram, at, 1)
    if destination is None or source is None or max(len(destination), len(source)) > _LONGEST_ID:
        return None
    token_length, at = _variable(datagram, at)
    if token_length is None:
        return None
    length, at = _variable(datagram, at + token_length)
    if length is None or length < 4 + _SAMPLE or at + length > len(datagram):
        return None
    return _Header(version, destination, at, at + length)


def _counted(data: bytes, at: int, width: int) -> tuple[bytes | None, int]:
    start = at + width
    end = start + int.from_bytes(data[at:start], "big")
    return (data[start:end] if start <= end <= len(data) else None), end


def _variable(data: bytes, at: int) -> tuple[int | None, int]:
    """Read a variable-length integer (RFC 9000 16)."""
    if at >= len(data):
        return None, at
    width = 1 << (data[at] >> 6)
    if at + width > len(data):
        return None, at
    value = int.from_bytes(data[at : at + width], "big") & ((1 << (8 * width - 2)) - 1)
    return value, at + width


def _open(packet: bytes, header: _Header, offset: int) -> InitialPacket | None:
    """Take header protection and encryption off (RFC 9001 5.3 and 5.4)."""
    key, vector, guard = _client_keys(header.version, header.destination_id)
    at = header.number_at - offset
    sample = packet[at + 4 : at + 4 + _SAMPLE]
    # One block of AES is the mask that the standard asks for, not a mode to hide anything with.
    mask = Cipher(algorithms.AES(guard), modes.ECB()).encryptor().update(sample)  # noqa: S305
    first = packet[0] ^ (mask[0] & 0x0F)
    width = (first & 0x03) + 1
    number = bytes(a ^ b for a, b in zip(packet[at : at + width], mask[1:], strict=False))
    associated = bytes([first]) + packet[1:at] + number
    padded = number.rjust(len(vector), b"\0")
    nonce = bytes(a ^ b for a, b in zip(vector, padded, strict=True))
    try:
        plain = AESGCM(key).decrypt(nonce, packet[at + width :], associated)
    except (InvalidTag, ValueError):
        return None
    return InitialPacket(header.destination_id, tuple(_crypto_frames(plain)))


def _crypto_frames(plain: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    for _ in range(_MOST_FRAMES):
        while at < len(plain) and plain[at] in (_PADDING, _PING):
            at += 1
        if at >= len(plain):
            return
        kind, at = plain[at], at + 1
        if kind == _CRYPTO:
            offset, at = _variable(plain, at)
            length, at = _variable(plain, at)
            if offset is None or length is None or at + length > len(plain):
                return
            yield offset, plain[at : at + length]
            at += length
        elif kind in (_ACK, _ACK_ECN):
            at = _after_ack(plain, at, kind)
        else:
            # CONNECTION_CLOSE, or something that has no place in an Initial packet.
            return


def _after_ack(plain: bytes, at: int, kind: int) -> int:
    """Step over an ACK frame (RFC 9000 19.3)."""
    _, at = _variable(plain, at)
    _, at = _variable(plain, at)
    ranges, at = _variable(plain, at)
    numbers = 1 + 2 * min(ranges or 0, len(plain)) + (3 if kind == _ACK_ECN else 0)
    for _ in range(numbers):
        value, at = _variable(plain, at)
        if value is None:
            return len(plain)
    return at


def _client_keys(version: int, destination_id: bytes) -> tuple[bytes, bytes, bytes]:
    """Derive the client's Initial key, vector and header key (RFC 9001 5.2)."""
    initial = _hmac(_SALTS[version], destination_id)
    secret = _expand(initial, b"client in", 32)
    prefix = _PREFIXES[version]
    return (
        _expand(secret, prefix + b" key", 16),
        _expand(secret, prefix + b" iv", 12),
        _expand(secret, prefix + b" hp", 16),
    )


def _expand(secret: bytes, label: bytes, length: int) -> bytes:
    """HKDF-Expand-Label (RFC 8446 7.1) for lengths of one block."""
    full = b"tls13 " + label
    info = length.to_bytes(2, "big") + bytes([len(full)]) + full + b"\0"
    return _hmac(secret, info + b"\x01")[:length]


def _hmac(key: bytes, data: bytes) -> bytes:
    code = HMAC(key, SHA256())
    code.update(data)
    return code.finalize()
