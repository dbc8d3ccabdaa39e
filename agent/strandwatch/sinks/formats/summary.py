"""An alert record in a title and a sentence, for formats that have one field for either."""

from typing import Any

from strandwatch.sinks.wording import printable, size

JsonObject = dict[str, Any]


def title(record: JsonObject) -> str:
    """Give what happened in a few words."""
    return f"potential transfer of {_what(record)} to {countries(record)}"


def message(record: JsonObject) -> str:
    """Give what happened, who did it, how much and where to, in one line safe for a terminal."""
    transfer = record["transfer"]
    process, destination = transfer["process"], transfer["destination"]
    who = f"{process['user']} with {process['executable']}" if process else "an unknown process"
    host = destination["server_name"] or destination["address"]
    files = transfer["files"]
    first = f": {files[0]['path']}" if files else ""
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    return printable(
        f"{title(record)} ({host}) by {who}, {size(transfer['sent_bytes'])}{first}{more}"
    )


def countries(record: JsonObject) -> str:
    """Give the jurisdictions that decide."""
    return ", ".join(record["transfer"]["destination"]["jurisdictions"]) or "an unknown country"


def _what(record: JsonObject) -> str:
    files = record["transfer"]["files"]
    kinds = sorted({file["category"] for file in files} - {"unknown", "none"})
    if not kinds:
        return "unidentified files"
    human = any(file["species"] in ("human", "mixed") for file in files)
    return f"{'human ' if human else ''}{' and '.join(kinds)} data"
