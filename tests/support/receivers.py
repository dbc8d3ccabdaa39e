"""Receivers of alerts on the loopback interface, well-behaved and otherwise."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from queue import Queue

Behaviour = Callable[[socket.socket], None]
"""What a receiver does with one connection."""


@dataclass(slots=True)
class Receiver:
    """A receiver: where it listens, and what it got."""

    port: int
    got: "Queue[bytes]" = field(default_factory=Queue)


@contextlib.contextmanager
def receiving(*behaviours: Callable[["Receiver"], Behaviour]) -> Iterator[Receiver]:
    """Listen, and treat one connection after the other so; the last behaviour goes on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        receiver = Receiver(server.getsockname()[1])
        stopping = threading.Event()
        thread = threading.Thread(
            target=_serve, args=(server, [make(receiver) for make in behaviours], stopping)
        )
        thread.start()
        try:
            yield receiver
        finally:
            stopping.set()
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(server: socket.socket, behaviours: list[Behaviour], stopping: threading.Event) -> None:
    number = 0
    while not stopping.is_set():
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            connection.settimeout(10)
            with contextlib.suppress(OSError):
                behaviours[min(number, len(behaviours) - 1)](connection)
        number += 1


def answering(status: str, *headers: str) -> Callable[[Receiver], Behaviour]:
    """Read a whole request, keep it, and answer so."""

    def make(receiver: Receiver) -> Behaviour:
        def behave(connection: socket.socket) -> None:
            receiver.got.put(_request(connection))
            lines = [f"HTTP/1.1 {status}", "Content-Length: 0", *headers, "", ""]
            connection.sendall("\r\n".join(lines).encode())

        return behave

    return make


def resetting(receiver: Receiver) -> Behaviour:
    """Reset the connection in the middle of the request."""

    def behave(connection: socket.socket) -> None:
        connection.recv(10)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    return behave


def trickling(receiver: Receiver) -> Behaviour:
    """Answer one byte at a time, for as long as the other side bears it."""

    def behave(connection: socket.socket) -> None:
        _request(connection)
        pause = threading.Event()
        for _ in range(10_000):
            connection.sendall(b"H")
            pause.wait(0.02)

    return behave


def _request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65_536)
        if not chunk:
            return data
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            while len(body) < int(value):
                body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


def keeping(receiver: Receiver) -> Behaviour:
    """Keep whatever comes, until the other side closes."""

    def behave(connection: socket.socket) -> None:
        while chunk := connection.recv(65_536):
            receiver.got.put(chunk)

    return behave


def keeping_once(receiver: Receiver) -> Behaviour:
    """Keep the first that comes, and close."""

    def behave(connection: socket.socket) -> None:
        receiver.got.put(connection.recv(65_536))

    return behave
