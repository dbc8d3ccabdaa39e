"""What identifying one file may cost at most: bytes, time, depth and names."""

from collections.abc import Callable
from dataclasses import dataclass

MonotonicClock = Callable[[], int]
"""Nanoseconds since some fixed moment, never going back; of time passed or of processor time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Bounds on the work for one file; whatever they cut off makes the facts partial."""

    first_read_bytes: int = 64 << 10
    input_bytes: int = 1 << 20
    """Read from the file, all reads together."""
    output_bytes: int = 4 << 20
    """Held of one layer after decompression."""
    milliseconds: int = 50
    depth: int = 4
    """Layers of compression and archives."""
    members: int = 16
    """Files looked at in one archive."""
    names: int = 1001
    """Sample names counted; one more than the highest threshold asks for."""
    contigs: int = 5000
    reads: int = 2000
    """Reads looked at for human sequence."""


class Patience:
    """The time that is left for one file."""

    __slots__ = ("_clock", "_until")

    def __init__(self, clock: MonotonicClock, milliseconds: int) -> None:
        self._clock = clock
        self._until = clock() + milliseconds * 1_000_000

    def is_over(self) -> bool:
        """Say whether the time is used up."""
        return self._clock() > self._until
