"""Tables: strict reading of curated TOML lists, naming every bad row instead of guessing."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from strandwatch.errors import ConfigurationError
from strandwatch.jurisdiction.countries import country_code

Row = dict[str, Any]
Source = Traversable | Path
Check = Callable[[object], bool]


def is_text(value: object) -> bool:
    """Accept a printable string that is not empty."""
    return isinstance(value, str) and bool(value) and value.isprintable()


def is_country(value: object) -> bool:
    """Accept a country code in its one spelling."""
    return isinstance(value, str) and country_code(value) == value


def is_as_number(value: object) -> bool:
    """Accept an AS number."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 32


def is_pattern(value: object) -> bool:
    """Accept a regular expression that compiles."""
    try:
        return isinstance(value, str) and re.compile(value) is not None
    except re.error:
        return False


def is_date(value: object) -> bool:
    """Accept a TOML local date."""
    return type(value) is date


def is_day(value: object) -> bool:
    """Accept an ISO 8601 day in text."""
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def is_tables(value: object) -> bool:
    """Accept an array of tables."""
    return isinstance(value, list) and all(isinstance(row, dict) for row in value)


def one_of(*words: str) -> Check:
    """Accept these words only."""
    return lambda value: value in words


class Reader:
    """Collects the problems of all rows, so that an operator sees them at once."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def document(self, source: Source, tables: Iterable[str]) -> Row:
        """Read a file; an unreadable one is a problem and gives nothing."""
        try:
            content = tomllib.loads(source.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            self.problems.append(f"{source.name}: {error}")
            return {}
        required: dict[str, Check] = {"version": lambda value: value == 1}
        optional = dict.fromkeys(tables, is_tables)
        return content if self.row(content, source.name, required, optional) else {}

    def row(
        self, row: Row, where: str, required: Mapping[str, Check], optional: Mapping[str, Check]
    ) -> bool:
        """Say whether a row has all its keys, no others, and values that fit."""
        before = len(self.problems)
        self.problems += [f"{where}: {key} is missing" for key in required if key not in row]
        for key, value in row.items():
            check = required.get(key) or optional.get(key)
            if check is None:
                self.problems.append(f"{where}: unknown key {key}")
            elif not check(value):
                self.problems.append(f"{where}: {key} cannot be {str(value)[:80]!r}")
        return len(self.problems) == before

    def finish(self) -> None:
        """Raise ConfigurationError naming every problem, if there was one."""
        if self.problems:
            raise ConfigurationError(tuple(self.problems))
