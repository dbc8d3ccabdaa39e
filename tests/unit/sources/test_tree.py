import os
from pathlib import Path

import pytest

from strandwatch.sources.tree import Found, Unreadable, files_under, open_regular


def paths(directory: Path) -> list[str]:
    items = files_under(str(directory))
    return sorted(Path(item.path).name for item in items if isinstance(item, Found))


def test_files_with_content_are_found_at_any_depth(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "x").write_text("x")
    (tmp_path / "y").write_text("y")
    (tmp_path / "empty").touch()

    assert paths(tmp_path) == ["x", "y"]


def test_links_and_pipes_are_no_files(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")

    assert paths(tmp_path) == []


def test_a_directory_that_is_not_there_is_said() -> None:
    assert list(files_under("/nowhere")) == [Unreadable("/nowhere", "it is not there")]


@pytest.mark.root
def test_a_directory_that_may_not_be_read_is_said_and_the_others_are_read(tmp_path: Path) -> None:
    closed, open_one = tmp_path / "closed", tmp_path / "open"
    closed.mkdir(mode=0o700)
    open_one.mkdir()
    (open_one / "x").write_text("x")
    tmp_path.chmod(0o755)
    for parent in tmp_path.parents:
        if parent.is_relative_to("/tmp") and parent != Path("/tmp"):  # noqa: S108
            parent.chmod(0o755)

    os.seteuid(65534)
    try:
        found = list(files_under(str(tmp_path)))
    finally:
        os.seteuid(0)

    assert Unreadable(str(closed), "Permission denied") in found
    assert [Path(item.path).name for item in found if isinstance(item, Found)] == ["x"]


def test_only_a_regular_file_with_content_is_opened(tmp_path: Path) -> None:
    file, link, pipe = tmp_path / "f", tmp_path / "l", tmp_path / "p"
    file.write_text("abc")
    link.symlink_to(file)
    os.mkfifo(pipe)

    found = open_regular(str(file))

    assert found is not None
    assert found[1].size_bytes == 3
    os.close(found[0])
    assert [open_regular(str(path)) for path in (link, pipe, tmp_path)] == [None, None, None]
