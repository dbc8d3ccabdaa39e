"""A server that swallows what comes over TCP, TLS and SMTP: `python -m strandwatch.lab.drain`."""

import argparse
import contextlib
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

_PIECE = 1 << 16
_REPLIES = {
    b"EHLO": b"250-lab.test\r\n250 SIZE 1000000000\r\n",
    b"DATA": b"354 go on\r\n",
    b"QUIT": b"221 bye\r\n",
}

Talk = Callable[[socket.socket], None]


def swallow_all(connection: socket.socket) -> None:
    """Read to the end."""
    while connection.recv(_PIECE):
        pass


def swallow_mail(connection: socket.socket) -> None:
    """Take mail (RFC 5321): agree to everything and keep nothing."""
    lines = connection.makefile("rb")
    connection.sendall(b"220 lab.test\r\n")
    for line in lines:
        word = line[:4].upper()
        connection.sendall(_REPLIES.get(word, b"250 ok\r\n"))
        if word == b"QUIT":
            return
        if word == b"DATA":
            for body in lines:
                if body == b".\r\n":
                    break
            connection.sendall(b"250 taken\r\n")


class _Server(socketserver.ThreadingTCPServer):
    address_family: int = socket.AF_INET6
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int, talk: Talk, context: ssl.SSLContext | None = None) -> None:
        self._talk = talk
        self._context = context
        super().__init__(("::", port), socketserver.BaseRequestHandler)

    def finish_request(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override]
        # Clients that break off are what some tests are about.
        with contextlib.suppress(OSError):
            if self._context is None:
                self._talk(request)
            else:
                with self._context.wrap_socket(request, server_side=True) as wrapped:
                    self._talk(wrapped)


def main(arguments: list[str] | None = None) -> None:
    """Swallow until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--tls-port", type=int, default=9443)
    parser.add_argument("--smtp-port", type=int, default=25)
    parser.add_argument("--certificate", type=Path, required=True)
    options = parser.parse_args(arguments)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.certificate)
    # A client that sends and never reads would leave tickets unread, and its end be a reset that
    # throws away what is still under way.
    context.num_tickets = 0
    servers = [
        _Server(options.port, swallow_all),
        _Server(options.tls_port, swallow_all, context),
        _Server(options.smtp_port, swallow_mail),
    ]
    threads = [threading.Thread(target=server.serve_forever) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
