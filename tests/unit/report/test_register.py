"""The register: a row per counterparty and category, the log of flows, what was not seen."""

import csv
import io
from dataclasses import replace

from strandwatch.report.case import NOT_KNOWN, Reporter
from strandwatch.report.register import Period, data_flows, register, register_files
from support.builders import a_carried_file, a_human_bam, a_loss, a_transfer
from support.cases import MADE_NS, a_case


def a_period() -> Period:
    """A time with two transfers to two counterparties, and a third that is unresolved."""
    unresolved = replace(
        a_transfer(id="t3", sent_bytes=None),
        destination=None,
        files=(replace(a_carried_file(12), facts=None),),
    )
    return Period(
        since_ns=0,
        until_ns=MADE_NS,
        transfers=(*a_case().transfers, unresolved),
        losses=(a_loss(),),
        reporter=Reporter(legal_entity="Example University"),
        made_ns=MADE_NS,
        version="0",
    )


def test_persons_are_counted_once_per_counterparty_and_category() -> None:
    period = a_period()
    again = replace(period, transfers=(*period.transfers, *period.transfers))

    rows = {(row["counterparty"], row["category"]): row for row in register(again)}

    assert rows[("Example Cloud", "genomic")]["persons_at_most"] == "101"
    assert rows[("Example Cloud", "genomic")]["transfers"] == "2"
    assert rows[("unresolved: 203.0.113.10", "unknown")]["sent_bytes"] == ""


def test_every_flow_is_in_the_log_with_what_is_not_known() -> None:
    rows = data_flows(a_period())

    assert len(rows) == 3
    assert rows[1]["owners"] == "Example Cloud (CN)"
    assert rows[1]["types"] == "genomic (bam)"
    assert all(row["end_use"] == NOT_KNOWN for row in rows)


def test_an_unbounded_file_leaves_the_upper_bound_open() -> None:
    facts = replace(a_human_bam(), persons=replace(a_human_bam().persons, at_most=None))
    period = replace(a_period(), transfers=(a_transfer(files=(a_carried_file(facts=facts),)),))

    assert data_flows(period)[0]["persons_at_most"] == ""
    assert register(period)[0]["persons_at_most"] == ""
    assert "1 or more" in register_files(period)["index.html"]


def test_the_folder_has_a_page_and_two_tables() -> None:
    files = register_files(a_period())

    assert sorted(files) == ["data-flows.csv", "index.html", "register.csv"]
    assert "Potential transactions" in files["index.html"]
    assert "violation" not in files["index.html"].lower()
    (first, *_) = csv.DictReader(io.StringIO(files["register.csv"]))
    assert first["end_use"] == NOT_KNOWN


def test_an_empty_time_is_a_register_too() -> None:
    files = register_files(replace(a_period(), transfers=(), losses=()))

    assert "None." in files["index.html"]


def test_a_spreadsheet_takes_no_name_for_a_formula() -> None:
    transfer = a_transfer()
    assert transfer.destination is not None
    named = replace(transfer.destination, controllers=())
    signal = replace(named.signals[0], kind=type(named.signals[0].kind).NETWORK_OWNER, value="=1+1")
    hostile = replace(transfer, destination=replace(named, signals=(signal,)))

    text = register_files(replace(a_period(), transfers=(hostile,)))["register.csv"]

    assert text.splitlines()[1].startswith("'=1+1,")
