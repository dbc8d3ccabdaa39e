from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandwatch.domain.file import FileFormat
from strandwatch.genomics.formats.reads import records_in
from support.genomics_files import gzipped, identified, some_bases


@pytest.mark.parametrize(
    "content",
    [
        b"@r1\nACGT\n+\nIIII\n",
        b"@r1\r\nACGT\r\n+\r\nIIII\r\n",
        b"@r1/1\nACGT\n+r1\nIIII\n@r2\nAC\n+anything\n@@\n",
        b"@r1\nACGT\nACGT\n+\nIIII\nIIII\n",
        b"@r1\nT0123.\n+\nIIIII\n@r2\nT0123.\n+\nIIIII\n",
        b"@r1\n\n+\n\n@r2\nACGT\n+\nIIII\n",
        b"@r1\nACGU\n+\n+II@\n",
        b"@r1\nACGT\n+\nIIII\n@r2\nACG",
    ],
    ids=["plain", "CRLF", "plus", "lines", "colours", "empty read", "RNA", "cut"],
)
def test_real_life_variants_are_fastq(tmp_path: Path, content: bytes) -> None:
    assert identified(tmp_path, content).format is FileFormat.FASTQ


@pytest.mark.parametrize(
    "content",
    [
        b"@r1\nACGT\n+\nIII\n",
        b"@r1\nHELLO\n+\nIIIII\n",
        b"@r1\nACGT\n-\nIIII\n",
        b"@media print {\n}\n",
        b"@r1\nACGT\n+\nII\x01I\n",
        b"@",
        b"@\n",
    ],
)
def test_what_does_not_add_up_is_no_fastq(tmp_path: Path, content: bytes) -> None:
    assert identified(tmp_path, content).format is not FileFormat.FASTQ


def test_a_read_longer_than_the_head_is_fastq(tmp_path: Path) -> None:
    bases = some_bases(100_000)
    content = f"@r1\n{bases}\n+\n{'I' * 100_000}\n".encode()

    assert identified(tmp_path, content).format is FileFormat.FASTQ
    assert identified(tmp_path, gzipped(content)).format is FileFormat.FASTQ


@pytest.mark.parametrize(
    ("title", "flow_cell"),
    [
        ("@A00123:45:HXXXXDSX2:1:1101:1000:2000 1:N:0:ATCACG", "HXXXXDSX2"),
        ("@V300012345L1C001R0010000001/1", "V300012345"),
        (
            "@8a3c2f51-1111-2222-3333-444455556666 runid=0123456789abcdef flow_cell_id=FAX12345",
            "FAX12345",
        ),
    ],
)
def test_a_reads_name_tells_its_flow_cell(tmp_path: Path, title: str, flow_cell: str) -> None:
    facts = identified(tmp_path, f"{title}\nACGT\n+\nIIII\n".encode())

    assert facts.run is not None
    assert facts.run.flow_cell == flow_cell


@given(st.binary(max_size=400))
def test_any_bytes_have_records_or_none(data: bytes) -> None:
    assert all(isinstance(record, bytes) for record in records_in(data, 4))


@pytest.mark.parametrize("word", [b"\x05\x03\x19\x88", b"\x88\x19\x03\x05"])
def test_an_sra_archive_is_known_by_magic_and_byte_order(tmp_path: Path, word: bytes) -> None:
    assert identified(tmp_path, b"NCBI.sra" + word + bytes(50)).format is FileFormat.SRA
    assert identified(tmp_path, b"NCBI.sra" + bytes(54)).format is not FileFormat.SRA
