from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from strandwatch.domain.file import FileFormat
from strandwatch.domain.sample import PersonCount
from support.genomics_files import a_vcf, identified

GOLDEN = Path(__file__).parents[3] / "data" / "genomics"


def test_a_pod5_without_its_end_is_partial(tmp_path: Path) -> None:
    whole = (GOLDEN / "one.pod5").read_bytes()

    assert not identified(tmp_path, whole).partial
    assert identified(tmp_path, whole[:-100]).partial


def test_a_pod5_names_its_sample_and_flow_cell(tmp_path: Path) -> None:
    facts = identified(tmp_path, (GOLDEN / "one.pod5").read_bytes())

    assert facts.samples == identified(tmp_path, a_vcf(("patient_007",)).encode()).samples
    assert facts.run is not None
    assert (facts.run.run_id, facts.run.flow_cell) == ("a" * 32, "FAX12345")


@settings(max_examples=300)
@given(st.data())
def test_a_damaged_footer_costs_the_names_only(data: st.DataObject) -> None:
    whole = bytearray((GOLDEN / "one.pod5").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(2000, len(whole) - 25))] = data.draw(st.integers(0, 255))

    with TemporaryDirectory() as folder:
        facts = identified(Path(folder), bytes(whole))

    assert facts.format is FileFormat.POD5
    assert facts.persons.at_least == 1


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
