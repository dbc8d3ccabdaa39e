"""JSON lines: one alert per line in a file that may be rotated at any time."""

import json
import os
from pathlib import Path

from strandwatch.domain.alert import Alert
from strandwatch.domain.contract import alert_record
from strandwatch.errors import SinkError

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_MODE = 0o600


class JsonLinesSink:
    """Appends alert records, whole lines only; passes `ports.Sink`."""

    name = "jsonl"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def deliver(self, alert: Alert, *, repeat: bool) -> None:
        """Append the alert, with `repeat` as a key; raises SinkError when the line is not whole."""
        record = {**alert_record(alert), "repeat": repeat}
        line = json.dumps(record, separators=(",", ":")).encode() + b"\n"
        try:
            descriptor = self._current()
            before = os.fstat(descriptor).st_size
            written = os.write(descriptor, line)
            if written < len(line):
                os.ftruncate(descriptor, before)
                raise SinkError(f"{self._path}: no room for the line")
        except OSError as error:
            raise SinkError(f"{self._path}: {error.strerror}") from error

    def close(self) -> None:
        """Release; safe twice."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _current(self) -> int:
        """Give the descriptor of the file that is at the path now, opened anew after rotation."""
        if self._descriptor is not None and not self._is_in_place(self._descriptor):
            self.close()
        if self._descriptor is None:
            self._descriptor = os.open(self._path, _FLAGS, _MODE)
        return self._descriptor

    def _is_in_place(self, descriptor: int) -> bool:
        try:
            there = self._path.stat()
        except FileNotFoundError:
            return False
        here = os.fstat(descriptor)
        return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)
