"""The case file's page: whole, safe, and in words that claim no more than is known."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from strandwatch.domain.alert import Alert
from strandwatch.report.case import Case
from strandwatch.report.case_page import case_page, headline
from support.builders import a_carried_file, a_process
from support.cases import a_case, a_case_transfer


class Page(HTMLParser):
    """Collects a page's tags and words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not any(name.startswith("on") or name == "href" for name, _ in attrs)
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.words += data + " "


def test_a_page_tells_who_what_where_when_and_how_sure() -> None:
    words = Page(case_page(a_case())).words

    for said in (
        "Potential transfer of human genomic data to HK, CN",
        "/usr/bin/curl (pid 4242, alice)",
        "Example Cloud, upload.example.net, 203.0.113.10 port 443",
        "/runs/A/sample11.bam",
        "101 to 102",
        "100 % of the threshold of us-dsp",
        "the signals disagree",
        "28 CFR 202.1104(b)",
        "acknowledged by alice",
        "names were not read",
        "55 MB",
    ):
        assert said in words


def test_a_page_needs_nothing_from_elsewhere() -> None:
    text = case_page(a_case())
    page = Page(text)

    assert not {"script", "img", "link", "iframe", "a"} & set(page.tags)
    assert "http" not in text.replace("http-equiv", "")
    assert page.tags.count("svg") == 4


def test_what_outsiders_named_is_shown_as_text() -> None:
    case = a_case()
    hostile = replace(
        a_case_transfer(),
        process=a_process(command=("x", "</dd><script>alert(1)</script>", "\u202eevil")),
        files=(replace(a_carried_file(), path='/runs/"><svg onload=x>\x1b[31m'),),
    )
    changed = replace(
        case, alert=replace(case.alert, transfer=hostile), transfers=(hostile, case.transfers[1])
    )

    text = case_page(changed)

    assert "<script" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "svg" in Page(text).tags


def without_destination(case: Case) -> Case:
    """Give the case of a transfer of which little is known."""
    bare = replace(
        case.alert.transfer,
        destination=None,
        process=None,
        sent_bytes=None,
        ended_ns=None,
        files=tuple(replace(a_carried_file(number), facts=None) for number in range(20)),
    )
    alert = replace(case.alert, transfer=bare, deadlines=(), regimes=(), policy="")
    return replace(case, alert=alert, series=(alert,), transfers=(bare,), handlings=())


def test_what_is_unknown_is_said_to_be() -> None:
    words = Page(case_page(without_destination(a_case()))).words

    for said in (
        "process unknown",
        "whose jurisdiction it is in is unknown",
        "still under way",
        "not identified",
        "and 8 more files",
        "1 with unknown bytes",
        "None.",
    ):
        assert said in words


@pytest.mark.parametrize("case", [a_case(), without_destination(a_case())])
def test_nothing_is_called_a_violation(case: Case) -> None:
    words = Page(case_page(case)).words.lower()

    assert "violation" not in words
    assert "indicator" in words
    assert "potential" in words


def test_a_headline_names_what_is_known_of_the_data() -> None:
    alert: Alert = without_destination(a_case()).alert

    assert headline(alert) == "Potential transfer of unidentified data to unknown"
