import os
from pathlib import Path

from strandwatch.domain.encoding import from_plain
from strandwatch.domain.file import FileFacts, FileFormat
from strandwatch.domain.sample import PersonCount
from strandwatch.genomics.worker import open_worker
from support.genomics_files import KEY, a_vcf


def test_the_handler_answers_with_plain_facts(tmp_path: Path) -> None:
    handle = open_worker({"key": KEY.hex(), "budget": {"names": 1}})
    (tmp_path / "x").write_text(a_vcf(("A", "B")))
    descriptor = os.open(tmp_path / "x", os.O_RDONLY)

    answer = handle({"path": str(tmp_path / "x")}, descriptor)

    os.close(descriptor)
    facts = from_plain(FileFacts, answer)
    assert facts.format is FileFormat.VCF
    assert facts.persons == PersonCount(1, None)


def test_a_request_without_descriptor_is_answered() -> None:
    handle = open_worker({"key": KEY.hex()})

    assert from_plain(FileFacts, handle({"path": "x"}, None)).unknown_reason == "no descriptor"


def test_the_subject_map_joins_what_names_do_not(tmp_path: Path) -> None:
    (tmp_path / "subjects.tsv").write_text("# sample\tsubject\nA17\tanna\nZ99\tanna\n")
    handle = open_worker({"key": KEY.hex(), "subject_map": str(tmp_path / "subjects.tsv")})
    (tmp_path / "x").write_text(a_vcf(("A17", "Z99", "B")))
    descriptor = os.open(tmp_path / "x", os.O_RDONLY)

    facts = from_plain(FileFacts, handle({"path": str(tmp_path / "x")}, descriptor))

    os.close(descriptor)
    assert facts.persons == PersonCount(2, 2)
