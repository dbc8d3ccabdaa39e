"""The scenes of a benign day can be played."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from strandwatch.lab.benign import SCENES, Scene, play_scene
from strandwatch.lab.files import RunFolder, write_run_folder
from strandwatch.lab.matrix import TransferField, transfer_field
from strandwatch.lab.programs import require_programs

pytestmark = [pytest.mark.root, pytest.mark.slow]


@pytest.fixture(scope="module")
def lab() -> Iterator[TransferField]:
    with transfer_field() as lab:
        yield lab


@pytest.fixture(scope="module")
def folder(lab: TransferField) -> RunFolder:
    return write_run_folder(lab.directory, megabytes=0.3)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_every_scene_can_be_played(
    lab: TransferField, folder: RunFolder, scene: Scene, tmp_path: Path
) -> None:
    require_programs(*scene.programs)

    play_scene(lab, scene, folder, tmp_path / "work")

    assert (tmp_path / "work").is_dir()
