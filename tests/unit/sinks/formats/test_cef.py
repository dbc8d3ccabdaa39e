"""CEF lines can be taken apart again, whatever outsiders name things."""

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from strandwatch.sinks.formats.cef import line
from strandwatch.sinks.wording import printable
from support.alert_records import a_full_record, an_empty_record, records


def parsed(text: str) -> tuple[list[str], dict[str, str]]:
    """Read a line as the format's description says: eight parts, then key=value pairs."""
    parts = re.split(r"(?<!\\)(?:\\\\)*\|", text, maxsplit=7)
    assert len(parts) == 8
    *head, extension = parts
    keys = list(re.finditer(r"(?:^| )(\w+)(?<!\\)=", extension))
    ends = [*(match.start() for match in keys[1:]), len(extension)]
    pairs = {match[1]: extension[match.end() : end] for match, end in zip(keys, ends, strict=True)}
    return head, {
        key: value.replace("\\=", "=").replace("\\\\", "\\") for key, value in pairs.items()
    }


def cef(record: dict[str, Any]) -> str:
    return line(record, repeat=False, host="seq1", version="0.1.0")


def test_the_line_tells_who_sent_what_where() -> None:
    head, fields = parsed(cef(a_full_record()))

    assert head[:5] == ["CEF:0", "strandwatch", "strandwatch", "0.1.0", "transfer-detected"]
    assert head[6] == "8"
    assert (fields["suser"], fields["dst"], fields["dpt"]) == ("alice", "203.0.113.10", "443")
    assert (fields["out"], fields["fname"]) == ("1000000", "sample1.bam")
    assert (fields["cs1Label"], fields["cs1"]) == ("jurisdictions", "CN")
    assert fields["msg"].startswith("potential transfer of human genomic data to CN")


def test_what_is_unknown_is_left_out() -> None:
    _, fields = parsed(cef(an_empty_record()))

    assert not {"out", "suser", "fname", "end"} & set(fields)


def test_signs_of_the_format_are_escaped() -> None:
    record = a_full_record()
    record["transfer"]["process"]["executable"] = r"/bin/a=b\c|d"

    _, fields = parsed(cef(record))

    assert fields["sproc"] == r"/bin/a=b\c|d"


@given(records(), st.booleans())
def test_no_name_can_break_the_line_or_add_a_field(record: dict[str, Any], repeat: bool) -> None:
    text = line(record, repeat=repeat, host="seq1", version="0.1.0")

    assert text == printable(text)
    head, fields = parsed(text)
    assert fields["externalId"] == record["id"]
    assert head[6].isdecimal()
