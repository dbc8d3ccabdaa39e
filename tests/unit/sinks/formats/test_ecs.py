"""ECS documents use the schema's fields with the schema's types."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandwatch.sinks.formats.ecs import VERSION, document
from support.alert_records import a_full_record, an_empty_record, records

# Names and types from the ECS 8.11 field reference.
FIELDS: dict[str, type | tuple[type, ...]] = {
    "@timestamp": str, "ecs.version": str, "message": str, "tags": list,
    "event.kind": str, "event.category": list, "event.type": list, "event.action": str,
    "event.id": str, "event.module": str, "event.dataset": str, "event.severity": int,
    "event.start": str, "event.end": str, "event.created": str, "event.reason": str,
    "rule.id": str, "rule.name": str, "rule.ruleset": str,
    "host.hostname": str, "host.name": str,
    "observer.product": str, "observer.type": str, "observer.vendor": str,
    "process.pid": int, "process.executable": str, "process.name": str,
    "process.command_line": str, "process.start": str, "user.name": str, "user.id": str,
    "file.path": str, "file.name": str, "file.directory": str, "file.size": int, "file.type": str,
    "network.community_id": str, "network.direction": str, "network.transport": str,
    "network.bytes": int,
    "source.address": str, "source.ip": str, "source.port": int, "source.bytes": int,
    "destination.address": str, "destination.domain": str, "destination.ip": str,
    "destination.port": int, "destination.geo.country_iso_code": str,
    "destination.as.number": int, "destination.as.organization.name": str,
    "related.ip": list, "related.hosts": list, "related.user": list,
}  # fmt: skip
ALWAYS = {"@timestamp", "ecs.version", "message", "event.kind", "event.category", "event.type"}


def flat(value: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Give every field with its dotted name."""
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from flat(inner, f"{before}{key}.")
        else:
            yield f"{before}{key}", inner


def ecs_fields(record: dict[str, Any], *, repeat: bool = False) -> dict[str, Any]:
    given_ = json.loads(json.dumps(document(record, repeat=repeat, host="seq1")))
    assert given_.pop("strandwatch") == json.loads(json.dumps(record))
    return dict(flat({key: value for key, value in given_.items() if value is not None}))


@pytest.mark.parametrize("record", [a_full_record(), an_empty_record()], ids=["full", "empty"])
def test_every_field_is_one_of_the_schemas(record: dict[str, Any]) -> None:
    fields = ecs_fields(record)

    assert set(fields) <= set(FIELDS)
    assert set(fields) >= ALWAYS
    for name, value in fields.items():
        assert isinstance(value, FIELDS[name]), name


@given(records(), st.booleans())
def test_foreign_text_changes_no_field(record: dict[str, Any], repeat: bool) -> None:
    for name, value in ecs_fields(record, repeat=repeat).items():
        assert isinstance(value, FIELDS[name]), name


def test_the_fields_that_searches_rest_on() -> None:
    fields = ecs_fields(a_full_record())

    assert fields["ecs.version"] == VERSION
    assert fields["source.bytes"] == 1_000_000
    assert fields["destination.geo.country_iso_code"] == "CN"
    assert fields["destination.as.number"] == 64500
    assert fields["destination.as.organization.name"] == "Example Net"
    assert fields["network.community_id"].startswith("1:")
    assert fields["process.executable"] == "/usr/bin/curl"
    assert fields["file.path"] == "/runs/A/sample1.bam"
