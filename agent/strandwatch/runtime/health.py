"""How the agent is: every part's state, losses and queue depths, written for others to read."""

import json
import os
import threading
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import Any

from strandwatch.domain.observation import ObservationsLost, SourceReported


class State(StrEnum):
    """The agent's state as a whole."""

    STARTING = "starting"
    READY = "ready"
    DEGRADED = "degraded"
    STOPPING = "stopping"


HEALTH_FILE = "health.json"


class Health:
    """Collects states from every thread of the agent."""

    def __init__(self, version: str, started_ns: int) -> None:
        self._lock = threading.Lock()
        self._version = version
        self._started_ns = started_ns
        self._sources: dict[str, SourceReported] = {}
        self._parts: dict[str, str] = {}
        self._losses: Counter[tuple[str, str]] = Counter()
        self._sensor_up = False
        self._stopping = False
        self.processes: dict[str, int | None] = {}
        self.gauges: dict[str, int] = {}

    def sensor_up(self) -> None:
        """Take in that the sensor has started all that it can start."""
        self._sensor_up = True

    def stopping(self) -> None:
        """Take in that the agent drains and ends."""
        self._stopping = True

    def source(self, report: SourceReported) -> None:
        """Take in a source's state."""
        with self._lock:
            self._sources[report.source] = report

    def loss(self, loss: ObservationsLost) -> None:
        """Count a loss."""
        with self._lock:
            self._losses[loss.source, loss.reason.value] += loss.count

    def working(self, part: str) -> None:
        """Take in that a part works (again)."""
        with self._lock:
            self._parts[part] = ""

    def degraded(self, part: str, problem: str) -> None:
        """Take in that a part does not work, and why, in words for the operator."""
        with self._lock:
            self._parts[part] = problem

    def state(self) -> State:
        """Give the state of the whole."""
        if self._stopping:
            return State.STOPPING
        if not self._sensor_up:
            return State.STARTING
        whole = not any(self._parts.values()) and all(
            report.working for report in self._sources.values()
        )
        return State.READY if whole else State.DEGRADED

    def snapshot(self, now_ns: int) -> dict[str, Any]:
        """Give everything as plain data."""
        with self._lock:
            return {
                "state": self.state().value,
                "version": self._version,
                "started_ns": self._started_ns,
                "updated_ns": now_ns,
                "processes": dict(self.processes),
                "sources": [
                    {
                        "name": report.source,
                        "tier": report.tier,
                        "working": report.working,
                        "note": report.note,
                    }
                    for _, report in sorted(self._sources.items())
                ],
                "parts": [
                    {"name": name, "working": not problem, "note": problem}
                    for name, problem in sorted(self._parts.items())
                ],
                "losses": [
                    {"source": source, "reason": reason, "count": count}
                    for (source, reason), count in sorted(self._losses.items())
                ],
                "gauges": dict(sorted(self.gauges.items())),
            }


def write_health(directory: Path, snapshot: dict[str, Any]) -> None:
    """Replace the health file; raises OSError when the directory does not take it."""
    target = directory / HEALTH_FILE
    fresh = target.with_suffix(".new")
    fresh.write_text(json.dumps(snapshot) + "\n", encoding="utf-8")
    os.replace(fresh, target)  # noqa: PTH105


def read_health(directory: Path) -> dict[str, Any] | None:
    """Give what the daemon last wrote; None when it never ran here or wrote nonsense."""
    try:
        plain = json.loads((directory / HEALTH_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return plain if isinstance(plain, dict) else None
