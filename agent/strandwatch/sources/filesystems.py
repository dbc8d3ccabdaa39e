"""Which file systems a fanotify group watches: all that hold files, in every mount namespace."""

import os
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from strandwatch.errors import SourceError
from strandwatch.sources.fanotify import FanotifyGroup
from strandwatch.sources.mounts import Mount, holding_files, parse_mountinfo


class WatchedFilesystems:
    """Marks superblocks, those that appear later included; remembers which could not be marked.

    `only` names paths whose file systems are wanted; the others then get the mask `elsewhere`.
    A mark goes with its superblock, and device numbers are used again: a file system whose mount is
    another one than before is marked afresh.
    """

    def __init__(
        self,
        group: FanotifyGroup,
        mask: int,
        elsewhere: int,
        *,
        proc: Path,
        only: Sequence[str] = (),
    ) -> None:
        self._group = group
        self._mask = mask
        self._elsewhere = elsewhere
        self._proc = proc
        self._only = tuple(only)
        self._wanted: frozenset[int] = frozenset()
        self._marked: dict[str, Mount] = {}
        self.blind: dict[str, str] = {}
        """Reason by type and mount point, of file systems that could not be marked."""

    def covers(self, device: int) -> bool:
        """Tell whether files on this device (as stat(2) has it) are wanted."""
        return not self._only or device in self._wanted

    def __len__(self) -> int:
        return len(self._marked)

    def refresh(self, pids: Sequence[int] = ()) -> bool:
        """Mark what is new in our own and these processes' mounts; True when anything changed."""
        self._wanted = self._devices_of_only()
        found = self._present(pids)
        before, blind_before = dict(self._marked), dict(self.blind)
        for device in set(self._marked) - set(found):
            del self._marked[device]
        self.blind = {}
        for device, (root, mount) in found.items():
            if self._marked.get(device) != mount:
                self._mark(device, root, mount)
        return before != self._marked or blind_before != self.blind

    def _present(self, pids: Sequence[int]) -> dict[str, tuple[str, Mount]]:
        """Give one mount of every superblock with the root to reach it by; our own come first."""
        found: dict[str, tuple[str, Mount]] = {}
        for root, text in self._tables(pids):
            for device, mount in _mounts_of(text):
                found.setdefault(device, (root, mount))
        return found

    def _tables(self, pids: Sequence[int]) -> list[tuple[str, str]]:
        tables = [("", _text(self._proc / "self" / "mountinfo"))]
        seen = {_namespace(self._proc, "self")}
        for pid in pids:
            namespace = _namespace(self._proc, str(pid))
            if namespace is None or namespace in seen:
                continue
            seen.add(namespace)
            root = f"{self._proc}/{pid}/root"
            tables.append((root, _text(self._proc / str(pid) / "mountinfo")))
        return tables

    def _mark(self, device: str, root: str, mount: Mount) -> None:
        try:
            self._group.mark_filesystem(root + mount.point, self._mask_of(mount))
        except SourceError as error:
            self._marked.pop(device, None)
            self.blind[f"{mount.kind} {mount.point}"] = str(error)
            return
        self._marked[device] = mount

    def _only_devices(self) -> set[int]:
        found = set()
        for path in self._only:
            with suppress(OSError):
                found.add(os.stat(path).st_dev)  # noqa: PTH116 - as the rest of this module
        return found

    def _mask_of(self, mount: Mount) -> int:
        # Device numbers of stat(2) and mountinfo differ on btrfs: what cannot be told is wanted.
        major, _, minor = mount.device.partition(":")
        device = os.makedev(int(major), int(minor))
        elsewhere = self._only and mount.kind != "btrfs" and device not in self._wanted
        return self._elsewhere if elsewhere else self._mask

    def _devices_of_only(self) -> frozenset[int]:
        found = set()
        for path in self._only:
            with suppress(OSError):
                found.add(os.stat(path).st_dev)  # noqa: PTH116 - as in the rest of this module
        return frozenset(found)


@lru_cache(maxsize=256)
def _mounts_of(text: str) -> tuple[tuple[str, Mount], ...]:
    """Read a table once: it is looked at every second and seldom changes."""
    return tuple(holding_files(parse_mountinfo(text)).items())


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "surrogateescape")
    except OSError:
        return ""


def _namespace(proc: Path, pid: str) -> int | None:
    try:
        return os.stat(f"{proc}/{pid}/ns/mnt").st_ino  # noqa: PTH116 - once per process and second
    except OSError:
        return None
