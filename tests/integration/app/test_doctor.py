"""The doctor tries the real thing, and says of each finding what to do."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from strandwatch.app.doctor import Check, Standing, examine
from strandwatch.config.load import load_config
from strandwatch.domain.observation import LossReason, ObservationsLost, SourceReported
from strandwatch.runtime.clock import SystemClock
from strandwatch.runtime.health import Health, write_health
from support.builders import START_NS


def checks(state: Path, **overrides: object) -> dict[str, Check]:
    """Examine with a state directory and options; give the findings by name."""
    config = load_config(None, {"agent.state_directory": str(state), **overrides})
    return {check.name: check for check in examine(config)}


@pytest.mark.root
def test_as_root_everything_that_this_machine_has_is_found(tmp_path: Path) -> None:
    found = checks(tmp_path)

    for name in ("privileges", "flows: kernel tier", "flows: portable tier", "file access"):
        assert found[name].standing is Standing.OK, found[name]
    for name in ("names", "sandbox", "address data ipinfo_lite", "record"):
        assert found[name].standing is Standing.OK, found[name]
    assert found["daemon"].standing is Standing.MISSING
    assert found["watched directories"].remedy


@pytest.mark.root
def test_an_ordinary_user_is_told_what_root_would_add(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    done = subprocess.run(
        [
            *("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"),
            *(sys.executable, "-m", "strandwatch.cli.main", "doctor", "--format", "json"),
            *("--state-directory", str(tmp_path / "state")),
        ],
        capture_output=True,
        env={"PATH": os.defpath},
        cwd="/",
        check=False,
    )

    found = {row["check"]: row for row in map(json.loads, done.stdout.splitlines())}
    assert done.returncode == 1, done.stderr
    for name in ("privileges", "flows: kernel tier", "file access", "names"):
        assert found[name]["standing"] == "limited", found[name]
        assert "root" in found[name]["remedy"]
    assert found["flows: portable tier"]["standing"] == "ok"


def test_a_running_daemon_is_asked_how_it_is(tmp_path: Path) -> None:
    clock = SystemClock()
    health = Health("9.9", START_NS)
    health.sensor_up()
    health.source(
        SourceReported(
            at_ns=1, source="access", tier="portable", working=True, note="fanotify refused"
        )
    )
    health.source(SourceReported(at_ns=1, source="names", tier="none", working=False, note="gone"))
    health.loss(ObservationsLost(at_ns=1, source="access", count=7, reason=LossReason.QUEUE_FULL))
    health.degraded("store", "the disk is full")
    health.working("jurisdiction")
    write_health(tmp_path, health.snapshot(clock.now_ns()))

    found = checks(tmp_path)

    assert found["daemon"].finding == "degraded, version 9.9"
    assert found["source access"].finding == "portable tier: fanotify refused"
    assert found["source names"].standing is Standing.MISSING
    assert found["store"].finding == "the disk is full"
    assert found["lost: access"].finding.startswith("7 observations")
    assert "jurisdiction" not in found


def test_what_the_configuration_names_and_is_not_there_is_found(tmp_path: Path) -> None:
    (tmp_path / "record.db").write_bytes(b"this is no record at all, but long enough to be read")

    found = checks(
        tmp_path,
        **{
            "watch.directories": [str(tmp_path / "nowhere")],
            "jurisdiction.databases": [{"kind": "maxmind", "path": str(tmp_path / "no.mmdb")}],
        },
    )

    assert found["watched directory"].standing is Standing.MISSING
    assert found["record"].standing is Standing.MISSING
    missing = [check for name, check in found.items() if "no.mmdb" in check.finding + name]
    assert [check.standing for check in missing] == [Standing.MISSING]
