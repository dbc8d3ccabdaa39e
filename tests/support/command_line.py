"""Asking the command line in this process, as a shell would."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from strandwatch.cli.main import main
from strandwatch.core.command import Recordable
from strandwatch.store.writer import SqliteWriter


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command left behind."""

    code: object
    out: str
    err: str

    @property
    def records(self) -> list[dict[str, Any]]:
        """Give what was printed as JSON, one object per line."""
        return [json.loads(line) for line in self.out.splitlines()]


def ask(capsys: pytest.CaptureFixture[str], *words: str) -> Answer:
    """Run `strandwatch` with these words."""
    with pytest.raises(SystemExit) as ended:
        main(words)
    captured = capsys.readouterr()
    return Answer(ended.value.code, captured.out, captured.err)


class Shell:
    """Asks the command line about a state directory of the test's own."""

    def __init__(self, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.state = state
        self.capsys = capsys

    def record(self, *records: Recordable) -> None:
        """Let these be in the record."""
        writer = SqliteWriter(self.state / "record.db")
        writer.write(records)
        writer.close()

    def __call__(self, *words: str) -> Answer:
        """Run `strandwatch` with these words."""
        return ask(self.capsys, *words, "--state-directory", str(self.state))
