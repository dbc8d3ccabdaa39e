"""ECS 8.11: an alert as an Elastic Common Schema document, with the alert itself beside it.

Source: the Elastic Common Schema field reference, version 8.11. Fields of our own stand under
`strandwatch`, where ECS will never put any.
"""

from typing import Any

from strandwatch.sinks.formats.summary import JsonObject, message, title

VERSION = "8.11.0"
_SEVERITIES = {"info": 21, "low": 21, "medium": 47, "high": 73, "critical": 99}
"""Elastic's own detection engine uses these numbers."""


def document(record: JsonObject, *, repeat: bool, host: str) -> JsonObject:
    """Give the document of an alert record; `host` is this machine's name."""
    transfer = record["transfer"]
    given: JsonObject = {
        "@timestamp": record["updated"],
        "ecs": {"version": VERSION},
        "message": message(record),
        "event": _event(record, repeat=repeat),
        "rule": _rule(record["regimes"]),
        "host": {"hostname": host, "name": host},
        "observer": {"product": "strandwatch", "type": "sensor", "vendor": "strandwatch"},
        "process": _process(transfer["process"]),
        "user": _user(transfer["process"]),
        "file": _file(transfer["files"][0]) if transfer["files"] else None,
        "network": {
            "community_id": transfer["flow"]["community_id"],
            "direction": "egress",
            "transport": transfer["flow"]["protocol"],
            "bytes": transfer["sent_bytes"],
        },
        "source": _source(transfer, host),
        "destination": _destination(transfer),
        "related": _related(transfer, host),
        "tags": ["strandwatch", *record["reasons"]],
        "strandwatch": record,
    }
    return {key: value if key == "strandwatch" else _known(value) for key, value in given.items()}


def _event(record: JsonObject, *, repeat: bool) -> JsonObject:
    transfer = record["transfer"]
    return {
        "kind": "alert",
        "category": ["network", "file"],
        "type": ["info"],
        "action": "transfer-updated" if repeat else "transfer-detected",
        "id": record["id"],
        "module": "strandwatch",
        "dataset": "strandwatch.alert",
        "severity": _SEVERITIES[record["severity"]],
        "start": transfer["started"],
        "end": transfer["ended"],
        "created": record["opened"],
        "reason": title(record),
    }


def _rule(regimes: list[JsonObject]) -> JsonObject | None:
    if not regimes:
        return None
    return {"id": regimes[0]["id"], "name": regimes[0]["citation"], "ruleset": "strandwatch"}


def _process(process: JsonObject | None) -> JsonObject | None:
    if process is None:
        return None
    return {
        "pid": process["pid"],
        "executable": process["executable"],
        "name": process["executable"].rpartition("/")[2],
        "command_line": process["command"],
        "start": process["started"],
    }


def _user(process: JsonObject | None) -> JsonObject | None:
    return process and {"name": process["user"], "id": str(process["user_id"])}


def _file(file: JsonObject) -> JsonObject:
    folder, _, name = file["path"].rpartition("/")
    return {
        "path": file["path"],
        "name": name,
        "directory": folder or None,
        "size": file["size_bytes"],
        "type": "file",
    }


def _source(transfer: JsonObject, host: str) -> JsonObject:
    end = transfer["flow"]["source"]
    return {
        "address": host,
        "ip": end["address"],
        "port": end["port"],
        "bytes": transfer["sent_bytes"],
    }


def _destination(transfer: JsonObject) -> JsonObject:
    end, destination = transfer["flow"]["destination"], transfer["destination"]
    located = destination["countries"]
    number, owner = _network(destination["signals"])
    return {
        "address": destination["server_name"] or end["address"],
        "domain": destination["server_name"],
        "ip": end["address"],
        "port": end["port"],
        "geo": {"country_iso_code": located[0]} if located else None,
        "as": {"number": number, "organization": {"name": owner}} if number else None,
    }


def _network(signals: list[JsonObject]) -> tuple[int | None, str | None]:
    """Give AS number and owner from the sign that names them: `AS15169 Google LLC`."""
    for sign in signals:
        word, _, owner = sign["value"].partition(" ")
        if sign["kind"] == "network_owner" and word[:2] == "AS" and word[2:].isdecimal():
            return int(word[2:]), owner or None
    return None, None


def _related(transfer: JsonObject, host: str) -> JsonObject:
    flow, process = transfer["flow"], transfer["process"]
    name = transfer["destination"]["server_name"]
    return {
        "ip": [flow["source"]["address"], flow["destination"]["address"]],
        "hosts": [host, *([name] if name else [])],
        "user": [process["user"]] if process else None,
    }


def _known(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _known(inner) for key, inner in value.items() if inner is not None}
    return value
