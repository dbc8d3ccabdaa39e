"""The sensor process: which sources run here, and in which tier, decided by what works."""

import json
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Container
from pathlib import Path

from strandwatch.domain.encoding import from_plain
from strandwatch.errors import ExitCode
from strandwatch.runtime import logging
from strandwatch.runtime.clock import SystemClock
from strandwatch.runtime.handles import HandleTable
from strandwatch.runtime.plan import SensorPlan
from strandwatch.runtime.privileges import SENSOR_CAPABILITIES, keep_only
from strandwatch.runtime.sensor import Sensor

HANDLES = 4_096
"""Descriptors under way to the agent at most."""
DESCRIPTORS = 65_536
"""Open descriptors that the sensor asks for: three for each network namespace, one for each file
that was opened and not yet looked at."""
OWN_PIDS_NS = 500_000_000


def run_sensor(peer: socket.socket) -> ExitCode:
    """Read the plan from standard input, then watch until stopped or until the agent is gone."""
    plan = from_plain(SensorPlan, json.load(sys.stdin))
    logging.configure(plan.log.level, as_json=plan.log.as_json, process="sensor")
    allow_descriptors(DESCRIPTORS)
    keep_only(SENSOR_CAPABILITIES)
    from strandwatch.app.sources import choose_sources

    clock = SystemClock()
    handles = HandleTable(HANDLES, plan.own_paths)
    sources = choose_sources(plan, clock, handles, own_processes(clock))
    sensor = Sensor(sources, handles, peer, clock)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: sensor.stop())
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    sensor.run()
    return ExitCode.OK


def allow_descriptors(wanted: int) -> int:
    """Raise the limit of open descriptors as far as allowed, and give what it is then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    soft = max(soft, allowed)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return soft


def own_processes(clock: SystemClock) -> Callable[[], Container[int]]:
    """Give a function that gives the pids of the launcher and all that descends from it."""
    launcher = os.getppid()
    known: frozenset[int] = frozenset({launcher, os.getpid()})
    read_ns = 0

    def own() -> Container[int]:
        nonlocal known, read_ns
        now = clock.monotonic_ns()
        if now - read_ns > OWN_PIDS_NS:
            known, read_ns = frozenset(_family(launcher)), now
        return known

    return own


def _family(pid: int) -> set[int]:
    found = {pid}
    edge = [pid]
    while edge:
        children = _children(edge.pop())
        edge += [child for child in children if child not in found]
        found.update(children)
    return found


def _children(pid: int) -> list[int]:
    """Read the children of all threads of a process (proc(5), /proc/PID/task/TID/children)."""
    found: list[int] = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            words = (task / "children").read_text(encoding="ascii").split()
            found += [int(word) for word in words]
    except OSError:
        # It ended meanwhile; its children are the launcher's or nobody's.
        return found
    return found
