"""The launcher: starts the sensor and the agent, keeps both running, and does nothing else.

It holds root only to start the sensor with its capabilities and the agent without any. Both live
and end together: when one dies, the other is stopped and both are started again after a pause, so
that handles and tables never belong to different lives. SIGTERM drains, SIGHUP makes a fresh plan;
a plan that cannot be made leaves the present one in force.
"""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from types import FrameType

import structlog

from strandwatch.domain.encoding import from_plain, to_plain
from strandwatch.errors import EncodingError, ExitCode
from strandwatch.ports import Clock
from strandwatch.runtime import channel
from strandwatch.runtime.plan import Plan
from strandwatch.runtime.privileges import Identity, agent_identity

log = structlog.get_logger()

PAUSES = (0.5, 1.0, 2.0, 5.0, 15.0, 30.0)
STEADY_NS = 60_000_000_000
"""Processes that lived this long did not fail at their start: the pauses begin anew."""
DRAIN_SECONDS = 20.0
REMAKE_SECONDS = 30.0


class _Cause(Enum):
    """Why a life ended."""

    STOPPED = auto()
    REPLANNED = auto()
    DIED = auto()
    DIED_LATE = auto()


@dataclass(slots=True)
class _Life:
    """One pair of processes and the agent's control channel."""

    sensor: subprocess.Popen[bytes]
    agent: subprocess.Popen[bytes]
    control: socket.socket


