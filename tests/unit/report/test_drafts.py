"""Drafts hold what is known and mark what is not."""

from dataclasses import replace

from strandwatch.report.case import NOT_KNOWN, Reporter
from strandwatch.report.drafts import drafts
from support.cases import a_case


def test_there_is_a_draft_for_each_duty() -> None:
    texts = drafts(a_case())

    assert sorted(texts) == [
        "28-cfr-202.1104-rejected-offer.txt",
        "28-cfr-202.302b-onward-breach.txt",
        "nih-24-hour-notice.txt",
    ]
    assert all(text.startswith("DRAFT.") and "not a finding" in text for text in texts.values())


def test_a_draft_fills_in_what_is_known() -> None:
    text = drafts(a_case())["28-cfr-202.1104-rejected-offer.txt"]

    for line in (
        "Reporting person: Example University",
        "Due, if rejected when the alert was opened: 2026-12-02 11:16:40 UTC",
        "Types of data: genomic (bam)",
        "Volume: 55 MB in 2 transfers",
        "Distinct persons, 12 months, by rule: us-dsp 101 to 102",
        "Recipient's ownership: Example Cloud (CN)",
    ):
        assert line in text.splitlines()


def test_what_no_flow_shows_is_marked() -> None:
    text = drafts(replace(a_case(), reporter=Reporter()))["nih-24-hour-notice.txt"]

    for name in ("Reporting person", "End use and purpose", "Data sets and accessions"):
        assert f"{name}: {NOT_KNOWN}" in text.splitlines()


def test_an_unresolved_recipient_has_no_known_owner() -> None:
    case = a_case()
    bare = replace(case.alert.transfer, destination=None)

    text = drafts(replace(case, alert=replace(case.alert, transfer=bare, deadlines=())))

    assert f"Recipient's ownership: {NOT_KNOWN}" in text["nih-24-hour-notice.txt"]
    assert "unknown" in text["nih-24-hour-notice.txt"]
