"""What is known of file versions: their facts, or since when the answer is awaited.

Nearly all files of a machine hold no genome. Of those only the version is kept, so that they cost
little and are not looked into again.
"""

from collections import OrderedDict
from dataclasses import dataclass

from strandwatch.core.limits import Limits
from strandwatch.domain.file import Category, FileFacts, FileFormat, FileVersion

PLAIN = FileFacts(format=FileFormat.UNKNOWN, category=Category.NONE)
"""What is said of a version that is known to hold no genome, once it was recorded."""


@dataclass(slots=True)
class FileState:
    """One version of a file: path, facts or the moment they were asked for."""

    file: FileVersion
    path: str
    first_seen_ns: int
    asked_ns: int | None = None
    facts: FileFacts | None = None
    landed: bool = False
    hurried: bool = False


class FileTable:
    """Versions of files, the least recently used forgotten over the limits."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._states: OrderedDict[FileVersion, FileState] = OrderedDict()
        self._plain: OrderedDict[FileVersion, None] = OrderedDict()
        self.forgotten = 0

    def __len__(self) -> int:
        return len(self._states) + len(self._plain)

    def get(self, file: FileVersion) -> FileState | None:
        """Give what is known of a version that may hold a genome."""
        return self._states.get(file)

    def seen(self, file: FileVersion, path: str, at_ns: int) -> FileState:
        """Take in that a version exists under this path."""
        if file in self._plain:
            self._plain.move_to_end(file)
            return FileState(file, path, at_ns, asked_ns=at_ns, facts=PLAIN)
        state = self._states.get(file)
        if state is None:
            state = self._states[file] = FileState(file, path, at_ns)
            if len(self._states) > self._limits.files:
                self._states.popitem(last=False)
                self.forgotten += 1
        else:
            self._states.move_to_end(file)
        return state

    def settle(self, file: FileVersion) -> None:
        """Take in that a version holds no genome: nothing more than that has to be kept."""
        self._states.pop(file, None)
        self._plain[file] = None
        if len(self._plain) > self._limits.plain_files:
            self._plain.popitem(last=False)

    def is_known(self, file: FileVersion) -> bool:
        """Tell whether a version was identified, and is none of those that hold no genome."""
        state = self._states.get(file)
        return state is not None and state.facts is not None

    def is_awaited(self, file: FileVersion) -> bool:
        """Tell whether somebody was asked what a version is, and has not answered."""
        state = self._states.get(file)
        return state is not None and state.facts is None and state.asked_ns is not None

    def facts(self, file: FileVersion) -> FileFacts | None:
        """Give a version's facts, None while unknown."""
        state = self._states.get(file)
        return None if state is None else state.facts
