"""The agent process: store, jurisdiction, sinks and workers around the engine."""

import json
import os
import resource
import secrets
import socket
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from strandwatch import __version__
from strandwatch.app.resolver import open_planned_resolver
from strandwatch.app.workers import SandboxedDissector, SandboxedIdentifier
from strandwatch.core.engine import Engine
from strandwatch.core.ledger import months_before
from strandwatch.core.limits import SECOND_NS, Limits
from strandwatch.domain.encoding import from_plain
from strandwatch.domain.observation import Observation
from strandwatch.errors import ConfigurationError, ExitCode, StoreError, StrandwatchError
from strandwatch.genomics.sketch import FILE_NAME as SKETCH_FILE
from strandwatch.jurisdiction.resolve import Resolver
from strandwatch.ports import Sink
from strandwatch.runtime import channel, logging
from strandwatch.runtime.clock import SystemClock
from strandwatch.runtime.handles import HandleTable
from strandwatch.runtime.health import Health, write_health
from strandwatch.runtime.pipeline import Pipeline
from strandwatch.runtime.plan import AgentPlan, KeepPlan
from strandwatch.runtime.privileges import keep_only, no_new_privileges
from strandwatch.runtime.sandbox import Worker
from strandwatch.store.reader import Reader
from strandwatch.store.retention import Retention
from strandwatch.store.writer import SqliteWriter

log = structlog.get_logger()

HANDLES = 10_000
HEALTH_SECONDS = 1.0
REFRESH_SECONDS = 30
IDENTIFY_SECONDS = 5.0
DISSECT_SECONDS = 5.0
KEY_FILE = "person.key"
KEY_BYTES = 32
MEMORY_MONTHS = 12
"""How far back transfers are read at the start: the ledger's longest window."""


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the agent is made of, for those who report on it."""

    pipeline: Pipeline
    health: Health
    identify: Worker
    dissect: Worker
    resolver: Resolver
    writer: SqliteWriter
    state: Path


def run_agent(peer: socket.socket, control: socket.socket) -> ExitCode:
    """Give up all privileges, then reason, keep and tell until the sensor's end closes."""
    no_new_privileges()
    keep_only(frozenset())
    _allow_descriptors()
    first = channel.receive(control)
    if first is None:
        return ExitCode.INTERNAL
    message = json.loads(first.data)
    plan = from_plain(AgentPlan, message["plan"])
    logging.configure(plan.log.level, as_json=plan.log.as_json, process="agent")
    try:
        return _work(peer, control, plan, message)
    except StrandwatchError as error:
        log.critical("agent_cannot_start", error=str(error))
        return error.exit_code


def _work(
    peer: socket.socket, control: socket.socket, plan: AgentPlan, message: dict[str, Any]
) -> ExitCode:
    clock = SystemClock()
    state = Path(plan.state_directory)
    health = Health(__version__, clock.now_ns())
    if message.get("identity"):
        log.warning("agent_user_differs", why=message["identity"])
    health.processes.update(launcher=message["pids"][0], sensor=message["pids"][1])
    health.processes["agent"] = os.getpid()
    writer = SqliteWriter(Path(plan.store_path), _retention(plan.keep))
    remembered = _remembered(Path(plan.store_path), clock.now_ns())
    resolver = open_planned_resolver(plan.jurisdiction, state, clock, writable=True)
    identify = Worker("genomics", _identify_arguments(plan, state), IDENTIFY_SECONDS)
    dissect = Worker("dissect", {}, DISSECT_SECONDS)
    sinks = _sinks(plan, clock, health)
    pipeline = Pipeline(
        engine=Engine(plan.policy, _limits(plan)),
        identifier=SandboxedIdentifier(identify),
        dissector=SandboxedDissector(dissect),
        resolver=resolver,
        writer=writer,
        sinks=sinks,
        handles=HandleTable(HANDLES),
        health=health,
        clock=clock,
    )
    parts = _Parts(pipeline, health, identify, dissect, resolver, writer, state)
    ended = threading.Event()
    watchers = [
        threading.Thread(target=_write_health, args=(parts, clock, ended), name="health"),
        threading.Thread(target=_obey, args=(parts, control, clock, plan), name="control"),
    ]
    for thread in watchers:
        thread.start()
    try:
        pipeline.run(peer, remembered)
    finally:
        ended.set()
        control.shutdown(socket.SHUT_RDWR)
        for thread in watchers:
            thread.join()
        for part in (identify, dissect):
            part.stop()
        for sink in sinks:
            sink.close()
        writer.close()
    log.info("agent_ended")
    return ExitCode.OK


def _retention(keep: KeepPlan) -> Retention:
    return Retention(
        flow_days=keep.flow_days, process_days=keep.process_days, file_days=keep.file_days
    )


