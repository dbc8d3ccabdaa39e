"""Naming what is missing."""

from pathlib import Path

import pytest

from strandwatch.errors import ExitCode, MissingCapabilityError
from strandwatch.lab.programs import find_program, require_programs


def test_a_missing_program_is_named_with_the_line_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("strandwatch.lab.programs._SYSTEM_DIRECTORIES", ())
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(MissingCapabilityError) as caught:
        require_programs("scp", "ip", "sftp")

    assert str(caught.value) == (
        "missing programs scp, ip, sftp: apt install iproute2 openssh-client"
    )
    assert caught.value.exit_code == ExitCode.PERMISSION


def test_a_present_program_is_found_outside_an_ordinary_path() -> None:
    assert find_program("ip", path="/nowhere") is not None


def test_programs_that_are_there_are_no_error() -> None:
    require_programs("sh")


def test_an_unknown_program_is_nowhere() -> None:
    assert find_program("no-such-program-of-the-lab") is None
    assert find_program("sh") in {Path("/usr/bin/sh"), Path("/bin/sh")}
