"""A bounded look at one file: its first bytes, and on request a few from elsewhere."""

import os

from strandwatch.domain.file import Compression
from strandwatch.genomics.budget import Budget, Patience
from strandwatch.genomics.layers import Pull, Stream, unblocked
from strandwatch.genomics.persons import run_folder_of

_CHUNK = 64 << 10
_WORTH_EXCERPTS = 1 << 20


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

    __slots__ = (
        "_blocks", "_file", "_stream", "budget", "data", "folders", "name", "patience", "size",
        "whole_size",
    )  # fmt: skip

    def __init__(
        self, file: RawFile | None, stream: Stream, budget: Budget, patience: Patience, path: str
    ) -> None:
        self._file = file
        self._stream = stream
        self._blocks: RawFile | None = None
        self.budget = budget
        self.patience = patience
        *folders, self.name = path.split("/")
        """Base name of the file: context only, never evidence of a format."""
        self.folders = tuple(folders)
        self.size = file.size if file is not None else None
        """Bytes of this layer; None inside compression."""
        self.whole_size = self.size
        """Bytes of this layer, also where only the compression's trailer tells."""
        self.data = stream.head(budget.first_read_bytes)
        """The first bytes; `more` gives a longer head."""

    def in_run_folder(self, *inside: str) -> bool:
        """Say whether the file lies in a sequencer's run folder (and there in this folder)."""
        if inside:
            lowered = {folder.lower() for folder in self.folders}
            return all(folder in lowered for folder in inside)
        return run_folder_of("/".join((*self.folders, self.name))) is not None

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

    def look(self, offset: int, size: int) -> bytes:
        """Give bytes from anywhere: by position in a file, by reading on inside compression."""
        if self._file is None or offset + size <= len(self.data):
            return self.middle(offset, size)
        return self._file.at(offset, size)

    def within(self, kind: Compression, pull: Pull) -> "Head":
        """Give the head of what this layer holds compressed."""
        path = "/".join((*self.folders, self.name))
        inner = head_of_layer(pull, self.budget, self.patience, path)
        if kind is Compression.GZIP and self.size is not None:
            # The trailer of a single gzip member: size before compression, modulo 2^32.
            inner.whole_size = int.from_bytes(self.look(self.size - 4, 4), "little")
        if kind is Compression.BGZF:
            inner._blocks = self._file
        return inner

    def excerpts(self, count: int) -> list[bytes]:
        """Give pieces from places spread over the file, where one can begin to read anywhere."""
        file = self._file or self._blocks
        if file is None or file.size < _WORTH_EXCERPTS:
            return []
        places = [file.size * number // (count + 1) for number in range(1, count + 1)]
        pieces = [file.at(place, _CHUNK) for place in places]
        return pieces if self._file is not None else [unblocked(piece) for piece in pieces]

    @property
    def was_cut(self) -> bool:
        """Say whether the budget, not the content, ended the reading."""
        return self._stream.cut or (self._file is not None and self._file.cut)

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


def head_of_file(file: RawFile, budget: Budget, patience: Patience, path: str) -> Head:
    """Give the head of the file's own bytes."""
    return Head(file, Stream(file.pull, budget.input_bytes), budget, patience, path)


def head_of_layer(pull: Pull, budget: Budget, patience: Patience, path: str) -> Head:
    """Give the head of what a compression layer or an archive member holds."""
    return Head(None, Stream(pull, budget.output_bytes), budget, patience, path)
