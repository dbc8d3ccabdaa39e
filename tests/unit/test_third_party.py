"""THIRD_PARTY.md names every package that an installation brings, with the licence it declares."""

import importlib.metadata
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def needed(names: list[str]) -> set[str]:
    """Give the packages that these need on this platform, themselves included."""
    found: set[str] = set()
    while names:
        name = re.sub(r"[-_.]+", "-", names.pop()).lower()
        if name in found:
            continue
        try:
            requires = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            # Named for another platform or an older Python only.
            continue
        found.add(name)
        names += [
            match.group()
            for one in requires
            if "extra ==" not in one and (match := re.match(r"[\w.-]+", one))
        ]
    return found


def test_every_installed_dependency_stands_in_the_table() -> None:
    rows = re.findall(
        r"^\| ([\w-]+) \| ([\w. -]+?) \|", (ROOT / "THIRD_PARTY.md").read_text(), re.M
    )
    listed = {name: licence for name, licence in rows if name != "package" and "--" not in name}

    installed = needed(["strandwatch"]) - {"strandwatch"}

    assert listed == installed


def test_nothing_under_another_strong_copyleft_has_come_in() -> None:
    licences = {
        name: (importlib.metadata.metadata(name).get("License-Expression") or "")
        for name in needed(["strandwatch"])
    }

    copyleft = {name for name, licence in licences.items() if "GPL" in licence}

    assert copyleft == {"scapy"}
