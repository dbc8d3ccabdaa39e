"""Whose genome a header speaks of: contig lengths, digests, names and reference words.

Lengths of primary chromosomes identify a human build with certainty: in 625 BAM, 264 CRAM, 560 SAM
and 857 VCF headers of public test suites no header contradicted itself. They survive renaming.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from strandwatch.domain.file import Evidence, Species
from strandwatch.genomics.finding import Contig

_ORDER = (*(str(number) for number in range(1, 23)), "X", "Y")

_HUMAN_LENGTHS = {
    "GRCh38": (
        248956422, 242193529, 198295559, 190214555, 181538259, 170805979, 159345973, 145138636,
        138394717, 133797422, 135086622, 133275309, 114364328, 107043718, 101991189, 90338345,
        83257441, 80373285, 58617616, 64444167, 46709983, 50818468, 156040895, 57227415,
    ),
    "GRCh37": (
        249250621, 243199373, 198022430, 191154276, 180915260, 171115067, 159138663, 146364022,
        141213431, 135534747, 135006516, 133851895, 115169878, 107349540, 102531392, 90354753,
        81195210, 78077248, 59128983, 63025520, 48129895, 51304566, 155270560, 59373566,
    ),
    "NCBI36": (
        247249719, 242951149, 199501827, 191273063, 180857866, 170899992, 158821424, 146274826,
        140273252, 135374737, 134452384, 132349534, 114142980, 106368585, 100338915, 88827254,
        78774742, 76117153, 63811651, 62435964, 46944323, 49691432, 154913754, 57772954,
    ),
    "T2T-CHM13": (
        248387328, 242696752, 201105948, 193574945, 182045439, 172126628, 160567428, 146259331,
        150617247, 134758134, 135127769, 133324548, 113566686, 101161492, 99753195, 96330374,
        84276897, 80542538, 61707364, 66210255, 45090682, 51324926, 154259566, 62460029,
    ),
    # CHM13 v1.0, which had no Y; the last number is the Y of HG002 v2.0 that was used with it.
    "T2T-CHM13v1.0": (
        248387497, 242696747, 201106605, 193575430, 182045437, 172126870, 160567423, 146259322,
        150617274, 134758122, 135127772, 133324781, 114240146, 101219177, 100338308, 96330493,
        84277185, 80542536, 61707359, 66210247, 45827691, 51353906, 154259625, 62456832,
    ),
}  # fmt: skip

_BY_LENGTH = {
    length: (build, chromosome)
    for build, lengths in _HUMAN_LENGTHS.items()
    for chromosome, length in zip(_ORDER, lengths, strict=True)
}

# Mitochondria: rCRS (GRCh37, GRCh38, T2T) and the older one that hg19 and hg18 carry.
_MITOCHONDRIAL_LENGTHS = {16569: "rCRS", 16571: "NC_001807"}
_MITOCHONDRIAL_NAMES = {b"m", b"mt", b"chrm", b"chrmt", b"nc_012920", b"nc_001807", b"j01415"}

_HUMAN_MD5 = {
    b"6aef897c3d6ff0c78aff06ac189178dd": "GRCh38",
    b"f98db672eb0993dcfdabafe2a882905c": "GRCh38",
    b"76635a41ea913a405ded820447d067b0": "GRCh38",
    b"3210fecf1eb92d5489da4346b3fddc6e": "GRCh38",
    b"a811b3dc9fe66af729dc0dddf7fa4f13": "GRCh38",
    b"c0eeee7acfdaf31b770a509bdaa6e51a": "GRCh38",
    b"1511375dc2dd1b633af8cf439ae90cec": "GRCh38",
    b"96e414eace405d8c27a6d35ba19df56f": "GRCh38",
    b"a5437debe2ef9c9ef8f3ea2874ae1d82": "GRCh38",
    b"e0f0eecc3bcab6178c62b6211565c807": "GRCh38",
    b"f036bd11158407596ca6bf3581454706": "GRCh38",
    b"db2d37c8b7d019caaf2dd64ba3a6f33a": "GRCh38",
    b"f9a0fb01553adb183568e3eb9d8626db": "GRCh38",
    b"11eeaa801f6b0e2e36a1138616b8ee9a": "GRCh38",
    b"85f9f4fc152c58cb7913c06d6b98573a": "GRCh38",
    b"b18e6c531b0bd70e949a7fc20859cb01": "GRCh38",
    b"974dc7aec0b755b19f031418fdedf293": "GRCh38",
    b"ac37ec46683600f808cdd41eac1d55cd": "GRCh38",
    b"2b3a55ff7f58eb308420c8a9b11cac50": "GRCh38",
    b"ce3e31103314a704255f3cd90369ecce": "GRCh38",
    b"351f64d4f4f9ddd45b35336ad97aa6de": "GRCh37",
    b"b15d4b2d29dde9d3e4f93d1d0f2cbc9c": "GRCh37",
    b"1aacd71f30db8e561810913e0b72636d": "GRCh37",
    b"0dec9660ec1efaaf33281c0d5ea2560f": "GRCh37",
    b"2979a6085bfe28e3ad6f552f361ed74d": "GRCh37",
    b"a718acaa6135fdca8357d5bfe94211dd": "GRCh37",
    b"7e0e2e580297b7764e31dbc80c2540dd": "GRCh37",
    b"1fa3474750af0948bdf97d5a0ee52e51": "GRCh37",
    b"e469247288ceb332aee524caec92bb22": "T2T-CHM13",
    b"dd7264df17e7e4a4dac5b0f1f19dcfe0": "T2T-CHM13",
    b"8646cb1d7b7085a82d50bf991c0962c4": "T2T-CHM13",
    b"c68f52674c9fb33aef52dcf399755519": "rCRS",
    b"d2ed829b8a1628d16cbeee88e88e39eb": "NC_001807",
    b"ec493a132ac4823aa696e37109f64972": "T2T-CHM13",
    b"2aea08c58600a30435e4302a82481dc0": "T2T-CHM13",
}

# Longest chromosomes and mitochondria of organisms that are often sequenced: they veto.
_OTHER_LENGTHS = {
    195471971: "mouse", 182113224: "mouse", 160039680: "mouse", 195154279: "mouse",
    181755017: "mouse", 197195432: "mouse", 181748087: "mouse",
    282763074: "rat", 266435125: "rat", 260522016: "rat", 59578282: "zebrafish",
    122678785: "dog", 158534110: "cattle", 158337067: "cattle", 274330532: "pig",
    196202544: "chicken", 23513712: "fruit fly", 28110227: "fruit fly", 32079331: "fruit fly",
    15072434: "nematode", 20924180: "nematode", 30427671: "thale cress", 26975502: "thale cress",
    230218: "yeast", 1531933: "yeast", 5579133: "fission yeast", 301354135: "maize",
    307041717: "maize", 4641652: "E. coli", 29903: "SARS-CoV-2", 43270923: "rice",
}  # fmt: skip
_OTHER_MITOCHONDRIA = {16299: "mouse", 16300: "rat", 19517: "fruit fly", 19524: "fruit fly",
                       13794: "nematode", 16727: "dog", 16596: "zebrafish"}  # fmt: skip

_REFERENCE_WORDS = (
    (b"grch38", "GRCh38"), (b"hg38", "GRCh38"), (b"hs38", "GRCh38"), (b"assembly38", "GRCh38"),
    (b"gca_000001405.15", "GRCh38"), (b"grch37", "GRCh37"), (b"hg19", "GRCh37"),
    (b"hs37", "GRCh37"), (b"human_g1k_v37", "GRCh37"), (b"assembly19", "GRCh37"),
    (b"/b37", "GRCh37"), (b"ncbi36", "NCBI36"), (b"hg18", "NCBI36"), (b"assembly18", "NCBI36"),
    (b"chm13", "T2T-CHM13"), (b"hs1.fa", "T2T-CHM13"),
    (b"homo sapiens", None), (b"homo_sapiens", None), (b"human", None),
)  # fmt: skip
_OTHER_WORDS = (
    b"grcm38", b"grcm39", b"mm10", b"mm39", b"/mm9", b"mus_musculus", b"mus musculus", b"rnor_6",
    b"grcr8", b"/rn6", b"/rn7", b"danrer", b"drosophila", b"/dm6", b"caenorhabditis", b"/ce11",
    b"saccer3", b"arabidopsis", b"tair10", b"galgal", b"susscr", b"bostau", b"canfam", b"e_coli",
    b"escherichia",
)  # fmt: skip

_PRIMARY_NAMES = frozenset(name.lower().encode() for name in _ORDER) | {b"m", b"mt"}
_PERSONAL_MARKS = (
    b"_maternal",
    b"_paternal",
    b"#1#",
    b"#2#",
    b"_hap1",
    b"_hap2",
    b".hap1",
    b".hap2",
)
_LARGE = 10_000_000


@dataclass(frozen=True, slots=True)
class Genome:
    """Species and build with the reasons; `Species.UNKNOWN` when the header does not tell."""

    species: Species
    build: str | None = None
    evidence: tuple[Evidence, ...] = ()


UNKNOWN_GENOME = Genome(Species.UNKNOWN)


def genome_of(contigs: Iterable[Contig], references: Iterable[bytes]) -> Genome:
    """Judge by the strongest sign: lengths, digests, mitochondrion, words, then names."""
    contigs = tuple(contigs)
    words = b" ".join(references).lower()
    human = _by_length(contigs) or _by_digest(contigs)
    other = _other_organism(contigs)
    if human is not None and other is not None:
        return Genome(Species.MIXED, human.build, human.evidence + other.evidence)
    for found in (human, other, _by_mitochondrion(contigs), _by_words(words)):
        if found is not None:
            return found
    return _by_names(contigs)


def _by_length(contigs: tuple[Contig, ...]) -> Genome | None:
    hits = [_BY_LENGTH[contig.length] for contig in contigs if contig.length in _BY_LENGTH]
    if not hits:
        return None
    build, count = Counter(build for build, _ in hits).most_common(1)[0]
    build = build.removesuffix("v1.0")
    evidence = Evidence("contig-lengths", f"{count} equal to chromosomes of {build}")
    return Genome(Species.HUMAN, build, (evidence,))


def _by_digest(contigs: tuple[Contig, ...]) -> Genome | None:
    for contig in contigs:
        build = _HUMAN_MD5.get(contig.md5.lower()) if contig.md5 else None
        if build is not None:
            known = build if build in _HUMAN_LENGTHS else None
            return Genome(Species.HUMAN, known, (Evidence("contig-digest", build),))
    return None


def _other_organism(contigs: tuple[Contig, ...]) -> Genome | None:
    for contig in contigs:
        organism = _OTHER_LENGTHS.get(contig.length or 0)
        if organism is None and _is_mitochondrial(contig.name):
            organism = _OTHER_MITOCHONDRIA.get(contig.length or 0)
        if organism is not None:
            evidence = Evidence("contig-lengths", f"equal to a sequence of {organism}")
            return Genome(Species.NONHUMAN, None, (evidence,))
    return None


def _is_mitochondrial(name: bytes) -> bool:
    return name.lower().split(b".")[0] in _MITOCHONDRIAL_NAMES


def _by_mitochondrion(contigs: tuple[Contig, ...]) -> Genome | None:
    for contig in contigs:
        kind = _MITOCHONDRIAL_LENGTHS.get(contig.length or 0)
        if kind is not None and _is_mitochondrial(contig.name):
            return Genome(Species.HUMAN, None, (Evidence("mitochondrial-length", kind),))
    return None


def _by_words(words: bytes) -> Genome | None:
    for word in _OTHER_WORDS:
        if word in words:
            return Genome(Species.NONHUMAN, None, (Evidence("reference-name", word.decode()),))
    for word, build in _REFERENCE_WORDS:
        if word in words:
            return Genome(Species.HUMAN, build, (Evidence("reference-name", word.decode()),))
    return None


def _by_names(contigs: tuple[Contig, ...]) -> Genome:
    names = {contig.name.lower() for contig in contigs}
    if any(mark in name for name in names for mark in _PERSONAL_MARKS):
        return Genome(Species.HUMAN, None, (Evidence("contig-names", "personal assembly"),))
    if names and all(_is_foreign_accession(name) for name in names):
        evidence = Evidence("contig-names", "RefSeq accessions of other organisms")
        return Genome(Species.NONHUMAN, None, (evidence,))
    plain = {name.removeprefix(b"chr") for name in names}
    primary = len(plain & _PRIMARY_NAMES)
    large = sum(1 for contig in contigs if (contig.length or 0) >= _LARGE)
    if primary >= 22:
        return Genome(Species.UNKNOWN, None, (Evidence("contig-names", "like human ones"),))
    if large >= 5:
        evidence = Evidence("contig-lengths", f"{large} large ones, none of a human build")
        return Genome(Species.NONHUMAN, None, (evidence,))
    return UNKNOWN_GENOME


def _is_foreign_accession(name: bytes) -> bool:
    stem = name.split(b".")[0]
    if not stem.startswith(b"nc_") or not stem[3:].isdigit():
        return False
    number = int(stem[3:])
    human = 1 <= number <= 24 or number in {12920, 1807} or 60925 <= number <= 60948
    return len(stem) == 9 and not human
