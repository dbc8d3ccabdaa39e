"""`strandwatch policy`."""

from pathlib import Path

import pytest

from strandwatch.errors import ExitCode
from support.builders import a_destination, a_transfer
from support.command_line import Shell, ask

APPROVAL = """\
[[policy.authorisations]]
id = "award-7"
regimes = ["us-dsp"]
basis = "28 CFR 202.504"
counterparties = ["Example Institute"]
purpose = "research"
approved_by = "office"
valid_from = 2020-01-01
valid_to = {end}
"""


def config(folder: Path, text: str) -> str:
    """Write a configuration file; give its path."""
    path = folder / "strandwatch.toml"
    path.write_text(text)
    return str(path)


def test_check_says_what_is_on(capsys: pytest.CaptureFixture[str]) -> None:
    answer = ask(capsys, "policy", "check", "--format", "json")

    assert answer.code == ExitCode.OK
    assert [(row["id"], row["state"]) for row in answer.records] == [
        ("us-dsp", "on"),
        ("us-nih-cadr", "on"),
        ("us-watchlists", "on"),
    ]


@pytest.mark.parametrize(
    ("end", "state", "code"),
    [("2020-06-01", "ended", ExitCode.FINDINGS), ("2999-01-01", "on", ExitCode.OK)],
)
def test_check_announces_approvals_that_ended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], end: str, state: str, code: ExitCode
) -> None:
    path = config(tmp_path, APPROVAL.format(end=end))

    answer = ask(capsys, "policy", "check", "--config", path, "--format", "json")

    assert (answer.records[-1]["id"], answer.records[-1]["state"]) == ("award-7", state)
    assert answer.code == code


def test_check_shows_what_is_not_on_yet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = 'id = "later"\ntitle = "x"\ncitation = "x"\neffective_from = 2999-01-01\n'
    (tmp_path / "later.toml").write_text(text + 'countries = ["CN"]\n')
    path = config(tmp_path, f'[policy]\nregimes = ["later"]\ndirectories = ["{tmp_path}"]\n')

    answer = ask(capsys, "policy", "check", "--config", path, "--format", "json")

    assert answer.records[0]["state"] == "not yet"


def test_the_regimes_pass_their_own_tests(capsys: pytest.CaptureFixture[str]) -> None:
    answer = ask(capsys, "policy", "test", "us-dsp", "us-ut", "us-watchlists", "--format", "json")

    assert answer.code == ExitCode.OK
    assert {row["regime"] for row in answer.records} == {"us-dsp", "us-ut", "us-watchlists"}
    assert "tests passed" in answer.err


def test_a_failing_test_is_a_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "wrong.toml").write_text(
        'id = "wrong"\ntitle = "x"\ncitation = "x"\neffective_from = 2026-01-01\n'
        'countries = ["CN"]\n[[tests]]\nname = "no"\nto = "US"\ncategory = "genomic"\n'
        'persons = 1\nexpect = "potential"\n'
    )
    path = config(tmp_path, f'[policy]\nregimes = ["wrong"]\ndirectories = ["{tmp_path}"]\n')

    answer = ask(capsys, "policy", "test", "--config", path)

    assert answer.code == ExitCode.FINDINGS
    assert "NO" in answer.out
    assert "0 of 1 tests passed" in answer.err


def test_a_regime_is_shown_with_its_citations(capsys: pytest.CaptureFixture[str]) -> None:
    text = ask(capsys, "policy", "show", "us-dsp", "local-residency", "us-watchlists").out
    records = ask(capsys, "policy", "show", "us-dsp", "--format", "json").records

    assert "more than     100 genomic: 28 CFR 202.205(a), 202.224(a)(1)" in text
    assert "anywhere but in AS, GU, MP, PR, UM, US, VI" in text
    assert "Tencent" in text
    assert records[0]["thresholds"][0]["more_than"] == 100


def test_another_policy_is_tried_on_the_record(shell: Shell) -> None:
    shell.record(
        a_transfer(id="cn"), a_transfer(id="ca", destination=a_destination(countries=("CA",)))
    )

    words = ("policy", "rejudge", "--regime", "local-residency", "--format", "json")
    answer = shell(*words)
    everything = shell(*words, "--all", "--since", "2020-01-01")
    same = shell("policy", "rejudge")

    assert answer.code == ExitCode.FINDINGS
    assert {row["id"]: (row["before"], row["after"]) for row in answer.records} == {
        "cn": ("high", "high"),
        "ca": ("nothing", "high"),
    }
    assert len(everything.records) == 2
    assert (same.code, "0 of 2 transfers" in same.err) == (ExitCode.OK, True)
