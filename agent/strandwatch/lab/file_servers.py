"""Servers of files in the lab's hosts: FTP by vsftpd, SMB by Samba, and one that swallows all."""

import os
import pwd
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from strandwatch.lab.namespaces import Namespace
from strandwatch.lab.programs import find_program, require_programs
from strandwatch.lab.servers import running
from strandwatch.lab.tools import DRAIN_PORT, DRAIN_TLS_PORT


@contextmanager
def drain(host: Namespace, certificate: Path) -> Iterator[None]:
    """Run a server that swallows whatever comes over TCP, TLS and SMTP."""
    command: list[str | Path] = [sys.executable, "-m", "strandwatch.lab.drain"]
    command += ["--certificate", certificate]
    with running(host, command, ports=(DRAIN_PORT, DRAIN_TLS_PORT, 25)):
        yield


@contextmanager
def ftp_server(host: Namespace, directory: Path) -> Iterator[Path]:
    """Run vsftpd for anonymous users, who may write to uploads/; gives where that is."""
    require_programs("vsftpd")
    uploads = directory / "root" / "uploads"
    uploads.mkdir(parents=True)
    account = pwd.getpwnam("ftp")
    os.chown(uploads, account.pw_uid, account.pw_gid)
    empty = directory / "empty"
    empty.mkdir()
    settings = {
        "listen": "YES",
        "background": "NO",
        "anonymous_enable": "YES",
        "local_enable": "NO",
        "write_enable": "YES",
        "anon_upload_enable": "YES",
        "anon_other_write_enable": "YES",
        "anon_root": directory / "root",
        "secure_chroot_dir": empty,
        "no_anon_password": "YES",
        "xferlog_enable": "NO",
    }
    configuration = directory / "vsftpd.conf"
    configuration.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    with running(host, [find_program("vsftpd") or "vsftpd", configuration], ports=(21,)):
        yield uploads


@contextmanager
def smb_server(host: Namespace, directory: Path) -> Iterator[Path]:
    """Run Samba with one share, uploads, that anybody may write to; gives where that is."""
    require_programs("smbd")
    uploads = directory / "uploads"
    uploads.mkdir(parents=True)
    uploads.chmod(0o777)
    state = directory / "state"
    state.mkdir()
    places = ("private dir", "lock directory", "state directory", "cache directory")
    settings = {
        **dict.fromkeys((*places, "pid directory", "ncalrpc dir"), state),
        "log file": state / "log",
        "map to guest": "Bad User",
        "guest account": "nobody",
        "disable spoolss": "yes",
        "smb ports": "445",
    }
    lines = ["[global]", *(f"{name} = {value}" for name, value in settings.items())]
    lines += ["[uploads]", f"path = {uploads}", "guest ok = yes", "read only = no"]
    configuration = directory / "smb.conf"
    configuration.write_text("\n".join(lines) + "\n")
    smbd = find_program("smbd") or Path("smbd")
    command: list[str | Path] = [
        smbd,
        "--foreground",
        f"--configfile={configuration}",
    ]
    with running(host, command, ports=(445,)):
        yield uploads
