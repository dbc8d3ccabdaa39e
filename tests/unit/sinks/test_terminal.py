"""Printing for people."""

import io

import pytest
from rich.table import Table

from strandwatch.sinks.terminal import console, show


def _table(text: str) -> Table:
    table = Table(box=None)
    table.add_column("path", no_wrap=True)
    table.add_column("note")
    table.add_row(text, "")
    return table


def test_where_nobody_looks_nothing_is_cut_and_no_line_ends_in_spaces(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    stream = io.StringIO()
    path = "/runs/" + "long/" * 100 + "a.bam"

    show(console(stream), _table(path))

    lines = stream.getvalue().splitlines()
    assert lines[1].strip() == path
    assert all(line == line.rstrip() for line in lines)


def test_letters_that_the_stream_lacks_do_not_stop_an_alert() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")

    show(console(stream), "é.bam")

    stream.flush()
    assert raw.getvalue() == b"?.bam\n"
