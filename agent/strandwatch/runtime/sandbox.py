"""Worker processes from their owner's side: started on demand, timed, replaced when they die."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from typing import Any

import structlog

from strandwatch.errors import WorkerError
from strandwatch.runtime import channel

log = structlog.get_logger()

START_SECONDS = 20.0
EXTRA_ENVIRONMENT: dict[str, str] = {}
"""Added to the bare environment of workers; the tests put rooms of their own there."""


class Worker:
    """One worker process for a room; calls are answered one after the other."""

    def __init__(self, room: str, arguments: Any, call_seconds: float) -> None:
        self.room = room
        self._arguments = arguments
        self._call_seconds = call_seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._peer: socket.socket | None = None
        self.lacks: tuple[str, ...] = ()
        self.restarts = 0

    @property
    def pid(self) -> int | None:
        """The worker's process id while it runs."""
        return None if self._process is None else self._process.pid

    def call(self, request: Any, descriptor: int | None = None) -> Any:
        """Give the room's answer; raises WorkerError when the worker failed, died or stalled."""
        with self._lock:
            if self._peer is None:
                self._start()
            try:
                return self._exchange(request, descriptor)
            except (OSError, ValueError) as error:
                self._end()
                self.restarts += 1
                raise WorkerError(f"{self.room} worker: {error}") from error

    def stop(self) -> None:
        """End the worker; safe twice."""
        with self._lock:
            self._end()

    def _exchange(self, request: Any, descriptor: int | None) -> Any:
        peer = self._peer
        if peer is None:
            raise OSError("not running")
        data = json.dumps(request, separators=(",", ":")).encode()
        channel.send(peer, data, () if descriptor is None else (descriptor,))
        message = channel.receive(peer)
        if message is None:
            raise OSError("it ended")
        answer = json.loads(message.data)
        if "failed" in answer:
            raise WorkerError(f"{self.room} worker: {answer['failed']}")
        return answer["answer"]

    def _start(self) -> None:
        ours, theirs = channel.pair()
        command = [sys.executable, "-m", "strandwatch.runtime.worker", self.room]
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603
                [*command, str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={"PATH": os.defpath, "LANG": "C.UTF-8", **EXTRA_ENVIRONMENT},
            )
        self._peer = ours
        try:
            self._greet(ours)
        except (OSError, ValueError) as error:
            self._end()
            raise WorkerError(f"{self.room} worker did not start: {error}") from error
        ours.settimeout(self._call_seconds)
        log.info("worker_started", room=self.room, pid=self._process.pid, lacks=self.lacks)

    def _greet(self, peer: socket.socket) -> None:
        peer.settimeout(START_SECONDS)
        channel.send(peer, json.dumps(self._arguments).encode())
        message = channel.receive(peer)
        if message is None:
            raise OSError("it ended at once")
        self.lacks = tuple(json.loads(message.data)["lacks"])

    def _end(self) -> None:
        if self._peer is not None:
            self._peer.close()
            self._peer = None
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=0.2)
            self._process.kill()
            self._process.wait()
            self._process = None
