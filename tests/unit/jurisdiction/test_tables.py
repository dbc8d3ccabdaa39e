from pathlib import Path

import pytest

from strandwatch.errors import ConfigurationError
from strandwatch.jurisdiction.tables import (
    Reader,
    is_as_number,
    is_date,
    is_day,
    is_pattern,
    is_text,
    one_of,
)


def test_all_problems_of_all_rows_are_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "list.toml"
    path.write_text('version = 1\n[[row]]\nname = ""\nmore = 1\n[[row]]\n')
    reader = Reader()

    for row in reader.document(path, ("row",))["row"]:
        reader.row(row, "row", {"name": is_text}, {})

    with pytest.raises(ConfigurationError) as caught:
        reader.finish()
    assert caught.value.problems == (
        "row: name cannot be ''",
        "row: unknown key more",
        "row: name is missing",
    )


@pytest.mark.parametrize(
    "content", ["version = 2", "", "not toml", "version = 1\nother = 1", "version = 1\nrow = 3"]
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "list.toml"
    path.write_text(content)
    reader = Reader()

    assert reader.document(path, ("row",)) == {}
    assert reader.problems


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    reader = Reader()

    assert reader.document(tmp_path / "none.toml", ()) == {}
    assert "none.toml" in reader.problems[0]


def test_checks_say_what_fits() -> None:
    assert is_as_number(1)
    assert not is_as_number(True)
    assert not is_as_number("1")
    assert is_pattern("a|b")
    assert not is_pattern("(")
    assert is_day("2026-11-22")
    assert not is_day("22.11.2026")
    assert not is_date("2026-11-22")
    assert one_of("a")("a")
    assert not one_of("a")("b")
    assert not is_text("a\x00")
