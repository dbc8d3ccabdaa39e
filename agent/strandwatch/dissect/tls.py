"""The name in a TLS ClientHello (RFC 8446, RFC 6066), and whether a hidden one is behind it."""

from dataclasses import dataclass

from scapy.layers.tls.handshake import TLSClientHello

from strandwatch.dissect.hostile import HOSTILE_ERRORS, clean_name

_HANDSHAKE, _CLIENT_HELLO = 0x16, 1
_SERVER_NAME, _ENCRYPTED_HELLO = 0, 0xFE0D
_FIRST = bytes([_CLIENT_HELLO])
_RECORD_HEADER = 5
LONGEST_HELLO = 64 * 1024


@dataclass(frozen=True, slots=True)
class Hello:
    """What a ClientHello says of where it wants to go."""

    server_name: str | None
    encrypted: bool
    """It carries an encrypted ClientHello (ECH): the server name is the outer one."""


def hello_message(stream: bytes) -> tuple[bytes, bool] | None:
    """Take the ClientHello out of the records at the beginning of a stream, and say if it is whole.

    None when the stream does not begin with one.
    """
    message = b""
    offset = 0
    while offset + _RECORD_HEADER <= len(stream):
        if stream[offset] != _HANDSHAKE or stream[offset + 1] != 3:
            return None
        length = int.from_bytes(stream[offset + 3 : offset + 5], "big")
        message += stream[offset + _RECORD_HEADER : offset + _RECORD_HEADER + length]
        offset += _RECORD_HEADER + length
        if message[:1] not in (b"", _FIRST):
            return None
        wanted = wanted_bytes(message)
        if wanted is not None and len(message) >= wanted:
            return message[:wanted], True
        if not length:
            return None
    begins = stream[:1] in (b"", bytes([_HANDSHAKE]))
    return (message, False) if begins else None


def wanted_bytes(message: bytes) -> int | None:
    """Give the length that a handshake message says it has; None while that is not yet there."""
    return None if len(message) < 4 else 4 + int.from_bytes(message[1:4], "big")


def read_hello(message: bytes) -> Hello | None:
    """Read a ClientHello, cut off or whole; None when it is none."""
    if not message or message[0] != _CLIENT_HELLO:
        return None
    try:
        return _read(TLSClientHello(message[:LONGEST_HELLO]))  # type: ignore[no-untyped-call]
    except HOSTILE_ERRORS:
        return None


def _read(hello: TLSClientHello) -> Hello:
    name = None
    encrypted = False
    for extension in hello.ext or ():
        if extension.type == _ENCRYPTED_HELLO:
            encrypted = True
        elif extension.type == _SERVER_NAME and name is None:
            entries = getattr(extension, "servernames", None) or ()
            # The length that an entry says it has tells a whole name from a cut-off one.
            whole = (each.servername for each in entries if each.namelen == len(each.servername))
            name = next((clean_name(each) for each in whole), None)
    return Hello(name, encrypted)
