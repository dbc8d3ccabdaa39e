"""Judging what the daemon recorded against what the lab sent."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from strandwatch.lab.forms import FORMS, Form
from strandwatch.lab.matrix import Cell, Played
from strandwatch.lab.recall import Finding, judge, report
from strandwatch.lab.tools import TOOLS

CURL = next(tool for tool in TOOLS if tool.name == "curl put")
BAM = Path("/runs/a.bam")


def _form(name: str) -> Form:
    return next(form for form in FORMS if form.name == name)


def _played(*sources: Path, form: str = "plain") -> Played:
    return Played(Cell(CURL, _form(form), "bam"), sources, sources, 1000, 1100)


def _transfer(*paths: Path, sender: str = "curl", confidence: float = 0.9) -> dict[str, Any]:
    files = [{"path": str(path), "confidence": confidence} for path in paths]
    return {"process": {"executable": f"/usr/bin/{sender}"}, "files": files}


def test_a_cell_whose_files_are_all_named_is_seen() -> None:
    finding = judge(_played(BAM), [_transfer(BAM, confidence=0.4), _transfer(BAM)])

    assert finding.seen
    assert (finding.named, finding.confidence) == ((BAM,), 0.9)


def test_a_file_that_is_not_named_is_not_seen() -> None:
    other = Path("/runs/b.bam")

    finding = judge(_played(BAM, other), [_transfer(BAM)])

    assert not finding.seen
    assert finding.unnamed == (other,)


def test_a_file_attributed_to_another_program_is_not_seen() -> None:
    finding = judge(_played(BAM), [_transfer(BAM, sender="sshd")])

    assert not finding.seen
    assert finding.senders == ("sshd",)


def test_a_transfer_without_a_process_names_nothing() -> None:
    finding = judge(_played(BAM), [{"process": None, "files": []}])

    assert not finding.seen


def test_a_renamed_copy_counts_under_either_name() -> None:
    copy = Path("/out/holiday.jpg")
    played = replace(_played(BAM, form="renamed"), payload=(copy,), copies={BAM: (copy,)})

    assert judge(played, [_transfer(copy)]).seen
    assert judge(played, [_transfer(BAM)]).seen


def test_the_report_counts_and_names_the_cells_that_failed() -> None:
    seen = judge(_played(BAM), [_transfer(BAM)])
    missed = judge(_played(BAM, form="tar"), [_transfer(BAM, sender="sshd")])
    unplayed = Finding(cell=Cell(CURL, _form("zip"), "vcf"), problem="no zip")

    text = report([seen, missed, unplayed])

    assert "1/3 (33.3 %) of the cells were seen" in text
    assert "| tar | 0/1 (0.0 %) |" in text
    assert "- curl put / tar / bam: 1 of 1 files unnamed, a transfer by sshd" in text
    assert "- curl put / zip / vcf: not played: no zip" in text
    assert "lowest 0.90" in text


def test_a_report_of_nothing_has_no_spread() -> None:
    assert "Confidence" not in report([])
