from pathlib import Path

import pytest

from strandwatch.domain.file import Category, FileFormat, Species
from strandwatch.domain.sample import PersonCount
from support.genomics_files import identified

MZML = (
    b'<?xml version="1.0"?>\n<indexedmzML xmlns="http://psi.hupo.org/ms/mzml"><mzML>'
    b'<sampleList count="2"><sample id="A"/><sample id="B"/></sampleList></mzML></indexedmzML>'
)
MGF = b"BEGIN IONS\nTITLE=scan 1\nPEPMASS=500.5\nCHARGE=2+\n100.1 5.0\nEND IONS\n"
THERMO = b"\x01\xa1" + "Finnigan".encode("utf-16-le") + bytes(200)
IDENTIFIED = b'<?xml version="1.0"?>\n<MzIdentML><DBSequence id="HBA_HUMAN"/></MzIdentML>'


@pytest.mark.parametrize(
    ("form", "content"),
    [
        (FileFormat.MZML, MZML),
        (FileFormat.MZXML, b'<?xml version="1.0"?>\n<mzXML><msRun scanCount="1"></msRun></mzXML>'),
        (FileFormat.MGF, MGF),
        (FileFormat.THERMO_RAW, THERMO),
    ],
)
def test_spectra_are_proteomic(tmp_path: Path, form: FileFormat, content: bytes) -> None:
    facts = identified(tmp_path, content)

    assert (facts.format, facts.category) == (form, Category.PROTEOMIC)
    assert facts.persons.at_least >= 1


def test_the_samples_of_mzml_are_counted(tmp_path: Path) -> None:
    assert identified(tmp_path, MZML).persons == PersonCount(2, 2)


def test_protein_names_tell_the_species(tmp_path: Path) -> None:
    facts = identified(tmp_path, IDENTIFIED)

    assert (facts.format, facts.species) == (FileFormat.MZIDENTML, Species.HUMAN)


def test_a_program_that_speaks_of_ions_is_no_spectrum(tmp_path: Path) -> None:
    facts = identified(tmp_path, b"def read(f):\n    if line == 'BEGIN IONS':\n        pass\n")

    assert facts.format is FileFormat.UNKNOWN
