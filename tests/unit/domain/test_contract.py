"""The JSON contracts have the keys that others rely on."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandwatch.domain.contract import (
    alert_record,
    destination_record,
    file_record,
    five_tuple_record,
    process_record,
    rfc3339,
    rfc3339_or_none,
    transfer_record,
)
from strandwatch.domain.destination import (
    Basis,
    Claim,
    Confidence,
    Controller,
    Destination,
    NameEvidence,
)
from strandwatch.domain.file import Compression, Evidence, RunFacts, unidentified
from strandwatch.domain.flow import Endpoint, FiveTuple, FlowKey, Protocol
from strandwatch.domain.process import Job
from support.builders import (
    START_NS,
    a_carried_file,
    a_destination,
    a_flow,
    a_human_bam,
    a_process,
    a_transfer,
    an_alert,
)

ALERT_KEYS = {
    "id",
    "opened",
    "updated",
    "state",
    "severity",
    "regimes",
    "reasons",
    "transfer",
    "visibility",
}
TRANSFER_KEYS = {
    "id",
    "method",
    "direction",
    "started",
    "ended",
    "sent_bytes",
    "process",
    "files",
    "flow",
    "destination",
}
PROCESS_KEYS = {
    "pid",
    "started",
    "executable",
    "command",
    "user",
    "login_user",
    "ancestry",
    "container",
    "job",
}
FILE_KEYS = {
    "path",
    "format",
    "category",
    "species",
    "persons",
    "run",
    "relation",
    "via",
    "confidence",
}
FLOW_KEYS = {"protocol", "source", "destination", "community_id", "network_namespace"}
DESTINATION_KEYS = {
    "address",
    "port",
    "server_name",
    "name_evidence",
    "countries",
    "controllers",
    "jurisdictions",
    "confidence",
    "disagreement",
    "signals",
}


def test_an_alert_has_every_key_of_the_contract() -> None:
    record = alert_record(an_alert())

    assert record.keys() >= ALERT_KEYS
    assert record["transfer"].keys() >= TRANSFER_KEYS
    assert record["transfer"]["process"].keys() >= PROCESS_KEYS
    assert record["transfer"]["files"][0].keys() >= FILE_KEYS
    assert record["transfer"]["flow"].keys() >= FLOW_KEYS
    assert record["transfer"]["destination"].keys() >= DESTINATION_KEYS
    assert record["transfer"]["destination"]["signals"][0].keys() >= {
        "kind",
        "value",
        "source",
        "as_of",
    }
    assert record["visibility"].keys() == {"tier", "lost", "unattributed_bytes", "notes"}
    assert record["regimes"] == [
        {
            "id": "us-dsp",
            "verdict": "potential",
            "citation": "28 CFR 202.303",
            "persons": {
                "now": 1,
                "at_least": 0,
                "at_most": None,
                "threshold": 100,
                "window_months": 12,
                "category": None,
                "percent_reached": 0,
            },
            "disposition": "review",
            "verified": True,
        }
    ]
    assert json.loads(json.dumps(record)) == record


def test_what_is_unknown_is_null_and_never_zero() -> None:
    transfer = replace(a_transfer(sent_bytes=None), process=None, destination=None)

    record = transfer_record(transfer)

    assert record["sent_bytes"] is None
    assert record["ended"] is None
    assert record["process"] is None
    assert record["destination"]["address"] == "203.0.113.10"
    assert record["destination"]["countries"] == []
    assert record["destination"]["confidence"] == "unknown"


def test_a_process_is_told_with_its_user_job_and_ancestry() -> None:
    process = replace(
        a_process(command=("curl", "-T", "a b.bam")), job=Job(system="slurm", name="77")
    )

    record = process_record(process, ancestry=("/usr/bin/bash",))

    assert record["command"] == "curl -T 'a b.bam'"
    assert record["user"] == "alice"
    assert record["job"] == {"system": "slurm", "name": "77"}
    assert record["ancestry"] == ["/usr/bin/bash"]
    assert process_record(replace(process, user=None, job=None))["user"] == "1000"


def test_a_file_is_told_with_its_evidence() -> None:
    facts = replace(
        a_human_bam(2),
        compression=(Compression.BGZF,),
        build="GRCh38",
        run=RunFacts(run_id="R1", instrument="A01234"),
        evidence=(Evidence("reference", "25 contigs of GRCh38"),),
    )

    record = file_record("/runs/a.bam", facts)

    assert record.keys() >= FILE_KEYS - {"relation", "via", "confidence"}
    assert record["format"] == "bam"
    assert record["compression"] == ["bgzf"]
    assert record["persons"] == {"at_least": 2, "at_most": 2}
    assert record["run"] == {
        "id": "R1",
        "instrument": "A01234",
        "flow_cell": None,
        "project": None,
    }
    assert record["samples"] == ["0" * 32, "0" * 31 + "1"]
    assert record["evidence"] == [{"kind": "reference", "value": "25 contigs of GRCh38"}]


def test_a_file_not_looked_into_yet_has_the_same_keys() -> None:
    waiting = file_record("/runs/a.bam", None)

    assert waiting.keys() == file_record("/runs/a.bam", unidentified("empty")).keys()
    assert waiting["persons"] == {"at_least": 0, "at_most": None}
    assert waiting["unknown_reason"] == "not identified yet"


def test_a_carried_file_that_is_being_identified_is_unknown() -> None:
    carried = replace(a_carried_file(), facts=None)

    record = transfer_record(a_transfer(files=(carried,)))["files"][0]

    assert record["format"] == "unknown"
    assert record["confidence"] == 0.9


def test_a_destination_shows_who_controls_it() -> None:
    destination = replace(
        a_destination(countries=("SG",)),
        server_name="upload.example",
        name_evidence=NameEvidence.SNI,
        controllers=(Controller("Example Holding", "CN"),),
        claims=(Claim("SG", Basis.LOCATION, Confidence.HIGH),),
    )

    record = destination_record(destination)

    assert record["name_evidence"] == "sni"
    assert record["controllers"] == [{"entity": "Example Holding", "country": "CN"}]
    assert record["claims"] == [{"country": "SG", "basis": "location", "confidence": "high"}]
    assert destination_record(Destination(address=None))["name_evidence"] is None


def test_a_flow_without_internet_addresses_has_no_community_id() -> None:
    flow = FiveTuple(Protocol.TCP, Endpoint("local", 1), Endpoint("192.0.2.1", 2))

    assert five_tuple_record(flow, FlowKey(1, 2))["community_id"] is None
    assert five_tuple_record(a_flow(), FlowKey(1, 2))["community_id"].startswith("1:")


@pytest.mark.parametrize(
    ("moment_ns", "text"),
    [
        (0, "1970-01-01T00:00:00.000000Z"),
        (1_999, "1970-01-01T00:00:00.000001Z"),
        (START_NS, "2026-11-18T11:06:40.000000Z"),
    ],
)
def test_times_are_rfc_3339_in_utc_with_microseconds(moment_ns: int, text: str) -> None:
    assert rfc3339(moment_ns) == text
    assert rfc3339_or_none(moment_ns) == text


@given(st.integers(0, 250_000_000_000 * 10**9))
def test_no_microsecond_is_lost(moment_ns: int) -> None:
    parsed = datetime.fromisoformat(rfc3339(moment_ns))

    since = parsed - datetime.fromisoformat("1970-01-01T00:00:00Z")
    assert since // timedelta(microseconds=1) == moment_ns // 1000
