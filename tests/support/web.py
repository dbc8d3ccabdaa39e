"""A web server on loopback that plays what each test tells it to."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Seen:
    """One request, as the server saw it."""

    path: str
    headers: dict[str, str]


@dataclass
class Answer:
    """What the server says to one path."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    announced_length: int | None = None
    """A Content-Length other than the body's: the body then ends too early."""


class WebServer:
    """Serves until closed; `answer` maps a path without its query to what is said."""

    def __init__(self, answer: Callable[[Seen], Answer], address: str = "127.0.0.1") -> None:
        self.seen: list[Seen] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                seen = Seen(self.path, dict(self.headers))
                outer.seen.append(seen)
                reply = answer(seen)
                self.send_response(reply.status)
                length = reply.announced_length
                self.send_header(
                    "Content-Length", str(len(reply.body) if length is None else length)
                )
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.body)

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        self._server = ThreadingHTTPServer((address, 0), Handler)
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://{address}:{self._server.server_address[1]}"

    def close(self) -> None:
        """Stop and release."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
