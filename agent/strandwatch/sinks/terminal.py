"""Printing for people: on a terminal with colour and at its width, elsewhere plain and whole."""

import os
from typing import Any, TextIO

from rich.console import Console

_UNBOUNDED = 100_000
"""Columns where nobody looks at a screen: in files, pipes and journals nothing is wrapped or cut,
so that what is found there can be searched and copied."""


def console(stream: TextIO) -> Console:
    """Give a console on a stream; letters that its encoding lacks become question marks."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")
    wide = None if stream.isatty() or os.environ.get("COLUMNS") else _UNBOUNDED
    return Console(file=stream, width=wide, highlight=False, markup=False, emoji=False)


def show(out: Console, *renderables: Any) -> None:
    """Print; without a terminal no line ends in spaces."""
    if out.is_terminal:
        out.print(*renderables)
        return
    with out.capture() as captured:
        out.print(*renderables)
    out.file.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))
    out.file.flush()
