"""Questions in SQL: every view answers, and nothing can be changed."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from strandwatch.domain.alert import AlertState, Handling
from strandwatch.errors import UsageError
from strandwatch.store.handling import handle_alert
from strandwatch.store.reader import Reader
from strandwatch.store.views import VIEWS
from strandwatch.store.writer import SqliteWriter
from support.builders import (
    START_NS,
    a_file_record,
    a_flow_record,
    a_loss,
    a_process_record,
    a_transfer,
    an_alert,
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("views") / "record.db"
    writer = SqliteWriter(path)
    writer.write([an_alert(), a_transfer(), a_flow_record(), a_file_record(path="/\udcff")])
    writer.write([a_process_record(), a_loss(START_NS + 1_234_567_890)])
    writer.close()
    handling = Handling(alert_id="a1", at_ns=1, state=AlertState.CLOSED, by="eve", reason="known")
    handle_alert(path, handling)
    return path


@pytest.fixture
def reader(path: Path) -> Iterator[Reader]:
    with Reader(path) as opened:
        yield opened


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_answers_with_its_columns(reader: Reader, view: str) -> None:
    answer = reader.sql(f"SELECT * FROM {view}")  # noqa: S608

    (row,) = answer.rows
    assert answer.columns == (*VIEWS[view][1], "record")
    assert isinstance(json.loads(str(row[-1])), dict)


def test_times_are_rfc_3339_with_microseconds(reader: Reader) -> None:
    answer = reader.sql("SELECT at FROM losses UNION ALL SELECT closed FROM flows")

    assert list(answer.rows) == [("2026-11-18T11:06:41.234567Z",), (None,)]


def test_views_join_and_filter(reader: Reader) -> None:
    answer = reader.sql(
        "SELECT a.id, t.sent_bytes FROM alerts AS a JOIN transfers AS t ON t.id = a.transfer_id, "
        "json_each(t.jurisdictions) AS country WHERE country.value = 'CN' AND a.state = 'closed'"
    )

    assert list(answer.rows) == [("a1", 1_000_000)]


def test_a_path_that_is_no_unicode_is_still_answered(reader: Reader) -> None:
    ((path,),) = reader.sql("SELECT path FROM files").rows

    assert str(path).startswith("/")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM alerts",
        "UPDATE main.transfers SET json = '{}'",
        "DROP VIEW flows",
        "CREATE TABLE x (y)",
        "ATTACH '/tmp/x.db' AS x",
        "PRAGMA user_version = 9",
        "SELECT load_extension('x')",
        "SELECT 1; DELETE FROM main.chain",
        "VACUUM",
        "BEGIN",
        "",
        "SELEC 1",
        "SELECT nothing FROM flows",
    ],
)
def test_anything_but_a_question_is_refused(reader: Reader, path: Path, statement: str) -> None:
    with pytest.raises(UsageError, match="sql:"):
        list(reader.sql(statement).rows)

    with Reader(path) as other:
        assert other.count("alerts") == 1


def test_a_failure_on_the_way_is_told(reader: Reader) -> None:
    answer = reader.sql("""SELECT json_extract(value, '$.x') FROM json_each('["{}", "{"]')""")

    with pytest.raises(UsageError, match="malformed JSON"):
        list(answer.rows)
