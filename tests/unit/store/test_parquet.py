"""Records as Parquet."""

import builtins
from pathlib import Path
from typing import Any

import duckdb
import pytest

from strandwatch.errors import MissingCapabilityError, StoreError
from strandwatch.store.parquet import type_of, write_parquet
from strandwatch.store.query import Query
from strandwatch.store.reader import Reader
from strandwatch.store.views import VIEWS
from strandwatch.store.writer import SqliteWriter
from support.builders import (
    a_file_record,
    a_flow_record,
    a_loss,
    a_process_record,
    a_transfer,
    an_alert,
)

_SPELLED = {"TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE"}


def read(path: Path, question: str) -> list[tuple[Any, ...]]:
    """Ask a second engine's reader what is in the file."""
    quoted = "'" + str(path).replace("'", "''") + "'"
    with duckdb.connect(":memory:") as connection:
        return connection.execute(question.replace("FILE", quoted)).fetchall()


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    writer = SqliteWriter(tmp_path / "record.db")
    flows = [a_flow_record(number, sent_bytes=number or None) for number in range(4)]
    writer.write([*flows, a_file_record(path="/runs/'odd' \udcff.bam"), a_process_record()])
    writer.write([a_loss(), a_transfer(), an_alert()])
    writer.close()
    return Reader(tmp_path / "record.db")


@pytest.mark.parametrize("view", [name for name in VIEWS if name not in ("losses", "handlings")])
def test_every_table_keeps_its_rows_and_columns(reader: Reader, tmp_path: Path, view: str) -> None:
    path = tmp_path / "it's.parquet"
    with reader:
        answer = reader.rows(view)
        count = write_parquet(answer.columns, answer.rows, path)
        expected = reader.count(view)

    described = read(path, "DESCRIBE SELECT * FROM FILE")
    names = (*VIEWS[view][1], "record")
    assert count == expected
    assert [(name, kind) for name, kind, *_ in described] == [
        (name, _SPELLED.get(type_of(name), type_of(name))) for name in names
    ]


def test_numbers_times_and_unknown_values_stay_what_they_are(
    reader: Reader, tmp_path: Path
) -> None:
    path = tmp_path / "flows.parquet"
    with reader:
        answer = reader.rows("flows", Query(sort="bytes"))
        write_parquet(answer.columns, answer.rows, path)

    rows = read(path, "SELECT sent_bytes, epoch_us(opened), closed FROM FILE ORDER BY 1 NULLS LAST")

    assert rows == [(number, 1_795_000_000_000_000, None) for number in (1, 2, 3, None)]


def test_an_earlier_file_is_replaced_whole_and_nothing_is_left_over(
    reader: Reader, tmp_path: Path
) -> None:
    path = tmp_path / "flows.parquet"
    path.write_text("earlier")
    with reader:
        answer = reader.rows("flows")
        write_parquet(answer.columns, answer.rows, path)

    assert read(path, "SELECT count(*) FROM FILE") == [(4,)]
    assert not list(tmp_path.glob(".*partial"))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nowhere"):
        write_parquet(("pid",), [(1,)], tmp_path / "nowhere" / "x.parquet")


def test_without_duckdb_the_way_to_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: Any, **more: Any) -> Any:
        if name == "duckdb":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)

    with pytest.raises(MissingCapabilityError, match="pip install"):
        write_parquet(("pid",), [(1,)], tmp_path / "x.parquet")
