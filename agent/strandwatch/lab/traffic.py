"""Real clients in the lab: the commands by which curl, scp, sftp and rsync upload files."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from strandwatch.lab.servers import SshServer


@dataclass(frozen=True, slots=True)
class Upload:
    """One client's command, and what is to be written to its standard input."""

    tool: str
    command: tuple[str, ...]
    script: str = ""


def environment() -> dict[str, str]:
    """Give the environment for clients: nothing of the user's that sends them elsewhere.

    A proxy of the machine's, or a bundle of certificates, is not reachable or right in the lab.
    """
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"}


def curl(
    files: Sequence[Path],
    url: str,
    *,
    certificate: Path | None = None,
    kilobytes_per_second: int | None = None,
    method: str = "PUT",
) -> Upload:
    """Upload files to a URL that ends with a slash; with a certificate to trust over TLS."""
    command = ["curl", "--silent", "--show-error", "--fail"]
    if certificate:
        command += ["--cacert", str(certificate)]
    if kilobytes_per_second:
        command += ["--limit-rate", f"{kilobytes_per_second}k"]
    for file in files:
        if method == "PUT":
            command += ["--upload-file", str(file), url]
        else:
            command += ["--data-binary", f"@{file}", url + quote(file.name)]
    return Upload("curl", tuple(command))


def scp(
    files: Sequence[Path],
    server: SshServer,
    address: str,
    *,
    kilobytes_per_second: int | None = None,
) -> Upload:
    """Copy files to an SSH server."""
    limit = ["-l", str(kilobytes_per_second * 8)] if kilobytes_per_second else []
    target = f"{server.user}@{_bracketed(address)}:{server.directory}/"
    names = [str(file) for file in files]
    return Upload("scp", ("scp", "-q", *ssh_options(server), *limit, *names, target))


def sftp(
    files: Sequence[Path],
    server: SshServer,
    address: str,
    *,
    kilobytes_per_second: int | None = None,
) -> Upload:
    """Put files on an SSH server by an sftp batch."""
    limit = ["-l", str(kilobytes_per_second * 8)] if kilobytes_per_second else []
    script = "".join(f'put "{file}" "{server.directory}/"\n' for file in files)
    target = f"{server.user}@{_bracketed(address)}"
    return Upload("sftp", ("sftp", "-q", *ssh_options(server), *limit, "-b", "-", target), script)


def rsync(
    files: Sequence[Path],
    server: SshServer,
    address: str,
    *,
    kilobytes_per_second: int | None = None,
) -> Upload:
    """Synchronise files or folders to an SSH server; ssh is then the one that sends."""
    limit = [f"--bwlimit={kilobytes_per_second}"] if kilobytes_per_second else []
    remote = " ".join(["ssh", *ssh_options(server)])
    target = f"{server.user}@{_bracketed(address)}:{server.directory}/"
    names = [str(file) for file in files]
    return Upload("rsync", ("rsync", "-a", "--whole-file", "-e", remote, *limit, *names, target))


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def ssh_options(server: SshServer) -> tuple[str, ...]:
    """Give the options that keep a client to the lab's keys and away from the user's own."""
    return (
        "-F",
        "none",
        "-i",
        str(server.key),
        "-o",
        f"UserKnownHostsFile={server.known_hosts}",
        "-o",
        "IdentitiesOnly=yes",
        "-o",
        "BatchMode=yes",
        "-o",
        "LogLevel=ERROR",
        "-o",
        "IdentityAgent=none",
    )
