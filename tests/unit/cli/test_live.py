"""`strandwatch live`."""

import os
import pty
import signal
import subprocess
import sys

from strandwatch.errors import ExitCode
from support.builders import a_transfer, an_alert
from support.command_line import Shell


def test_without_a_terminal_it_is_one_look(shell: Shell) -> None:
    shell.record(a_transfer(), an_alert())

    answer = shell("live")

    assert answer.code == ExitCode.OK
    assert "has not run with this state directory" in answer.out
    assert "alice" in answer.out


def test_without_a_record_it_says_so_and_goes_on(shell: Shell) -> None:
    answer = shell("live", "--once")

    assert answer.code == ExitCode.OK
    assert "no record there" in answer.out


def test_on_a_terminal_it_draws_until_interrupted(shell: Shell) -> None:
    shell.record(a_transfer(), an_alert())
    ours, theirs = pty.openpty()
    program = subprocess.Popen(
        [sys.executable, "-m", "strandwatch.cli.main", "live", "--every", "0.2",
         "--state-directory", str(shell.state)],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.PIPE,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "30"},
    )  # fmt: skip
    os.close(theirs)

    seen = b""
    while seen.count(b"Ctrl-C ends") < 2:
        seen += os.read(ours, 65_536)
    program.send_signal(signal.SIGINT)
    seen += _rest(ours)

    assert program.wait(10) == ExitCode.OK
    assert program.stderr is not None
    assert program.stderr.read() == b""
    program.stderr.close()
    assert b"alice" in seen
    assert seen.count(b"\x1b[?1049h") == seen.count(b"\x1b[?1049l") == 1


def _rest(terminal: int) -> bytes:
    """Read until the other end is closed, which Linux tells as an error."""
    seen = b""
    try:
        while chunk := os.read(terminal, 65_536):
            seen += chunk
    except OSError:
        pass
    finally:
        os.close(terminal)
    return seen
