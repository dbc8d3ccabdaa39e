"""Records as a Parquet file with stable columns, which any lake engine reads in place."""

import json
import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from strandwatch.errors import MissingCapabilityError, StoreError
from strandwatch.store.views import MOMENTS

Value = str | int | float | None

_NUMBERS = ("_bytes", "_port", "_at_least", "_at_most")
_NUMBER_NAMES = frozenset({"pid", "port", "count"})


def write_parquet(names: Sequence[str], rows: Iterable[Sequence[Value]], path: Path) -> int:
    """Write a file, whole or not at all, and give the number of its rows."""
    try:
        import duckdb
    except ImportError as error:
        raise MissingCapabilityError(
            "Parquet files need the package duckdb: pip install 'strandwatch[parquet]'"
        ) from error
    partial = path.with_name(f".{path.name}.partial")
    try:
        with tempfile.NamedTemporaryFile("w", suffix=".ndjson", encoding="utf-8") as lines:
            count = 0
            for count, row in enumerate(rows, start=1):  # noqa: B007 the last number counts
                lines.write(json.dumps(dict(zip(names, row, strict=True))) + "\n")
            lines.flush()
            with duckdb.connect(":memory:") as connection:
                connection.execute(_copy(names, Path(lines.name), partial))
        _settle(partial, path)
    except (OSError, duckdb.Error) as error:
        raise StoreError(f"{path}: cannot be written: {error}") from error
    finally:
        partial.unlink(missing_ok=True)
    return count


def type_of(name: str) -> str:
    """Give the column type of a view's column."""
    if name in MOMENTS:
        return "TIMESTAMPTZ"
    return "BIGINT" if name in _NUMBER_NAMES or name.endswith(_NUMBERS) else "VARCHAR"


def _copy(names: Sequence[str], lines: Path, path: Path) -> str:
    columns = ", ".join(f"{_quoted(name)}: {_quoted(type_of(name))}" for name in names)
    return (
        f"COPY (SELECT * FROM read_json({_quoted(str(lines))}, format='newline_delimited', "  # noqa: S608 quoted
        f"columns={{{columns}}})) TO {_quoted(str(path))} (FORMAT parquet, COMPRESSION zstd)"
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _settle(partial: Path, path: Path) -> None:
    descriptor = os.open(partial, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    partial.replace(path)
