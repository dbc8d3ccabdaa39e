"""What this machine lets the agent see: each check tries the real thing and lets it go again."""

import os
import pwd
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from strandwatch.app.plan import jurisdiction_plan
from strandwatch.app.resolver import open_planned_resolver
from strandwatch.config.load import state_directory, store_path
from strandwatch.config.models import Config
from strandwatch.errors import StrandwatchError
from strandwatch.jurisdiction.databases import Freshness
from strandwatch.runtime.clock import SystemClock
from strandwatch.runtime.health import read_health
from strandwatch.runtime.privileges import (
    SENSOR_CAPABILITIES,
    Capability,
    agent_identity,
    effective,
)
from strandwatch.runtime.sandbox import Worker
from strandwatch.sources.fanotify import FanotifyGroup
from strandwatch.sources.kernel.source import KernelSource
from strandwatch.sources.sock_diag import DiagSocket
from strandwatch.store.reader import Reader

FRESH_NS = 10_000_000_000
LOW_SPACE_BYTES = 1 << 30
_WORKER_SECONDS = 5.0


class Standing(StrEnum):
    """How one thing stands."""

    OK = "ok"
    LIMITED = "limited"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One finding: what was looked at, how it stands, what that means, what to do."""

    name: str
    standing: Standing
    finding: str
    remedy: str = ""


def examine(config: Config) -> Iterator[Check]:
    """Look at everything, one after the other; nothing is changed and nothing stays loaded."""
    for look in (
        _daemon,
        _privileges,
        _user,
        _kernel_tier,
        _portable_flows,
        _file_access,
        _names,
        _workers,
        _directories,
        _address_data,
        _record,
    ):
        yield from look(config)


def _daemon(config: Config) -> Iterator[Check]:
    health = read_health(state_directory(config))
    now = SystemClock().now_ns()
    if health is None or now - health["updated_ns"] > FRESH_NS or health["state"] == "stopping":
        yield Check(
            name="daemon",
            standing=Standing.MISSING,
            finding="not running with this state directory",
            remedy="strandwatch run (or systemctl start strandwatch)",
        )
        return
    running = health["state"] == "ready"
    yield Check(
        name="daemon",
        standing=Standing.OK if running else Standing.LIMITED,
        finding=f"{health['state']}, version {health['version']}",
    )
    yield from _daemon_parts(health)
    for loss in health["losses"]:
        yield Check(
            name=f"lost: {loss['source']}",
            standing=Standing.LIMITED,
            finding=f"{loss['count']} observations since the start: {loss['reason']}",
        )


def _daemon_parts(health: dict[str, Any]) -> Iterator[Check]:
    for source in health["sources"]:
        yield Check(
            name=f"source {source['name']}",
            standing=Standing.OK if source["working"] else Standing.MISSING,
            finding=": ".join(filter(None, (f"{source['tier']} tier", source["note"]))),
        )
    for part in health["parts"]:
        if not part["working"]:
            yield Check(name=part["name"], standing=Standing.MISSING, finding=part["note"])


def _privileges(_config: Config) -> Iterator[Check]:
    lacking = SENSOR_CAPABILITIES - effective()
    if not lacking:
        yield Check(
            name="privileges", standing=Standing.OK, finding="all that the sensor can make use of"
        )
        return
    names = ", ".join(sorted(f"CAP_{Capability(one).name}" for one in lacking))
    yield Check(
        name="privileges",
        standing=Standing.LIMITED,
        finding=f"without {names}: only this user's processes, and only what lasts",
        remedy="run it as root; the agent process gives up all of them",
    )


def _user(config: Config) -> Iterator[Check]:
    if os.geteuid() != 0:
        return
    user = config.agent.user
    identity = agent_identity(user, (Path(sys.executable), state_directory(config).parent))
    name = pwd.getpwuid(identity.user_id).pw_name
    yield Check(
        name="agent user",
        standing=Standing.LIMITED if identity.note else Standing.OK,
        finding=identity.note or f"the agent runs as {name}",
        remedy=f"useradd --system --no-create-home {user}" if identity.note else "",
    )


def _kernel_tier(_config: Config) -> Iterator[Check]:
    try:
        reports = KernelSource(SystemClock()).probe()
    except StrandwatchError as error:
        yield _lesser("flows: kernel tier", str(error), "apt install libbpf1, and run as root")
        return
    refused = [f"{one.program.name}: {one.reason}" for one in reports if not one.works]
    yield Check(
        name="flows: kernel tier",
        standing=Standing.LIMITED if refused else Standing.OK,
        finding="; ".join(refused) or f"all {len(reports)} programs load: every socket is counted",
        remedy="run as root on a kernel with BTF; the next tier is used meanwhile"
        if refused
        else "",
    )


def _portable_flows(_config: Config) -> Iterator[Check]:
    diag = DiagSocket()
    try:
        diag.open()
    except StrandwatchError as error:
        yield _lesser("flows: portable tier", str(error), "load the kernel module inet_diag")
        return
    diag.close()
    yield Check(
        name="flows: portable tier",
        standing=Standing.OK,
        finding="TCP byte counts by looking; what lives between two looks is missed",
    )


def _file_access(_config: Config) -> Iterator[Check]:
    group = FanotifyGroup()
    try:
        group.open()
    except StrandwatchError as error:
        yield _lesser(
            "file access", f"{error}: only files that stay open through a look", "run as root"
        )
        return
    group.close()
    yield Check(
        name="file access",
        standing=Standing.OK,
        finding="fanotify: every opening and writing, with the process",
    )


def _names(_config: Config) -> Iterator[Check]:
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM).close()
    except OSError as error:
        yield _lesser("names", f"packets cannot be read: {error}", "run as root")
        return
    yield Check(
        name="names", standing=Standing.OK, finding="DNS answers and TLS greetings can be read"
    )


def _workers(_config: Config) -> Iterator[Check]:
    worker = Worker("genomics", {"key": "00" * 32}, _WORKER_SECONDS)
    try:
        worker.call({"path": ""})
        lacks = "; ".join(worker.lacks)
    except StrandwatchError as error:
        lacks = str(error)
    finally:
        worker.stop()
    yield Check(
        name="sandbox",
        standing=Standing.LIMITED if lacks else Standing.OK,
        finding=lacks or "parsers run without files, network and capabilities",
        remedy="use a kernel with seccomp filters" if lacks else "",
    )


def _directories(config: Config) -> Iterator[Check]:
    if not config.watch.directories:
        yield _lesser(
            "watched directories",
            "none configured: files are known when they are read, not when they land",
            "set watch.directories, or run --watch FOLDER",
        )
    for path in config.watch.directories:
        # Unlike Path.is_dir, os.access has no error for what lies behind a closed folder.
        readable = os.access(path, os.R_OK | os.X_OK) and path.is_dir()
        yield Check(
            name="watched directory",
            standing=Standing.OK if readable else Standing.MISSING,
            finding=f"{path}{'' if readable else ' cannot be read; it is watched once it can'}",
            remedy="" if readable else "create it, or correct watch.directories",
        )


def _address_data(config: Config) -> Iterator[Check]:
    plan = jurisdiction_plan(config.jurisdiction)
    state = state_directory(config)
    resolver = open_planned_resolver(plan, state, SystemClock(), writable=False)
    for missing in resolver.missing:
        yield Check(
            name=f"address data {missing.name}",
            standing=Standing.MISSING,
            finding=missing.problem,
            remedy="strandwatch geoip import FILE, or correct jurisdiction.databases",
        )
    for aged in resolver.databases:
        fresh = aged.freshness is Freshness.FRESH
        expired = aged.freshness is Freshness.EXPIRED
        worse = Standing.MISSING if expired else Standing.LIMITED
        told = ": too old to call a destination clean" if expired else ""
        yield Check(
            name=f"address data {aged.database.name}",
            standing=Standing.OK if fresh else worse,
            finding=f"{aged.age_days} days old{told}",
            remedy="" if fresh else "a newer release, or strandwatch geoip update or import",
        )


def _record(config: Config) -> Iterator[Check]:
    path = store_path(config)
    try:
        path.stat()
    except FileNotFoundError:
        yield Check(
            name="record", standing=Standing.OK, finding="none yet; it begins with the first run"
        )
        return
    except OSError as error:
        yield _lesser("record", str(error), "ask as root or as the agent's user")
        return
    try:
        with Reader(path) as reader:
            count = reader.count("alerts")
    except StrandwatchError as error:
        yield Check(
            name="record",
            standing=Standing.MISSING,
            finding=str(error),
            remedy="the daemon puts an unreadable record aside and begins a new one",
        )
        return
    room = os.statvfs(path.parent)
    free = room.f_bavail * room.f_frsize
    low = free < LOW_SPACE_BYTES
    yield Check(
        name="record",
        standing=Standing.LIMITED if low else Standing.OK,
        finding=f"{count} alerts, {free >> 20} MiB free on its disk",
        remedy="make room: a full disk delays the record" if low else "",
    )


def _lesser(name: str, finding: str, remedy: str) -> Check:
    return Check(name=name, standing=Standing.LIMITED, finding=finding, remedy=remedy)
