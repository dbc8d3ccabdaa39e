"""Privileges are given up for good, and the agent's user is one that can reach the program."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from strandwatch.runtime import privileges
from strandwatch.runtime.privileges import Capability, agent_identity, effective

DROP = """
import json, os
from strandwatch.runtime.privileges import Capability, effective, keep_only
keep_only(frozenset({{{kept}}}))
try:
    os.setuid(1)
    changed = True
except PermissionError:
    changed = False
print(json.dumps([sorted(effective()), changed]))
"""


def after_keeping(*kept: Capability) -> tuple[list[int], bool]:
    """Give what a process of root's still has and may after keeping only these."""
    names = ", ".join(f"Capability.{one.name}" for one in kept)
    done = subprocess.run(
        [sys.executable, "-c", DROP.format(kept=names)], capture_output=True, check=True
    )
    numbers, changed = json.loads(done.stdout)
    return numbers, changed


@pytest.mark.root
def test_only_the_kept_capabilities_are_left() -> None:
    numbers, may_change_user = after_keeping(Capability.NET_RAW, Capability.BPF)

    assert numbers == [Capability.NET_RAW, Capability.BPF]
    assert not may_change_user


@pytest.mark.root
def test_nothing_kept_is_nothing_left() -> None:
    assert after_keeping() == ([], False)


@pytest.mark.root
def test_root_has_what_the_sensor_needs() -> None:
    assert effective() >= privileges.SENSOR_CAPABILITIES


@pytest.mark.root
def test_the_agents_user_is_nobody_where_the_configured_one_does_not_exist() -> None:
    identity = agent_identity("no-such-user-here", (Path("/usr/bin/env"),))

    assert identity.user_id not in (0, None)
    assert "no-such-user-here" in identity.note


@pytest.mark.root
def test_a_program_in_a_private_home_keeps_the_user_and_says_so(tmp_path: Path) -> None:
    private = tmp_path / "home"
    private.mkdir(mode=0o700)
    (private / "python").touch(mode=0o755)

    identity = agent_identity("daemon", (private / "python",))

    assert identity.user_id == 0
    assert "cannot reach" in identity.note


@pytest.mark.root
def test_an_existing_user_that_can_reach_the_program_is_taken() -> None:
    identity = agent_identity("daemon", (Path("/usr/bin/env"), Path("/usr")))

    assert (identity.user_id, identity.note) == (1, "")


def test_an_ordinary_user_stays_who_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1234)

    assert agent_identity("strandwatch", ()).user_id == 1234
