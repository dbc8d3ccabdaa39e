import struct
from pathlib import Path

import pytest

from strandwatch.domain.file import Category, FileFacts, FileFormat, Species
from strandwatch.domain.sample import PersonCount
from strandwatch.genomics.inspect import inspect_path, inspect_with_neighbours
from strandwatch.genomics.runs import RunMemory
from support.genomes import fastq_of, random_genome, reads_of
from support.genomics_files import a_bam, a_sam, an_identifier

RUN = "240102_A00123_0045_BHXXXXDSX2"
GOLDEN = Path(__file__).parents[2] / "data" / "genomics"
SHEET = (
    "[Header]\nDate,2024\n[Data]\nLane,Sample_ID,Sample_Project,GenomeFolder\n"
    "1,S1,P,/ref/Homo_sapiens\n2,S1,P,/ref/Homo_sapiens\n1,S2,P,/ref/Homo_sapiens\n"
)
RUN_INFO = (
    '<?xml version="1.0"?>\n<RunInfo Version="4">\n <Run Id="240102_A00123_0045_BHXXXXDSX2"'
    ' Number="45">\n <Flowcell>HXXXXDSX2</Flowcell><Instrument>A00123</Instrument></Run></RunInfo>'
)


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    folder = tmp_path / RUN
    (folder / "Data/Intensities/BaseCalls/L001/C1.1").mkdir(parents=True)
    (folder / "SampleSheet.csv").write_text(SHEET)
    (folder / "RunInfo.xml").write_text(RUN_INFO)
    calls = folder / "Data/Intensities/BaseCalls/L001/C1.1/s_1_1101.bcl"
    calls.write_bytes(struct.pack("<I", 5000) + bytes(range(250)) * 20)
    return folder


def _calls(run_folder: Path) -> str:
    return str(run_folder / "Data/Intensities/BaseCalls/L001/C1.1/s_1_1101.bcl")


def test_base_calls_take_samples_species_and_run_from_their_folder(run_folder: Path) -> None:
    facts = inspect_with_neighbours(an_identifier(), _calls(run_folder))

    assert facts.format is FileFormat.BCL
    assert facts.species is Species.HUMAN
    assert facts.persons == PersonCount(2, 2)
    assert facts.run is not None
    assert (facts.run.flow_cell, facts.run.instrument) == ("HXXXXDSX2", "A00123")


def test_base_calls_alone_say_what_they_can(run_folder: Path) -> None:
    facts = inspect_path(an_identifier(), _calls(run_folder))

    assert (facts.format, facts.category) == (FileFormat.BCL, Category.GENOMIC)
    assert facts.species is Species.UNKNOWN
    assert facts.persons.at_most is None


def test_reads_of_unknown_species_take_it_from_the_run(run_folder: Path) -> None:
    path = run_folder / "S1_S1_L001_R1_001.fastq"
    path.write_bytes(fastq_of(reads_of(random_genome(100_000), 100)))

    facts = inspect_with_neighbours(an_identifier(), str(path))

    assert facts.species is Species.HUMAN


def test_an_aligned_sibling_tells_the_species_of_raw_signal(tmp_path: Path) -> None:
    run = tmp_path / "exp" / "patient" / "20240102_1200_X1_FAX12345_abcdef01"
    (run / "pod5").mkdir(parents=True)
    (run / "bam_pass").mkdir()
    (run / "pod5" / "FAX12345_abcdef01_0.pod5").write_bytes((GOLDEN / "one.pod5").read_bytes())
    (run / "bam_pass" / "x.bam").write_bytes(a_bam(a_sam()))
    identifier = an_identifier()

    inspect_path(identifier, str(run / "bam_pass" / "x.bam"))
    facts = inspect_path(identifier, str(run / "pod5" / "FAX12345_abcdef01_0.pod5"))

    assert facts.species is Species.HUMAN


def test_numbered_files_of_a_nanopore_run_are_one_sample(tmp_path: Path) -> None:
    run = tmp_path / "exp" / "patient" / "20240102_1200_X1_FAX12345_abcdef01" / "pod5"
    run.mkdir(parents=True)
    identifier = an_identifier()
    for number in range(3):
        (run / f"FAX12345_abcdef01_{number}.pod5").write_bytes((GOLDEN / "one.pod5").read_bytes())

    for path in run.iterdir():
        # A file that is still being written has no table of runs yet: the folders name the sample.
        path.write_bytes(path.read_bytes()[:-100])

    keys = {inspect_path(identifier, str(path)).samples for path in run.iterdir()}

    assert len(keys) == 1
    assert len(keys.pop()) == 1


def test_a_plink_bed_takes_its_persons_from_the_fam_beside_it() -> None:
    facts = inspect_with_neighbours(an_identifier(), str(GOLDEN / "p.bed"))

    assert facts.persons == PersonCount(8, 8)
    assert len(facts.samples) == 8


def test_only_so_many_folders_are_remembered(tmp_path: Path) -> None:
    memory, facts = (
        RunMemory(most=2),
        FileFacts(format=FileFormat.BAM, category=Category.GENOMIC, species=Species.HUMAN),
    )
    signal = FileFacts(format=FileFormat.POD5, category=Category.GENOMIC)
    runs = [f"/data/24010{number}_A00123_0045_BHXXXXDSX2" for number in range(1, 4)]

    for run in runs:
        memory.completed(facts, f"{run}/x.bam")

    answers = [memory.completed(signal, f"{run}/x.pod5").species for run in reversed(runs)]
    assert answers == [Species.HUMAN, Species.HUMAN, Species.UNKNOWN]
