"""Line numbers of options."""

from hypothesis import given
from hypothesis import strategies as st

from strandwatch.config.lines import line_of, lines_of

TEXT = """\
# head
top = 1
[sinks . jsonl]
path = "x"  # comment
"quoted" = 2
[[rows]]
name = "a"
[[rows]]
name = "b"
"""


def test_tables_options_and_rows_are_found_where_they_stand() -> None:
    found = lines_of(TEXT)

    assert found == {
        ("top",): 2,
        ("sinks", "jsonl"): 3,
        ("sinks", "jsonl", "path"): 4,
        ("sinks", "jsonl", "quoted"): 5,
        ("rows", 0): 6,
        ("rows", 0, "name"): 7,
        ("rows", 1): 8,
        ("rows", 1, "name"): 9,
    }


def test_what_has_no_line_takes_the_line_around_it() -> None:
    lines = lines_of(TEXT)

    assert line_of(lines, ("rows", 1, "missing")) == 8
    assert line_of(lines, ("sinks", "jsonl", "path", 0)) == 4
    assert line_of(lines, ("nowhere",)) is None


@given(st.text())
def test_any_text_is_scanned_without_failing(text: str) -> None:
    assert all(number >= 1 for number in lines_of(text).values())
