"""One error class per seam; each carries the exit code that the command line gives it."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What `strandwatch` exits with; documented in README, never renumbered."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    CONFIGURATION = 3
    STORE = 4
    PERMISSION = 5
    INTERNAL = 70


class StrandwatchError(Exception):
    """A failure that is explained to the operator in one message."""

    exit_code = ExitCode.INTERNAL


class UsageError(StrandwatchError):
    """The command was called with words that do not fit together."""

    exit_code = ExitCode.USAGE


class ConfigurationError(StrandwatchError):
    """A configuration or policy file is refused; `problems` names every bad option."""

    exit_code = ExitCode.CONFIGURATION

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class StoreError(StrandwatchError):
    """The record could not be opened, read or written."""

    exit_code = ExitCode.STORE


class MissingCapabilityError(StrandwatchError):
    """This process may not, or this machine cannot, do what was asked."""

    exit_code = ExitCode.PERMISSION


class SourceError(StrandwatchError):
    """A source could not start or go on; the supervisor degrades and tries again."""


class SinkError(StrandwatchError):
    """A sink did not take an alert."""


class JurisdictionError(StrandwatchError):
    """An address database cannot be used."""


class WorkerError(StrandwatchError):
    """A worker process died, stalled or answered nonsense."""


class EncodingError(StrandwatchError):
    """Bytes that should hold an observation or a record do not."""
