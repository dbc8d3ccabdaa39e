"""RFC 5424 messages follow the grammar, whatever outsiders name things."""

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from strandwatch.sinks.formats.rfc5424 import frame
from support.alert_records import a_full_record, an_empty_record, records

# The grammar of section 6, as far as these messages use it.
MESSAGE = re.compile(
    rb"<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) ([!-~]{1,255}) "
    rb"strandwatch (\d+) alert "
    rb'\[strandwatch@32473((?: [A-Za-z]+="(?:[^"\\\]]|\\["\\\]])*")*)\] \xef\xbb\xbf(.*)',
    re.DOTALL,
)


def test_the_message_has_every_part() -> None:
    found = MESSAGE.fullmatch(frame(a_full_record(), "hello", host="seq1", pid=7))

    assert found is not None
    assert found[1] == b"83"
    assert (found[3], found[4], found[6]) == (b"seq1", b"7", b"hello")
    assert b'user="alice"' in found[5]
    assert b'jurisdictions="CN"' in found[5]


def test_what_is_unknown_is_left_out() -> None:
    found = MESSAGE.fullmatch(frame(an_empty_record(), "", host="", pid=7))

    assert found is not None
    assert found[3] == b"-"
    assert b"user=" not in found[5]
    assert b"sentBytes=" not in found[5]


@given(records(), st.text())
def test_no_name_can_leave_its_place(record: dict[str, Any], host: str) -> None:
    message = frame(record, "text", host=host, pid=7)

    found = MESSAGE.fullmatch(message)
    assert found is not None
    assert found[6] == b"text"
    assert b"\n" not in message
