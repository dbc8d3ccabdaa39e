"""Real servers in the lab's hosts: an HTTP(S) sink, an SSH server and a name server."""

import datetime
import ipaddress
import json
import os
import pwd
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from strandwatch.errors import MissingCapabilityError
from strandwatch.lab.namespaces import Namespace
from strandwatch.lab.programs import find_program, require_programs

_LISTENING = "0A"
_UNCONNECTED = "07"
_READY_SECONDS = 15.0
_PRIVILEGE_SEPARATION = Path("/run/sshd")
"""Where Debian's sshd, when it is root, wants an empty directory."""


@dataclass(frozen=True, slots=True)
class HttpSink:
    """An HTTP server that swallows uploads, on port 80 and with TLS on 443."""

    certificate: Path
    receipts_file: Path

    def receipts(self) -> list[dict[str, Any]]:
        """Give what has come so far, the oldest first."""
        if not self.receipts_file.exists():
            return []
        return [json.loads(line) for line in self.receipts_file.read_text().splitlines()]


@dataclass(frozen=True, slots=True)
class SshServer:
    """An SSH server that lets the user in who started it, and where uploads go there."""

    key: Path
    known_hosts: Path
    user: str
    directory: Path


@contextmanager
def http_sink(
    host: Namespace, directory: Path, names: Sequence[str], served: Path | None = None
) -> Iterator[HttpSink]:
    """Run a sink whose certificate is good for these names and addresses."""
    directory.mkdir(parents=True, exist_ok=True)
    certificate = directory / "certificate.pem"
    certificate.write_bytes(self_made_certificate(names))
    receipts = directory / "receipts.jsonl"
    command: list[str | Path] = [sys.executable, "-m", "strandwatch.lab.sink"]
    command += ["--certificate", certificate, "--receipts", receipts]
    command += ["--directory", served or directory]
    with running(host, command, ports=(80, 443)):
        yield HttpSink(certificate, receipts)


@contextmanager
def name_server(host: Namespace, names: Mapping[str, Sequence[str]]) -> Iterator[None]:
    """Run a name server that knows these names and no others."""
    command = [sys.executable, "-m", "strandwatch.lab.nameserver", "--names", json.dumps(names)]
    with running(host, command, ports=(53,), protocol="udp"):
        yield


@contextmanager
def ssh_server(
    host: Namespace, directory: Path, addresses: Sequence[str], port: int = 22
) -> Iterator[SshServer]:
    """Run an SSH server with keys of its own that knows nothing of the machine's."""
    require_programs("sshd", "ssh-keygen")
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in ("host_key", "client_key"):
        _run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", directory / name])
    uploads = directory / "uploads"
    uploads.mkdir(exist_ok=True)
    configuration = directory / "sshd_config"
    configuration.write_text(_sshd_configuration(directory, port))
    known = directory / "known_hosts"
    public = " ".join((directory / "host_key.pub").read_text().split()[:2])
    known.write_text("".join(f"{address} {public}\n" for address in addresses))
    made = _make_privilege_separation_directory()
    try:
        sshd = find_program("sshd") or Path("sshd")
        with running(host, [sshd, "-D", "-e", "-f", configuration], ports=(port,)):
            yield SshServer(directory / "client_key", known, _user_name(), uploads)
    finally:
        if made:
            _PRIVILEGE_SEPARATION.rmdir()


def self_made_certificate(names: Sequence[str]) -> bytes:
    """Give a key and a certificate for these names and addresses, as one PEM file.

    It is valid from 2020 on, so that no clock is needed to make it.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "strandwatch lab")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
        .not_valid_after(datetime.datetime(2049, 12, 31, tzinfo=datetime.UTC))
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ) + certificate.public_bytes(serialization.Encoding.PEM)


@contextmanager
def running(
    host: Namespace,
    command: Sequence[str | Path],
    *,
    ports: Sequence[int] = (),
    protocol: str = "tcp",
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a server until the end of the block, which begins when it listens on all these ports."""
    with tempfile.TemporaryFile() as words:
        process = subprocess.Popen(
            host.command(command), stdin=subprocess.DEVNULL, stdout=words, stderr=words
        )
        try:
            _wait_until_listening(host, process, ports, protocol)
            if process.poll() is not None:
                words.seek(0)
                said = words.read().decode(errors="replace").strip()
                raise MissingCapabilityError(f"a server of the lab did not start: {said}")
            yield process
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_listening(
    host: Namespace, process: "subprocess.Popen[bytes]", ports: Sequence[int], protocol: str
) -> None:
    pause = threading.Event()
    for _ in range(int(_READY_SECONDS / 0.02)):
        # Before it has entered its namespace its tables are those of the machine.
        if host.holds(process.pid) and listening_ports(process.pid, protocol) >= set(ports):
            return
        if process.poll() is not None:
            return
        pause.wait(0.02)
    raise MissingCapabilityError(f"a server of the lab does not listen on {ports}")


def listening_ports(pid: int, protocol: str = "tcp") -> set[int]:
    """Give the ports that anybody listens on in the network namespace of a process."""
    state = _LISTENING if protocol == "tcp" else _UNCONNECTED
    ports = set()
    for table in (protocol, protocol + "6"):
        try:
            lines = Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
        except OSError:
            continue
        for fields in map(str.split, lines):
            if fields[3] == state:
                ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports


def _sshd_configuration(directory: Path, port: int) -> str:
    (directory / "authorized_keys").write_bytes((directory / "client_key.pub").read_bytes())
    lines = {
        "Port": port,
        "HostKey": directory / "host_key",
        "AuthorizedKeysFile": directory / "authorized_keys",
        "PidFile": "none",
        # Without PAM, sshd turns away an account whose password is locked, as root's often is.
        "UsePAM": "yes" if _password_is_locked() else "no",
        "PasswordAuthentication": "no",
        "PermitRootLogin": "yes",
        "StrictModes": "no",
        "PrintMotd": "no",
        "Subsystem": "sftp internal-sftp",
    }
    return "".join(f"{key} {value}\n" for key, value in lines.items())


def _make_privilege_separation_directory() -> bool:
    if os.geteuid() != 0 or _PRIVILEGE_SEPARATION.exists():
        return False
    _PRIVILEGE_SEPARATION.mkdir(mode=0o755)
    return True


def _password_is_locked() -> bool:
    try:
        lines = Path("/etc/shadow").read_text().splitlines()
    except OSError:
        return False
    return any(line.startswith(f"{_user_name()}:!") for line in lines)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _user_name() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name


def _run(command: Sequence[str | Path]) -> None:
    subprocess.run(
        [str(part) for part in command], check=True, stdin=subprocess.DEVNULL, capture_output=True
    )
