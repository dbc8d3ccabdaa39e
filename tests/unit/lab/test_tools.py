"""The lines of shell by which files leave."""

import subprocess
from pathlib import Path

import pytest

from strandwatch.lab.benign import SCENES, Scene
from strandwatch.lab.servers import SshServer
from strandwatch.lab.tools import TOOLS, Target, Tool, pull_command, send_command

TARGET = Target(
    "203.0.113.10", SshServer(Path("/k"), Path("/h"), "u", Path("/in")), Path("/c"), Path("/w")
)
ODD = [Path("/runs/it's one $HOME.bam"), Path("/runs/b.bam")]


def _syntax(script: str) -> None:
    done = subprocess.run(["bash", "-n", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_every_tool_is_shell_whatever_the_files_are_called(tool: Tool) -> None:
    _syntax(send_command(tool, TARGET, ODD)[-1])
    if tool.pull:
        _syntax(pull_command(tool, TARGET, ODD)[-1])


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_every_tool_either_sends_or_is_fetched_from(tool: Tool) -> None:
    assert bool(tool.each) != bool(tool.pull)
    assert tool.programs
    assert tool.senders


def test_names_of_tools_are_their_own() -> None:
    assert len({tool.name for tool in TOOLS}) == len(TOOLS)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_every_scene_is_shell(scene: Scene) -> None:
    _syntax(scene.script)
