"""Moments as people type them: dates, RFC 3339 times, and `2 days ago`."""

import re
from datetime import UTC, date, datetime, time, timedelta

import click

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_NAMES = {
    "s": "s", "sec": "s", "second": "s",
    "m": "m", "min": "m", "minute": "m",
    "h": "h", "hour": "h",
    "d": "d", "day": "d",
    "w": "w", "week": "w",
}  # fmt: skip
_RELATIVE = re.compile(r"(?:since\s+)?(\d{1,9})\s*([a-z]+?)s?(?:\s+ago)?")
_DAYS = {"today": 0, "yesterday": 1}


def parse_moment(text: str, now_ns: int) -> int | None:
    """Give nanoseconds since 1970, or None for text that names no moment.

    Times without an offset are UTC, as everything the program prints.
    """
    words = text.strip().lower()
    now = _EPOCH + timedelta(microseconds=now_ns // 1000)
    try:
        return _relative(words, now) or _absolute(words)
    except OverflowError:
        return None


def _relative(words: str, now: datetime) -> int | None:
    if words == "now":
        return _ns(now)
    if words in _DAYS:
        return _ns(_midnight(now.date() - timedelta(days=_DAYS[words])))
    found = _RELATIVE.fullmatch(words)
    if found is None or found[2] not in _NAMES:
        return None
    return _ns(now - int(found[1]) * _UNITS[_NAMES[found[2]]])


def _absolute(words: str) -> int | None:
    try:
        moment = datetime.fromisoformat(words.upper())
    except ValueError:
        return None
    return _ns(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _ns(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000


class Moment(click.ParamType[int]):
    """A click type for options that take a moment."""

    name = "time"

    def __init__(self, now_ns: int) -> None:
        self._now_ns = now_ns

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Give the moment, or fail with examples."""
        moment = parse_moment(str(value), self._now_ns)
        if moment is None:
            self.fail(
                f"{value!r} is no time: try 2026-11-22, 2026-11-22T03:04:05Z, 90m or '2 days ago'",
                param,
                ctx,
            )
        return moment
