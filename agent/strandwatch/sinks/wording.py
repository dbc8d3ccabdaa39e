"""Words for people: sizes, counts, times and names as terminals may safely show them."""

import unicodedata
from collections.abc import Sequence

from strandwatch.domain.contract import rfc3339
from strandwatch.domain.destination import Destination
from strandwatch.domain.sample import PersonCount

_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")
_ELLIPSIS = "…"
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that move the cursor, turn the writing direction or show nothing."""


def printable(text: str) -> str:
    r"""Give text with everything that a terminal would act on written out as \x1b, \u202e, ...

    Paths and command lines are chosen by whoever makes them, and alerts are read in terminals.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character.encode("unicode_escape").decode("ascii")
        if unicodedata.category(character) in _HIDDEN
        else character
        for character in text
    )


def size(count: int | None) -> str:
    """Give a number of bytes with three digits, `unknown` where it is."""
    if count is None:
        return "unknown"
    value, unit = float(count), _UNITS[0]
    for unit in _UNITS:
        if value < 999.5 or unit == _UNITS[-1]:
            break
        value /= 1000
    return f"{count} {unit}" if unit == _UNITS[0] else f"{value:.3g} {unit}"


def moment(moment_ns: int) -> str:
    """Give a moment to the second, in UTC."""
    return rfc3339(moment_ns)[:19].replace("T", " ") + " UTC"


def duration(nanoseconds: int) -> str:
    """Give a length of time in its two largest units."""
    seconds = max(0, nanoseconds) // 10**9
    parts = [
        (seconds // 86_400, "d"),
        (seconds // 3600 % 24, "h"),
        (seconds // 60 % 60, "min"),
        (seconds % 60, "s"),
    ]
    while len(parts) > 1 and parts[0][0] == 0:
        parts.pop(0)
    return " ".join(f"{value} {unit}" for value, unit in parts[:2] if value) or "0 s"


def persons(count: PersonCount) -> str:
    """Give how many persons, as far as that is known."""
    if count.at_most is None:
        return f"{count.at_least} or more persons" if count.at_least else "persons unknown"
    if count.at_least == count.at_most:
        return "1 person" if count.at_most == 1 else f"{count.at_most} persons"
    return f"{count.at_least} to {count.at_most} persons"


def countries(destination: Destination | None) -> str:
    """Give the countries that have a claim, the decisive ones."""
    if destination is None:
        return "not resolved yet"
    codes: Sequence[str] = destination.jurisdictions or destination.countries
    if codes:
        return ", ".join(codes)
    return "internal" if destination.internal else "unknown country"


def shortened(text: str, width: int) -> str:
    """Give a path or name no wider than this, cut in the middle: both ends tell the most."""
    if len(text) <= width:
        return text
    if width <= 1:
        return _ELLIPSIS[:width]
    tail = (width - 1) * 2 // 3
    return text[: width - 1 - tail] + _ELLIPSIS + text[len(text) - tail :]


def sureness(confidence: float) -> str:
    """Give how sure a file's way into a transfer is."""
    if confidence >= 0.9:
        return "almost certain"
    if confidence >= 0.7:
        return "likely"
    return "possible" if confidence >= 0.4 else "weak"


def label(word: str) -> str:
    """Give a record's label as words: `country_of_concern` as `country of concern`."""
    return word.replace("_", " ")
