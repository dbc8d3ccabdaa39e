"""The genomics worker, locked in, says the same as the identifier does in the open."""

import os
import time
from pathlib import Path

from strandwatch.app.workers import SandboxedIdentifier
from strandwatch.genomics.budget import Budget
from strandwatch.genomics.identify import Identifier
from strandwatch.lab.files import write_run_folder
from strandwatch.runtime.sandbox import Worker

KEY = bytes(32)
PATIENT = 10_000
"""Milliseconds: a busy machine must not make the two answers differ."""


def test_every_file_of_a_run_is_identified_alike_inside_and_outside(tmp_path: Path) -> None:
    run = write_run_folder(tmp_path, megabytes=0.5)
    files = [path for path in sorted(run.path.rglob("*")) if path.is_file()]
    outside = Identifier(KEY, time.monotonic_ns, budget=Budget(milliseconds=PATIENT))
    worker = Worker("genomics", {"key": KEY.hex(), "budget": {"milliseconds": PATIENT}}, 20.0)
    inside = SandboxedIdentifier(worker)

    answers = []
    for path in files:
        descriptor = os.open(path, os.O_RDONLY)
        answers.append(
            (inside.identify(descriptor, str(path)), outside.identify(descriptor, str(path)))
        )
        os.close(descriptor)
    worker.stop()

    assert len(answers) > 8
    assert [one for one, _ in answers] == [other for _, other in answers]
