"""`strandwatch transfers`: what left, with which files."""

import click

from strandwatch.cli.cells import file_name
from strandwatch.cli.options import examples
from strandwatch.cli.output import Column, JsonObject, at
from strandwatch.cli.querying import Asked, Listing, querying
from strandwatch.cli.senders import destination_columns, sender_columns, sent_column, time_column
from strandwatch.domain.contract import transfer_record
from strandwatch.domain.transfer import Transfer
from strandwatch.store.reader import Reader


def paths(files: list[JsonObject]) -> list[str]:
    """Give the paths of a transfer's files."""
    return [file["path"] for file in files]


def first_of(names: list[str]) -> str:
    """Give the first file's name, and how many there are beside it."""
    if not names:
        return ""
    first = file_name(names[0])
    return first if len(names) == 1 else f"{first} +{len(names) - 1}"


def files_column(place: str) -> Column:
    """Give the column of a transfer's files; `place` is where they stand in the record."""
    return Column(
        key=place,
        title="Files",
        value=lambda record: paths(at(record, place)),
        show=first_of,
        in_middle=True,
    )


LISTING: Listing[Transfer] = Listing(
    "transfers",
    Transfer,
    Reader.transfers,
    transfer_record,
    (
        Column(key="id", title="Id", show=lambda text: text[:8]),
        time_column("started", "Started"),
        time_column("ended", "Ended", from_width=130),
        *sender_columns("process"),
        *destination_columns("destination"),
        sent_column("sent_bytes"),
        files_column("files"),
    ),
)


@click.command(
    epilog=examples(
        "strandwatch transfers --since '2 days ago' --min-bytes 1GB",
        "strandwatch transfers --country CN --country HK --format json",
        "strandwatch transfers --file '/data/runs/*' --process rsync --count",
    )
)
@querying(
    "transfers", "since", "until", "country", "entity", "user", "process", "file", "address",
    "min-bytes",
)  # fmt: skip
def transfers(asked: Asked) -> None:
    """List what left this machine with which genomic files."""
    LISTING.answer(asked)
