"""Every way out brings the bytes to the far end: the truth that the daemon is measured by."""

import itertools
from collections.abc import Iterator

import pytest

from strandwatch.lab.forms import FORMS
from strandwatch.lab.matrix import Cell, TransferField, transfer_field
from strandwatch.lab.tools import TOOLS, Tool

pytestmark = [pytest.mark.root, pytest.mark.slow]

_numbers = itertools.count()


@pytest.fixture(scope="module")
def lab() -> Iterator[TransferField]:
    with transfer_field() as lab:
        yield lab


def _play(lab: TransferField, cell: Cell) -> None:
    if cell.missing():
        pytest.skip(f"missing programs: {', '.join(cell.missing())}")
    folder = lab.prepare(cell, next(_numbers))

    played = lab.play(cell, folder)

    assert played.sources
    assert played.arrived_bytes > played.payload_bytes > 10_000
    lab.clear(folder)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_every_tool_brings_a_file_to_the_far_end(lab: TransferField, tool: Tool) -> None:
    _play(lab, Cell(tool, FORMS[0], "bam"))


@pytest.mark.parametrize("kind", ["cram", "folder"])
def test_other_kinds_go_the_same_way(lab: TransferField, kind: str) -> None:
    _play(lab, Cell(next(tool for tool in TOOLS if tool.name == "curl put"), FORMS[0], kind))
