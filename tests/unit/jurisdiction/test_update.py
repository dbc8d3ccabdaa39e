import gzip
import io
import lzma
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from strandwatch.errors import JurisdictionError
from strandwatch.jurisdiction.databases import digest_of
from strandwatch.jurisdiction.fetch import Secret
from strandwatch.jurisdiction.library import Library
from strandwatch.jurisdiction.update import (
    Provider,
    Subscription,
    Updated,
    Updater,
    UpdateStatus,
)
from support.address_data import BUILD_EPOCH, DAY_SECONDS, SECOND_NS, write_world
from support.web import Answer, Seen, WebServer

NOW_NS = (BUILD_EPOCH + 3 * DAY_SECONDS) * SECOND_NS
KEY = Secret("s3cr3t-key")


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "fetched")


@pytest.fixture
def updater(library: Library) -> Updater:
    return Updater(library, {})


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[Seen], Answer]], str]]:
    servers: list[WebServer] = []

    def start(answer: Callable[[Seen], Answer]) -> str:
        servers.append(WebServer(answer))
        return servers[-1].url

    yield start
    for server in servers:
        server.close()


Serve = Callable[[Callable[[Seen], Answer]], str]


def _world(folder: Path, day: int = 0, **make: object) -> bytes:
    epoch = BUILD_EPOCH + day * DAY_SECONDS
    path = folder / f"world-{day}.mmdb"
    return write_world(path, build_epoch=epoch, **make).read_bytes()  # type: ignore[arg-type]


def _tar(content: bytes, name: str = "GeoLite2-Country_20261026/GeoLite2-Country.mmdb") -> bytes:
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w:gz") as archive:
        for member, data in (("COPYRIGHT.txt", b"(c)"), (name, content)):
            info = tarfile.TarInfo(member)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return output.getvalue()


def _ipinfo(server: str) -> Subscription:
    return Subscription(provider=Provider.IPINFO, secret=KEY, server=server)


def _in_use(library: Library, name: str) -> str:
    return library.shelves()[name].current.sha256


def test_ipinfo_comes_by_token_and_the_token_stays_secret(
    tmp_path: Path, library: Library, updater: Updater, serve: Serve
) -> None:
    seen: list[Seen] = []

    def answer(request: Seen) -> Answer:
        seen.append(request)
        return Answer(body=_world(tmp_path))

    with capture_logs() as logs:
        updated = updater.update(_ipinfo(serve(answer)), NOW_NS)

    assert updated == Updated("ipinfo_lite", UpdateStatus.INSTALLED, "2026-10-26")
    assert seen[0].path == "/data/ipinfo_lite.mmdb?token=s3cr3t-key"
    assert "s3cr3t" not in library.index.read_text()
    assert "s3cr3t" not in str(logs)


def test_maxmind_comes_as_an_archive_over_a_redirect(
    tmp_path: Path, library: Library, updater: Updater, serve: Serve
) -> None:
    content = _world(tmp_path, database_type="GeoLite2-Country")
    storage = serve(lambda _: Answer(body=_tar(content)))
    server = serve(lambda _: Answer(status=302, headers={"Location": f"{storage}/signed"}))
    subscription = Subscription(
        provider=Provider.MAXMIND,
        edition="GeoLite2-Country",
        account="42",
        secret=KEY,
        server=server,
    )

    updated = updater.update(subscription, NOW_NS)

    assert updated.name == "GeoLite2-Country"
    holding = library.shelves()["GeoLite2-Country"].current
    assert library.file_of(holding).path.read_bytes() == content


def test_dbip_falls_back_to_the_month_before(
    tmp_path: Path, updater: Updater, serve: Serve
) -> None:
    asked: list[str] = []

    def answer(request: Seen) -> Answer:
        asked.append(request.path)
        if "2026-10" in request.path:
            return Answer(status=404)
        return Answer(body=gzip.compress(_world(tmp_path, database_type="DBIP-Country-Lite")))

    server = serve(answer)
    updated = updater.update(Subscription(provider=Provider.DBIP, server=server), NOW_NS)

    assert updated.name == "dbip-country"
    assert asked == [
        "/free/dbip-country-lite-2026-10.mmdb.gz",
        "/free/dbip-country-lite-2026-09.mmdb.gz",
    ]


