"""Secrets in command lines: passwords, tokens and keys are hidden before anything else sees them.

The rules hide too much rather than too little; what is left still says which program did what.
"""

import re
from collections.abc import Iterator

HIDDEN = "***"
CUT = "..."
_LENGTH = 32_768
"""Characters of a command line that are looked at and kept; the kernel allows two million."""

# Whoever starts a process chooses its command line, so every repetition below is bounded or cannot
# begin again inside itself: the time is linear in the length.
_LONG_NAMES = (
    r"(?:password|passwd|passphrase|passcode|secret|token|credential|api[_-]?key|access[_-]?key"
    r"|private[_-]?key|account[_-]?key|session[_-]?key|signature)"
)
_SHORT_NAMES = r"(?:pass|pwd|auth|sig|sas)"
_NAMED = re.compile(
    rf"(?i)(?:{_LONG_NAMES}[\w.-]{{0,40}}|(?<![a-z0-9]){_SHORT_NAMES})\s{{0,4}}[=:]\s{{0,4}}"
)
"""A name and a sign, as in `--password=`, `AWS_SECRET_ACCESS_KEY=`, `?X-Amz-Signature=`."""
_VALUE = re.compile(r"\"[^\"]*\"?|'[^']*'?|[^\s&;,|}]+")
_OPTION = re.compile(rf"(?i)--?(?:[\w-]{{0,40}}{_LONG_NAMES}|{_SHORT_NAMES})")
"""An option whose value is the next word."""
_USERINFO = re.compile(r"(?i)\b([a-z][a-z0-9+.-]{0,20}://)([^\s/?#]*)@")
_HEADER = re.compile(
    r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie|x-[\w-]{0,30}(?:key|token|auth)[\w-]{0,30})"
    r"\s{0,4}:\s{0,4}\S.*"
)
_BEARER = re.compile(r"(?i)\b(bearer|basic|digest|negotiate)\s{1,4}[\w.~+/=-]{6,}")
_KNOWN = re.compile(
    r"(?<![\w-])(?:(?:AKIA|ASIA)[0-9A-Z]{16}"
    r"|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}"
    r"|xox[abeoprs]-[\w-]{10,}|sk-[\w-]{20,}|hf_\w{20,}"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*)"
)
"""Tokens that are known by their own form, of AWS, GitHub, GitLab, Slack and others, and JWTs."""
_SUSPECT = re.compile(
    r"(?i)pass|pwd|secret|token|credential|key|sig|sas|auth|cookie|bearer|basic|digest|negotiate"
    r"|://|a[ks]ia|gh[pousr]_|github_|glpat|xox|sk-|hf_|eyj"
)
"""What every rule needs; most words of most commands have none of it."""

_PAIR_OPTIONS = frozenset({"-u", "--user", "-U", "--proxy-user"})
"""Options of curl, wget and their kin whose value is `user:password`."""
_PASSWORD_OPTIONS = {"sshpass": "-p", "mysql": "-p", "mysqldump": "-p", "mariadb": "-p"}
"""Programs whose short option takes the password in the same word."""
_NEXT_WORD_OPTIONS = {"sshpass": "-p", "lftp": "-u", "smbclient": "-U", "ncftpput": "-p"}
"""Programs whose short option takes it in the next word."""


def without_secrets(command: tuple[str, ...]) -> tuple[str, ...]:
    """Give a command line with every secret that can be told by its place or form hidden."""
    return tuple(_words(command))


def _words(command: tuple[str, ...]) -> Iterator[str]:
    program = command[0].rpartition("/")[2] if command else ""
    before = ""
    room = _LENGTH
    for number, word in enumerate(command):
        shown = word[:room]
        room -= len(shown)
        hidden = shown if number == 0 else _hidden(program, before, shown)
        yield hidden if shown == word else hidden + CUT
        before = shown


def _hidden(program: str, before: str, word: str) -> str:
    if _NEXT_WORD_OPTIONS.get(program) == before or _is_secret_option(before):
        return HIDDEN
    if before in _PAIR_OPTIONS and ":" in word:
        return word.partition(":")[0] + ":" + HIDDEN
    glued = _PASSWORD_OPTIONS.get(program)
    if glued is not None and word.startswith(glued) and len(word) > len(glued):
        return glued + HIDDEN
    return _scrubbed(word)


def _is_secret_option(word: str) -> bool:
    return word.startswith("-") and _OPTION.fullmatch(word) is not None


def _scrubbed(word: str) -> str:
    """Hide what names or forms give away inside a word, which may be a whole script."""
    if not _SUSPECT.search(word):
        return word
    word = _USERINFO.sub(_without_password, word)
    word = _HEADER.sub(lambda found: f"{found[1]}: {HIDDEN}", word)
    word = _BEARER.sub(lambda found: f"{found[1]} {HIDDEN}", word)
    return _KNOWN.sub(HIDDEN, _without_named(word))


def _without_named(word: str) -> str:
    parts = []
    position = 0
    for found in _NAMED.finditer(word):
        if found.start() < position:
            continue
        value = _VALUE.match(word, found.end())
        parts += [word[position : found.end()], HIDDEN if value else ""]
        position = value.end() if value else found.end()
    return "".join([*parts, word[position:]])


def _without_password(found: "re.Match[str]") -> str:
    user, sign, _ = found[2].partition(":")
    return f"{found[1]}{user}{':' + HIDDEN if sign else ''}@"
