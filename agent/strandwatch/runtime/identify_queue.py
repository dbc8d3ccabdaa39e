"""Files that wait to be identified: in their order, but those that a flow may carry first."""

import threading
from collections import OrderedDict

from strandwatch.core.command import IdentifyFile
from strandwatch.domain.file import FileVersion


class IdentifyQueue:
    """A bounded queue between the engine and the genomics worker."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._ready = threading.Condition()
        self._urgent: OrderedDict[FileVersion, IdentifyFile] = OrderedDict()
        self._others: OrderedDict[FileVersion, IdentifyFile] = OrderedDict()
        self._ended = False

    def __len__(self) -> int:
        return len(self._urgent) + len(self._others)

    def put(self, command: IdentifyFile) -> IdentifyFile | None:
        """Add a file; give the one that has to go for it when the queue is full."""
        with self._ready:
            self._others[command.file] = command
            self._ready.notify()
            if len(self) <= self._limit:
                return None
            return self._others.popitem(last=False)[1]

    def hurry(self, file: FileVersion) -> None:
        """Put a file before the others; safe for one that does not wait (any more)."""
        with self._ready:
            command = self._others.pop(file, None)
            if command is not None:
                self._urgent[file] = command

    def get(self) -> IdentifyFile | None:
        """Wait for the next file; None when the queue has ended and is empty."""
        with self._ready:
            while not self and not self._ended:
                self._ready.wait()
            for waiting in (self._urgent, self._others):
                if waiting:
                    return waiting.popitem(last=False)[1]
            return None

    def end(self) -> None:
        """Let `get` give None once all that waits was taken."""
        with self._ready:
            self._ended = True
            self._ready.notify_all()
