"""Mounted file systems, from /proc/PID/mountinfo (proc(5))."""

from dataclasses import dataclass

PSEUDO_TYPES = frozenset(
    {
        "autofs",
        "binder",
        "binfmt_misc",
        "bpf",
        "cgroup",
        "cgroup2",
        "configfs",
        "debugfs",
        "devpts",
        "devtmpfs",
        "efivarfs",
        "fusectl",
        "hugetlbfs",
        "mqueue",
        "nsfs",
        "proc",
        "pstore",
        "rpc_pipefs",
        "securityfs",
        "selinuxfs",
        "sysfs",
        "tracefs",
    }
)
"""File systems that hold no files of anybody's."""


@dataclass(frozen=True, slots=True)
class Mount:
    """One mount: device of the superblock as `major:minor`, where it is, its type and source."""

    device: str
    point: str
    kind: str
    source: str
    number: int = 0
    """The mount's own id; it changes when another file system takes the place."""


def parse_mountinfo(text: str) -> list[Mount]:
    """Read the lines of a mountinfo file; lines of another form are left out."""
    mounts = []
    for line in text.splitlines():
        left, separator, right = line.partition(" - ")
        before, after = left.split(" "), right.split(" ")
        if not separator or len(before) < 6 or len(after) < 3:
            continue
        mounts.append(
            Mount(
                before[2],
                _unescape(before[4]),
                after[0],
                _unescape(after[1]),
                int(before[0]) if before[0].isdigit() else 0,
            )
        )
    return mounts


def holding_files(mounts: list[Mount]) -> dict[str, Mount]:
    """Give one mount per superblock that can hold somebody's files, by device."""
    found: dict[str, Mount] = {}
    for mount in mounts:
        if mount.kind not in PSEUDO_TYPES:
            found.setdefault(mount.device, mount)
    return found


def _unescape(field: str) -> str:
    """Undo the octal escapes of blank, tab, newline and backslash (seq_path in the kernel)."""
    if "\\" not in field:
        return field
    for code, letter in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        field = field.replace(code, letter)
    return field
