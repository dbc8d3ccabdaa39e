"""Posting to a receiver that does everything a receiver can do."""

import hashlib
import hmac
from pathlib import Path

import pytest

from strandwatch.sinks.spool import Parcel
from strandwatch.sinks.spooled import NotNowError, RefusedError
from strandwatch.sinks.webhook import WebhookCarrier, WebhookTarget, signature
from support.builders import START_NS
from support.receivers import Receiver, answering, receiving, resetting, trickling
from support.runtime import StillClock

PARCEL = Parcel("key-1", b'{"id": "a1"}')


def a_carrier(port: int, *, secret: bytes | None = None, seconds: float = 5) -> WebhookCarrier:
    target = WebhookTarget(
        url=f"http://127.0.0.1:{port}/hook?x=1",
        secret=secret,
        headers=(("Authorization", "Bearer t"),),
        timeout_seconds=seconds,
    )
    return WebhookCarrier(target, StillClock())


def the_request(receiver: Receiver) -> tuple[str, dict[str, str], bytes]:
    head, _, body = receiver.got.get(timeout=10).partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return first, dict(line.split(": ", 1) for line in lines), body


def test_a_parcel_is_posted_with_its_key_and_a_signature() -> None:
    with receiving(answering("202 Accepted")) as receiver:
        a_carrier(receiver.port, secret=b"s3cret").carry(PARCEL)
        first, headers, body = the_request(receiver)

    seconds = START_NS // 10**9
    expected = hmac.new(b"s3cret", f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    assert first == "POST /hook?x=1 HTTP/1.1"
    assert body == PARCEL.payload
    assert headers["Idempotency-Key"] == "key-1"
    assert headers["Authorization"] == "Bearer t"
    assert headers["Strandwatch-Signature"] == f"t={seconds},v1={expected}"


def test_without_a_secret_there_is_no_signature() -> None:
    with receiving(answering("204 No Content")) as receiver:
        a_carrier(receiver.port).carry(PARCEL)
        _, headers, _ = the_request(receiver)

    assert "Strandwatch-Signature" not in headers


@pytest.mark.parametrize("status", ["500 Oops", "503 Busy", "429 Slow", "408 Late", "425 Early"])
def test_trouble_that_may_pass_is_tried_again(status: str) -> None:
    with (
        receiving(answering(status)) as receiver,
        pytest.raises(NotNowError, match=status[:3]) as raised,
    ):
        a_carrier(receiver.port).carry(PARCEL)

    assert raised.value.retry_after_seconds is None


@pytest.mark.parametrize("status", ["400 No", "401 Who", "404 Where", "413 Big", "301 There"])
def test_a_final_no_is_not_tried_again(status: str) -> None:
    with receiving(answering(status)) as receiver, pytest.raises(RefusedError, match=status[:3]):
        a_carrier(receiver.port).carry(PARCEL)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        ("Wed, 18 Nov 2026 11:07:40 GMT", 60.0),
        ("Wed, 18 Nov 2020 11:07:40 GMT", 0.0),
        ("soon", None),
    ],
)
def test_a_pause_that_is_asked_for_is_told(header: str, seconds: float | None) -> None:
    with (
        receiving(answering("429 Slow", f"Retry-After: {header}")) as receiver,
        pytest.raises(NotNowError) as raised,
    ):
        a_carrier(receiver.port).carry(PARCEL)

    assert raised.value.retry_after_seconds == seconds


def test_a_reset_is_tried_again() -> None:
    with receiving(resetting) as receiver, pytest.raises(NotNowError, match="webhook"):
        a_carrier(receiver.port).carry(PARCEL)


def test_nobody_listening_is_tried_again() -> None:
    with receiving(resetting) as receiver:
        port = receiver.port

    with pytest.raises(NotNowError, match="Refused"):
        a_carrier(port).carry(PARCEL)


def test_an_answer_that_trickles_is_cut_off() -> None:
    with receiving(trickling) as receiver, pytest.raises(NotNowError):
        a_carrier(receiver.port, seconds=0.3).carry(PARCEL)


def test_secrets_do_not_show_in_a_target() -> None:
    target = WebhookTarget(url="https://x", secret=b"s3cret", headers=(("A", "t0ken"),))

    assert "s3cret" not in repr(target)
    assert "t0ken" not in repr(target)


def test_the_signature_depends_on_everything_it_covers() -> None:
    marks = {
        signature(b"a", 1, b"body"),
        signature(b"b", 1, b"body"),
        signature(b"a", 2, b"body"),
        signature(b"a", 1, b"bodY"),
    }

    assert len(marks) == 4


def test_an_unknown_authority_is_not_trusted(tmp_path: Path) -> None:
    with receiving(resetting) as receiver:
        target = WebhookTarget(
            url=f"https://127.0.0.1:{receiver.port}/", authority=tmp_path / "none.pem"
        )
        with pytest.raises(NotNowError):
            WebhookCarrier(target, StillClock()).carry(PARCEL)
