"""What scapy raises on bytes that are not what they should be."""

import struct

from scapy.error import Scapy_Exception

HOSTILE_ERRORS = (
    Scapy_Exception,
    struct.error,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
    OSError,
)
"""Everything that a dissector fed with nonsense was seen, or must be expected, to raise."""
LONGEST_NAME = 253


def clean_name(raw: bytes | str) -> str | None:
    """Give a host name in lower case without its last dot; None for what cannot be one."""
    text = raw.decode("ascii", "replace") if isinstance(raw, bytes) else raw
    name = text.rstrip(".").lower()
    if not 0 < len(name) <= LONGEST_NAME or not name.isascii():
        return None
    return name if name.isprintable() and not set(name) & set(" \"'<>\\/@") else None
