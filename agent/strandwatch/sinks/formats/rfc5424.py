"""RFC 5424: any text as one syslog message, with the alert's facts as structured data."""

from collections.abc import Iterator

from strandwatch.sinks.formats.summary import JsonObject

_AUTHPRIV = 10
"""Facility: security and authorization messages, private (section 6.2.1)."""
_SEVERITIES = {"critical": 2, "high": 3, "medium": 4, "low": 5, "info": 6}
_SD_ID = "strandwatch@32473"
"""32473 is the number that RFC 5612 sets aside for those who have none of their own."""
_NIL = "-"
_BOM = "\ufeff"


def frame(record: JsonObject, text: str, *, host: str, pid: int) -> bytes:
    """Give the message of an alert record with this text as its MSG."""
    priority = _AUTHPRIV * 8 + _SEVERITIES[record["severity"]]
    head = (
        f"<{priority}>1 {record['updated']} {_name(host, 255)} strandwatch {pid} alert "
        f"{_structured(record)}"
    )
    return f"{head} {_BOM}{text}".encode("utf-8", "backslashreplace")


def _name(text: str, longest: int) -> str:
    """Give a header field: printable ASCII without spaces, or the sign that it is not known."""
    kept = "".join(letter for letter in text if "!" <= letter <= "~")
    return kept[:longest] or _NIL


def _structured(record: JsonObject) -> str:
    parameters = "".join(f' {name}="{_escaped(value)}"' for name, value in _parameters(record))
    return f"[{_SD_ID}{parameters}]"


def _parameters(record: JsonObject) -> Iterator[tuple[str, str]]:
    transfer = record["transfer"]
    destination = transfer["destination"]
    yield "id", record["id"]
    yield "state", record["state"]
    yield "severity", record["severity"]
    yield "destination", str(transfer["flow"]["destination"]["address"])
    if destination["server_name"]:
        yield "serverName", destination["server_name"]
    yield "jurisdictions", ",".join(destination["jurisdictions"])
    if transfer["sent_bytes"] is not None:
        yield "sentBytes", str(transfer["sent_bytes"])
    if transfer["process"]:
        yield "user", transfer["process"]["user"]
        yield "executable", transfer["process"]["executable"]


def _escaped(value: str) -> str:
    """Escape what section 6.3.3 names; control characters have no place in a line."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in value)
    return shown.replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")
