"""How values of records look in a table."""

from typing import Any

from strandwatch.domain.sample import PersonCount
from strandwatch.sinks import wording


def utc(moment: str | None) -> str:
    """Give a record's time to the second: 2026-11-22 03:04:05Z."""
    return "" if moment is None else f"{moment[:10]} {moment[11:19]}Z"


def minute(moment: str | None) -> str:
    """Give a record's time to the minute, as tables have room for: 2026-11-22 03:04Z."""
    return "" if moment is None else f"{moment[:10]} {moment[11:16]}Z"


def file_name(path: str | None) -> str:
    """Give the last part of a path, which tells more than the first; unknown is a mark."""
    return "?" if path is None else path.rpartition("/")[2]


def size(count: int | None) -> str:
    """Give a number of bytes; what is unknown is a question mark."""
    return "?" if count is None else wording.size(count)


def persons(count: dict[str, Any]) -> str:
    """Give a range of persons as a number or two: 1, 1 to 4, 2 or more, ?."""
    known = PersonCount(count["at_least"], count["at_most"])
    if known.at_least == 0 and known.at_most is None:
        return "?"
    return wording.persons(known).removesuffix("s").removesuffix(" person")
