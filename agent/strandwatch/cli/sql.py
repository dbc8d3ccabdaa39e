"""`strandwatch sql`: questions to the record in SQL."""

from collections.abc import Iterator
from pathlib import Path

import click

from strandwatch.cli.options import config_option, examples, format_option, state_directory_option
from strandwatch.cli.output import Column, JsonObject, print_records
from strandwatch.cli.querying import record_path
from strandwatch.store.reader import Reader
from strandwatch.store.views import VIEWS

_VIEWS = (Column(key="view", title="View"), Column(key="columns", title="Columns", wraps=True))


@click.command(
    epilog=examples(
        "strandwatch sql                             # which views and columns there are",
        "strandwatch sql 'SELECT user, sum(sent_bytes) FROM transfers GROUP BY user'",
        "strandwatch sql 'SELECT * FROM flows WHERE port = 22' --format csv",
    )
)
@click.argument("statement", required=False, metavar="SELECT")
@config_option
@state_directory_option
@format_option
def sql(
    statement: str | None, config_path: Path | None, state_directory: Path | None, form: str
) -> None:
    """Answer one SELECT over views of the record; nothing can be changed.

    Without a question it lists the views and their columns. The column `record` of each view is
    the whole record as JSON, for json_extract and ->>. Times are RFC 3339 UTC.
    """
    if statement is None:
        views = ({"view": name, "columns": [*row[1], "record"]} for name, row in VIEWS.items())
        print_records(views, form, _VIEWS, empty="")
        return
    with Reader(record_path(config_path, state_directory)) as reader:
        answer = reader.sql(statement)
        names = _distinct(answer.columns)
        records: Iterator[JsonObject] = (dict(zip(names, row, strict=True)) for row in answer.rows)
        columns = [_column(name) for name in names]
        print_records(records, form, columns, empty="No rows.")


def _column(name: str) -> Column:
    return Column(key=name, title=name, value=lambda record: record[name], in_middle=True)


def _distinct(names: tuple[str, ...]) -> list[str]:
    """Give column names that a record can have side by side: count, count_2, ..."""
    seen: dict[str, int] = {}
    given = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        given.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return given
