"""Pictures of a case as inline SVG: no scripts, nothing from elsewhere, readable in print."""

from collections.abc import Sequence
from dataclasses import dataclass

from strandwatch.domain.transfer import Transfer
from strandwatch.report.wording import label, moment, places, program, receiver, size, text

WIDTH = 920
_INK, _SOFT, _LINE, _MARK = "#1b1f24", "#59636e", "#d1d9e0", "#0b5cad"
_ALARM = "#b42318"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, and whether it asks for attention."""

    at_ns: int
    words: str
    urgent: bool = False


def timeline(events: Sequence[Event]) -> str:
    """Draw what happened one below the other, with dots at their places in time."""
    ordered = sorted(events, key=lambda event: event.at_ns)
    first, last = ordered[0].at_ns, ordered[-1].at_ns
    row, left, track = 26, 190, 150
    height = row * len(ordered) + 16
    parts = [
        _line(left, 8, left, height - 8, _LINE),
        _line(left + track, 8, left + track, height - 8, _LINE),
    ]
    for number, event in enumerate(ordered):
        y = 8 + row * number + row // 2
        x = left + round((event.at_ns - first) / max(1, last - first) * track)
        colour = _ALARM if event.urgent else _MARK
        parts += [
            _line(left, y, left + track, y, "#eef1f4"),
            f'<circle cx="{x}" cy="{y}" r="5" fill="{colour}"/>',
            _text(left - 12, y + 4, moment(event.at_ns), _SOFT, anchor="end"),
            _text(left + track + 16, y + 4, event.words, _INK),
        ]
    return _svg(height, "Timeline", parts)


def bytes_over_time(points: Sequence[tuple[int, int]]) -> str:
    """Draw how many bytes had left when, as steps: between two looks nothing is known."""
    ordered = sorted(points)
    (first, _), (last, _) = ordered[0], ordered[-1]
    most = max(1, *(value for _, value in ordered))
    left, top, right, bottom = 90, 16, WIDTH - 20, 180

    def x(at_ns: int) -> int:
        return left + round((at_ns - first) / max(1, last - first) * (right - left))

    def y(value: int) -> int:
        return bottom - round(value / most * (bottom - top))

    path = [f"M {x(first)} {bottom}"]
    for at_ns, value in ordered:
        path += [f"H {x(at_ns)}", f"V {y(value)}"]
    path.append(f"H {right}")
    parts = [
        *(_line(left, y(most * n // 4), right, y(most * n // 4), _LINE) for n in range(5)),
        *(
            _text(left - 10, y(most * n // 4) + 4, size(most * n // 4), _SOFT, anchor="end")
            for n in (0, 2, 4)
        ),
        f'<path d="{" ".join(path)} V {bottom} Z" fill="{_MARK}" fill-opacity="0.12"/>',
        f'<path d="{" ".join(path)}" fill="none" stroke="{_MARK}" stroke-width="2"/>',
        _text(left, bottom + 22, moment(first), _SOFT),
        _text(right, bottom + 22, moment(last), _SOFT, anchor="end"),
    ]
    return _svg(bottom + 36, "Bytes that had left, over time", parts)


def jurisdictions(transfers: Sequence[Transfer]) -> str:
    """Draw how many bytes went to which jurisdictions; unknown bytes are said, not drawn."""
    sums: dict[str, tuple[int, int]] = {}
    for one in transfers:
        name = places(one.destination)
        sent, unknown = sums.get(name, (0, 0))
        sums[name] = (sent + (one.sent_bytes or 0), unknown + (one.sent_bytes is None))
    most = max(1, *(sent for sent, _ in sums.values()))
    rows = sorted(sums.items(), key=lambda row: -row[1][0])
    row, left, room = 30, 190, WIDTH - 190 - 260
    parts = []
    for number, (name, (sent, unknown)) in enumerate(rows):
        y = 6 + row * number
        width = max(2, round(sent / most * room))
        words = size(sent) + (f", {unknown} with unknown bytes" if unknown else "")
        parts += [
            _text(left - 12, y + 17, name, _INK, anchor="end"),
            f'<rect x="{left}" y="{y + 3}" width="{width}" height="20" rx="2" fill="{_MARK}"/>',
            _text(left + width + 10, y + 17, words, _SOFT),
        ]
    return _svg(row * len(rows) + 12, "Bytes by jurisdiction", parts)


_FILES = 12


def lineage(transfer: Transfer) -> str:
    """Draw from which files, by which process, bytes went where."""
    shown = transfer.files[:_FILES]
    row = 58
    height = max(150, row * len(shown) + (24 if len(transfer.files) > _FILES else 0) + 10)
    middle = height // 2
    parts = []
    for number, carried in enumerate(shown):
        y = 5 + row * number
        facts = carried.facts
        kind = "not identified" if facts is None else f"{facts.format.value}, {facts.species.value}"
        strength = max(0.2, carried.confidence)
        parts += [
            f'<path d="M 300 {y + 22} C 345 {y + 22}, 345 {middle}, 390 {middle}" fill="none" '
            f'stroke="{_MARK}" stroke-width="2" stroke-opacity="{strength:.2f}"/>',
            _box(
                0,
                y,
                300,
                46,
                _cut_path(carried.path, 44),
                f"{kind}, {label(carried.relation.value)} {carried.confidence:.2f}",
            ),
        ]
    if len(transfer.files) > _FILES:
        parts.append(_text(0, height - 8, f"and {len(transfer.files) - _FILES} more files", _SOFT))
    parts += [
        _box(
            390,
            middle - 26,
            220,
            52,
            _cut_path(program(transfer).rpartition("/")[2], 29),
            f"{transfer.method.value}, {transfer.direction.value}",
        ),
        f'<path d="M 610 {middle} H 684" stroke="{_ALARM}" stroke-width="3"/>',
        f'<path d="M 684 {middle - 7} L 697 {middle} L 684 {middle + 7} z" fill="{_ALARM}"/>',
        _text(648, middle - 10, size(transfer.sent_bytes), _ALARM, anchor="middle"),
        _box(
            700,
            middle - 26,
            220,
            52,
            _cut_path(receiver(transfer), 29),
            _cut_path(f"{places(transfer.destination)}, {transfer.flow.destination.address}", 31),
        ),
    ]
    return _svg(height, "From which files bytes went where", parts)


def _cut_path(words: str, width: int) -> str:
    return (
        words
        if len(words) <= width
        else words[: width // 3] + "…" + words[-(width - width // 3 - 1) :]
    )


def _box(x: int, y: int, width: int, height: int, title: str, below: str) -> str:
    return (
        f'<rect x="{x + 0.5}" y="{y + 0.5}" width="{width - 1}" height="{height - 1}" rx="4" '
        f'fill="#fff" stroke="{_SOFT}"/>'
        + _text(x + 10, y + height // 2 - 3, title, _INK)
        + _text(x + 10, y + height // 2 + 14, below, _SOFT)
    )


def _line(x1: int, y1: int, x2: int, y2: int, colour: str) -> str:
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{colour}"/>'


def _text(x: int, y: int, words: str, colour: str, *, anchor: str = "start") -> str:
    return (
        f'<text x="{x}" y="{y}" fill="{colour}" text-anchor="{anchor}" font-size="13">'
        f"{text(words)}</text>"
    )


def _svg(height: int, title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{text(title)}">'
        f"<title>{text(title)}</title>{''.join(parts)}</svg>"
    )
