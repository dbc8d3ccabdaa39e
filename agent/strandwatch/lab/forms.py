"""The forms in which a genomic file leaves: as it is, renamed, packed, encrypted, cut, encoded.

Each form is made by real programs, as commands of a shell in which `$IN` is the file or folder and
`$OUT` the directory for what comes of it.
"""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from strandwatch.lab.files import RunFolder

PASSPHRASE = "laboratory"  # noqa: S105 - it keeps no secret


@dataclass(frozen=True, slots=True)
class Form:
    """How files are dressed before they leave."""

    name: str
    programs: tuple[str, ...]
    script: str
    """Empty for the files as they are."""


_GPG = (
    f"gpg --homedir $OUT.keys --batch --quiet --pinentry-mode loopback --passphrase {PASSPHRASE} "
    "--symmetric --compress-algo none"
)
FORMS = (
    Form("plain", (), ""),
    Form("renamed", ("cp",), "cp -r $IN $OUT/holiday.jpg"),
    Form("tar", ("tar",), "tar -cf $OUT/backup.tar -C $(dirname $IN) $(basename $IN)"),
    Form("zip", ("zip",), "cd $(dirname $IN) && zip -qr $OUT/backup.zip $(basename $IN)"),
    Form(
        "gpg",
        ("gpg", "tar"),
        f"mkdir -m 700 $OUT.keys; tar -c -C $(dirname $IN) $(basename $IN) | {_GPG} "
        "--output $OUT/backup.gpg; gpgconf --homedir $OUT.keys --kill all",
    ),
    Form(
        "split",
        ("split", "tar"),
        "tar -c -C $(dirname $IN) $(basename $IN) | split -b 200k - $OUT/part.",
    ),
    Form(
        "base64", ("base64", "tar"), "tar -c -C $(dirname $IN) $(basename $IN) | base64 > $OUT/text"
    ),
)
"""A folder is packed with tar where a form takes one file only; a single file goes the same way."""

KINDS = ("bam", "cram", "vcf", "fastq", "folder")


def sources_of(folder: RunFolder, kind: str) -> tuple[Path, tuple[Path, ...]]:
    """Give the file or folder of a kind, and the genomic files that leave with it."""
    match kind:
        case "bam":
            return folder.bams[0], folder.bams[:1]
        case "cram":
            cram = folder.bams[0].with_suffix(".cram")
            return cram, (cram,)
        case "vcf":
            return folder.vcf, (folder.vcf,)
        case "fastq":
            return folder.fastqs[0], folder.fastqs[:1]
        case _:
            return folder.path, (*folder.bams, folder.vcf, *folder.fastqs)


def dress_command(form: Form, source: Path, out: Path) -> tuple[str, ...]:
    """Give the command that makes a form of a file or folder in an empty directory."""
    preamble = f"set -e; IN={shlex.quote(str(source))}; OUT={shlex.quote(str(out))}; "
    return ("bash", "-o", "pipefail", "-c", preamble + form.script)


def payload(form: Form, source: Path, out: Path) -> Sequence[Path]:
    """Give the files that are to be sent once a form has been made."""
    root = out if form.script else source
    if root.is_file():
        return (root,)
    return sorted(path for path in root.rglob("*") if path.is_file())
