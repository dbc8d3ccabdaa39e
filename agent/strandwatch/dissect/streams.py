"""Bytes of a stream that come in pieces, in any order and more than once, within bounds."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

_MOST_PIECES = 64

K = TypeVar("K", bound=Hashable)


@dataclass(slots=True)
class Stream:
    """The beginning of one stream, as far as it is without a gap."""

    longest: int
    data: bytes = b""
    first: int = 0
    """Where it begins, in the numbers of its transport."""
    told: object = None
    """What was last made of it, for whoever keeps it."""
    _waiting: dict[int, bytes] = field(default_factory=dict)

    def add(self, offset: int, piece: bytes) -> bool:
        """Take a piece at its place; True when the beginning has become longer."""
        if offset > self.longest or len(self._waiting) >= _MOST_PIECES:
            return False
        known = self._waiting.get(offset, b"")
        if len(piece) > len(known):
            self._waiting[offset] = piece[: self.longest - offset]
        before = len(self.data)
        for start in sorted(self._waiting):
            if start > len(self.data):
                break
            self.data += self._waiting.pop(start)[len(self.data) - start :]
        return len(self.data) > before


class Streams(Generic[K]):
    """The newest streams by key; the oldest goes when there are too many."""

    def __init__(self, *, most: int = 512, longest: int = 65_536) -> None:
        self._most = most
        self._longest = longest
        self._streams: OrderedDict[K, Stream] = OrderedDict()

    def __len__(self) -> int:
        return len(self._streams)

    def get(self, key: K) -> Stream | None:
        """Give a stream that was begun."""
        return self._streams.get(key)

    def begin(self, key: K) -> Stream:
        """Begin a stream anew."""
        stream = self._streams[key] = Stream(self._longest)
        self._streams.move_to_end(key)
        if len(self._streams) > self._most:
            self._streams.popitem(last=False)
        return stream

    def end(self, key: K) -> None:
        """Forget a stream."""
        self._streams.pop(key, None)