def _allow_descriptors() -> None:
    """Raise the soft limit of open files to the hard one: files to identify wait as descriptors."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _limits(plan: AgentPlan) -> Limits:
    return Limits(incident_window_ns=plan.incident_minutes * 60 * SECOND_NS)


def _remembered(path: Path, now_ns: int) -> Sequence[Observation]:
    """Give what an earlier run left open; a record that cannot be read back starts empty."""
    try:
        with Reader(path) as reader:
            return list(reader.remembered(months_before(now_ns, MEMORY_MONTHS)))
    except StoreError as error:
        log.error("record_not_read_back", error=str(error))
        return ()


def _identify_arguments(plan: AgentPlan, state: Path) -> dict[str, Any]:
    return {
        "key": person_key(state).hex(),
        "budget": {
            "input_bytes": plan.identify_bytes,
            "milliseconds": plan.identify_milliseconds,
        },
        "sketch": plan.sketch_path or _where_present(state / SKETCH_FILE),
        "subject_map": plan.subject_map_path,
    }


def _where_present(path: Path) -> str | None:
    return str(path) if path.is_file() else None


def person_key(state: Path) -> bytes:
    """Give the key under which sample names are hashed, made at the first start.

    Whoever has it can test guesses of names against the record: it is readable by its owner only.
    """
    path = state / KEY_FILE
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        key = secrets.token_bytes(KEY_BYTES)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
    if len(key) != KEY_BYTES:
        raise StoreError(f"{path} is not a key: move it away, and persons are counted anew")
    return key


def _sinks(plan: AgentPlan, clock: SystemClock, health: Health) -> list[Sink]:
    sinks: list[Sink] = []
    if plan.console:
        from strandwatch.sinks.console import ConsoleSink

        sinks.append(ConsoleSink(sys.stdout))
    if plan.jsonl_path is not None:
        from strandwatch.sinks.jsonl import JsonLinesSink

        sinks.append(JsonLinesSink(Path(plan.jsonl_path)))
    if plan.syslog is not None or plan.webhook is not None:
        from strandwatch.app.receivers import receivers

        sinks.extend(receivers(plan, clock, health))
    return sinks


def _write_health(parts: _Parts, clock: SystemClock, ended: threading.Event) -> None:
    """Say every second how the agent is, and take up fresh address data twice a minute."""
    refresh_at_ns = 0
    while True:
        last = ended.wait(HEALTH_SECONDS)
        health = parts.health
        health.processes.update(genomics=parts.identify.pid, dissect=parts.dissect.pid)
        health.gauges.update(parts.pipeline.depths())
        if parts.writer.put_aside:
            aside = "; ".join(parts.writer.put_aside)
            health.degraded("record", f"it was unreadable and has been put aside: {aside}")
        now_ns = clock.monotonic_ns()
        if now_ns >= refresh_at_ns:
            refresh_at_ns = now_ns + REFRESH_SECONDS * SECOND_NS
            _watch_address_data(parts)
        try:
            write_health(parts.state, health.snapshot(clock.now_ns()))
        except OSError as error:
            log.error("health_not_written", error=str(error))
        if last:
            return


def _watch_address_data(parts: _Parts) -> None:
    """Take up databases and lists that have changed, and say what is missing or too old."""
    health, problems = parts.health, []
    try:
        parts.resolver.refresh()
    except ConfigurationError as error:
        problems.append(f"the last good lists stay: {error}")
    problems += parts.resolver.problems
    health.gauges["address_data_age_days"] = parts.resolver.oldest_days
    if problems:
        health.degraded("jurisdiction", "; ".join(problems))
    else:
        health.working("jurisdiction")


def _obey(parts: _Parts, control: socket.socket, clock: SystemClock, current: AgentPlan) -> None:
    """Take new plans from the launcher; a refused one is shown until a good one comes."""
    while (message := channel.receive(control)) is not None:
        order = json.loads(message.data)
        if "refused" in order:
            parts.health.degraded("configuration", f"reload refused: {order['refused']}")
            continue
        plan = from_plain(AgentPlan, order["plan"])
        if plan.jurisdiction != current.jurisdiction and not _ask_anew(parts, clock, plan):
            continue
        current = plan
        parts.pipeline.adopt(plan.policy)
        _watch_address_data(parts)
        parts.health.working("configuration")
        log.info("policy_adopted", policy=plan.policy.digest)


def _ask_anew(parts: _Parts, clock: SystemClock, plan: AgentPlan) -> bool:
    """Ask other databases and lists from now on; with bad ones the last good ones stay."""
    try:
        resolver = open_planned_resolver(plan.jurisdiction, parts.state, clock, writable=True)
    except StrandwatchError as error:
        parts.health.degraded("configuration", f"reload refused: {error}")
        return False
    parts.resolver.become(resolver)
    return True
