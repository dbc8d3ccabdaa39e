"""The lab's sequencing instrument: `python -m strandwatch.lab.instrument` writes a run folder.

It is a process of its own, as an instrument is: whoever uploads later has not touched the files,
and has not been started by who has.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from strandwatch.lab.files import SAMPLES, RunFolder, run_folder, write_run_folder

_SECONDS = 120.0


def land_run_folder(
    parent: Path, *, megabytes: float = 2.0, samples: Sequence[str] = SAMPLES, seed: int = 1
) -> RunFolder:
    """Let the instrument write a run folder, and wait until it has."""
    command = [sys.executable, "-m", "strandwatch.lab.instrument", str(parent)]
    command += ["--megabytes", str(megabytes), "--seed", str(seed), *samples]
    subprocess.run(command, check=True, start_new_session=True, timeout=_SECONDS)
    return run_folder(parent, samples)


def main(arguments: list[str] | None = None) -> None:
    """Write one run folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parent", type=Path)
    parser.add_argument("samples", nargs="+")
    parser.add_argument("--megabytes", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    options = parser.parse_args(arguments)
    write_run_folder(
        options.parent,
        megabytes=options.megabytes,
        samples=options.samples,
        seed=options.seed,
    )


if __name__ == "__main__":
    main()
