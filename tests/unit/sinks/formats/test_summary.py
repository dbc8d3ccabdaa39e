"""Titles and sentences about alerts."""

from typing import Any

from hypothesis import given

from strandwatch.sinks.formats.summary import countries, message, title
from strandwatch.sinks.wording import printable
from support.alert_records import a_full_record, an_empty_record, records


def test_a_sentence_says_who_sent_what_where() -> None:
    assert title(a_full_record()) == "potential transfer of human genomic data to CN"
    assert message(a_full_record()) == (
        "potential transfer of human genomic data to CN (upload.example) by alice with "
        "/usr/bin/curl, 1 MB: /runs/A/sample1.bam and 1 more"
    )


def test_what_is_unknown_is_said() -> None:
    assert message(an_empty_record()) == (
        "potential transfer of unidentified files to an unknown country (203.0.113.10) by an "
        "unknown process, unknown"
    )
    assert countries(an_empty_record()) == "an unknown country"


@given(records())
def test_a_sentence_is_one_line_that_a_terminal_can_show(record: dict[str, Any]) -> None:
    assert message(record) == printable(message(record))
