"""What the lab may do, and the ways to say that it may not."""

import subprocess
import sys
from pathlib import Path

import pytest

from strandwatch.errors import MissingCapabilityError
from strandwatch.lab import privileges

# CAP_SETFCAP stays, as the kernel wants it for a user namespace of user 0 (user_namespaces(7)).
WITHOUT = ["setpriv", "--bounding-set", "-all,+setfcap", "--inh-caps", "-all"]


def _python(script: str, *before: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*before, sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.root
def test_a_process_without_capabilities_is_told_what_it_needs() -> None:
    done = _python(
        "from strandwatch.lab import privileges; privileges.check_lab_privileges()", *WITHOUT
    )

    assert "MissingCapabilityError: the lab needs to make network namespaces" in done.stderr


@pytest.mark.root
def test_inside_a_user_namespace_the_lab_can_be_built() -> None:
    inner = (
        "from strandwatch.lab.network import lab_network\n"
        "import subprocess\n"
        "with lab_network(('us',)) as network:\n"
        "    out = subprocess.run(network.sequencer.command(['cat', '/proc/self/status',"
        " '/etc/resolv.conf']), capture_output=True, text=True, check=True).stdout\n"
        "print(out)\n"
    )
    outer = (
        "import sys\n"
        "from strandwatch.lab import privileges\n"
        f"privileges.enter_user_namespace([sys.executable, '-c', {inner!r}])\n"
    )

    done = _python(outer, *WITHOUT)

    assert done.returncode == 0, done.stderr
    assert "CapEff:\t0000000000000000" in done.stdout
    assert "nameserver 192.0.2.53" in done.stdout


def test_a_kernel_that_refuses_user_namespaces_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, status in {"unshare": 1, "mount": 0, "ip": 0}.items():
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\necho 'Operation not permitted' >&2\nexit {status}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    with pytest.raises(MissingCapabilityError, match=r"refuses user namespaces.*not permitted"):
        privileges.enter_user_namespace(["true"])


def test_outside_a_user_namespace_programs_keep_what_they_have(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(privileges.INSIDE, raising=False)

    assert privileges.without_privileges() == ()


def test_inside_a_user_namespace_programs_lose_what_the_lab_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(privileges.INSIDE, "1")

    assert privileges.without_privileges()[0] == "setpriv"
