"""How much of what left was seen: what the daemon recorded, against what the lab knows it sent."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strandwatch.lab.matrix import Cell, Played

Json = dict[str, Any]

_VIEWS: dict[str, Callable[["Finding"], str]] = {
    "tool": lambda finding: finding.cell.tool.name,
    "form": lambda finding: finding.cell.form.name,
    "kind of file": lambda finding: finding.cell.kind,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What the daemon made of one cell; a cell that could not be played has a `problem`."""

    cell: Cell
    named: tuple[Path, ...] = ()
    unnamed: tuple[Path, ...] = ()
    senders: tuple[str, ...] = ()
    confidence: float | None = None
    """The lowest of the files that were named."""
    problem: str = ""

    @property
    def seen(self) -> bool:
        """Say whether every file was named, in a transfer by the program that sent it."""
        return not (self.problem or self.unnamed)


def judge(played: Played, transfers: Iterable[Json]) -> Finding:
    """Compare one cell with the transfers to the far host."""
    best: dict[str, float] = {}
    senders = set()
    for transfer in transfers:
        sender = _sender(transfer)
        for file in transfer["files"]:
            if sender in played.cell.tool.senders:
                path = file["path"]
                best[path] = max(best.get(path, 0.0), file["confidence"])
            if file["path"] in map(str, played.sources):
                senders.add(sender)
    named = tuple(path for path in played.sources if _names(best, path, played))
    return Finding(
        cell=played.cell,
        named=named,
        unnamed=tuple(path for path in played.sources if path not in named),
        senders=tuple(sorted(senders)),
        confidence=min((_names(best, path, played) for path in named), default=None),
    )


def _names(best: dict[str, float], source: Path, played: Played) -> float:
    """Give the confidence with which a file was named, 0 when it was not.

    A copy under another name is the file itself: its bytes are what left, and either name is right.
    """
    names = (source, *played.copies.get(source, ()))
    return max((best.get(str(path), 0.0) for path in names), default=0.0)


def _sender(transfer: Json) -> str:
    return Path((transfer.get("process") or {}).get("executable") or "").name


def report(findings: Sequence[Finding]) -> str:
    """Give the figures as Markdown: recall in all, by tool and by form, and each failing cell."""
    lines = ["# File to flow: what was seen of what left", ""]
    lines += [f"{_share(findings)} of the cells were seen with every file named.", ""]
    lines += _spread(findings)
    for title, key in _VIEWS.items():
        lines += ["", f"| {title} | seen |", "|---|---|"]
        for value in dict.fromkeys(map(key, findings)):
            some = [finding for finding in findings if key(finding) == value]
            lines.append(f"| {value} | {_share(some)} |")
    failing = [finding for finding in findings if not finding.seen]
    lines += ["", f"## Cells that failed: {len(failing)}", ""]
    lines += [f"- {finding.cell.name}: {_reason(finding)}" for finding in failing]
    return "\n".join(lines) + "\n"


def _share(findings: Sequence[Finding]) -> str:
    seen = sum(finding.seen for finding in findings)
    return f"{seen}/{len(findings)} ({100 * seen / max(1, len(findings)):.1f} %)"


def _spread(findings: Sequence[Finding]) -> list[str]:
    values = sorted(finding.confidence for finding in findings if finding.confidence is not None)
    if not values:
        return []
    marks = ((0, "lowest"), (0.1, "tenth"), (0.5, "median"), (1, "highest"))
    figures = (f"{name} {values[round(part * (len(values) - 1))]:.2f}" for part, name in marks)
    return [f"Confidence of the named files: {', '.join(figures)}."]


def _reason(finding: Finding) -> str:
    if finding.problem:
        return f"not played: {finding.problem}"
    by = f", a transfer by {', '.join(finding.senders)}" if finding.senders else ""
    return (
        f"{len(finding.unnamed)} of {len(finding.unnamed) + len(finding.named)} files unnamed{by}"
    )
