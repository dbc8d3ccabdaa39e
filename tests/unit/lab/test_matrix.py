"""The choice of cells."""

import itertools

import pytest

from strandwatch.lab.forms import FORMS, KINDS
from strandwatch.lab.matrix import Cell, all_cells, pairwise
from strandwatch.lab.tools import TOOLS


def test_the_matrix_has_every_tool_form_and_kind() -> None:
    cells = all_cells()

    assert len({cell.name for cell in cells}) == len(TOOLS) * len(FORMS) * len(KINDS)
    assert len(TOOLS) >= 15


def test_the_pairwise_choice_holds_every_pair_and_is_small() -> None:
    cells = all_cells()

    chosen = pairwise(cells)

    def pairs(some: tuple[Cell, ...]) -> set[tuple[str, str]]:
        return {
            pair
            for cell in some
            for pair in itertools.combinations((cell.tool.name, cell.form.name, cell.kind), 2)
        }

    assert pairs(chosen) == pairs(cells)
    assert len(chosen) < len(cells) / 4


def test_nothing_to_choose_from_gives_nothing() -> None:
    assert pairwise(()) == ()


def test_a_cell_names_the_programs_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("strandwatch.lab.programs._SYSTEM_DIRECTORIES", ())
    monkeypatch.setenv("PATH", "/nowhere")
    cell = Cell(TOOLS[0], FORMS[3], "cram")

    assert cell.missing() == ("scp", "ssh", "sshd", "ssh-keygen", "zip", "samtools")
