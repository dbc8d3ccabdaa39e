"""A shell for every test of a command."""

from pathlib import Path

import pytest

from support.command_line import Shell


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """A command line over an empty state directory."""
    return Shell(tmp_path, capsys)
