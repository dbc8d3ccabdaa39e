"""The README's commands are those that there are."""

import re
import shlex
from pathlib import Path

import click
import pytest

from strandwatch.cli.main import strandwatch
from strandwatch.errors import ExitCode

README = Path(__file__).parents[3] / "README.md"
LINES = [
    re.split(r"\s#\s|\s>\s|\s\|\s", line.strip())[0].removeprefix("sudo ")
    for line in README.read_text().splitlines()
    if re.match(r"    (sudo )?strandwatch ", line)
]


def test_the_readme_shows_commands() -> None:
    assert len(LINES) > 10


@pytest.mark.parametrize("line", LINES)
def test_each_command_of_the_readme_can_be_parsed(line: str) -> None:
    name, *words = shlex.split(line)[1:]
    context = click.Context(strandwatch)
    command = strandwatch.get_command(context, name)

    assert command is not None
    command.make_context(name, words, resilient_parsing=False)


def test_the_readme_tells_every_exit_code() -> None:
    rows = re.findall(r"^\| (\d+) \| ", README.read_text(), re.MULTILINE)

    assert [int(code) for code in rows] == list(ExitCode)
