"""A bounded look at one file: its first bytes, and on request a few from elsewhere."""

import os

from strandwatch.genomics.budget import Budget, Patience
from strandwatch.genomics.layers import Pull, Stream

_CHUNK = 64 << 10


class RawFile:
    """Reads an open file by position, and never more than the budget allows in all."""

    __slots__ = ("_descriptor", "_left", "_position", "cut", "size")

    def __init__(self, descriptor: int, size: int, input_bytes: int) -> None:
        self._descriptor = descriptor
        self._left = input_bytes
        self._position = 0
        self.size = size
        self.cut = False
        """A read was refused because the budget was used up."""

    def pull(self) -> bytes:
        """Give the next bytes in file order."""
        data = self.at(self._position, _CHUNK)
        self._position += len(data)
        return data

    def at(self, offset: int, size: int) -> bytes:
        """Give bytes from a place in the file; fewer or none at its end or the budget's."""
        if offset < 0 or offset >= self.size or size <= 0:
            return b""
        if self._left <= 0:
            self.cut = True
            return b""
        data = os.pread(self._descriptor, min(size, self._left), offset)
        self._left -= len(data)
        return data


class Head:
    """The beginning of one layer of a file, and what a format may ask about the rest."""

    __slots__ = ("_file", "_stream", "budget", "data", "name", "patience", "size")

    def __init__(
        self, file: RawFile | None, stream: Stream, budget: Budget, patience: Patience, name: str
    ) -> None:
        self._file = file
        self._stream = stream
        self.budget = budget
        self.patience = patience
        self.name = name
        """Base name of the file: context only, never evidence of a format."""
        self.size = file.size if file is not None else None
        """Bytes of this layer; None inside compression."""
        self.data = stream.head(budget.first_read_bytes)
        """The first bytes; `more` gives a longer head."""

    def more(self, size: int) -> bytes:
        """Give the first `size` bytes, as far as the budget goes."""
        if size <= len(self.data):
            return self.data[:size]
        return self._stream.head(size)

    def at(self, offset: int, size: int) -> bytes:
        """Give bytes from anywhere in an uncompressed file; empty inside compression."""
        if offset + size <= len(self.data):
            return self.data[offset : offset + size]
        return b"" if self._file is None else self._file.at(offset, size)

    def middle(self, offset: int, size: int) -> bytes:
        """Give bytes from within the head of this layer, compressed or not."""
        if offset + size <= len(self.data):
            return self.data[offset : offset + size]
        return self._stream.slice(offset, size)

    @property
    def ended(self) -> bool:
        """Say whether all there is to have has been read."""
        return self._stream.ended

    @property
    def failure(self) -> str | None:
        """Say why the layer ended early, when its bytes were corrupt."""
        return self._stream.failure

    def rest(self) -> Pull:
        """Give a reader of this layer from its first byte, for the layer inside it."""
        position = 0

        def pull() -> bytes:
            nonlocal position
            data = self.middle(position, _CHUNK)
            position += len(data)
            return data

        return pull


def head_of_file(file: RawFile, budget: Budget, patience: Patience, name: str) -> Head:
    """Give the head of the file's own bytes."""
    return Head(file, Stream(file.pull, budget.input_bytes), budget, patience, name)


def head_of_layer(pull: Pull, budget: Budget, patience: Patience, name: str) -> Head:
    """Give the head of what a compression layer or an archive member holds."""
    return Head(None, Stream(pull, budget.output_bytes), budget, patience, name)
