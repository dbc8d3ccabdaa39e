from pathlib import Path

from strandwatch.domain.file import Category, FileFormat
from strandwatch.domain.sample import NO_PERSONS, PersonCount
from support.genomics_files import bgzip, identified

DATASET = b"""<?xml version="1.0" encoding="utf-8"?>
<pbds:ConsensusReadSet xmlns:pbds="http://pacificbiosciences.com/PacBioDatasets.xsd"
 xmlns:pbsample="http://pacificbiosciences.com/PacBioSampleInfo.xsd">
<pbmeta:CollectionMetadata Context="m64011_190830_220126" InstrumentId="64011">
<pbsample:BioSamples><pbsample:BioSample Name="S1"/><pbsample:BioSample Name="S2"/>
</pbsample:BioSamples></pbmeta:CollectionMetadata></pbds:ConsensusReadSet>"""


def test_a_data_set_names_samples_and_movie(tmp_path: Path) -> None:
    facts = identified(tmp_path, DATASET)

    assert (facts.format, facts.category) == (FileFormat.PACBIO_DATASET, Category.METADATA)
    assert facts.persons == PersonCount(2, 2)
    assert facts.run is not None
    assert facts.run.run_id == "m64011_190830_220126"


def test_an_index_holds_nobody(tmp_path: Path) -> None:
    facts = identified(tmp_path, bgzip(b"PBI\x01" + bytes(28)))

    assert (facts.format, facts.persons) == (FileFormat.PBI, NO_PERSONS)
