"""What every `FileIdentifier` promises: an answer for any content, from the descriptor alone."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strandwatch.domain.encoding import from_plain
from strandwatch.domain.file import FileFacts, FileFormat
from strandwatch.genomics.worker import open_worker
from strandwatch.ports import FileIdentifier
from support.genomics_files import KEY, a_vcf, an_identifier


class _Handler:
    """The genomics worker's handler, asked as the agent asks it."""

    def __init__(self) -> None:
        self._handle = open_worker({"key": KEY.hex()})

    def identify(self, descriptor: int, path: str) -> FileFacts:
        return from_plain(FileFacts, self._handle({"path": path}, descriptor))


IDENTIFIERS: list[Callable[[], FileIdentifier]] = [an_identifier, _Handler]


def _ask(identifier: FileIdentifier, path: Path) -> FileFacts:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return identifier.identify(descriptor, str(path))
    finally:
        os.close(descriptor)


@pytest.fixture(params=IDENTIFIERS, ids=["in process", "worker"], scope="module")
def identifier(request: pytest.FixtureRequest) -> FileIdentifier:
    made: FileIdentifier = request.param()
    return made


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=2000))
def test_any_content_gets_an_answer(
    identifier: FileIdentifier, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "x").write_bytes(content)

    facts = _ask(identifier, tmp_path / "x")

    assert (facts.format is FileFormat.UNKNOWN) == (facts.unknown_reason is not None)


def test_the_same_content_gets_the_same_answer(identifier: FileIdentifier, tmp_path: Path) -> None:
    (tmp_path / "x").write_text(a_vcf())

    assert _ask(identifier, tmp_path / "x") == _ask(identifier, tmp_path / "x")


def test_a_directory_gets_an_answer(identifier: FileIdentifier, tmp_path: Path) -> None:
    assert _ask(identifier, tmp_path).unknown_reason == "not a regular file"


def test_the_position_of_the_descriptor_is_left_alone(
    identifier: FileIdentifier, tmp_path: Path
) -> None:
    (tmp_path / "x").write_text(a_vcf())
    descriptor = os.open(tmp_path / "x", os.O_RDONLY)
    os.lseek(descriptor, 7, os.SEEK_SET)

    facts = identifier.identify(descriptor, str(tmp_path / "x"))

    position = os.lseek(descriptor, 0, os.SEEK_CUR)
    os.close(descriptor)
    assert (facts.format, position) == (FileFormat.VCF, 7)
