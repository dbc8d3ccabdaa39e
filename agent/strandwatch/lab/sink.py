"""An HTTP and HTTPS server that swallows uploads and serves files.

`python -m strandwatch.lab.sink` runs it. It appends one JSON line per upload (path, bytes and
SHA-256 of what came) to the file of receipts, also for one that broke off, so that a test knows the
true number of bytes from the far end.
"""

import argparse
import functools
import hashlib
import json
import os
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol

_PIECE = 1 << 16


class Stream(Protocol):
    """What a request's body is read from."""

    def read(self, size: int = -1, /) -> bytes:
        """Read up to so many bytes; none at the end."""

    def readline(self, size: int = -1, /) -> bytes:
        """Read one line."""


@dataclass(frozen=True, slots=True)
class Body:
    """What came of a request's body, and whether it came whole."""

    size: int
    sha256: str
    whole: bool


def swallow(stream: Stream, length: int | None, *, piece: int = _PIECE) -> Body:
    """Read a body of this length, or in chunks when the length is None; never raises."""
    digest = hashlib.sha256()
    size = 0
    whole = True
    try:
        for part in _chunks(stream, piece) if length is None else _exactly(stream, length, piece):
            digest.update(part)
            size += len(part)
    except (OSError, ValueError):
        whole = False
    return Body(size, digest.hexdigest(), whole)


def _exactly(stream: Stream, length: int, piece: int) -> Iterator[bytes]:
    while length:
        part = stream.read(min(piece, length))
        if not part:
            raise ConnectionResetError("the body broke off")
        length -= len(part)
        yield part


def _chunks(stream: Stream, piece: int) -> Iterator[bytes]:
    while length := int(stream.readline(1 << 10).split(b";")[0], 16):
        yield from _exactly(stream, length, piece)
        stream.readline(1 << 10)
    while stream.readline(1 << 10).strip():
        pass


class SinkHandler(SimpleHTTPRequestHandler):
    """Keeps receipts of PUT and POST, and serves a directory to GET."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *args: Any, receipts: Path, directory: str) -> None:
        self._receipts = receipts
        super().__init__(*args, directory=directory)

    def do_PUT(self) -> None:
        """Swallow an upload."""
        chunked = "chunked" in self.headers.get("Transfer-Encoding", "").lower()
        body = swallow(
            self.rfile, None if chunked else int(self.headers.get("Content-Length", "0"))
        )
        self._keep(body)
        if body.whole:
            self.send_response(201)
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self.close_connection = True

    do_POST = do_PUT  # noqa: N815 - the name http.server calls

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent; the receipts tell."""

    def _keep(self, body: Body) -> None:
        receipt = {
            "path": self.path,
            "bytes": body.size,
            "sha256": body.sha256,
            "whole": body.whole,
            "peer": self.client_address[0],
            "host": self.headers.get("Host"),
        }
        # One write to a file opened for appending keeps lines of several threads apart.
        descriptor = os.open(self._receipts, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(descriptor, json.dumps(receipt).encode() + b"\n")
        finally:
            os.close(descriptor)


class _Server(ThreadingHTTPServer):
    address_family: int = socket.AF_INET6
    daemon_threads = True

    def __init__(self, port: int, handler: Any, context: ssl.SSLContext | None) -> None:
        self._context = context
        super().__init__(("::", port), handler)

    def server_bind(self) -> None:
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()

    def finish_request(self, request: Any, client_address: Any) -> None:
        # The handshake is here, in the connection's thread: a client that stalls in it holds up
        # nobody else.
        if self._context is not None:
            request = self._context.wrap_socket(request, server_side=True)
        try:
            super().finish_request(request, client_address)
        finally:
            request.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent; a client that breaks off is what some tests are about."""


def main(arguments: list[str] | None = None) -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=80)
    parser.add_argument("--tls-port", type=int, default=443)
    parser.add_argument("--certificate", type=Path)
    parser.add_argument("--receipts", type=Path, required=True)
    parser.add_argument("--directory", type=Path, required=True)
    options = parser.parse_args(arguments)
    handler = functools.partial(
        SinkHandler, receipts=options.receipts, directory=str(options.directory)
    )
    servers = [_Server(options.port, handler, None)]
    if options.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate)
        servers.append(_Server(options.tls_port, handler, context))
    threads = [threading.Thread(target=server.serve_forever) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
