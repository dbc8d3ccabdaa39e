"""Descriptors that travel beside observations, by number; bounded, each closed exactly once."""

import os
import threading


class HandleTable:
    """Open descriptors by handle; passes `ports.Handles`.

    Files below `never` are not handed on. They are the agent's own: when any descriptor of a file
    is closed, all locks that the closing process holds on that file are gone (fcntl(2), "Advisory
    record locking"), so a descriptor of its record, opened by somebody who reads it, would take
    the agent's locks away and let the reader pull the file's shared memory from under it.
    """

    def __init__(self, limit: int, never: tuple[str, ...] = ()) -> None:
        self._limit = limit
        self._never = never
        self._lock = threading.Lock()
        self._descriptors: dict[int, int] = {}
        self._next = 1
        self.refused = 0

    def __len__(self) -> int:
        return len(self._descriptors)

    def keep(self, descriptor: int) -> int | None:
        """Take a descriptor over; None, and closed, when too many are under way."""
        if self._never and self._path(descriptor).startswith(self._never):
            os.close(descriptor)
            return None
        with self._lock:
            if len(self._descriptors) >= self._limit:
                self.refused += 1
                os.close(descriptor)
                return None
            handle = self._next
            self._next += 1
            self._descriptors[handle] = descriptor
            return handle

    @staticmethod
    def _path(descriptor: int) -> str:
        return os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115 - once per file version

    def put(self, handle: int, descriptor: int) -> None:
        """Take a descriptor over under the number that the other process gave it."""
        with self._lock:
            before = self._descriptors.pop(handle, None)
            self._descriptors[handle] = descriptor
        if before is not None:
            os.close(before)

    def take(self, handle: int) -> int | None:
        """Give a descriptor away; the caller closes it."""
        with self._lock:
            return self._descriptors.pop(handle, None)

    def release(self, handle: int) -> None:
        """Close a descriptor; safe for one that is gone."""
        descriptor = self.take(handle)
        if descriptor is not None:
            os.close(descriptor)

    def clear(self) -> None:
        """Close all."""
        for handle in list(self._descriptors):
            self.release(handle)
