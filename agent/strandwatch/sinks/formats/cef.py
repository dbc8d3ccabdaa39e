"""CEF: an alert as one line of the Common Event Format, version 0.

Source: ArcSight Common Event Format, revision 26: escaping in section "Character Encoding", keys
in the extension dictionary.
"""

from collections.abc import Iterator
from datetime import datetime

from strandwatch.sinks.formats.summary import JsonObject, countries, message, title
from strandwatch.sinks.wording import printable

_SEVERITIES = {"info": 2, "low": 3, "medium": 5, "high": 8, "critical": 10}
_LONGEST = {"fname": 1023, "filePath": 1023, "msg": 1023, "duser": 1023, "cs": 4000}
"""Lengths that the dictionary allows."""


def line(record: JsonObject, *, repeat: bool, host: str, version: str) -> str:
    """Give the line of an alert record; `host` is this machine's name, `version` the program's."""
    event = "transfer-updated" if repeat else "transfer-detected"
    head = ("CEF:0", "strandwatch", "strandwatch", version, event, title(record))
    escaped = [head[0], *(_in_head(printable(word)) for word in head[1:])]
    severity = str(_SEVERITIES[record["severity"]])
    extension = " ".join(
        f"{key}={_in_extension(printable(str(value)))}"
        for key, value in _extension(record, host)
        if value is not None
    )
    return "|".join((*escaped, severity, extension))


def _extension(record: JsonObject, host: str) -> Iterator[tuple[str, object]]:
    transfer = record["transfer"]
    flow, process = transfer["flow"], transfer["process"]
    yield "rt", _milliseconds(record["updated"])
    yield "start", _milliseconds(transfer["started"])
    yield "end", _milliseconds(transfer["ended"])
    yield "externalId", record["id"]
    yield "cnt", record["count"]
    yield "dvchost", host
    yield "act", "observed"
    yield "proto", flow["protocol"].upper()
    yield "src", flow["source"]["address"]
    yield "spt", flow["source"]["port"]
    yield "dst", flow["destination"]["address"]
    yield "dpt", flow["destination"]["port"]
    yield "dhost", transfer["destination"]["server_name"]
    yield "out", transfer["sent_bytes"]
    if process is not None:
        yield "suser", process["user"]
        yield "spid", process["pid"]
        yield "sproc", process["executable"]
    if transfer["files"]:
        path = transfer["files"][0]["path"]
        yield "fname", path.rpartition("/")[2][: _LONGEST["fname"]]
        yield "filePath", path[: _LONGEST["filePath"]]
        yield "fsize", transfer["files"][0]["size_bytes"]
    yield from _customs(record)
    yield "msg", message(record)[: _LONGEST["msg"]]


def _customs(record: JsonObject) -> Iterator[tuple[str, object]]:
    destination = record["transfer"]["destination"]
    controllers = ", ".join(one["entity"] for one in destination["controllers"])
    customs = (
        ("jurisdictions", countries(record)),
        ("controllers", controllers or None),
        ("reasons", ", ".join(record["reasons"])),
        ("regimes", ", ".join(f"{one['id']} {one['verdict']}" for one in record["regimes"])),
        ("confidence", destination["confidence"]),
        ("state", record["state"]),
    )
    for number, (name, value) in enumerate(customs, start=1):
        if value:
            yield f"cs{number}Label", name
            yield f"cs{number}", value[: _LONGEST["cs"]]


def _in_head(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|")


def _in_extension(text: str) -> str:
    return text.replace("\\", "\\\\").replace("=", "\\=")


def _milliseconds(moment: str | None) -> int | None:
    return None if moment is None else int(datetime.fromisoformat(moment).timestamp() * 1000)
