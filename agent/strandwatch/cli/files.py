"""`strandwatch files`: genomic and unidentified files that were seen."""

import click

from strandwatch.cli.cells import persons, size
from strandwatch.cli.options import examples
from strandwatch.cli.output import Column, JsonObject, at
from strandwatch.cli.querying import Asked, Listing, querying
from strandwatch.cli.senders import time_column
from strandwatch.core.command import FileRecord
from strandwatch.domain.contract import file_record, rfc3339
from strandwatch.store.reader import Reader


def seen_file_record(file: FileRecord) -> JsonObject:
    """Give a file with when it was seen."""
    return {
        **file_record(file.path, file.facts),
        "size_bytes": file.file.size_bytes,
        "first_seen": rfc3339(file.first_seen_ns),
        "last_seen": rfc3339(file.last_seen_ns),
        "landed": file.landed,
    }


LISTING: Listing[FileRecord] = Listing(
    "files",
    FileRecord,
    Reader.files,
    seen_file_record,
    (
        time_column("last_seen", "Last seen"),
        Column(key="path", title="Path", in_middle=True),
        Column(key="format", title="Format"),
        Column(key="category", title="Category", from_width=100),
        Column(key="species", title="Species"),
        Column(key="persons", title="Persons", value=lambda record: persons(record["persons"])),
        Column(
            key="run",
            title="Run",
            value=lambda record: at(record, "run.id"),
            from_width=130,
        ),
        Column(key="size_bytes", title="Size", show=size, right=True),
    ),
)


@click.command(
    epilog=examples(
        "strandwatch files --since today",
        "strandwatch files --file '/data/runs/*' --file-format bam --file-format cram",
        "strandwatch files --sort size --limit 20",
    )
)
@querying("files", "since", "until", "file", "file-format")
def files(asked: Asked) -> None:
    """List the genomic and the unidentified files that were seen."""
    LISTING.answer(asked)
