"""A worker process: one room's parser, locked in, answering one request after the other.

Started as `python -m strandwatch.runtime.worker ROOM DESCRIPTOR`. The first message holds the
room's arguments; the room loads all it needs, then the process gives up files, network and memory
beyond its limit, and says so. A request is one message with plain data and at most one descriptor;
the answer is plain data. An exception in the room is an answer as well: it must not end the worker.
"""

import importlib
import json
import os
import resource
import socket
import sys
from collections.abc import Callable
from typing import Any, cast

from strandwatch.errors import MissingCapabilityError
from strandwatch.runtime import channel
from strandwatch.runtime.privileges import keep_only
from strandwatch.runtime.seccomp import confine

Handler = Callable[[Any, int | None], Any]

ROOMS = ("genomics", "dissect")
PRELOADED = ("bz2", "encodings.latin_1", "encodings.utf_16", "heapq", "lzma", "zlib")
"""Modules that the standard library imports only when a function is first called."""
MEMORY_BYTES = 768 * 1024 * 1024
"""Address space, not resident memory: libraries map much and touch little."""


def main(arguments: list[str]) -> int:
    """Serve until the other end closes."""
    room, descriptor = arguments
    if room not in ROOMS:
        raise SystemExit(f"no such worker: {room}")
    with socket.socket(fileno=int(descriptor)) as peer:
        first = channel.receive(peer)
        if first is None:
            return 0
        open_worker = importlib.import_module(f"strandwatch.{room}.worker").open_worker
        for module in PRELOADED:
            importlib.import_module(module)
        handler = cast(Handler, open_worker(json.loads(first.data)))
        channel.send(peer, json.dumps({"ready": True, "lacks": lock_in()}).encode())
        serve(peer, handler)
    return 0


def lock_in() -> list[str]:
    """Give up everything; give the protections that this machine does not have, in words."""
    lacks = []
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    keep_only(frozenset())
    try:
        confine()
    except MissingCapabilityError as error:
        lacks.append(str(error))
    return lacks


def serve(peer: socket.socket, handler: Handler) -> None:
    """Answer requests in their order."""
    while (message := channel.receive(peer)) is not None:
        try:
            answer = _answer(handler, message)
        finally:
            channel.close_all(message.descriptors)
        channel.send(peer, json.dumps(answer, separators=(",", ":")).encode())


def _answer(handler: Handler, message: channel.Message) -> Any:
    descriptor = message.descriptors[0] if message.descriptors else None
    try:
        return {"answer": handler(json.loads(message.data), descriptor)}
    except Exception as error:  # noqa: BLE001
        # The fence of this process: one bad file costs one answer.
        return {"failed": f"{type(error).__name__}: {error}"[:500]}


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(code)
