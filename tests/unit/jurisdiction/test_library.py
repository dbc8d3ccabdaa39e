from pathlib import Path

import pytest

from strandwatch.errors import JurisdictionError
from strandwatch.jurisdiction.census import Share
from strandwatch.jurisdiction.databases import DatabaseKind, digest_of
from strandwatch.jurisdiction.library import Holding, Library
from support.address_data import SECOND_NS

DAY_NS = 86_400 * SECOND_NS


def _install(library: Library, content: bytes, *, name: str = "ipinfo_lite") -> Holding:
    with library.changing() as scratch:
        arrived = scratch / "plain"
        arrived.write_bytes(content)
        sha256 = digest_of(arrived)
        holding = Holding(
            name=name,
            kind=DatabaseKind.PRIMARY,
            file=f"{name}-{sha256[:16]}.mmdb",
            sha256=sha256,
            build_ns=1,
            size_bytes=len(content),
            installed_ns=0,
            origin="test",
            last_modified=None,
            census={"CN": Share(1, 2)},
        )
        library.install(holding, arrived)
    return holding


def test_an_empty_library_has_no_shelves(tmp_path: Path) -> None:
    assert Library(tmp_path / "none").shelves() == {}


def test_the_one_before_is_kept_and_older_ones_go(tmp_path: Path) -> None:
    library = Library(tmp_path)

    first, second, third = (_install(library, content) for content in (b"1", b"2", b"3"))

    shelf = library.shelves()["ipinfo_lite"]
    assert (shelf.current, shelf.previous) == (third, second)
    assert not (tmp_path / first.file).exists()
    assert library.file_of(second).path.read_bytes() == b"2"
    assert sorted(path.suffix for path in tmp_path.iterdir()) == ["", ".json", ".mmdb", ".mmdb"]


def test_a_file_that_is_mapped_is_never_written_to(tmp_path: Path) -> None:
    library = Library(tmp_path)
    holding = _install(library, b"1")

    with library.file_of(holding).path.open("rb") as held:
        _install(library, b"2")
        _install(library, b"3")
        content = held.read()

    assert content == b"1"


def test_damage_is_found(tmp_path: Path) -> None:
    library = Library(tmp_path)
    holding = _install(library, b"1")

    (tmp_path / holding.file).write_bytes(b"!")
    with pytest.raises(JurisdictionError, match="damaged"):
        library.file_of(holding)
    (tmp_path / holding.file).unlink()
    with pytest.raises(JurisdictionError, match="No such file"):
        library.file_of(holding)


def test_superseded_geolite2_files_are_destroyed_in_time(tmp_path: Path) -> None:
    library = Library(tmp_path)
    for content in (b"1", b"2"):
        _install(library, content, name="GeoLite2-Country")
        _install(library, content, name="ipinfo_lite")

    library.prune(28 * DAY_NS)
    kept = library.shelves()["GeoLite2-Country"].previous
    library.prune(29 * DAY_NS)

    assert kept is not None
    assert library.shelves()["GeoLite2-Country"].previous is None
    assert library.shelves()["ipinfo_lite"].previous is not None
    assert not (tmp_path / kept.file).exists()


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"databases": [{"current": {}}]}', '{"databases": 3}']
)
def test_a_broken_index_is_an_error_of_this_seam(tmp_path: Path, content: str) -> None:
    (tmp_path / "installed.json").write_text(content)

    with pytest.raises(JurisdictionError, match="index of fetched databases"):
        Library(tmp_path).shelves()


def test_an_index_cannot_point_outside(tmp_path: Path) -> None:
    library = Library(tmp_path)
    _install(library, b"1")
    index = library.index.read_text().replace('"file": "', '"file": "../')
    library.index.write_text(index)

    with pytest.raises(JurisdictionError):
        library.shelves()


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with (
        pytest.raises(JurisdictionError),
        Library(tmp_path / "file" / "below").changing(),
    ):
        pass
