import gzip
import struct
from pathlib import Path

import pytest

from strandwatch.domain.file import Category, FileFormat, Species
from strandwatch.domain.sample import NO_PERSONS, PersonCount
from support.genomics_files import bgzip, identified

RUN = "240102_A00123_0045_BHXXXXDSX2"
CALLS = struct.pack("<I", 4000) + bytes(range(250)) * 16

SHEET_1 = "[Header],,\nIEMFileVersion,4,\n\n[Data],,\nSample_ID,Sample_Name,Sample_Project\n"
SHEET_2 = "[Header]\nFileFormatVersion,2\n\n[BCLConvert_Data]\nLane,Sample_ID,Index\n"


def _in_run(tmp_path: Path, below: str) -> Path:
    folder = tmp_path / RUN / below
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_base_calls_are_known_by_a_count_that_fits(tmp_path: Path, pack: type) -> None:
    facts = identified(tmp_path, pack(CALLS))

    assert (facts.format, facts.category) == (FileFormat.BCL, Category.GENOMIC)


def test_base_calls_in_bgzf_are_known_where_sequencers_write_them(tmp_path: Path) -> None:
    inside = _in_run(tmp_path, "Data/Intensities/BaseCalls/L001")

    there = identified(inside, bgzip(CALLS), "0001.bcl.bgzf")
    elsewhere = identified(tmp_path, bgzip(CALLS), "0001.bcl.bgzf")

    assert there.format is FileFormat.BCL
    assert elsewhere.format is not FileFormat.BCL


def test_a_count_that_does_not_fit_is_no_base_call(tmp_path: Path) -> None:
    assert identified(tmp_path, CALLS + b"x").format is not FileFormat.BCL


def test_grouped_base_calls_are_known_by_their_header(tmp_path: Path) -> None:
    bins = struct.pack("<IIIIIIII", 0, 0, 1, 12, 2, 23, 3, 37)
    header = struct.pack("<HIBBI", 1, 65, 2, 2, 4) + bins + struct.pack("<IIIII", 1, 1101, 9, 9, 9)

    facts = identified(tmp_path, header + bytes(range(256)) * 20)

    assert (facts.format, facts.category) == (FileFormat.CBCL, Category.GENOMIC)


def test_filters_and_positions_hold_nobody(tmp_path: Path) -> None:
    passed = identified(tmp_path, struct.pack("<III", 0, 3, 100) + bytes(100))
    places = identified(tmp_path, struct.pack("<IfI", 1, 1.0, 20) + bytes(160))

    assert passed.format is FileFormat.ILLUMINA_FILTER
    assert places.format is FileFormat.ILLUMINA_LOCS
    assert passed.persons == places.persons == NO_PERSONS


def test_metrics_are_known_in_their_folder_only(tmp_path: Path) -> None:
    content = bytes((3, 15)) + bytes(range(150))

    there = identified(_in_run(tmp_path, "InterOp"), content, "TileMetricsOut.bin")

    assert there.format is FileFormat.INTEROP
    assert identified(tmp_path, content).format is FileFormat.UNKNOWN


@pytest.mark.parametrize("start", [SHEET_1, SHEET_2], ids=["version 1", "version 2"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_a_sheet_lists_distinct_samples(tmp_path: Path, start: str, ending: str) -> None:
    place = start.rstrip().rsplit("\n", 1)[-1].split(",").index("Sample_ID")
    rows = "".join(",".join(["x"] * place + [name, "y"]) + "\n" for name in ("A", "B", "A"))

    facts = identified(tmp_path, ("\n" + start + rows).replace("\n", ending).encode())

    assert (facts.format, facts.category) == (FileFormat.SAMPLE_SHEET, Category.METADATA)
    assert facts.persons == PersonCount(2, 2)


def test_a_sheets_genome_tells_the_species(tmp_path: Path) -> None:
    text = "[Header]\n[Data]\nSample_ID,GenomeFolder\nA,/ref/Homo_sapiens/UCSC/hg38\n"

    facts = identified(tmp_path, text.encode())

    assert (facts.species, facts.build) == (Species.HUMAN, "GRCh38")


def test_a_run_description_names_instrument_and_flow_cell(tmp_path: Path) -> None:
    text = (
        '<?xml version="1.0"?>\n<RunInfo Version="4"><Run Id="240102_A00123_0045_BHXX" Number="1">'
        "<Flowcell>HXX</Flowcell><Instrument>A00123</Instrument></Run></RunInfo>"
    )

    facts = identified(tmp_path, text.encode())

    assert facts.format is FileFormat.RUN_INFO
    assert facts.run is not None
    assert (facts.run.run_id, facts.run.flow_cell) == ("240102_A00123_0045_BHXX", "HXX")


def test_an_element_manifest_lists_samples(tmp_path: Path) -> None:
    text = b'{"Samples": [{"SampleName": "A"}, {"SampleName": "B"}, {"SampleName": "A"}]}'

    facts = identified(tmp_path, text)

    assert (facts.format, facts.persons) == (FileFormat.RUN_MANIFEST, PersonCount(2, 2))


@pytest.mark.parametrize("text", [b"[section]\nkey=value\n", b"[Data]\nx,y\n1,2\n", b"[1, 2, 3]\n"])
def test_other_bracketed_text_is_no_sheet(tmp_path: Path, text: bytes) -> None:
    assert identified(tmp_path, text).format is FileFormat.UNKNOWN
