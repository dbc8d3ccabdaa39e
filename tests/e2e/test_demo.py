"""`strandwatch demo`, as a user runs it."""

import os
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from strandwatch.lab import namespaces
from strandwatch.lab.daemon import STRANDWATCH
from strandwatch.lab.programs import find_program

pytestmark = [pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(120)]

DEMO = (*STRANDWATCH, "demo")
AS_NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--")


def _left() -> set[str]:
    directories = (namespaces.NAMES, Path(tempfile.gettempdir()))
    return {
        path.name
        for directory in directories
        if directory.is_dir()
        for path in directory.glob(f"{namespaces.PREFIX}-*")
    }


def _demo(*before: str, path: str | None = None) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, **({"PATH": path} if path else {})}
    return subprocess.run(
        [*before, *DEMO],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        env=environment,
    )


@pytest.mark.parametrize("before", [(), AS_NOBODY], ids=["root", "ordinary user"])
def test_it_shows_the_alert_and_leaves_nothing(before: tuple[str, ...]) -> None:
    left = _left()

    shown = _demo(*before)

    assert shown.returncode == 0, shown.stdout + shown.stderr
    for word in ("LAB-0001.bam", "203.0.113.10", "curl", "CN"):
        assert word in shown.stdout
    assert "wrong" not in shown.stdout
    assert _left() <= left


def test_a_missing_program_is_named_with_the_line_that_installs_it(tmp_path: Path) -> None:
    for name in ("ip", "unshare", "mount", "nsenter", "setpriv", "sh"):
        (tmp_path / name).symlink_to(find_program(name) or name)

    shown = _demo(path=str(tmp_path))

    assert shown.returncode == 5
    assert "apt install curl" in shown.stderr
    assert "Traceback" not in shown.stderr


def test_it_takes_the_lab_away_when_it_is_told_to_end() -> None:
    left = _left()
    process = subprocess.Popen(DEMO, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    with process.stdout as lines:
        for line in lines:
            if "daemon" in line:
                break
        process.send_signal(signal.SIGTERM)
        lines.read()

    assert process.wait(30) == 128 + signal.SIGTERM
    assert _left() <= left
