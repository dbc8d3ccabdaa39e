"""Line numbers of the options in a TOML text, which tomllib does not keep."""

import re
from collections.abc import Iterator

OptionPath = tuple[str | int, ...]

_PART = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_TABLE = re.compile(rf"\s*\[\s*({_DOTTED})\s*\]\s*(?:#.*)?$")
_ARRAY = re.compile(rf"\s*\[\[\s*({_DOTTED})\s*\]\]\s*(?:#.*)?$")
_OPTION = re.compile(rf"\s*({_DOTTED})\s*=")


def lines_of(text: str) -> dict[OptionPath, int]:
    """Give the line, from 1, of each table and option.

    The text need only be valid TOML; a text line inside a multi-line string can be taken for an
    option, which costs nothing more than a wrong line number in a message.
    """
    return {path: number for number, path in _paths(text)}


def line_of(lines: dict[OptionPath, int], path: OptionPath) -> int | None:
    """Give the line of the option, or of the nearest table or option around it."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None


def _paths(text: str) -> Iterator[tuple[int, OptionPath]]:
    table: OptionPath = ()
    counts: dict[OptionPath, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if found := _ARRAY.match(line):
            name = _parts(found[1])
            counts[name] = counts.get(name, -1) + 1
            table = (*name, counts[name])
            yield number, table
        elif found := _TABLE.match(line):
            table = _parts(found[1])
            yield number, table
        elif found := _OPTION.match(line):
            yield number, (*table, *_parts(found[1]))


def _parts(dotted: str) -> OptionPath:
    return tuple(part.strip("\"'") for part in re.findall(_PART, dotted))
