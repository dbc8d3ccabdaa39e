"""Moments as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandwatch.cli.moments import parse_moment
from strandwatch.domain.contract import rfc3339
from support.builders import START_NS

NOW = "2026-11-18T11:06:40.000000Z"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("now", NOW),
        ("90s", "2026-11-18T11:05:10.000000Z"),
        ("90 min", "2026-11-18T09:36:40.000000Z"),
        ("2 hours ago", "2026-11-18T09:06:40.000000Z"),
        ("since 2 days ago", "2026-11-16T11:06:40.000000Z"),
        ("1w", "2026-11-11T11:06:40.000000Z"),
        ("today", "2026-11-18T00:00:00.000000Z"),
        ("Yesterday", "2026-11-17T00:00:00.000000Z"),
        ("2026-11-02", "2026-11-02T00:00:00.000000Z"),
        ("2026-11-02 03:04", "2026-11-02T03:04:00.000000Z"),
        ("2026-11-02T03:04:05.5Z", "2026-11-02T03:04:05.500000Z"),
        ("2026-11-02T03:04:05+02:00", "2026-11-02T01:04:05.000000Z"),
    ],
)
def test_a_moment_is_understood(text: str, moment: str) -> None:
    parsed = parse_moment(text, START_NS)

    assert parsed is not None
    assert rfc3339(parsed) == moment


@pytest.mark.parametrize("text", ["", "tomorow", "12 parsecs", "2026-13-01", "999999999 weeks ago"])
def test_what_is_no_moment_is_none(text: str) -> None:
    assert parse_moment(text, START_NS) is None


@given(st.text())
def test_any_text_is_a_moment_or_none(text: str) -> None:
    assert isinstance(parse_moment(text, START_NS), int | None)
