"""OCSF findings are valid by the published schema."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from strandwatch.sinks.formats.ocsf import VERSION, finding
from support.alert_records import a_full_record, an_empty_record, records

VALIDATOR = Draft202012Validator(
    OcsfJsonSchemaEmbedded(get_ocsf_schema(VERSION)).get_class_schema(
        "data_security_finding", ["security_control", "host"]
    )
)


def problems(found: dict[str, Any]) -> list[str]:
    """Give what the published schema says against a finding, as it would arrive."""
    return [error.message for error in VALIDATOR.iter_errors(json.loads(json.dumps(found)))]


@pytest.mark.parametrize("record", [a_full_record(), an_empty_record()], ids=["full", "empty"])
@pytest.mark.parametrize("repeat", [False, True])
def test_a_finding_is_valid(record: dict[str, Any], repeat: bool) -> None:
    assert problems(finding(record, repeat=repeat, host="seq1")) == []


@settings(max_examples=20)
@given(records(), st.booleans())
def test_whatever_outsiders_name_things_a_finding_is_valid(
    record: dict[str, Any], repeat: bool
) -> None:
    assert problems(finding(record, repeat=repeat, host="seq1")) == []


def test_the_schema_does_refuse() -> None:
    broken = {**finding(a_full_record(), repeat=False, host="seq1"), "severity_id": "high"}

    assert problems(broken)


def test_a_finding_tells_who_sent_what_where() -> None:
    found = finding(a_full_record(), repeat=False, host="seq1")

    assert (found["class_uid"], found["type_uid"], found["severity_id"]) == (2006, 200601, 4)
    assert found["actor"]["process"]["path"] == "/usr/bin/curl"
    assert found["dst_endpoint"] == {
        "ip": "203.0.113.10",
        "port": 443,
        "hostname": "upload.example",
        "location": {"country": "CN"},
        "isp_org": "Example Holding",
    }
    assert found["file"]["path"] == "/runs/A/sample1.bam"
    assert [one["name"] for one in found["resources"]] == [
        "/runs/A/sample1.bam",
        "/runs/A/sample2.bam",
    ]
    assert found["message"].startswith("potential transfer of human genomic data to CN")


@pytest.mark.parametrize(
    ("state", "repeat", "activity", "status"),
    [
        ("open", False, 1, 1),
        ("open", True, 2, 1),
        ("acknowledged", True, 2, 2),
        ("closed", True, 3, 4),
    ],
)
def test_the_activity_follows_the_alerts_life(
    state: str, repeat: bool, activity: int, status: int
) -> None:
    found = finding(a_full_record(state=state), repeat=repeat, host="seq1")

    assert (found["activity_id"], found["status_id"]) == (activity, status)
    assert found["is_alert"] == (activity != 3)
