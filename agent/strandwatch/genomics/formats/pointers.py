"""Pointers and descriptions: htsget tickets, accession lists, Hail and Zarr metadata, reports."""

import re

from strandwatch.domain.file import Category, Evidence, FileFormat
from strandwatch.domain.sample import NO_PERSONS
from strandwatch.genomics.finding import Finding, no_persons
from strandwatch.genomics.head import Head

_ACCESSION = re.compile(
    rb"(?:[SED]R[RXSP]\d{6,9}|PRJ[A-Z]{2}\d{3,9}|EGA[FNDRS]\d{11}|SAM[NED][A-Z]?\d{6,12}"
    rb"|phs\d{6}(?:\.v\d+(?:\.p\d+)?)?)\Z"
)
_RUN_TABLE = re.compile(rb'"?Run"?[,\t]"?(?:Assay Type|ReleaseDate|AvgSpotLen|AGE|BioProject)')
_HTSGET = re.compile(rb'\{\s*"htsget"\s*:\s*\{')
_LOCUS = re.compile(rb"[Ll]ocus\((GRCh3[78])\)")
_REPORTS = (
    b"##FastQC\t", b"## htsjdk.samtools.metrics", b"# This file was produced by samtools stats",
    b"# This file was produced by bcftools stats", b"# This file was produced by plot-",
    b"#:GATKReport.", b"mosdepth",
)  # fmt: skip
_FLAGSTAT = re.compile(rb"\d+ \+ \d+ in total \(QC-passed reads \+ QC-failed reads\)")


def pointer(head: Head) -> Finding | None:
    """Recognise what names data that lies elsewhere, or describes data beside it."""
    data = head.data
    if _HTSGET.match(data[:200].lstrip()) and b'"urls"' in data:
        return no_persons(FileFormat.HTSGET, category=Category.METADATA)
    if _RUN_TABLE.match(data) or _is_accession_list(head):
        return no_persons(FileFormat.ACCESSION_LIST, category=Category.METADATA)
    if data[:1] == b"{":
        return _store_description(head)
    return None


def _is_accession_list(head: Head) -> bool:
    lines = [line.strip() for line in head.data[:8192].split(b"\n")]
    if not head.ended or len(head.data) >= 8192:
        lines.pop()
    lines = [line for line in lines if line][:200]
    return bool(lines) and all(_ACCESSION.match(line) for line in lines)


def _store_description(head: Head) -> Finding | None:
    data = head.data[:16384]
    if b'"MatrixTableSpec"' in data or b"VariantDatasetSpec" in data:
        kind = FileFormat.HAIL_TABLE
    elif b'"vcf_zarr_version"' in data:
        kind = FileFormat.VCF_ZARR
    else:
        return None
    locus = _LOCUS.search(data)
    return Finding(
        format=kind,
        category=Category.METADATA,
        persons=NO_PERSONS,
        references=(locus[1],) if locus else (),
    )


def report(head: Head) -> Finding | None:
    """Recognise quality reports, which describe data and hold none."""
    data = head.data
    if data.startswith(_REPORTS) or _FLAGSTAT.match(data):
        return no_persons(FileFormat.REPORT, category=Category.METADATA)
    if b"<title>MultiQC Report" in data[:8192] or b"<title>FastQC Report" in data[:8192]:
        return no_persons(FileFormat.REPORT, Evidence("kind", "HTML"), category=Category.METADATA)
    return None
