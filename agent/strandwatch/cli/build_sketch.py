"""`strandwatch build-sketch`: a sketch of the operator's own human reference genome."""

import gzip
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import click
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from strandwatch.cli.options import config_option, examples, read_config, state_directory_option
from strandwatch.config.load import state_directory as configured_state
from strandwatch.errors import UsageError
from strandwatch.genomics.sketch import FILE_NAME, Sketch, SketchError, sketch_of, written
from strandwatch.sinks.terminal import console

_GZIP = b"\x1f\x8b"


@click.command(
    "build-sketch",
    epilog=examples(
        "strandwatch build-sketch --fasta /data/reference/GRCh38.fa",
        "strandwatch build-sketch --fasta hs1.fa.gz --output /etc/strandwatch/human.sketch",
    ),
)
@click.option(
    "--fasta",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A human reference genome as FASTA, plain or gzip.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where to keep the sketch. [default: where the daemon looks for it]",
)
@config_option
@state_directory_option
def build_sketch(
    fasta: Path, output: Path | None, config_path: Path | None, state_directory: Path | None
) -> None:
    """Make a sketch of a human reference, by which more human reads are known.

    The panels that come with strandwatch know human repeats; a sketch of the whole genome also
    knows reads of exons, panels and amplicons. It takes about a minute and 12 MB. The daemon uses
    it from its next start.
    """
    config = read_config(config_path, state_directory)
    place = output or config.genomics.sketch_path or configured_state(config) / FILE_NAME
    try:
        sketch = _sketched(fasta)
        _keep(place, written(sketch))
    except (OSError, EOFError, SketchError) as error:
        raise UsageError(f"No sketch was made: {error}") from error
    click.echo(f"{len(sketch.codes):,} k-mers of {fasta.name} are in {place}", err=True)


def _sketched(fasta: Path) -> Sketch:
    with ExitStack() as stack:
        raw = stack.enter_context(fasta.open("rb"))
        zipped = raw.read(2) == _GZIP
        raw.seek(0)
        lines: Iterator[bytes] = iter(
            stack.enter_context(gzip.GzipFile(fileobj=raw)) if zipped else raw
        )
        bar = stack.enter_context(_bar())
        task = bar.add_task(fasta.name, total=os.fstat(raw.fileno()).st_size)
        return _build(lines, fasta.name, bar, task, raw)


def _build(lines: Iterator[bytes], name: str, bar: Progress, task: TaskID, raw: BinaryIO) -> Sketch:
    def tell(size: int) -> None:
        # Compressed or not, how far the file has been read says how long it will take.
        bar.update(task, completed=os.lseek(raw.fileno(), 0, os.SEEK_CUR))

    return sketch_of(lines, name, tell)


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    out = console(sys.stderr)
    return Progress(*columns, TimeRemainingColumn(), console=out)


def _keep(place: Path, data: bytes) -> None:
    """Write the file whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as file:
        file.write(data)
    Path(file.name).chmod(0o644)
    Path(file.name).replace(place)
