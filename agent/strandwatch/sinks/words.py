"""Values in words that a person can read: amounts, moments, paths, and foreign text made safe."""

from typing import Any

_UNITS = ("kB", "MB", "GB", "TB", "PB", "EB")
_ELLIPSIS = "…"


def safe(text: str) -> str:
    """Give foreign text with everything that a terminal would act on shown as an escape.

    File names, commands and server names are chosen by whoever is being watched: control
    characters, marks of writing direction and bytes that are no text must not reach a terminal.
    """
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )


def amount(count: int | None) -> str:
    """Give bytes with three digits and a decimal unit: 999 B, 1.00 kB, 12.3 MB, 456 GB."""
    if count is None:
        return "unknown"
    if count < 1000:
        return f"{count} B"
    value, unit = float(count), ""
    for unit in _UNITS:  # noqa: B007
        value /= 1000
        if value < 999.5:
            break
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{digits}f} {unit}"


def moment(rfc3339: str | None) -> str:
    """Give a record's time to the second, still in UTC: 2026-11-22 03:04:05Z."""
    return "" if rfc3339 is None else f"{rfc3339[:10]} {rfc3339[11:19]}Z"


def span(seconds: float) -> str:
    """Give a length of time in its two largest units: 45 s, 3 min 5 s, 2 h 10 min, 3 d 4 h."""
    whole = max(0, int(seconds))
    units = (("d", whole // 86400), ("h", whole // 3600 % 24), ("min", whole // 60 % 60))
    parts = [(name, count) for name, count in (*units, ("s", whole % 60))]
    first = next((place for place, (_, count) in enumerate(parts) if count), len(parts) - 1)
    shown = [f"{count} {name}" for name, count in parts[first : first + 2] if count]
    return " ".join(shown) or "0 s"


def shortened(text: str, width: int) -> str:
    """Give a path or name no wider than this, cut in the middle: both ends tell the most."""
    if len(text) <= width:
        return text
    if width <= 1:
        return _ELLIPSIS[:width]
    tail = (width - 1) * 2 // 3
    return text[: width - 1 - tail] + _ELLIPSIS + text[len(text) - tail :]


def sureness(confidence: float) -> str:
    """Give a lineage's confidence in words."""
    if confidence >= 0.9:
        return "almost certain"
    if confidence >= 0.7:
        return "likely"
    if confidence >= 0.4:
        return "possible"
    return "weak"


def persons(count: dict[str, Any]) -> str:
    """Give a range of persons: 3, 1 to 4, 2 or more, unknown."""
    at_least, at_most = count["at_least"], count["at_most"]
    if at_least == at_most:
        return str(at_least)
    if at_most is not None:
        return f"{at_least} to {at_most}"
    return f"{at_least} or more" if at_least else "unknown"
