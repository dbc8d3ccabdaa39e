"""Signed anchors."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandwatch.errors import StoreError
from strandwatch.store.anchor import KEY_FILE, Anchor, Signer, day_of, is_genuine, noted_anchors
from support.builders import START_NS

LINK = bytes(range(32))


def test_an_anchor_is_signed_by_the_key_it_names(tmp_path: Path) -> None:
    anchor = Signer(tmp_path).anchor("2026-11-18", START_NS, 7, LINK)

    assert is_genuine(anchor)
    assert (anchor.day, anchor.seq, anchor.link) == ("2026-11-18", 7, LINK.hex())
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_the_key_is_made_once(tmp_path: Path) -> None:
    first = Signer(tmp_path).anchor("2026-11-18", START_NS, 7, LINK)
    second = Signer(tmp_path).anchor("2026-11-19", START_NS, 9, LINK)

    assert first.public_key == second.public_key


def test_a_file_that_is_no_key_is_named(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_bytes(b"short")

    with pytest.raises(StoreError, match=r"anchor\.key is no key"):
        Signer(tmp_path).anchor("2026-11-18", START_NS, 7, LINK)


@pytest.mark.parametrize(
    "change",
    [
        {"day": "2026-11-17"},
        {"seq": 8},
        {"link": "ff" * 32},
        {"public_key": "ff" * 32},
        {"public_key": "no hex"},
        {"signature": "00" * 64},
    ],
)
def test_a_changed_anchor_is_not_genuine(tmp_path: Path, change: dict[str, object]) -> None:
    anchor = Signer(tmp_path).anchor("2026-11-18", START_NS, 7, LINK)

    assert not is_genuine(replace(anchor, **change))  # type: ignore[arg-type]


@given(st.text(), st.text(), st.text())
def test_no_text_is_genuine_by_chance(link: str, public_key: str, signature: str) -> None:
    anchor = Anchor(
        day="2026-11-18", at_ns=0, seq=1, link=link, public_key=public_key, signature=signature
    )

    assert not is_genuine(anchor)


def test_days_end_at_midnight_utc() -> None:
    midnight = START_NS // (86_400 * 10**9) * 86_400 * 10**9

    assert day_of(midnight - 1) == "2026-11-17"
    assert day_of(midnight) == "2026-11-18"


def test_anchors_are_read_from_logs_of_either_form(tmp_path: Path) -> None:
    anchor = Signer(tmp_path).anchor("2026-11-18", 0, 7, LINK)
    log = tmp_path / "log"
    values = {"day": anchor.day, "link": anchor.link, "public_key": anchor.public_key}
    more = {"seq": anchor.seq, "signature": anchor.signature, "event": "record_anchored"}
    text = " ".join(f"\x1b[36m{name}\x1b[0m=\x1b[35m{value}" for name, value in values.items())
    log.write_text(
        f"Nov 23 host strandwatch[7]: {json.dumps({**values, **more})}\n"
        "Nov 23 host strandwatch[7]: something else\n"
        f"2026-11-23 [info] record_anchored {text} seq=7 signature={anchor.signature}\n"
        "2026-11-23 [info] record_anchored day=broken\n"
    )

    assert noted_anchors(log) == [anchor, anchor]


@pytest.mark.parametrize("content", [None, b"", b"record_anchored {\xff\n"])
def test_a_log_without_anchors_is_named(tmp_path: Path, content: bytes | None) -> None:
    log = tmp_path / "log"
    if content is not None:
        log.write_bytes(content)

    with pytest.raises(StoreError, match="log"):
        noted_anchors(log)
