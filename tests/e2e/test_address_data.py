"""The running daemon takes up an imported address database without a restart."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.address_data import write_database

pytestmark = pytest.mark.slow

CONFIG = """
[sources]
flows = "portable"
files = "portable"
names = false
[jurisdiction]
databases = []
[sinks.console]
enabled = false
"""
YEAR_2024 = 1_704_100_000


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A daemon on embedded data, with its state below the test's directory."""
    (tmp_path / "strandwatch.toml").write_text(CONFIG)
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            _strandwatch(tmp_path, "run"), stdout=log, stderr=subprocess.STDOUT
        )
    yield process
    process.terminate()
    process.wait(timeout=60)


def _strandwatch(folder: Path, *words: str) -> list[str]:
    program = [sys.executable, "-m", "strandwatch.cli.main", *words]
    config = ["--config", str(folder / "strandwatch.toml")]
    return [*program, *config, "--state-directory", str(folder / "state")]


def _jurisdiction(folder: Path) -> dict[str, Any] | None:
    """The health of the resolver, as the agent last wrote it."""
    try:
        health = json.loads((folder / "state/health.json").read_text())
    except (OSError, ValueError):
        return None
    parts = (part for part in health["parts"] if part["name"] == "jurisdiction")
    return next(parts, None)


def _wait_until(folder: Path, *, working: bool) -> dict[str, Any]:
    """Wait for the resolver's health; what the daemon said is shown when it never comes."""
    never = threading.Event()
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        part = _jurisdiction(folder)
        if part is not None and part["working"] is working:
            return part
        never.wait(0.2)
    pytest.fail(f"no such health in time:\n{(folder / 'log').read_text()}")


def test_an_imported_database_is_asked_without_a_restart(
    tmp_path: Path, daemon: "subprocess.Popen[bytes]"
) -> None:
    old = write_database(
        tmp_path / "asn.mmdb",
        {
            "8.8.8.0/24": {"autonomous_system_number": 15169},
            "71.131.192.0/18": {"autonomous_system_number": 55960},
        },
        database_type="GeoLite2-ASN",
        build_epoch=YEAR_2024,
    )
    _wait_until(tmp_path, working=True)

    imported = subprocess.run(
        _strandwatch(tmp_path, "geoip", "import", str(old)), capture_output=True, check=False
    )
    daemon.send_signal(signal.SIGHUP)

    part = _wait_until(tmp_path, working=False)
    assert imported.returncode == 0, imported.stderr
    assert "GeoLite2-ASN is" in part["note"]
    assert "days old" in part["note"]
    assert daemon.poll() is None
