"""The genomics worker's entry: identifies the descriptors it is handed."""

import time
from collections.abc import Callable
from pathlib import Path

import structlog

from strandwatch.domain.encoding import Plain, to_plain
from strandwatch.domain.file import unidentified
from strandwatch.genomics.budget import Budget
from strandwatch.genomics.identify import Identifier
from strandwatch.genomics.sketch import Sketch, SketchError, read_sketch

log = structlog.get_logger(__name__)


def open_worker(arguments: Plain) -> Callable[[Plain, int | None], Plain]:
    """Load everything that identifying needs; the handler then only reads the descriptor it gets.

    `arguments`: {"key": hex, "budget": {field of `Budget`: number}, "subjects": {sample: subject},
    "sketch": path of a sketch of the operator's reference}.
    """
    subjects = arguments.get("subjects", {})
    identifier = Identifier(
        bytes.fromhex(arguments["key"]),
        time.monotonic_ns,
        budget=Budget(**arguments.get("budget", {})),
        subjects={
            name.encode("utf-8", "surrogateescape"): subject for name, subject in subjects.items()
        },
        sketch=_sketch(arguments.get("sketch")),
    )

    def handle(request: Plain, descriptor: int | None) -> Plain:
        if descriptor is None:
            return to_plain(unidentified("no descriptor"))
        return to_plain(identifier.identify(descriptor, request["path"]))

    return handle


def _sketch(path: str | None) -> Sketch | None:
    """Load the sketch; without a usable one the panels alone must do."""
    if path is None:
        return None
    try:
        return read_sketch(Path(path).read_bytes())
    except (OSError, SketchError) as error:
        log.warning("sketch_unusable", error=str(error))
        return None
