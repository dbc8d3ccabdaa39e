"""Delivery at least once: alerts go to the spool at once, and from there to a receiver in order."""

import hashlib
import secrets
import threading
from collections.abc import Callable
from typing import Protocol

import structlog

from strandwatch.domain.alert import Alert
from strandwatch.domain.contract import rfc3339
from strandwatch.errors import SinkError
from strandwatch.sinks.spool import Parcel, Spool

log = structlog.get_logger()

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 60.0
LONGEST_ASKED_SECONDS = 3_600.0
"""How long a receiver may ask us to wait."""
_CLOSE_SECONDS = 5.0


class NotNowError(SinkError):
    """The receiver could not take a parcel, and asks for a pause before the next attempt."""

    def __init__(self, problem: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(problem)
        self.retry_after_seconds = retry_after_seconds


class RefusedError(SinkError):
    """The receiver will never take this parcel: trying again is useless."""


class Carrier(Protocol):
    """Brings parcels to one receiver; used by one thread at a time."""

    def carry(self, parcel: Parcel) -> None:
        """Deliver, within a bounded time; raises NotNowError or RefusedError."""

    def close(self) -> None:
        """Release; safe twice."""


Render = Callable[[Alert, bool], bytes]
"""Gives an alert as the receiver wants it; the flag says whether it was told before."""


def pause_seconds(attempt: int, asked: float | None, jitter: float) -> float:
    """Give the pause after so many failures: doubled each time, and shortened by up to a half.

    `jitter` is from 0 to 1; a receiver that asks for a pause gets at least that one.
    """
    longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * float(1 << min(attempt, 20)))
    pause = longest * (1 - jitter / 2)
    return pause if asked is None else max(pause, min(asked, LONGEST_ASKED_SECONDS))


class SpooledSink:
    """Takes alerts without waiting for their receiver; passes `ports.Sink`.

    After a restart nothing acknowledged is sent again, and nothing unacknowledged is forgotten.
    """

    def __init__(self, name: str, render: Render, carrier: Carrier, spool: Spool) -> None:
        self.name = name
        self._render = render
        self._carrier = carrier
        self._spool = spool
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._failures = 0

    def start(self) -> None:
        """Open the spool and begin to deliver what waits in it; raises SinkError."""
        if self._thread is None:
            self._spool.open()
            self._thread = threading.Thread(target=self._run, name=f"deliver-{self.name}")
            self._thread.start()

    def deliver(self, alert: Alert, *, repeat: bool) -> None:
        """Keep the alert for delivery; raises SinkError when it cannot be kept."""
        if self._stopping.is_set():
            raise SinkError(f"{self.name}: closed")
        self.start()
        payload = self._render(alert, repeat)
        self._spool.put(Parcel(_key(alert, payload), payload))
        self._wake.set()

    def close(self) -> None:
        """Stop delivering; what waits is delivered after the next start."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(_CLOSE_SECONDS)
        self._carrier.close()
        self._spool.close()

    def deliver_now(self, alert: Alert) -> None:
        """Bring one alert to the receiver past the spool, to try it; raises SinkError."""
        payload = self._render(alert, False)
        try:
            self._carrier.carry(Parcel(_key(alert, payload), payload))
        finally:
            self._carrier.close()

    @property
    def waiting(self) -> int:
        """Give how many alerts wait."""
        return self._spool.waiting

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                found = self._spool.first()
            except SinkError as error:
                self._rest(str(error), None)
                continue
            if found is None:
                self._wake.wait()
            else:
                self._attempt(*found)

    def _attempt(self, seq: int, parcel: Parcel) -> None:
        try:
            self._carrier.carry(parcel)
            self._spool.acknowledge(seq, parcel)
            self._failures = 0
        except RefusedError as error:
            log.error("alert_refused", sink=self.name, key=parcel.key, error=str(error))
            self._bury(seq, parcel, str(error))
        except NotNowError as error:
            self._rest(str(error), error.retry_after_seconds)
        except SinkError as error:
            self._rest(str(error), None)

    def _bury(self, seq: int, parcel: Parcel, reason: str) -> None:
        try:
            self._spool.bury(seq, parcel, reason)
        except SinkError as error:
            self._rest(str(error), None)

    def _rest(self, problem: str, asked: float | None) -> None:
        jitter = secrets.randbelow(1000) / 1000
        pause = pause_seconds(self._failures, asked, jitter)
        self._failures += 1
        if self._failures == 1 or self._failures % 10 == 0:
            log.warning(
                "delivery_postponed", sink=self.name, error=problem, waiting=self._spool.waiting
            )
        self._stopping.wait(pause)


def _key(alert: Alert, payload: bytes) -> str:
    """Give the same key for the same state of an alert, however often it is sent."""
    digest = hashlib.blake2b(payload, digest_size=8).hexdigest()
    return f"{alert.id}-{rfc3339(alert.updated_ns)}-{digest}"
