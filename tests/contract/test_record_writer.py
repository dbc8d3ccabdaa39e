"""What every record writer promises to the engine's surroundings."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from strandwatch.ports import RecordWriter
from strandwatch.store.writer import SqliteWriter
from support.builders import (
    a_file_record,
    a_flow_record,
    a_loss,
    a_process_record,
    a_transfer,
    an_alert,
)

Open = Callable[[Path], RecordWriter]
WRITERS: list[Open] = [SqliteWriter]


@pytest.fixture(params=WRITERS)
def writer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RecordWriter]:
    opened: RecordWriter = request.param(tmp_path / "record")
    yield opened
    opened.close()


def test_it_takes_every_kind_of_record_in_one_batch(writer: RecordWriter) -> None:
    writer.write(
        [
            a_flow_record(),
            a_file_record(),
            a_process_record(),
            a_loss(),
            a_transfer(),
            an_alert(),
        ]
    )


def test_it_takes_an_empty_batch(writer: RecordWriter) -> None:
    writer.write([])


def test_it_takes_the_same_record_again(writer: RecordWriter) -> None:
    writer.write([a_transfer()])
    writer.write([a_transfer(), a_transfer()])


def test_closing_twice_is_safe(writer: RecordWriter) -> None:
    writer.write([a_loss()])

    writer.close()
    writer.close()