class Launcher:
    """Supervises the two processes until it is told to stop."""

    def __init__(self, plan: Plan, clock: Clock) -> None:
        self._plan = plan
        self._clock = clock
        self._stopping = False
        self._reload = False

    def run(self) -> ExitCode:
        """Run until SIGTERM or SIGINT; give the code to exit with."""
        self._wake, waker = socket.socketpair()
        waker.setblocking(False)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, self._on_stop)
        signal.signal(signal.SIGINT, self._on_stop)
        signal.signal(signal.SIGHUP, self._on_reload)
        signal.signal(signal.SIGCHLD, self._on_child)
        with self._wake, waker:
            try:
                return self._supervise()
            finally:
                signal.set_wakeup_fd(-1)

    def _supervise(self) -> ExitCode:
        failures = 0
        while True:
            life = self._start()
            cause = self._watch(life)
            code = self._end(life)
            if cause is _Cause.STOPPED:
                return code
            if cause is _Cause.REPLANNED:
                continue
            failures = 0 if cause is _Cause.DIED_LATE else failures + 1
            pause = PAUSES[min(failures, len(PAUSES) - 1)]
            ended = {"sensor": life.sensor.returncode, "agent": life.agent.returncode}
            log.error("processes_ended", again_in_seconds=pause, **ended)
            if self._pause(pause):
                return ExitCode.OK

    def _on_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _on_reload(self, _number: int, _frame: FrameType | None) -> None:
        self._reload = True

    def _on_child(self, _number: int, _frame: FrameType | None) -> None:
        """Nothing: the signal only ends the wait."""

    def _start(self) -> _Life:
        state = Path(self._plan.agent.state_directory)
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        needed = (Path(sys.executable), Path(__file__), state.parent)
        identity = agent_identity(self._plan.user, needed)
        _own(state, identity)
        sensor_end, agent_end = channel.pair()
        control, agent_control = channel.pair()
        with sensor_end, agent_end, agent_control:
            sensor = _spawn("sensor", (sensor_end,), None)
            agent = _spawn("agent", (agent_end, agent_control), identity)
        life = _Life(sensor, agent, control)
        with contextlib.suppress(OSError):
            self._tell(life, {"pids": [os.getpid(), sensor.pid], "identity": identity.note})
        return life

    def _tell(self, life: _Life, extra: dict[str, object]) -> None:
        plan = to_plain(self._plan)
        if life.sensor.stdin is not None:
            life.sensor.stdin.write(json.dumps(plan["sensor"]).encode())
            life.sensor.stdin.close()
        channel.send(life.control, json.dumps({"plan": plan["agent"], **extra}).encode())

    def _watch(self, life: _Life) -> _Cause:
        """Wait until stopped, until one process has ended, or until the sensor's plan changed."""
        began = self._clock.monotonic_ns()
        while not self._stopping:
            if life.sensor.poll() is not None or life.agent.poll() is not None:
                lived = self._clock.monotonic_ns() - began
                return _Cause.DIED_LATE if lived > STEADY_NS else _Cause.DIED
            if self._reload:
                self._reload = False
                if self._remake(life):
                    return _Cause.REPLANNED
            self._wait(1.0)
        return _Cause.STOPPED

    def _pause(self, seconds: float) -> bool:
        """Wait before the next life; tell whether the launcher is to stop instead."""
        end = self._clock.monotonic_ns() + int(seconds * 1e9)
        while not self._stopping and (left := end - self._clock.monotonic_ns()) > 0:
            self._wait(left / 1e9)
        return self._stopping

    def _wait(self, seconds: float) -> None:
        """Wait for any signal; handlers run meanwhile (signal.set_wakeup_fd)."""
        if select.select([self._wake], [], [], seconds)[0]:
            self._wake.recv(64)

    def _remake(self, life: _Life) -> bool:
        """Read the configuration again, in a process of its own, and hand the new plan on.

        Tell whether the sensor has to be started again for it.
        """
        if not self._plan.remake:
            return False
        before = self._plan
        command = [sys.executable, "-m", "strandwatch.cli.main", *self._plan.remake]
        problem = ""
        try:
            done = subprocess.run(  # noqa: S603
                command, capture_output=True, timeout=REMAKE_SECONDS, check=False
            )
            if done.returncode != 0:
                problem = done.stderr.decode(errors="replace").strip()
            else:
                self._plan = from_plain(Plan, json.loads(done.stdout))
        except (OSError, ValueError, EncodingError, subprocess.TimeoutExpired) as error:
            problem = str(error)
        log.info("configuration_reloaded" if not problem else "configuration_refused", why=problem)
        message = {"refused": problem} if problem else {"plan": to_plain(self._plan.agent)}
        with contextlib.suppress(OSError):
            channel.send(life.control, json.dumps(message).encode())
        return self._plan.sensor != before.sensor

    def _end(self, life: _Life) -> ExitCode:
        """Stop the sensor; the agent drains when the channel closes."""
        _terminate(life.sensor)
        life.control.close()
        try:
            code = life.agent.wait(timeout=DRAIN_SECONDS)
        except subprocess.TimeoutExpired:
            log.error("agent_did_not_drain", seconds=DRAIN_SECONDS)
            life.agent.kill()
            life.agent.wait()
            return ExitCode.INTERNAL
        known = code in {member.value for member in ExitCode}
        return ExitCode(code) if known else ExitCode.INTERNAL


def _spawn(
    role: str, ends: tuple[socket.socket, ...], identity: Identity | None
) -> subprocess.Popen[bytes]:
    numbers = [str(end.fileno()) for end in ends]
    changes = identity is not None and os.geteuid() == 0 and identity.user_id != 0
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "strandwatch.app", role, *numbers],
        pass_fds=tuple(end.fileno() for end in ends),
        stdin=subprocess.PIPE if role == "sensor" else subprocess.DEVNULL,
        user=identity.user_id if identity is not None and changes else None,
        group=identity.group_id if identity is not None and changes else None,
        extra_groups=[] if changes else None,
    )


def _terminate(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=DRAIN_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _own(directory: Path, identity: Identity) -> None:
    """Make the state directory the agent's own and nobody else's; what is in it follows."""
    if directory.stat().st_uid in (os.geteuid(), identity.user_id):
        directory.chmod(0o700)
    if os.geteuid() != 0 or directory.stat().st_uid == identity.user_id:
        return
    for path in (directory, *directory.rglob("*")):
        if not path.is_symlink():
            os.chown(path, identity.user_id, identity.group_id, follow_symlinks=False)