def test_an_unchanged_file_is_asked_for_by_date_and_left_alone(
    tmp_path: Path, library: Library, updater: Updater, serve: Serve
) -> None:
    date = "Mon, 26 Oct 2026 00:00:00 GMT"

    def answer(request: Seen) -> Answer:
        if request.headers.get("If-Modified-Since") == date:
            return Answer(status=304)
        return Answer(body=_world(tmp_path), headers={"Last-Modified": date})

    server = serve(answer)
    first = updater.update(_ipinfo(server), NOW_NS)
    before = _in_use(library, "ipinfo_lite")
    second = updater.update(_ipinfo(server), NOW_NS)

    assert (first.status, second.status) == (UpdateStatus.INSTALLED, UpdateStatus.UNCHANGED)
    assert _in_use(library, "ipinfo_lite") == before


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("401", "the account or the key was refused"),
        ("429", "too many downloads"),
        ("page", "address database ipinfo_lite"),
        ("half", "arrived|IncompleteRead"),
        ("half gzip", "cannot be unpacked"),
        ("no database in the archive", "holds no .mmdb"),
        ("country gone", "addresses in VE where"),
        ("older", "is older than"),
        ("other type", "Wine-Ratings"),
    ],
)
def test_a_bad_answer_leaves_what_was_in_use(
    tmp_path: Path, library: Library, updater: Updater, serve: Serve, case: str, message: str
) -> None:
    good = _world(tmp_path, 1)
    bad = {
        "401": lambda: Answer(status=401),
        "429": lambda: Answer(status=429),
        "page": lambda: Answer(body=b"<html>hello</html>"),
        "half": lambda: Answer(body=good[:500], announced_length=len(good)),
        "half gzip": lambda: Answer(body=gzip.compress(good)[:-20]),
        "no database in the archive": lambda: Answer(body=_tar(b"x", "README")),
        "country gone": lambda: Answer(body=_world(tmp_path, 2, without=frozenset({"VE"}))),
        "older": lambda: Answer(body=_world(tmp_path, 0)),
        "other type": lambda: Answer(body=_world(tmp_path, 2, database_type="Wine-Ratings")),
    }
    answers = [Answer(body=good), bad[case]()]
    server = serve(lambda _: answers.pop(0))
    updater.update(_ipinfo(server), NOW_NS)
    before = _in_use(library, "ipinfo_lite")

    with pytest.raises(JurisdictionError, match=message) as caught:
        updater.update(_ipinfo(server), NOW_NS)

    assert "s3cr3t" not in str(caught.value)
    assert _in_use(library, "ipinfo_lite") == before
    library.file_of(library.shelves()["ipinfo_lite"].current)
    assert not [path for path in library.directory.iterdir() if "arriving" in path.name]


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress, _tar])
def test_a_file_that_somebody_brought_is_taken_packed_or_not(
    tmp_path: Path, library: Library, updater: Updater, pack: Callable[[bytes], bytes]
) -> None:
    brought = tmp_path / "brought"
    brought.write_bytes(pack(_world(tmp_path)))

    updated = updater.import_file(brought, NOW_NS, sha256=digest_of(brought))

    assert updated.name == "ipinfo_lite"
    assert library.shelves()["ipinfo_lite"].current.origin == "file brought"


def test_a_file_with_another_hash_is_refused(tmp_path: Path, updater: Updater) -> None:
    brought = tmp_path / "brought"
    brought.write_bytes(_world(tmp_path))

    with pytest.raises(JurisdictionError, match="SHA-256"):
        updater.import_file(brought, NOW_NS, sha256="0" * 64)


@pytest.mark.parametrize(
    ("database_type", "name", "expected"),
    [
        ("GeoLite2-Country", None, "GeoLite2-Country"),
        ("DBIP-Country-Lite", None, "dbip-country"),
        ("ipinfo bundle_location_lite.mmdb", None, "ipinfo_lite"),
        ("country ipvAll", "iptoasn-country", "iptoasn-country"),
    ],
)
def test_a_files_series_is_known_by_its_type_or_given(
    tmp_path: Path, updater: Updater, database_type: str, name: str | None, expected: str
) -> None:
    brought = tmp_path / "brought"
    brought.write_bytes(_world(tmp_path, database_type=database_type))

    assert updater.import_file(brought, NOW_NS, name=name).name == expected


@pytest.mark.parametrize(
    ("database_type", "name"),
    [("country ipvAll", None), ("GeoLite2-Country", "../evil"), ("Wine-Ratings", None)],
)
def test_a_file_of_no_known_series_is_refused(
    tmp_path: Path, updater: Updater, database_type: str, name: str | None
) -> None:
    brought = tmp_path / "brought"
    brought.write_bytes(_world(tmp_path, database_type=database_type))

    with pytest.raises(JurisdictionError):
        updater.import_file(brought, NOW_NS, name=name)


def test_a_missing_file_or_key_is_one_message(tmp_path: Path, updater: Updater) -> None:
    with pytest.raises(JurisdictionError, match="No such file"):
        updater.import_file(tmp_path / "none", NOW_NS)
    with pytest.raises(JurisdictionError, match="a key or token is needed"):
        updater.update(Subscription(provider=Provider.IPINFO), NOW_NS)
