"""Privileges: which capabilities this process has, and giving up all that are not needed.

Numbers and layout: capabilities(7), capset(2), prctl(2).
"""

import ctypes
import os
import pwd
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from strandwatch.errors import MissingCapabilityError


class Capability(IntEnum):
    """The capabilities that some part of the sensor needs, by their number."""

    DAC_READ_SEARCH = 2
    KILL = 5
    SETGID = 6
    SETUID = 7
    NET_ADMIN = 12
    NET_RAW = 13
    SYS_PTRACE = 19
    SYS_ADMIN = 21
    SYS_RESOURCE = 24
    PERFMON = 38
    BPF = 39


SENSOR_CAPABILITIES = frozenset(
    {
        Capability.DAC_READ_SEARCH,  # read files and /proc entries of other users
        Capability.NET_ADMIN,  # netlink destroy groups, cgroup programs
        Capability.NET_RAW,  # AF_PACKET
        Capability.SYS_PTRACE,  # /proc/PID/fd and /proc/PID/exe of other users
        Capability.SYS_ADMIN,  # fanotify on whole file systems, setns
        Capability.PERFMON,  # tracepoint programs
        Capability.BPF,  # loading programs and maps
    }
)

_PR_CAPBSET_READ, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 23, 24, 38
_CAPABILITY_VERSION_3 = 0x20080522


@dataclass(frozen=True, slots=True)
class Identity:
    """A user to run as, and the words that say why it is this one."""

    user_id: int
    group_id: int
    note: str = ""


def effective() -> frozenset[int]:
    """Give the numbers of the capabilities in effect for this process."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    mask = next(int(line.split()[1], 16) for line in status.splitlines() if line[:6] == "CapEff")
    return frozenset(number for number in range(64) if mask >> number & 1)


def keep_only(capabilities: frozenset[Capability]) -> None:
    """Give up every other capability, for this process and all that it starts.

    Raises MissingCapabilityError when the kernel refuses.
    """
    kept = effective() & capabilities
    libc = ctypes.CDLL(None, use_errno=True)
    for number in range(64):
        if number not in kept and libc.prctl(_PR_CAPBSET_READ, number, 0, 0, 0) == 1:
            libc.prctl(_PR_CAPBSET_DROP, number, 0, 0, 0)
    mask = sum(1 << number for number in kept)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    low, high = mask & 0xFFFFFFFF, mask >> 32
    data = (ctypes.c_uint32 * 6)(low, low, 0, high, high, 0)
    if libc.capset(ctypes.byref(header), ctypes.byref(data)) != 0:
        raise MissingCapabilityError(f"capset: {os.strerror(ctypes.get_errno())}")
    no_new_privileges()


def no_new_privileges() -> None:
    """Make sure that no program started from here gains anything (prctl(2))."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def agent_identity(user: str, reachable: tuple[Path, ...]) -> Identity:
    """Choose the user for the agent, which must be able to reach these paths.

    The configured user, else `nobody`; when neither can reach the program (a checkout below a
    private home), the present user, who then gives up every capability all the same.
    """
    if os.geteuid() != 0:
        return Identity(os.geteuid(), os.getegid(), "started without root")
    for name in (user, "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if all(_can_reach(path, entry.pw_uid, entry.pw_gid) for path in reachable):
            note = "" if name == user else f"there is no user {user}: create it (see README)"
            return Identity(entry.pw_uid, entry.pw_gid, note)
    return Identity(0, 0, f"user {user} cannot reach the program: install it outside private homes")


def _can_reach(path: Path, user_id: int, group_id: int) -> bool:
    """Tell by the permission bits whether a user may enter every folder above a path."""
    path = path.resolve()
    return all(_may(folder, user_id, group_id, 0o1) for folder in path.parents) and _may(
        path, user_id, group_id, 0o1 if path.is_dir() else 0o4
    )


def _may(path: Path, user_id: int, group_id: int, bits: int) -> bool:
    status = path.stat()
    if status.st_uid == user_id:
        shift = 6
    elif status.st_gid == group_id:
        shift = 3
    else:
        shift = 0
    return (status.st_mode >> shift) & bits == bits
