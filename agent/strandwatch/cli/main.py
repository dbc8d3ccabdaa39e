"""The command line's entry: finds the command, and turns every failure into words and a code."""

import importlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

import click

from strandwatch import __version__
from strandwatch.errors import (
    ConfigurationError,
    ExitCode,
    MissingCapabilityError,
    StoreError,
    StrandwatchError,
    UsageError,
)

_COMPLETION = "_STRANDWATCH_COMPLETE"
"""Set by the completion script that click makes for shells."""

_INTERRUPTED = 130
"""128 + SIGINT, as shells count."""


@dataclass(frozen=True, slots=True)
class Row:
    """One command: where it lives, and what the list of commands says about it.

    The command is the module's attribute of the command's name, with underscores.
    """

    name: str
    summary: str
    section: str = ""
    """Commands without a section are hidden."""

    @property
    def attribute(self) -> str:
        """Give the name of the command's object."""
        return self.name.replace("-", "_")

    @property
    def module(self) -> str:
        """Give the name of the command's module."""
        return f"strandwatch.cli.{self.attribute}"


COMMANDS = (
    Row("run", "Watch this machine until stopped: what systemd starts.", "Watch"),
    Row("live", "Show the agent at work: state, transfers, last alerts.", "Watch"),
    Row("demo", "Show the whole path on this machine, with no set-up.", "Watch"),
    Row("doctor", "Say what this machine lets the agent see, and how to see more.", "Watch"),
    Row("inspect", "Say what files are, by their content, with the evidence.", "Look"),
    Row("explain", "Say whose jurisdiction an address or a name is in.", "Look"),
    Row("alerts", "List alerts; show one; acknowledge, close and reopen.", "Ask the record"),
    Row("transfers", "List what left, with which genomic files.", "Ask the record"),
    Row("flows", "List conversations with other machines.", "Ask the record"),
    Row("files", "List the genomic and unidentified files that were seen.", "Ask the record"),
    Row("processes", "List who sent something or read a recorded file.", "Ask the record"),
    Row("trace", "Draw from which files, by which process, bytes went where.", "Ask the record"),
    Row("export", "Write records as JSON lines, Zeek conn.log, OCSF, Parquet.", "Ask the record"),
    Row("sql", "Ask the record in SQL, over views that can change nothing.", "Ask the record"),
    Row("ledger", "Count distinct persons per counterparty, now and at most.", "Ask the record"),
    Row("report", "Write the case file of an alert, or the register of a time.", "Ask the record"),
    Row("verify", "Check that nothing in the record was changed or taken out.", "Ask the record"),
    Row("config", "Check, show and describe the configuration.", "Set up"),
    Row("build-sketch", "Know more human reads, by your own reference genome.", "Set up"),
    Row("sinks", "Try the receivers of alerts, and see what waits for them.", "Set up"),
    Row("policy", "Check, test and show the rules; try others on the record.", "Set up"),
    Row("geoip", "Show, update and import address databases.", "Set up"),
    Row("plan", "Print what the daemon would be told to do.", ""),
)
"""Every command; modules are imported when their command is used, so that starting stays fast."""

_NAME_WIDTH = max(len(row.name) for row in COMMANDS)

_HELP = """\
Sees which genomic files leave this machine, by whom, and under whose jurisdiction.

\b
  strandwatch demo                         see it work, in under a minute
  strandwatch doctor                       see what it can see here
  sudo strandwatch run                     watch, in the foreground
  strandwatch alerts                       what happened?
  strandwatch inspect sample.bam           what is this file?
  strandwatch explain 203.0.113.10         whose jurisdiction is this?
"""

_EPILOG = """\
\b
Exit codes: 0 fine, 1 findings, 2 wrong usage, 3 configuration,
4 record (store), 5 permission or something missing, 70 internal error.
Data goes to standard output, everything said about it to standard error.
"""


