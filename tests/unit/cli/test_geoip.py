"""`strandwatch geoip`: show, update and import address databases."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from strandwatch.errors import ExitCode
from strandwatch.jurisdiction.collect import library_in
from support.address_data import write_database, write_world
from support.command_line import Answer, ask
from support.web import Answer as WebAnswer
from support.web import WebServer

KEY = "s3cr3t-key"


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def _ask(capsys: pytest.CaptureFixture[str], state: Path, *words: str) -> Answer:
    return ask(capsys, "geoip", *words, "--state-directory", str(state), "--format", "json")


def _network_file(folder: Path) -> Path:
    """A GeoLite2-ASN file that passes the checks without a census."""
    return write_database(
        folder / "asn.mmdb",
        {
            "8.8.8.0/24": {"autonomous_system_number": 15169},
            "71.131.192.0/18": {"autonomous_system_number": 55960},
        },
        database_type="GeoLite2-ASN",
    )


def test_status_names_every_embedded_database_with_its_origin_and_licence(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = _ask(capsys, state, "status")

    rows = [json.loads(line) for line in answer.out.splitlines()]
    assert [row["name"] for row in rows] == ["ipinfo_lite", "dbip-country", "iptoasn-country"]
    assert {row["origin"] for row in rows} == {"embedded"}
    assert all(row["licence"] and len(row["sha256"]) == 64 for row in rows)
    assert not state.exists()


def test_a_missing_database_is_a_finding(
    tmp_path: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "a.toml"
    config.write_text(
        "[jurisdiction]\nreplace_embedded = true\n"
        "databases = [{ kind = 'maxmind', path = 'gone.mmdb' }]\n"
    )

    answer = _ask(capsys, state, "status", "--config", str(config))

    assert answer.code == ExitCode.FINDINGS
    assert json.loads(answer.out)["state"] == "missing"


def test_an_imported_file_is_asked_from_then_on(
    tmp_path: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = _network_file(tmp_path)

    imported = _ask(capsys, state, "import", str(file))
    status = _ask(capsys, state, "status")

    assert imported.code == ExitCode.OK
    assert json.loads(imported.out)["status"] == "installed"
    rows = {row["name"]: row for row in map(json.loads, status.out.splitlines())}
    assert rows["GeoLite2-ASN"]["origin"] == "file asn.mmdb"


def test_a_refused_file_is_a_finding_and_changes_nothing(
    tmp_path: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "page.mmdb"
    file.write_text("<html>")

    answer = _ask(capsys, state, "import", str(file))

    assert answer.code == ExitCode.FINDINGS
    assert "no MaxMind database" in json.loads(answer.out)["problem"]
    assert library_in(state / "geoip").shelves() == {}


def test_a_world_without_a_country_is_refused_against_the_embedded_one(
    tmp_path: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_world(tmp_path / "small.mmdb", database_type="GeoLite2-Country")

    answer = _ask(capsys, state, "import", str(file))

    assert answer.code == ExitCode.FINDINGS
    assert "addresses in CN where 344643259 were" in json.loads(answer.out)["problem"]


def _config(folder: Path, server: str) -> Path:
    key = folder / "key"
    key.write_text(f"{KEY}\n")
    key.chmod(0o600)
    config = folder / "a.toml"
    config.write_text(
        "[[jurisdiction.updates]]\nprovider = 'maxmind'\nedition = 'GeoLite2-ASN'\n"
        f"account = '42'\nsecret_file = 'key'\nserver = '{server}'\n"
    )
    return config


def test_an_update_fetches_with_the_key_and_never_shows_it(
    tmp_path: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = _network_file(tmp_path).read_bytes()
    server = WebServer(lambda _: WebAnswer(body=content))
    try:
        answer = _ask(capsys, state, "update", "--config", str(_config(tmp_path, server.url)))
    finally:
        server.close()

    assert answer.code == ExitCode.OK
    assert json.loads(answer.out)["status"] == "installed"
    assert "Authorization" in server.seen[0].headers
    assert KEY not in answer.out + answer.err


@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_a_failed_update_is_a_finding_that_says_why(
    tmp_path: Path, state: Path, capsys: pytest.CaptureFixture[str], status: int
) -> None:
    server = WebServer(lambda _: WebAnswer(status=status))
    try:
        answer = _ask(capsys, state, "update", "--config", str(_config(tmp_path, server.url)))
    finally:
        server.close()

    record = json.loads(answer.out)
    assert answer.code == ExitCode.FINDINGS
    assert record["status"] == "failed"
    assert str(status) in record["problem"]
    assert KEY not in answer.out + answer.err


def test_a_key_that_others_may_read_is_told(
    tmp_path: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = _config(tmp_path, "https://127.0.0.1:1")
    (tmp_path / "key").chmod(0o644)

    answer = _ask(capsys, state, "update", "--config", str(config))

    assert "can be read by others" in answer.err
    assert answer.code == ExitCode.FINDINGS


@pytest.mark.parametrize("content", [b"", b"two words", b"\xff\xfe"])
def test_a_file_without_a_key_is_told(
    tmp_path: Path, state: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    config = _config(tmp_path, "https://127.0.0.1:1")
    (tmp_path / "key").write_bytes(content)

    answer = _ask(capsys, state, "update", "--config", str(config))

    assert "holds no key or token" in json.loads(answer.out)["problem"]


def test_without_subscriptions_there_is_nothing_to_update(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = _ask(capsys, state, "update")

    assert answer.code == ExitCode.USAGE
    assert "jurisdiction.updates is empty" in answer.err
