"""The command line's entry: the table of commands, failures in words, exit codes."""

import importlib.util
import subprocess
import sys
from collections.abc import Callable

import click
import pytest

from strandwatch.cli import main as entry
from strandwatch.errors import (
    ConfigurationError,
    ExitCode,
    MissingCapabilityError,
    SourceError,
    StoreError,
    StrandwatchError,
    UsageError,
)
from support.command_line import ask

ROWS = [row for row in entry.COMMANDS if importlib.util.find_spec(row.module)]


def _command(monkeypatch: pytest.MonkeyPatch, body: Callable[[], object]) -> None:
    """Put a command of the test's own into the group."""
    command = click.Command("trial", callback=body)
    monkeypatch.setattr(entry.LazyGroup, "get_command", lambda *_: command)


def _raiser(error: BaseException) -> Callable[[], object]:
    def body() -> None:
        raise error

    return body


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_row_of_the_table_leads_to_a_command(row: entry.Row) -> None:
    command = entry.LazyGroup().get_command(click.Context(entry.strandwatch), row.name)

    assert isinstance(command, click.Command)
    assert command.name == row.name
    assert command.hidden == (not row.section)


def test_help_lists_every_command_that_is_not_hidden(capsys: pytest.CaptureFixture[str]) -> None:
    answer = ask(capsys, "--help")

    assert answer.code == ExitCode.OK
    assert max(map(len, answer.out.splitlines())) <= 80
    for row in entry.COMMANDS:
        assert (row.summary in answer.out) == bool(row.section)


def test_no_words_at_all_show_the_help_as_a_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    answer = ask(capsys)

    assert answer.code == ExitCode.USAGE
    assert answer.out == ""
    assert "Usage: strandwatch" in answer.err


def test_an_unknown_command_is_a_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    answer = ask(capsys, "no-such-command")

    assert answer.code == ExitCode.USAGE
    assert answer.err.startswith("strandwatch: No such command 'no-such-command'.")
    assert "--help" in answer.err


@pytest.mark.parametrize(
    ("error", "code", "next_step"),
    [
        (UsageError("wrong words"), ExitCode.USAGE, "--help"),
        (ConfigurationError(("wrong words",)), ExitCode.CONFIGURATION, "config show --defaults"),
        (StoreError("wrong words"), ExitCode.STORE, "doctor"),
        (MissingCapabilityError("wrong words"), ExitCode.PERMISSION, "doctor"),
        (SourceError("wrong words"), ExitCode.INTERNAL, ""),
    ],
)
def test_an_error_is_told_with_what_to_do_next(
    error: StrandwatchError,
    code: ExitCode,
    next_step: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _command(monkeypatch, _raiser(error))

    answer = ask(capsys, "trial")

    assert answer.code == code
    assert answer.out == ""
    assert answer.err.startswith("strandwatch: wrong words\n")
    assert next_step in answer.err


def test_the_unexpected_is_told_in_one_line_with_its_place(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("STRANDWATCH_DEBUG", raising=False)
    _command(monkeypatch, _raiser(ZeroDivisionError("nought")))

    answer = ask(capsys, "trial")

    assert answer.code == ExitCode.INTERNAL
    assert "internal error: ZeroDivisionError: nought" in answer.err
    assert "test_main.py:" in answer.err
    assert "Traceback" not in answer.err


def test_the_unexpected_shows_everything_when_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STRANDWATCH_DEBUG", "1")
    _command(monkeypatch, _raiser(ZeroDivisionError("nought")))

    with pytest.raises(ZeroDivisionError):
        entry.main(["trial"])


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_an_interrupt_ends_quietly_as_shells_expect(
    error: BaseException, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _command(monkeypatch, _raiser(error))

    answer = ask(capsys, "trial")

    assert (answer.code, answer.out, answer.err.strip()) == (130, "", "")


def test_a_command_gives_its_own_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _command(monkeypatch, lambda: ExitCode.FINDINGS)

    assert ask(capsys, "trial").code == ExitCode.FINDINGS


def test_a_reader_that_leaves_is_no_failure() -> None:
    command = [sys.executable, "-m", "strandwatch.cli.main", "config", "show", "--defaults"]
    program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert program.stdout is not None
    program.stdout.close()
    program.stdout = None

    _, said = program.communicate(timeout=30)

    assert (program.returncode, said) == (ExitCode.OK, b"")


@pytest.mark.parametrize("words", [("--version",), ("config", "schema")])
def test_a_full_disk_under_the_output_is_told(words: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "strandwatch.cli.main", *words]
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)

    assert done.returncode == ExitCode.INTERNAL
    assert b"strandwatch: No space left on device" in done.stderr


def test_what_the_system_forbids_is_a_matter_of_permission(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _command(monkeypatch, _raiser(PermissionError(13, "Permission denied", "/var/lib/x")))

    answer = ask(capsys, "trial")

    assert answer.code == ExitCode.PERMISSION
    assert answer.err == "strandwatch: /var/lib/x: Permission denied\n"


def test_a_shell_gets_a_completion_script() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "strandwatch.cli.main"],
        env={"_STRANDWATCH_COMPLETE": "bash_source", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "complete -o nosort -F _strandwatch_completion strandwatch" in done.stdout


def test_starting_imports_nothing_heavy() -> None:
    program = (
        "import sys\nfrom strandwatch.cli.main import main\ntry: main(['--version'])\n"
        "except SystemExit: print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    heavy = {"pydantic", "rich", "structlog", "scapy", "psutil", "sqlite3", "geoip2"}
    assert not heavy & set(done.stdout.split())
