"""Secrets in command lines are hidden, and the rest stays readable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandwatch.domain.secrecy import HIDDEN, without_secrets

SECRET = "Zq8-hunter2.X"  # noqa: S105 an example

PLACES = [
    ("curl", "-T", "a.bam", f"ftp://alice:{SECRET}@203.0.113.9/in/"),
    ("curl", "-u", f"alice:{SECRET}", "https://example.org"),
    ("curl", "--proxy-user", f"alice:{SECRET}", "https://example.org"),
    ("curl", "-H", f"Authorization: Bearer {SECRET}", "https://example.org"),
    ("curl", "-H", f"X-Api-Key: {SECRET}", "https://example.org"),
    ("curl", "--header", f"Cookie: session={SECRET}; a=b"),
    ("curl", f"https://example.org/up?X-Amz-Signature={SECRET}&part=1"),
    ("curl", f"https://x.blob.example.net/c?sv=2024&sig={SECRET}&se=2027"),
    ("curl", "-d", f"user=alice&password={SECRET}"),
    ("mysql", f"-p{SECRET}", "lims"),
    ("sshpass", "-p", SECRET, "scp", "a.bam", "host:"),
    ("/usr/bin/sshpass", f"-p{SECRET}", "scp", "a.bam", "host:"),
    ("lftp", "-u", f"alice,{SECRET}", "host"),
    ("aws", "--secret-access-key", SECRET),
    ("tool", f"--api-key={SECRET}"),
    ("tool", "--token", SECRET),
    ("env", f"AWS_SECRET_ACCESS_KEY={SECRET}", "aws", "s3", "cp"),
    ("bash", "-c", f"export PGPASSWORD='{SECRET}'; psql -h db"),
    ("bash", "-c", f"curl -H 'Authorization: Basic {SECRET}' https://example.org"),
    ("python3", "-c", f"upload(password = '{SECRET}', to='x')"),
]


@pytest.mark.parametrize("command", PLACES)
def test_a_secret_is_hidden_wherever_it_stands(command: tuple[str, ...]) -> None:
    hidden = without_secrets(command)

    assert SECRET not in " ".join(hidden)
    assert HIDDEN in " ".join(hidden)
    assert hidden[0] == command[0]
    assert len(hidden) == len(command)


@pytest.mark.parametrize(
    "token",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_0123456789abcdefghijABCDEFGHIJ012345",
        "glpat-0123456789abcdefghij",
        "xoxb-123456789012-abcdefghij",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
    ],
)
def test_a_token_of_a_known_form_is_hidden_without_a_name(token: str) -> None:
    assert without_secrets(("tool", f"x {token} y")) == ("tool", f"x {HIDDEN} y")


@pytest.mark.parametrize(
    "command",
    [
        ("curl", "-T", "/runs/A/sample.bam", "https://upload.example/in/sample.bam"),
        ("scp", "-P", "22", "a.bam", "alice@203.0.113.9:/in"),
        ("rsync", "-av", "--progress", "/runs/", "alice@host:/in/"),
        ("samtools", "view", "-u", "a.bam", "chr1:100-200"),
        ("bash", "-c", "tar c /runs | nc 203.0.113.9 9000"),
        ("ssh", "-i", "/home/alice/.ssh/id_ed25519", "host"),
        ("mysql", "-p"),
        ("passenger", "--passes", "2"),
        (),
    ],
)
def test_what_is_no_secret_stays(command: tuple[str, ...]) -> None:
    assert without_secrets(command) == command


def test_what_is_left_says_who_and_where() -> None:
    hidden = without_secrets(("curl", f"ftp://alice:{SECRET}@203.0.113.9/in?token={SECRET}&x=1"))

    assert hidden[1] == f"ftp://alice:{HIDDEN}@203.0.113.9/in?token={HIDDEN}&x=1"


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "part",
    ["a", "a-", "a.", "x-", "x-key", "eyJ-", "eyJaaaaaaaa.", "://", "http://a", "token", "pass ",
     "token:", "auth=", "bearer ", "sk-a", "'", "cookie:", "--_", "_-token"],
)  # fmt: skip
def test_no_command_line_keeps_the_engine_busy(part: str) -> None:
    word = part * (1_000_000 // len(part))

    hidden = without_secrets(("x", word, "-" + word))

    assert len(hidden) == 3
    assert hidden[2] == "..."


def test_a_secret_behind_the_cut_is_not_kept() -> None:
    hidden = without_secrets(("x", "a" * 40_000, SECRET))

    assert SECRET not in " ".join(hidden)
    assert len(" ".join(hidden)) < 33_000


@given(st.lists(st.text()))
def test_hiding_twice_is_hiding_once(words: list[str]) -> None:
    once = without_secrets(tuple(words))

    assert len(once) == len(words)
    assert without_secrets(once) == once


@given(st.text("Aab9=-_/+.", min_size=8).filter(lambda text: not text.startswith(HIDDEN)))
def test_no_password_in_a_url_survives(secret: str) -> None:
    secret = secret.replace("/", "x")
    (_, url) = without_secrets(("curl", f"https://alice:{secret}@example.org/"))

    assert url == f"https://alice:{HIDDEN}@example.org/"
