"""The daemon as a process in the lab: started, asked and signalled as an operator does."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import psutil

from strandwatch.errors import StrandwatchError
from strandwatch.lab.namespaces import Namespace

STRANDWATCH = (sys.executable, "-m", "strandwatch.cli.main")
"""The command line of this very installation."""

LAB_DATABASE = Path(str(resources.files("strandwatch.data"))) / "geoip" / "lab.mmdb"
"""The address plan of the lab, as an address database."""

_CONFIGURATION = """\
[watch]
directories = [{directories}]

[jurisdiction]
databases = [{{ kind = "override", path = {database} }}]
replace_embedded = true
"""

_READY_STATES = ("ready", "degraded")
_START_SECONDS = 60.0
_STOP_SECONDS = 45.0
_TICK_SECONDS = 0.05


def configuration_text(directories: Sequence[Path], database: Path = LAB_DATABASE) -> str:
    """Give a configuration for the lab: what to watch, and whose addresses are whose."""
    # A string of JSON is one of TOML too.
    listed = ", ".join(json.dumps(str(directory)) for directory in directories)
    return _CONFIGURATION.format(directories=listed, database=json.dumps(str(database)))


@dataclass(slots=True)
class Daemon:
    """`strandwatch run` in a namespace, with a configuration and a state directory of its own.

    `before` is put before the command, to run it as somebody else.
    """

    namespace: Namespace
    configuration: Path
    state_directory: Path
    before: tuple[str, ...] = ()
    process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    def start(self) -> None:
        """Start it and wait until it is ready; raises with its own words when it does not come."""
        self.state_directory.mkdir(parents=True, exist_ok=True)
        (self.state_directory / "health.json").unlink(missing_ok=True)
        command: list[str | Path] = [
            *self.before,
            *STRANDWATCH,
            "run",
            "--config",
            self.configuration,
            "--state-directory",
            self.state_directory,
        ]
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                self.namespace.command(command, bound=False),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        if not self.wait_for(self.is_ready, _START_SECONDS):
            self.kill()
            raise StrandwatchError(f"the daemon did not become ready:\n{self.last_words()}")

    def stop(self) -> int:
        """Ask it to drain and end, and give its exit status; safe when it has ended."""
        if self.process is None:
            return 0
        self.signal(signal.SIGTERM)
        try:
            return self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise StrandwatchError(f"the daemon did not stop:\n{self.last_words()}") from None

    def kill(self) -> None:
        """End it at once, as a crash or a power cut would."""
        if self.process is not None:
            self.signal(signal.SIGKILL)
            self.process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if it still runs."""
        if self.process is not None and self.process.poll() is None:
            os.kill(self.process.pid, number)

    @property
    def log_file(self) -> Path:
        """Where its words go."""
        return self.state_directory / "daemon.log"

    def last_words(self, lines: int = 15) -> str:
        """Give the end of what it said."""
        if not self.log_file.exists():
            return ""
        said = self.log_file.read_text(errors="replace").splitlines()
        return "\n".join(said[-lines:])

    def health(self) -> dict[str, Any]:
        """Give its health as it wrote it last; empty when it has not yet."""
        try:
            health = json.loads((self.state_directory / "health.json").read_text())
        except (OSError, ValueError):
            return {}
        return health if isinstance(health, dict) else {}

    def is_ready(self) -> bool:
        """Say whether it watches by now; raises when it has ended instead."""
        if self.process is not None and self.process.poll() is not None:
            raise StrandwatchError(f"the daemon ended at its start:\n{self.last_words()}")
        return self.health().get("state") in _READY_STATES

    def ask(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run another command of strandwatch on the same state."""
        return subprocess.run(
            [*STRANDWATCH, *words, "--state-directory", str(self.state_directory)],
            env={**os.environ, "STRANDWATCH_STATE": str(self.state_directory)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def records(self, *words: str) -> list[dict[str, Any]]:
        """Give what a command prints as JSON, one object per line."""
        answered = self.ask(*words, "--format", "json")
        return [json.loads(line) for line in answered.stdout.splitlines() if line.strip()]

    def processes(self) -> list[int]:
        """Give the process ids of the daemon and all its descendants."""
        if self.process is None:
            return []
        try:
            main = psutil.Process(self.process.pid)
            return [main.pid, *(child.pid for child in main.children(recursive=True))]
        except psutil.NoSuchProcess:
            return []

    def wait_for(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Wait until a condition holds; False when it never did."""
        end = time.monotonic() + seconds
        pause = threading.Event()
        while not condition():
            if time.monotonic() > end:
                return False
            pause.wait(_TICK_SECONDS)
        return True


@contextmanager
def daemon_running(
    namespace: Namespace,
    configuration: Path,
    state_directory: Path,
    *,
    before: Sequence[str] = (),
) -> Iterator[Daemon]:
    """Run the daemon until the end of the block; it is gone afterwards in any case."""
    daemon = Daemon(namespace, configuration, state_directory, tuple(before))
    try:
        daemon.start()
        yield daemon
        daemon.stop()
    finally:
        daemon.kill()
