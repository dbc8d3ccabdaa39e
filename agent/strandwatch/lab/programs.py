"""Programs of the system that the lab runs, and the line that installs a missing one."""

import os
import shutil
from pathlib import Path

from strandwatch.errors import MissingCapabilityError

DEBIAN_PACKAGES = {
    "curl": "curl",
    "ip": "iproute2",
    "mount": "mount",
    "nsenter": "util-linux",
    "rsync": "rsync",
    "scp": "openssh-client",
    "setpriv": "util-linux",
    "sftp": "openssh-client",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "sshd": "openssh-server",
    "unshare": "util-linux",
}
"""Which Debian package brings a program."""

_SYSTEM_DIRECTORIES = ("/usr/local/sbin", "/usr/sbin", "/sbin")
"""Where an ordinary user's PATH does not look."""


def find_program(name: str, path: str | None = None) -> Path | None:
    """Give where a program is, also in the system's own directories; None when it is nowhere."""
    directories = os.environ.get("PATH", os.defpath) if path is None else path
    found = shutil.which(name, path=os.pathsep.join((directories, *_SYSTEM_DIRECTORIES)))
    return Path(found) if found else None


def require_programs(*names: str) -> None:
    """Raise MissingCapabilityError with the line that installs those of these that are missing."""
    missing = [name for name in names if find_program(name) is None]
    if missing:
        packages = sorted({DEBIAN_PACKAGES.get(name, name) for name in missing})
        raise MissingCapabilityError(
            f"missing {'programs' if len(missing) > 1 else 'program'} {', '.join(missing)}: "
            f"apt install {' '.join(packages)}"
        )
