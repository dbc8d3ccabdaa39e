"""Carrying alerts to a web address: HTTPS POST with a signature and an idempotency key."""

import contextlib
import hashlib
import hmac
import http.client
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

from strandwatch.ports import Clock
from strandwatch.sinks.spool import Parcel
from strandwatch.sinks.spooled import NotNowError, RefusedError

_LATER = frozenset({408, 425, 429})
"""Answers below 500 after which it is worth trying again (RFC 9110, RFC 8470, RFC 6585)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookTarget:
    """Where alerts go."""

    url: str
    secret: bytes | None = field(default=None, repr=False)
    """Key of the signature; without it there is none."""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    authority: Path | None = None
    """Certificate of the authority that the receiver's is checked against; None: the system's."""
    timeout_seconds: float = 10.0
    """From the first packet to the last byte of the answer's head."""


class WebhookCarrier:
    """Posts parcels, each over a connection of its own; passes `Carrier`.

    The signature stands in `Strandwatch-Signature: t=SECONDS,v1=HEX`: HMAC-SHA-256 over the
    seconds, a full stop and the body. Redirections are not followed.
    """

    def __init__(self, target: WebhookTarget, clock: Clock) -> None:
        self._target = target
        self._clock = clock
        parts = urlsplit(target.url)
        self._secure = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def carry(self, parcel: Parcel) -> None:
        """Post one parcel; the receiver's answer decides whether it is tried again."""
        try:
            with self._connection() as connection:
                connection.request("POST", self._path, parcel.payload, self._headers(parcel))
                answer = connection.getresponse()
                status, retry_after = answer.status, answer.getheader("Retry-After")
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NotNowError(f"webhook: {type(error).__name__}: {error}") from error
        if 200 <= status < 300:
            return
        if status >= 500 or status in _LATER:
            raise NotNowError(f"webhook: answered {status}", self._asked(retry_after))
        raise RefusedError(f"webhook: answered {status}")

    def close(self) -> None:
        """Release nothing: no connection is kept."""

    @contextlib.contextmanager
    def _connection(self) -> Iterator[http.client.HTTPConnection]:
        """Give a connection that is cut when the time is over, however slowly bytes trickle in."""
        seconds = self._target.timeout_seconds
        connection: http.client.HTTPConnection
        if self._secure:
            context = ssl.create_default_context(cafile=self._target.authority)
            connection = http.client.HTTPSConnection(
                self._host, self._port, timeout=seconds, context=context
            )
        else:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=seconds)
        watchdog = threading.Timer(seconds, _cut, [connection])
        watchdog.start()
        try:
            yield connection
        finally:
            watchdog.cancel()
            watchdog.join()
            connection.close()

    def _headers(self, parcel: Parcel) -> dict[str, str]:
        headers = {
            "Content-Type": self._target.content_type,
            "User-Agent": "strandwatch",
            "Idempotency-Key": parcel.key,
            **dict(self._target.headers),
        }
        if self._target.secret is not None:
            seconds = self._clock.now_ns() // 10**9
            mark = signature(self._target.secret, seconds, parcel.payload)
            headers["Strandwatch-Signature"] = f"t={seconds},v1={mark}"
        return headers

    def _asked(self, retry_after: str | None) -> float | None:
        """Read Retry-After: seconds or a date (RFC 9110 section 10.2.3)."""
        if retry_after is None:
            return None
        if retry_after.strip().isdecimal():
            return float(retry_after)
        try:
            moment = parsedate_to_datetime(retry_after).timestamp()
        except (ValueError, OverflowError):
            return None
        return max(0.0, moment - self._clock.now_ns() / 1e9)


def signature(secret: bytes, seconds: int, body: bytes) -> str:
    """Give the signature that a receiver has to compute too, and compare."""
    return hmac.new(secret, b"%d." % seconds + body, hashlib.sha256).hexdigest()


def _cut(connection: http.client.HTTPConnection) -> None:
    with contextlib.suppress(OSError):
        if connection.sock is not None:
            connection.sock.shutdown(socket.SHUT_RDWR)
