"""One network namespace: made, entered by programs, and removed with all that runs in it."""

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from strandwatch.errors import MissingCapabilityError

NAMES = Path("/run/netns")
"""Where `ip netns` keeps its names."""

PREFIX = "swlab"
"""What the names of all namespaces of the lab begin with."""

_GRACE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Namespace:
    """A named network namespace, and how programs get into it.

    `binds` are files that the programs in it see in place of the system's (the resolver's
    configuration); `wrapper` is put before every program (to give up what it must not have).
    """

    name: str
    binds: Mapping[Path, Path] = field(default_factory=dict)
    wrapper: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        """The file that holds the namespace open."""
        return NAMES / self.name

    def holds(self, pid: int) -> bool:
        """Say whether a process is inside."""
        try:
            return Path(f"/proc/{pid}/ns/net").stat().st_ino == self.path.stat().st_ino
        except OSError:
            return False

    def command(self, command: Sequence[str | Path], *, bound: bool = True) -> list[str]:
        """Give the command that runs this one inside; its process id stays that of the program.

        A program inside is killed when the one that started it dies, so that nothing outlives a
        killed run. Without `bound` it keeps the system's own files, and its mounts.
        """
        inside = ["nsenter", f"--net={self.path}", "--"]
        if bound and self.binds:
            mounts = [
                f"mount --bind {shlex.quote(str(ours))} {shlex.quote(str(theirs))}"
                for theirs, ours in self.binds.items()
            ]
            script = " && ".join([*mounts, 'exec "$@"'])
            inside += ["unshare", "--mount", "--propagation", "slave", "sh", "-c", script, "sh"]
        return [
            *inside,
            *self.wrapper,
            "setpriv",
            "--pdeathsig",
            "SIGKILL",
            "--",
            *(str(part) for part in command),
        ]


def own_key(serial: int) -> str:
    """Give the beginning of names that says which run of which process made them."""
    return f"{PREFIX}-{os.getpid()}-{_start_ticks(os.getpid())}-{serial}-"


def add_namespaces(names: Iterable[str]) -> None:
    """Make namespaces by these names."""
    run_ip("-batch", "-", script="".join(f"netns add {name}\n" for name in names))


def remove_namespaces(names: Iterable[str]) -> None:
    """Remove these namespaces and end every process in them; safe for those that are gone."""
    present = [name for name in names if (NAMES / name).exists()]
    _end_processes(present)
    for name in present:
        with contextlib.suppress(MissingCapabilityError):
            run_ip("netns", "delete", name)


def remove_leftovers() -> list[str]:
    """Remove what runs whose process no longer exists left behind, and give its names."""
    names = sorted(path.name for path in NAMES.glob(f"{PREFIX}-*")) if NAMES.is_dir() else []
    left = [name for name in names if not _maker_lives(name)]
    remove_namespaces(left)
    directories = [
        path
        for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}-*")
        if path.lstat().st_uid == os.geteuid() and not _maker_lives(path.name)
    ]
    for directory in directories:
        shutil.rmtree(directory, ignore_errors=True)
    return left + [directory.name for directory in directories]


def run_ip(*arguments: str, script: str | None = None) -> str:
    """Run `ip`; raises MissingCapabilityError with its own words when it refuses."""
    done = subprocess.run(
        ["ip", *arguments], input=script, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        reason = done.stderr.strip() or f"exit status {done.returncode}"
        raise MissingCapabilityError(f"the lab's network cannot be built: {reason}")
    return done.stdout


def _end_processes(names: Sequence[str]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        processes = [pid for name in names for pid in _processes_in(name)]
        for pid in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        if not processes or _all_gone(names):
            return


def _all_gone(names: Sequence[str]) -> bool:
    pause = threading.Event()
    for _ in range(int(_GRACE_SECONDS / 0.02)):
        if not any(_processes_in(name) for name in names):
            return True
        pause.wait(0.02)
    return False


def _processes_in(name: str) -> list[int]:
    """Give the living processes in a namespace; one that waits to be reaped is not living."""
    namespace = Namespace(name)
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [pid for pid in pids if namespace.holds(pid)]


def _maker_lives(name: str) -> bool:
    parts = name.split("-")
    if len(parts) < 4 or not (parts[1].isdigit() and parts[2].isdigit()):
        return False
    return _start_ticks(int(parts[1])) == int(parts[2])


def _start_ticks(pid: int) -> int | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return int(stat.rpartition(")")[2].split()[19])
