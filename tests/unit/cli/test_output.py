"""Records printed as table, JSON lines and CSV."""

import csv
import io
import json

import pytest

from strandwatch.cli.output import Column, at, print_records

COLUMNS = (
    Column(key="path", title="Path", in_middle=True),
    Column(key="flow.bytes", title="Sent", right=True, show=lambda count: f"{count} B"),
    Column(key="countries", title="To", from_width=100),
)
RECORD = {"path": "/runs/a.bam", "flow": {"bytes": 7}, "countries": ["CN", "HK"]}


def test_json_is_one_whole_object_per_line(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = {**RECORD, "path": "/runs/\x1b[2J\n\udc80\u202e.bam"}

    printed = print_records([RECORD, hostile], "json", COLUMNS, empty="")

    lines = capsys.readouterr().out.splitlines()
    assert printed == 2
    assert [json.loads(line) for line in lines] == [RECORD, hostile]
    assert all(line.isascii() and line.isprintable() for line in lines)


def test_csv_has_a_heading_and_the_plain_values(capsys: pytest.CaptureFixture[str]) -> None:
    print_records([RECORD], "csv", COLUMNS, empty="")

    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert rows == [["path", "flow.bytes", "countries"], ["/runs/a.bam", "7", "CN;HK"]]


@pytest.mark.parametrize("path", ["=cmd()", "+1", "-1", "@x"])
def test_csv_never_hands_a_spreadsheet_a_formula(
    path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    print_records([{**RECORD, "path": path}], "csv", COLUMNS, empty="")

    assert capsys.readouterr().out.splitlines()[1].startswith(f"'{path}")


def test_what_is_unknown_is_empty_in_csv(capsys: pytest.CaptureFixture[str]) -> None:
    print_records([{"path": None}], "csv", COLUMNS, empty="")

    assert capsys.readouterr().out.splitlines()[1] == ",,"


def test_a_table_shows_values_as_people_read_them(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)

    print_records([RECORD], "table", COLUMNS, empty="")

    heading, row = capsys.readouterr().out.splitlines()
    assert heading.split() == ["Path", "Sent", "To"]
    assert row == "/runs/a.bam   7 B  CN, HK"


def test_a_table_cuts_nothing_where_nobody_looks(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    path = "/runs/" + "long/" * 100 + "a.bam"

    print_records([{**RECORD, "path": path}], "table", COLUMNS, empty="")

    assert path in capsys.readouterr().out


def test_a_narrow_table_leaves_out_columns_and_cuts_paths_in_their_middle(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    path = "/runs/" + "long/" * 100 + "a.bam"

    print_records([{**RECORD, "path": path}], "table", COLUMNS, empty="")

    heading, row = capsys.readouterr().out.splitlines()
    assert heading.split() == ["Path", "Sent"]
    assert len(row) <= 40
    assert row.startswith("/runs/")
    assert "…" in row
    assert "a.bam " in row


def test_foreign_text_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_records([{**RECORD, "path": "\x1b[31m[red]x"}], "table", COLUMNS, empty="")

    assert r"\x1b[31m[red]x" in capsys.readouterr().out


def test_nothing_to_print_is_said_aside(capsys: pytest.CaptureFixture[str]) -> None:
    printed = print_records([], "table", COLUMNS, empty="No files.")

    captured = capsys.readouterr()
    assert (printed, captured.out, captured.err) == (0, "", "No files.\n")


def test_a_place_that_is_not_there_gives_none() -> None:
    assert at({"a": {"b": 1}}, "a.b") == 1
    assert at({"a": None}, "a.b") is None
    assert at({}, "a") is None
