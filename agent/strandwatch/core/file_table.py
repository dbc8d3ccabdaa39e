"""What is known of file versions: their facts, or since when the answer is awaited."""

from collections import OrderedDict
from dataclasses import dataclass

from strandwatch.core.limits import Limits
from strandwatch.domain.file import FileFacts, FileVersion


@dataclass(slots=True)
class FileState:
    """One version of a file: path, facts or the moment they were asked for."""

    file: FileVersion
    path: str
    first_seen_ns: int
    asked_ns: int | None = None
    facts: FileFacts | None = None
    landed: bool = False


class FileTable:
    """Versions of files, the least recently used forgotten over `limits.files`."""

    def __init__(self, limits: Limits) -> None:
        self._limit = limits.files
        self._states: OrderedDict[FileVersion, FileState] = OrderedDict()
        self.forgotten = 0

    def get(self, file: FileVersion) -> FileState | None:
        """Give what is known of a version."""
        return self._states.get(file)

    def seen(self, file: FileVersion, path: str, at_ns: int) -> FileState:
        """Take in that a version exists under this path."""
        state = self._states.get(file)
        if state is None:
            state = self._states[file] = FileState(file, path, at_ns)
            if len(self._states) > self._limit:
                self._states.popitem(last=False)
                self.forgotten += 1
        else:
            self._states.move_to_end(file)
        return state

    def is_awaited(self, file: FileVersion) -> bool:
        """Tell whether somebody was asked what a version is, and has not answered."""
        state = self._states.get(file)
        return state is not None and state.facts is None and state.asked_ns is not None

    def facts(self, file: FileVersion) -> FileFacts | None:
        """Give a version's facts, None while unknown."""
        state = self._states.get(file)
        return None if state is None else state.facts
