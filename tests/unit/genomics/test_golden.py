"""Real bytes of each format, written by its own program: what they are, and how many persons."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strandwatch.domain.file import FileFormat
from support.genomics_files import facts_of, identified

GOLDEN = Path(__file__).parents[2] / "data" / "genomics"

# name: format, category, species, container, persons at least and at most
EXPECTED: dict[str, tuple[str, str, str, str | None, int, int | None]] = {
    "armoured.age": ("age", "unknown", "unknown", "age", 0, None),
    "armoured.asc": ("openpgp", "unknown", "unknown", "openpgp", 0, None),
    "enveloped.cms": ("cms", "unknown", "unknown", "cms", 0, None),
    "human.bw": ("bigwig", "epigenomic", "human", None, 1, None),
    "human_10x.h5": ("10x-h5", "transcriptomic", "human", None, 1, None),
    "locked.zip": ("zip", "unknown", "unknown", "zip", 0, None),
    "luks1.img": ("luks", "unknown", "unknown", "luks", 0, None),
    "luks2.img": ("luks", "unknown", "unknown", "luks", 0, None),
    "mouse_10x.h5": ("10x-h5", "transcriptomic", "nonhuman", None, 0, 0),
    "multi.fast5": ("fast5", "genomic", "unknown", None, 1, None),
    "one.pod5": ("pod5", "genomic", "unknown", None, 1, 1),
    "p.bed": ("plink-bed", "genomic", "unknown", None, 1, None),
    "p.bim": ("plink-bim", "metadata", "unknown", None, 0, 0),
    "p.fam": ("plink-fam", "metadata", "unknown", None, 8, 8),
    "p.map": ("plink-map", "metadata", "unknown", None, 0, 0),
    "p.ped": ("plink-ped", "genomic", "unknown", None, 8, 8),
    "p.pgen": ("pgen", "genomic", "unknown", None, 8, 8),
    "p.psam": ("psam", "metadata", "unknown", None, 8, 8),
    "p.pvar": ("vcf", "metadata", "human", None, 0, 0),
    "p11.bgen": ("bgen", "genomic", "unknown", None, 8, 8),
    "p12.bgen": ("bgen", "genomic", "unknown", None, 8, 8),
    "plain.7z": ("7z", "unknown", "unknown", "7z", 0, None),
    "plain.cpio": ("vcf", "genomic", "human", "cpio", 8, 8),
    "plain.h5": ("hdf5", "unknown", "unknown", None, 0, None),
    "plain.squashfs": ("squashfs", "unknown", "unknown", "squashfs", 0, None),
    "plain.tar": ("vcf", "genomic", "human", "tar", 8, 8),
    "plain.tar.gz": ("vcf", "genomic", "human", "tar", 8, 8),
    "plain.zip": ("vcf", "genomic", "human", "zip", 8, 8),
    "pox.gen": ("oxford-gen", "genomic", "unknown", None, 8, 8),
    "pox.sample": ("oxford-sample", "metadata", "unknown", None, 8, 8),
    "pz.pvar.zst": ("vcf", "metadata", "human", None, 0, 0),
    "salted.b64": ("openssl", "unknown", "unknown", "openssl", 0, None),
    "salted.enc": ("openssl", "unknown", "unknown", "openssl", 0, None),
    "secret.age": ("age", "unknown", "unknown", "age", 0, None),
    "secret.c4gh": ("crypt4gh", "unknown", "unknown", "crypt4gh", 0, None),
    "single.fast5": ("fast5", "genomic", "unknown", None, 1, None),
    "small.h5ad": ("h5ad", "transcriptomic", "human", None, 1, None),
    "small.loom": ("loom", "transcriptomic", "unknown", None, 1, None),
    "src.vcf": ("vcf", "genomic", "human", None, 8, 8),
    "src.vcf.bz2": ("vcf", "genomic", "human", None, 8, 8),
    "src.vcf.lz4": ("vcf", "genomic", "human", None, 8, 8),
    "src.vcf.xz": ("vcf", "genomic", "human", None, 8, 8),
    "src.vcf.zst": ("vcf", "genomic", "human", None, 8, 8),
    "symmetric.gpg": ("openpgp", "unknown", "unknown", "openpgp", 0, None),
}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_golden_bytes_are_known(name: str) -> None:
    facts = facts_of(GOLDEN / name)

    assert (
        facts.format.value,
        facts.category.value,
        facts.species.value,
        facts.container,
        facts.persons.at_least,
        facts.persons.at_most,
    ) == EXPECTED[name]


@pytest.mark.parametrize("name", ["p12.bgen", "p.fam", "p.psam", "pox.sample", "p.ped", "src.vcf"])
def test_every_way_of_writing_the_same_persons_gives_the_same_keys(name: str) -> None:
    keys = facts_of(GOLDEN / name).samples

    assert set(keys) == set(facts_of(GOLDEN / "src.vcf").samples)
    assert len(keys) == 8


def test_every_golden_file_has_a_row() -> None:
    files = {path.name for path in GOLDEN.iterdir() if path.suffix != ".md"}

    assert files == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(data=st.data())
def test_no_prefix_and_no_mutation_of_golden_bytes_raises(
    tmp_path: Path, name: str, data: st.DataObject
) -> None:
    whole = (GOLDEN / name).read_bytes()
    content = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for _ in range(data.draw(st.integers(0, 8))):
        if content:
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))

    facts = identified(tmp_path, bytes(content))

    assert (facts.format is FileFormat.UNKNOWN) == (facts.unknown_reason is not None)
