"""Entry of the long-lived processes: `python -m strandwatch.app launcher|sensor|agent FD...`."""

import ctypes
import signal
import socket
import sys

from strandwatch.errors import ExitCode

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> ExitCode:
    """Run one role on the descriptors that its parent opened.

    Each role imports its own modules only: what the sensor needs, the agent does not load.
    """
    role, *words = arguments
    numbers = [int(word) for word in words]
    if role == "launcher":
        from strandwatch.app.launch import run_launcher

        return run_launcher(numbers[0])
    ends = [socket.socket(fileno=number) for number in numbers]
    if role == "sensor":
        from strandwatch.app.sensor import run_sensor

        _end_with_parent()
        return run_sensor(ends[0])
    from strandwatch.app.agent import run_agent

    # The agent ends when the channel closes, so that it drains first; signals that a terminal or a
    # service manager sends to all processes are the launcher's and the sensor's business.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    return run_agent(ends[0], ends[1])


def _end_with_parent() -> None:
    """Let the kernel stop this process when the launcher dies (prctl(2))."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
