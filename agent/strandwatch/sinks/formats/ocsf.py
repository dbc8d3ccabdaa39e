"""OCSF 1.5.0: an alert as a Data Security Finding (class 2006, security control profile).

Source: the Open Cybersecurity Schema Framework, version 1.5.0 (schema.ocsf.io). What the class has
no place for stays under `unmapped`.
"""

from datetime import datetime
from typing import Any

from strandwatch.sinks.formats.summary import JsonObject, message, title

VERSION = "1.5.0"
_CLASS, _CATEGORY = 2006, 2
_CREATE, _UPDATE, _CLOSE = 1, 2, 3
_SEVERITIES = {"info": 1, "low": 2, "medium": 3, "high": 4, "critical": 5}
_STATES = {"open": (1, "New"), "acknowledged": (2, "In Progress"), "closed": (4, "Resolved")}
_CONFIDENCES = {"low": (1, "Low"), "medium": (2, "Medium"), "high": (3, "High")}
_OBSERVED = 3
"""Action: the activity was observed, neither allowed nor denied."""
_NO_ACTION = 16
"""Disposition: nothing was done about it."""
_REGULAR_FILE, _SERVER = 1, 1
_IN_TRANSIT, _OTHER_SYSTEM = 2, 99


def finding(record: JsonObject, *, repeat: bool, host: str) -> JsonObject:
    """Give the finding of an alert record; `host` is this machine's name."""
    transfer = record["transfer"]
    activity = _CLOSE if record["state"] == "closed" else _UPDATE if repeat else _CREATE
    status_id, status = _STATES[record["state"]]
    found: JsonObject = _without_nulls(
        {
            "activity_id": activity,
            "category_uid": _CATEGORY,
            "class_uid": _CLASS,
            "type_uid": _CLASS * 100 + activity,
            "time": _milliseconds(record["updated"]),
            "start_time": _milliseconds(transfer["started"]),
            "end_time": _milliseconds(transfer["ended"]),
            "severity_id": _SEVERITIES[record["severity"]],
            "status_id": status_id,
            "status": status,
            "is_alert": activity != _CLOSE,
            "count": record["count"],
            "message": message(record),
            "action_id": _OBSERVED,
            "disposition_id": _NO_ACTION,
            "metadata": _metadata(record),
            "finding_info": _finding_info(record),
            "actor": _actor(transfer["process"]),
            "device": {"hostname": host, "type_id": _SERVER},
            "src_endpoint": _endpoint(transfer["flow"]["source"], {"hostname": host}),
            "dst_endpoint": _endpoint(
                transfer["flow"]["destination"], _whose(transfer["destination"])
            ),
            "file": _file(transfer["files"][0]) if transfer["files"] else None,
            "resources": [_resource(file) for file in transfer["files"]],
            "data_security": _data_security(record),
            **_confidence(transfer["destination"]["confidence"]),
            "unmapped": {"strandwatch": record},
        }
    )
    return found


def _metadata(record: JsonObject) -> JsonObject:
    return {
        "version": VERSION,
        "profiles": ["security_control", "host"],
        "uid": f"{record['id']}:{record['updated']}",
        "correlation_uid": record["id"],
        "product": {"name": "strandwatch", "vendor_name": "strandwatch"},
    }


def _finding_info(record: JsonObject) -> JsonObject:
    return {
        "uid": record["id"],
        "title": title(record),
        "desc": message(record),
        "types": list(record["reasons"]),
        "created_time": _milliseconds(record["opened"]),
        "modified_time": _milliseconds(record["updated"]),
    }


def _actor(process: JsonObject | None) -> JsonObject | None:
    if process is None:
        return None
    user = {"name": process["user"], "uid": str(process["user_id"])}
    executable = process["executable"]
    return {
        "user": user,
        "process": {
            "pid": process["pid"],
            "name": executable.rpartition("/")[2] or executable,
            "path": executable,
            "cmd_line": process["command"],
            "created_time": _milliseconds(process["started"]),
            "user": user,
        },
    }


def _endpoint(end: JsonObject, more: JsonObject) -> JsonObject:
    return {"ip": end["address"], "port": end["port"] or None, **more}


def _whose(destination: JsonObject) -> JsonObject:
    located = destination["countries"]
    controllers = destination["controllers"]
    return {
        "hostname": destination["server_name"],
        "location": {"country": located[0]} if located else None,
        "isp_org": controllers[0]["entity"] if controllers else None,
    }


def _file(file: JsonObject) -> JsonObject:
    return {
        "name": file["path"].rpartition("/")[2] or file["path"],
        "path": file["path"],
        "type_id": _REGULAR_FILE,
        "size": file["size_bytes"],
    }


def _resource(file: JsonObject) -> JsonObject:
    return {"name": file["path"], "type": file["format"], "labels": _labels(file)}


def _labels(file: JsonObject) -> list[str]:
    return [f"{name}:{file[name]}" for name in ("category", "species", "relation")]


def _data_security(record: JsonObject) -> JsonObject:
    regimes = record["regimes"]
    return {
        "data_lifecycle_state_id": _IN_TRANSIT,
        "detection_system_id": _OTHER_SYSTEM,
        "detection_system": "strandwatch",
        "detection_pattern": ", ".join(record["reasons"]),
        "policy": {"uid": regimes[0]["id"], "desc": regimes[0]["citation"]} if regimes else None,
    }


def _confidence(word: str) -> JsonObject:
    number, caption = _CONFIDENCES.get(word, (0, "Unknown"))
    return {"confidence_id": number, "confidence": caption}


def _milliseconds(moment: str | None) -> int | None:
    return None if moment is None else int(datetime.fromisoformat(moment).timestamp() * 1000)


def _without_nulls(value: Any) -> Any:
    """Leave out what is unknown: OCSF has no nulls. What is `unmapped` stays as it is."""
    if isinstance(value, dict):
        return {
            key: inner if key == "unmapped" else _without_nulls(inner)
            for key, inner in value.items()
            if inner is not None
        }
    return [_without_nulls(inner) for inner in value] if isinstance(value, list) else value
