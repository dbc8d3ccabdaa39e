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
    text = (ROOT / "THIRD_PARTY.md").read_text()

    listed = set(re.findall(r"^\| ([\w-]+) \|", text, re.MULTILINE)) - {"package", "---"}

    assert listed == needed(["strandwatch"]) - {"strandwatch"}


def test_no_other_strong_copyleft_has_come_in() -> None:
    declared = {
        name: importlib.metadata.metadata(name).json.get("license_expression", "")
        for name in needed(["strandwatch"])
    }

    copyleft = {name for name, licence in declared.items() if "GPL" in str(licence)}

    assert copyleft == {"scapy"}
