"""Asking the command line in this process, as a shell would."""

from dataclasses import dataclass

import pytest

from strandwatch.cli.main import main


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command left behind."""

    code: object
    out: str
    err: str


def ask(capsys: pytest.CaptureFixture[str], *words: str) -> Answer:
    """Run `strandwatch` with these words."""
    with pytest.raises(SystemExit) as ended:
        main(words)
    captured = capsys.readouterr()
    return Answer(ended.value.code, captured.out, captured.err)
