"""The genomics worker's entry: identifies the descriptors it is handed."""

import time
from collections.abc import Callable
from pathlib import Path

import structlog

from strandwatch.domain.encoding import Plain, to_plain
from strandwatch.domain.file import unidentified
from strandwatch.genomics.budget import Budget
from strandwatch.genomics.identify import Identifier
from strandwatch.genomics.persons import SubjectMap, read_subjects
from strandwatch.genomics.sketch import Sketch, SketchError, read_sketch

log = structlog.get_logger(__name__)


def open_worker(arguments: Plain) -> Callable[[Plain, int | None], Plain]:
    """Load everything that identifying needs; the handler then only reads the descriptor it gets.

    `arguments`: {"key": hex, "budget": {field of `Budget`: number}, "sketch": path or null,
    "subject_map": path or null}. A sketch or map that cannot be used is logged and left out.
    """
    identifier = Identifier(
        bytes.fromhex(arguments["key"]),
        # Processor time: a busy machine must not make the answers poorer.
        time.process_time_ns,
        budget=Budget(**arguments.get("budget", {})),
        subjects=load_subjects(arguments.get("subject_map")),
        sketch=load_sketch(arguments.get("sketch")),
    )

    def handle(request: Plain, descriptor: int | None) -> Plain:
        if descriptor is None:
            return to_plain(unidentified("no descriptor"))
        return to_plain(identifier.identify(descriptor, request["path"]))

    return handle


def load_subjects(path: str | None) -> SubjectMap | None:
    """Load the operator's subject map; without a usable one every name is a person of its own."""
    if path is None:
        return None
    try:
        return read_subjects(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        log.warning("subject_map_unusable", error=str(error))
        return None


def load_sketch(path: str | None) -> Sketch | None:
    """Load the sketch; without a usable one the panels alone must do."""
    if path is None:
        return None
    try:
        return read_sketch(Path(path).read_bytes())
    except (OSError, SketchError) as error:
        log.warning("sketch_unusable", error=str(error))
        return None
