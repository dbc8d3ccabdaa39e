"""A folder that carries its own proof: its files, and a manifest with the hash of each."""

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strandwatch.domain.contract import alert_record, rfc3339, transfer_record
from strandwatch.domain.encoding import to_plain
from strandwatch.errors import UsageError
from strandwatch.report.case import Case
from strandwatch.report.case_page import case_page
from strandwatch.report.drafts import drafts

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Signature:
    """An Ed25519 signature over the manifest's bytes, both in hex."""

    public_key: str
    signature: str


Sign = Callable[[bytes], Signature]


def case_files(case: Case) -> dict[str, str]:
    """Give the texts of a case's folder by file name."""
    return {
        "index.html": case_page(case),
        "case.json": json.dumps(_case_record(case), indent=1) + "\n",
        **{f"drafts/{name}": text for name, text in drafts(case).items()},
    }


def write_folder(
    folder: Path, files: Mapping[str, str], *, made_ns: int, version: str, sign: Sign | None
) -> None:
    """Write files and manifest into a new folder; raises UsageError when it is there already."""
    try:
        folder.mkdir(parents=True)
    except FileExistsError as error:
        raise UsageError(f"{folder} is there already: name another with --output") from error
    for name, text in files.items():
        _write(folder / name, text.encode("utf-8", "backslashreplace"))
    manifest = {
        "made": rfc3339(made_ns),
        "by": f"strandwatch {version}",
        "files": {
            name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in sorted(files)
        },
    }
    data = (json.dumps(manifest, indent=1) + "\n").encode()
    _write(folder / MANIFEST, data)
    if sign is not None:
        signature = sign(data)
        plain = {"algorithm": "Ed25519", "of": MANIFEST, **to_plain(signature)}
        _write(folder / f"{MANIFEST}.signature", (json.dumps(plain, indent=1) + "\n").encode())


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def _case_record(case: Case) -> dict[str, Any]:
    return {
        "made": rfc3339(case.made_ns),
        "version": case.version,
        "reporter": to_plain(case.reporter),
        "alert": alert_record(case.alert),
        "history": [alert_record(one) for one in case.series],
        "transfers": [transfer_record(one) for one in case.transfers],
        "handling": [
            {"at": rfc3339(one.at_ns), "state": one.state.value, "by": one.by, "reason": one.reason}
            for one in case.handlings
        ],
        "records": [
            {
                "seq": one.seq,
                "kind": one.kind,
                "key": one.key,
                "hash": one.hash,
                "link": one.link,
                "content": one.content,
            }
            for one in case.evidence
        ],
    }
