"""What the lab may do: as root at once, as an ordinary user inside a user namespace of its own."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from strandwatch.errors import MissingCapabilityError
from strandwatch.lab.programs import require_programs

INSIDE = "STRANDWATCH_LAB_USER_NAMESPACE"
"""Set for a program that was started again inside a user namespace of the lab."""

_CAP_NET_ADMIN = 12
_CAP_SYS_ADMIN = 21
_UNSHARE = ("unshare", "--user", "--map-current-user", "--keep-caps", "--net", "--mount", "--")


def may_build_network() -> bool:
    """Say whether this process may make network namespaces."""
    held = _effective_capabilities()
    return bool(held >> _CAP_NET_ADMIN & 1 and held >> _CAP_SYS_ADMIN & 1)


def inside_user_namespace() -> bool:
    """Say whether this process was started again inside a user namespace of the lab."""
    return INSIDE in os.environ


def check_lab_privileges() -> None:
    """Raise MissingCapabilityError, with what to do about it, when no network can be built."""
    if not may_build_network():
        raise MissingCapabilityError(
            "the lab needs to make network namespaces: run it as root, or where the kernel lets "
            "ordinary users have user namespaces"
        )


def enter_user_namespace(command: Sequence[str]) -> NoReturn:
    """Become this command, inside a user, network and mount namespace of its own.

    It holds every capability there, and none outside, and keeps the user's own id. Raises
    MissingCapabilityError where the kernel refuses.
    """
    require_programs("unshare", "mount", "ip")
    trial = subprocess.run([*_UNSHARE, "true"], capture_output=True, text=True, check=False)
    if trial.returncode != 0:
        raise MissingCapabilityError(
            "this kernel refuses user namespaces to ordinary users "
            f"({trial.stderr.strip()}): run it as root"
        )
    prepared = [*_UNSHARE, "sh", "-c", 'mount -t tmpfs tmpfs /run && exec "$@"', "sh", *command]
    os.execvpe(prepared[0], prepared, {**os.environ, INSIDE: "1"})  # noqa: S606 - no shell wanted


def without_privileges() -> tuple[str, ...]:
    """Give what goes before a program that must not have the lab's own capabilities.

    Root's programs keep theirs; inside a user namespace they would be more than the user has.
    """
    if not inside_user_namespace():
        return ()
    return ("setpriv", "--bounding-set", "-all", "--inh-caps", "-all", "--ambient-caps", "-all")


def _effective_capabilities() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            return int(line.split()[1], 16)
    return 0
