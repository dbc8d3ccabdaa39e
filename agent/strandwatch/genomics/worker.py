"""The genomics worker's entry: identifies the descriptors it is handed."""

import time
from collections.abc import Callable

from strandwatch.domain.encoding import Plain, to_plain
from strandwatch.domain.file import unidentified
from strandwatch.genomics.budget import Budget
from strandwatch.genomics.identify import Identifier


def open_worker(arguments: Plain) -> Callable[[Plain, int | None], Plain]:
    """Load everything that identifying needs; the handler then only reads the descriptor it gets.

    `arguments`: {"key": hex, "budget": {field of `Budget`: number}, "subjects": {sample: subject}}.
    """
    subjects = arguments.get("subjects", {})
    identifier = Identifier(
        bytes.fromhex(arguments["key"]),
        time.monotonic_ns,
        budget=Budget(**arguments.get("budget", {})),
        subjects={
            name.encode("utf-8", "surrogateescape"): subject for name, subject in subjects.items()
        },
    )

    def handle(request: Plain, descriptor: int | None) -> Plain:
        if descriptor is None:
            return to_plain(unidentified("no descriptor"))
        return to_plain(identifier.identify(descriptor, request["path"]))

    return handle
