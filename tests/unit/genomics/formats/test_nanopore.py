from pathlib import Path

from strandwatch.domain.file import FileFormat
from strandwatch.domain.sample import PersonCount
from support.genomics_files import identified

GOLDEN = Path(__file__).parents[3] / "data" / "genomics"


def test_a_pod5_without_its_end_is_partial(tmp_path: Path) -> None:
    whole = (GOLDEN / "one.pod5").read_bytes()

    assert not identified(tmp_path, whole).partial
    assert identified(tmp_path, whole[:-100]).partial


def _attributes(samples: str) -> bytes:
    return f"@flow_cell_id\tFAX1\tFAX1\n@run_id\tr1\tr2\n@sample_id\t{samples}\n".encode()


def test_the_attributes_of_slow5_name_samples_and_flow_cell(tmp_path: Path) -> None:
    text = b"#slow5_version\t0.2.0\n#num_read_groups\t2\n" + _attributes("s1\ts2")

    facts = identified(tmp_path, text)

    assert (facts.format, facts.persons) == (FileFormat.SLOW5, PersonCount(2, 2))
    assert facts.run is not None
    assert facts.run.flow_cell == "FAX1"


def test_blow5_holds_the_same_attributes(tmp_path: Path) -> None:
    text = _attributes("s1\tno_sample")
    head = b"BLOW5\x01\0\2\0\1\2\0\0\0\1".ljust(64, b"\0") + len(text).to_bytes(4, "little")

    facts = identified(tmp_path, head + text + bytes(100))

    assert (facts.format, facts.persons) == (FileFormat.BLOW5, PersonCount(1, 1))


def test_a_summary_names_samples_where_it_has_the_column(tmp_path: Path) -> None:
    header = b"filename\tread_id\trun_id\tchannel\tsample_id\n"

    facts = identified(tmp_path, header + b"f\tr1\tx\t1\ts1\nf\tr2\tx\t2\ts2\n")

    assert (facts.format, facts.persons) == (FileFormat.SEQUENCING_SUMMARY, PersonCount(2, 2))
