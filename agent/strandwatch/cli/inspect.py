"""`strandwatch inspect`: what files are, by their content."""

import os
import secrets
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from strandwatch.cli.cells import persons
from strandwatch.cli.options import (
    config_option,
    examples,
    format_option,
    read_config,
    state_directory_option,
)
from strandwatch.cli.output import Column, JsonObject, at, print_records
from strandwatch.config.load import state_directory as configured_state
from strandwatch.domain.contract import file_record
from strandwatch.errors import ExitCode
from strandwatch.genomics.budget import Budget
from strandwatch.genomics.identify import Identifier
from strandwatch.genomics.inspect import inspect_with_neighbours
from strandwatch.genomics.sketch import FILE_NAME
from strandwatch.genomics.worker import load_sketch, load_subjects

KEY_BYTES = 32
_UNREADABLE = ("vanished", "permission denied", "cannot be")


def _kind(record: JsonObject) -> str:
    return " in ".join((record["format"], *reversed(record["compression"])))


def _evidence(record: JsonObject) -> str:
    if record["unknown_reason"] is not None:
        return str(record["unknown_reason"])
    return "; ".join(f"{sign['kind']} {sign['value']}" for sign in record["evidence"])


_STYLES = {"human": "bold", "unknown": "dim"}

COLUMNS = (
    Column(key="path", title="Path", in_middle=True),
    Column(key="format", title="Format", value=_kind),
    Column(key="category", title="Category", from_width=90),
    Column(key="species", title="Species", style=lambda record: _STYLES.get(record["species"], "")),
    Column(key="persons", title="Persons", value=lambda record: persons(record["persons"])),
    Column(key="build", title="Build", from_width=90),
    Column(key="run", title="Run", value=lambda record: at(record, "run.id"), from_width=110),
    Column(key="evidence", title="Evidence", value=_evidence, wraps=True),
)


@click.command(
    epilog=examples(
        "strandwatch inspect sample.bam",
        "strandwatch inspect -r /data/runs/261122_A00123 --format json",
        "ls *.gz | xargs strandwatch inspect",
    )
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--recursive", "-r", is_flag=True, help="Look into folders, with all below them.")
@config_option
@state_directory_option
@format_option
def inspect(
    paths: tuple[str, ...],
    recursive: bool,
    config_path: Path | None,
    state_directory: Path | None,
    form: str,
) -> int:
    """Say what files are, by their content and never by their name.

    Prints one record per file: format, category, species, build, run, persons, and the evidence.
    Samples appear as keyed hashes only. Exits with 1 when a file could not be read.
    """
    config = read_config(config_path, state_directory)
    budget = Budget(
        input_bytes=config.genomics.budget_bytes,
        milliseconds=config.genomics.budget_milliseconds,
    )
    key = _key(configured_state(config))
    sketch = config.genomics.sketch_path or configured_state(config) / FILE_NAME
    identifier = Identifier(
        key,
        time.process_time_ns,
        budget=budget,
        subjects=load_subjects(_text(config.genomics.subject_map_path)),
        sketch=load_sketch(_text(sketch if sketch.is_file() else None)),
    )
    unreadable = 0

    def records() -> Iterator[JsonObject]:
        nonlocal unreadable
        for path in _files(paths, recursive=recursive):
            facts = inspect_with_neighbours(identifier, os.path.realpath(path))
            unreadable += (facts.unknown_reason or "").startswith(_UNREADABLE)
            yield file_record(path, facts)

    print_records(records(), form, COLUMNS, empty="No files there.")
    return ExitCode.FINDINGS if unreadable else ExitCode.OK


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _files(paths: Sequence[str], *, recursive: bool) -> Iterator[str]:
    for path in paths:
        if not (recursive and Path(path).is_dir()):
            yield path
            continue
        for folder, folders, names in os.walk(path):
            folders.sort()
            yield from (f"{folder}/{name}" for name in sorted(names))


def _key(state: Path) -> bytes:
    """Give the key of the record, so that hashes of samples agree with it where it can be read."""
    try:
        key = (state / "person.key").read_bytes()
    except OSError:
        return secrets.token_bytes(KEY_BYTES)
    return key if len(key) == KEY_BYTES else secrets.token_bytes(KEY_BYTES)
