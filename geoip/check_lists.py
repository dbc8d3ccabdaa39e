"""Checks curated lists against the embedded data: python geoip/check_lists.py (make lists-check).

Prints what does not fit, and exits 1 when something does not. AS numbers that the data does not
have are told and do not fail: some are used for peering only.
"""

import hashlib
import json
import sys
import tempfile
from pathlib import Path

from strandwatch.errors import StrandwatchError
from strandwatch.jurisdiction.embedded import expand, read_manifest
from strandwatch.jurisdiction.entities import read_entities
from strandwatch.jurisdiction.lists_check import (
    check_lists,
    check_notice,
    names_of_networks,
    unseen,
)
from strandwatch.jurisdiction.names import read_names
from strandwatch.jurisdiction.networks import read_roles

ROOT = Path(__file__).resolve().parents[1]
GEOIP = ROOT / "geoip"


def main() -> int:
    """Check, print, and give the exit code."""
    destinations = sorted((ROOT / "config/destinations").glob("*.toml"))
    rows = json.loads((GEOIP / "MANIFEST.json").read_text())["files"]
    try:
        book = read_entities(sorted((ROOT / "config/entities").glob("*.toml")))
        read_names(destinations, book)
        roles = read_roles(destinations)
        with tempfile.TemporaryDirectory() as scratch:
            (primary,) = (row for row in read_manifest(GEOIP) if row.kind == "primary")
            names = names_of_networks(expand(primary, GEOIP, Path(scratch)).path)
    except StrandwatchError as error:
        print(error)
        return error.exit_code
    problems = check_lists(names, book, roles)
    problems += check_notice((GEOIP / "NOTICE").read_text(), rows)
    problems += _hashes(rows)
    for remark in unseen(names, book):
        print(f"note: {remark}")
    for problem in problems:
        print(problem)
    print(f"{len(names)} networks in the data, {len(problems)} problems")
    return 1 if problems else 0


def _hashes(rows: list[dict[str, str]]) -> list[str]:
    named = {row["file"]: row["packed_sha256"] for row in rows}
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in GEOIP.glob("*.mmdb.xz")
    }
    return [
        f"{name}: MANIFEST.json and the file differ"
        for name in sorted(named.keys() | found.keys())
        if named.get(name) != found.get(name)
    ]


if __name__ == "__main__":
    sys.exit(main())
