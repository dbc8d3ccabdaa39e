"""The forms, made by the real programs and undone again."""

import base64
import subprocess
from pathlib import Path

import pytest

from strandwatch.lab import forms
from strandwatch.lab.files import RunFolder, write_run_folder
from strandwatch.lab.forms import FORMS, PASSPHRASE, Form


def _form(name: str) -> Form:
    return next(form for form in FORMS if form.name == name)


def _made(name: str, source: Path, out: Path) -> list[Path]:
    out.mkdir()
    form = _form(name)
    subprocess.run(forms.dress_command(form, source, out), check=True, capture_output=True)
    return list(forms.payload(form, source, out))


def _run(*command: str | Path, data: bytes = b"") -> bytes:
    return subprocess.run(
        [str(part) for part in command], input=data, check=True, capture_output=True
    ).stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return write_run_folder(tmp_path_factory.mktemp("runs"), megabytes=0.3)


def test_plain_is_the_file_itself(folder: RunFolder, tmp_path: Path) -> None:
    assert forms.payload(_form("plain"), folder.bams[0], tmp_path) == (folder.bams[0],)


def test_renamed_has_the_same_bytes(folder: RunFolder, tmp_path: Path) -> None:
    (made,) = _made("renamed", folder.bams[0], tmp_path / "out")

    assert made.name != folder.bams[0].name
    assert made.read_bytes() == folder.bams[0].read_bytes()


def test_tar_and_zip_hold_the_file(folder: RunFolder, tmp_path: Path) -> None:
    (tar,) = _made("tar", folder.vcf, tmp_path / "tar")
    (archive,) = _made("zip", folder.vcf, tmp_path / "zip")

    assert _run("tar", "-xOf", tar, folder.vcf.name) == folder.vcf.read_bytes()
    assert _run("unzip", "-p", archive, folder.vcf.name) == folder.vcf.read_bytes()


def test_gpg_can_be_undone_by_who_knows_the_words(folder: RunFolder, tmp_path: Path) -> None:
    (made,) = _made("gpg", folder.vcf, tmp_path / "out")
    home = tmp_path / "home"
    home.mkdir(mode=0o700)

    options: list[str | Path] = ["--homedir", home, "--batch", "--pinentry-mode", "loopback"]
    plain = _run("gpg", *options, "--passphrase", PASSPHRASE, "--decrypt", made)
    _run("gpgconf", "--homedir", home, "--kill", "all")

    assert _run("tar", "-xOf", "-", folder.vcf.name, data=plain) == folder.vcf.read_bytes()


def test_split_and_base64_keep_every_byte(folder: RunFolder, tmp_path: Path) -> None:
    parts = _made("split", folder.bams[0], tmp_path / "split")
    (text,) = _made("base64", folder.bams[0], tmp_path / "text")

    for tar in (b"".join(part.read_bytes() for part in parts), base64.b64decode(text.read_bytes())):
        assert (
            _run("tar", "-xOf", "-", folder.bams[0].name, data=tar) == folder.bams[0].read_bytes()
        )
    assert len(parts) > 1


def test_a_whole_folder_is_every_file_in_it(folder: RunFolder, tmp_path: Path) -> None:
    source, genomic = forms.sources_of(folder, "folder")

    sent = forms.payload(_form("plain"), source, tmp_path)

    assert set(genomic) < set(sent)
    assert folder.report in sent


@pytest.mark.parametrize("kind", ["bam", "vcf", "fastq"])
def test_a_kind_is_one_file(folder: RunFolder, kind: str) -> None:
    source, genomic = forms.sources_of(folder, kind)

    assert genomic == (source,)
    assert source.is_file()