class LazyGroup(click.Group):
    """A group that imports a command's module only when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the commands in the order of the table."""
        return [row.name for row in COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Give a command, imported now; None when the table has no such row."""
        for row in COMMANDS:
            if row.name == cmd_name:
                command = getattr(importlib.import_module(row.module), row.attribute)
                assert isinstance(command, click.Command)  # noqa: S101
                return command
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands by section, from the table alone."""
        for section in dict.fromkeys(row.section for row in COMMANDS if row.section):
            rows = [row for row in COMMANDS if row.section == section]
            with formatter.section(section):
                formatter.write_dl([(row.name.ljust(_NAME_WIDTH), row.summary) for row in rows])


@click.group(
    cls=LazyGroup,
    help=_HELP,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, "-V", "--version", message="strandwatch %(version)s")
def strandwatch() -> None:
    """Stand at the root of all commands."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit: the only way out of `strandwatch`."""
    code = _guarded(sys.argv[1:] if arguments is None else list(arguments))
    sys.exit(_flushed(code))


def _guarded(arguments: list[str]) -> int:
    """Run a command; give the exit code, after telling what failed."""
    try:
        result = _run(arguments)
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.ClickException as error:
        return _misused(error)
    except (click.Abort, KeyboardInterrupt):
        return _INTERRUPTED
    except StrandwatchError as error:
        _say(str(error), _next_step(error))
        return error.exit_code
    except BrokenPipeError:
        return _reader_left()
    except OSError as error:
        return _refused(error)
    except Exception as error:  # noqa: BLE001
        return _unexpected(error)
    return result if isinstance(result, int) else ExitCode.OK


def _run(arguments: list[str]) -> object:
    """Run a command; give what it returns.

    `click.Command.main` would give a reader that left the exit code of findings, so it only does
    what it alone knows: answering a shell that completes a word.
    """
    if _COMPLETION in os.environ:
        return strandwatch.main(arguments, prog_name="strandwatch")
    with strandwatch.make_context("strandwatch", arguments) as context:
        return strandwatch.invoke(context)


def _misused(error: click.ClickException) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return ExitCode.USAGE
    context = error.ctx if isinstance(error, click.UsageError) else None
    command = context.command_path if context else "strandwatch"
    _say(error.format_message(), f"`{command} --help` tells how it is used.")
    return ExitCode.USAGE


def _refused(error: OSError) -> int:
    path = f"{error.filename}: " if error.filename else ""
    _say(f"{path}{error.strerror or error}", "")
    return ExitCode.PERMISSION if isinstance(error, PermissionError) else ExitCode.INTERNAL


_NEXT_STEPS: tuple[tuple[type[StrandwatchError], str], ...] = (
    (ConfigurationError, "`strandwatch config show --defaults` prints every option."),
    (StoreError, "`strandwatch doctor` tells the state of the record."),
    (MissingCapabilityError, "`strandwatch doctor` tells what this machine lets it do."),
    (UsageError, "`strandwatch --help` tells how it is used."),
)


def _next_step(error: StrandwatchError) -> str:
    return next((words for kind, words in _NEXT_STEPS if isinstance(error, kind)), "")


def _unexpected(error: Exception) -> int:
    if os.environ.get("STRANDWATCH_DEBUG"):
        raise error
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" ({trace.tb_frame.f_code.co_filename}:{trace.tb_lineno})" if trace else ""
    _say(
        f"internal error: {type(error).__name__}: {error}{where}",
        "This is a bug. The same command with STRANDWATCH_DEBUG=1 shows where it comes from.",
    )
    return ExitCode.INTERNAL


def _say(problem: str, next_step: str) -> None:
    click.echo(f"strandwatch: {problem}", err=True)
    if next_step:
        click.echo(next_step, err=True)


def _flushed(code: int) -> int:
    """Write out what is left; a reader that has gone, as `head` does, is no failure."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        return _reader_left()
    except OSError as error:
        return _refused(error)
    return code


def _reader_left() -> int:
    # The interpreter flushes once more at its end: let that go nowhere (see Python's signal docs).
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    return ExitCode.OK


if __name__ == "__main__":
    main()
