"""`--help` teaches: every command and option says what it is, and shows an example."""

import importlib.util
from collections.abc import Iterator

import click
import pytest

from strandwatch.cli import main as entry
from strandwatch.errors import ExitCode
from support.command_line import ask


def _commands(
    command: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    if path and not command.hidden:
        yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            if path or importlib.util.find_spec(f"strandwatch.cli.{name.replace('-', '_')}"):
                inner = command.get_command(context, name)
                assert inner is not None
                yield from _commands(inner, (*path, name))


_WITHOUT_EXAMPLES = ("run", "demo", "geoip")
COMMANDS = list(_commands(entry.strandwatch))


@pytest.mark.parametrize(
    ("path", "command"), COMMANDS, ids=[" ".join(path) for path, _ in COMMANDS]
)
def test_every_command_says_what_it_does_and_shows_how(
    path: tuple[str, ...], command: click.Command, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = ask(capsys, *path, "--help")

    assert answer.code == ExitCode.OK
    assert command.help
    assert command.help.partition("\n")[0].endswith(".")
    if path[0] not in _WITHOUT_EXAMPLES:
        assert f"strandwatch {' '.join(path)}" in answer.out.partition("Examples:")[2]
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"--{parameter.name} says nothing"
            assert max(parameter.opts, key=len) in answer.out
    assert max(map(len, answer.out.splitlines())) <= 100


@pytest.mark.parametrize("path", [path for path, _ in COMMANDS])
def test_words_are_the_same_everywhere(path: tuple[str, ...]) -> None:
    command = dict(COMMANDS)[path]
    given = {parameter.name: parameter for parameter in command.params}

    for name, flag in (("config_path", "--config"), ("state_directory", "--state-directory")):
        if name in given:
            assert flag in given[name].opts
    for parameter in command.params:
        if "--format" in parameter.opts:
            assert parameter.name == "form"
