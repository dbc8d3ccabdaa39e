"""Names: one form for each host name, and the rules that say whose it is and where."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from strandwatch.domain.destination import Confidence, CountryCode
from strandwatch.domain.entity import EntityBook
from strandwatch.jurisdiction.tables import (
    Reader,
    Row,
    Source,
    is_country,
    is_day,
    is_pattern,
    is_tables,
    is_text,
    one_of,
)

_LABELS = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_OTHER_DOTS = str.maketrans({"\u3002": ".", "\uff0e": ".", "\uff61": "."})
_LONGEST_NAME = 253

_DATED = {"source": is_text, "as_of": is_day}
_SURE = one_of("high", "medium", "low")


class UnusableNameError(ValueError):
    """A name that cannot be a host's; the message says why and is safe to show."""


def normalise_name(text: str) -> str:
    """Give a host name in lower-case A-labels without a final dot; raises UnusableNameError.

    Full-width and ideographic dots separate labels too (RFC 3490, section 3.1).
    """
    name = text.translate(_OTHER_DOTS) if not text.isascii() else text
    name = name.strip().removesuffix(".")
    if len(name) > _LONGEST_NAME * 4:
        raise UnusableNameError(f"a name of {len(text)} characters")
    if not name.isascii():
        name = ".".join(_ascii_label(label) for label in name.split("."))
    name = name.lower()
    if len(name) > _LONGEST_NAME or _LABELS.fullmatch(name) is None:
        raise UnusableNameError(f"{shown(text)} is not a host name")
    if "xn--" in name:
        _check_scripts(name)
    return name


def shown(text: str) -> str:
    """Give foreign text in a form that is safe on a terminal, and short."""
    safe = text[:80].encode("ascii", "backslashreplace").decode("ascii")
    safe = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in safe)
    return safe + "..." if len(text) > 80 else safe


def _ascii_label(label: str) -> str:
    try:
        return label.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise UnusableNameError(f"{shown(label)} is not a host name's label") from error


def _check_scripts(name: str) -> None:
    """Refuse labels that mix Latin letters with look-alikes of another script."""
    for label in name.split("."):
        if not label.startswith("xn--"):
            continue
        try:
            letters = label.encode("ascii").decode("idna")
        except UnicodeError as error:
            raise UnusableNameError(f"{shown(label)} is not a valid IDNA label") from error
        scripts = {_script(letter) for letter in letters if letter.isalpha()}
        if "LATIN" in scripts and scripts & {"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"}:
            raise UnusableNameError(f"{label} mixes the letters of several scripts")


def _script(letter: str) -> str:
    return unicodedata.name(letter, "UNKNOWN").partition(" ")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRule:
    """What a suffix says: who controls the service, and perhaps where it is."""

    suffix: str
    entity: str | None
    location: CountryCode | None
    confidence: Confidence
    source: str
    as_of: str
    region: re.Pattern[str] | None = None
    regions: Mapping[str, CountryCode] | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class TldRule:
    """What a top-level domain says."""

    country: CountryCode
    source: str
    as_of: str


@dataclass(frozen=True, slots=True)
class NameMatch:
    """A rule that a name fits, with the region that the name holds."""

    rule: NameRule
    region: str | None
    location: CountryCode | None
    """The rule's own country or that of the region; None where the name does not tell."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """A cloud and its regions, for records that name them outright."""

    id: str
    entity: str | None
    regions: Mapping[str, CountryCode]
    source: str
    as_of: str


class NameBook:
    """All name rules; the longest suffix on a label's border wins."""

    def __init__(
        self,
        rules: Mapping[str, NameRule],
        tlds: Mapping[str, TldRule],
        clouds: Mapping[str, Cloud],
    ) -> None:
        self._rules = rules
        self._tlds = tlds
        self._clouds = clouds

    def match(self, name: str) -> NameMatch | None:
        """Give the rule that a normal name fits."""
        rules, suffix = self._rules, name
        while suffix:
            rule = rules.get(suffix)
            if rule is not None:
                return _matched(rule, name[: -len(suffix) - 1])
            suffix = suffix.partition(".")[2]
        return None

    def tld(self, name: str) -> TldRule | None:
        """Give what the top-level domain says."""
        return self._tlds.get(name.rpartition(".")[2])

    def cloud(self, text: str) -> Cloud | None:
        """Find a cloud by its id or any of its names."""
        return self._clouds.get(text.strip().lower())

    def rules(self) -> Iterable[NameRule]:
        """Give every rule."""
        return self._rules.values()


def _matched(rule: NameRule, before: str) -> NameMatch:
    if rule.region is None or rule.regions is None:
        return NameMatch(rule, None, rule.location)
    found = rule.region.search(before)
    if found is None:
        return NameMatch(rule, None, rule.location)
    region = found.group(1)
    return NameMatch(rule, region, region_country(rule.regions, region) or rule.location)


def region_country(regions: Mapping[str, CountryCode], region: str) -> CountryCode | None:
    """Give a region's country: its own row, else the longest `prefix*` row that fits."""
    exact = regions.get(region)
    if exact is not None:
        return exact
    fitting = [row for row in regions if row.endswith("*") and region.startswith(row[:-1])]
    return regions[max(fitting, key=len)] if fitting else None


def read_names(sources: Iterable[Source], entities: EntityBook) -> NameBook:
    """Read name rules; raises ConfigurationError naming every bad row."""
    reader = Reader()
    rules: list[NameRule] = []
    tlds: dict[str, TldRule] = {}
    clouds: dict[str, Cloud] = {}
    for source in sources:
        document = reader.document(source, ("cloud", "name", "tld", "network"))
        for row in document.get("cloud", ()):
            _read_cloud(reader, row, source.name, rules, clouds)
        for row in document.get("name", ()):
            _read_service(reader, row, source.name, rules)
        for row in document.get("tld", ()):
            _read_tld(reader, row, source.name, tlds)
    book = _unique(reader, rules)
    for rule in rules:
        if rule.entity is not None and rule.entity not in entities.entities:
            reader.problems.append(f"{rule.suffix}: entity {rule.entity} is not known")
    reader.finish()
    return NameBook(book, tlds, clouds)


def _unique(reader: Reader, rules: Iterable[NameRule]) -> dict[str, NameRule]:
    book: dict[str, NameRule] = {}
    for rule in rules:
        if rule.suffix in book:
            reader.problems.append(f"{rule.suffix} has two rules")
        book[rule.suffix] = rule
    return book


def _read_cloud(
    reader: Reader, row: Row, where: str, rules: list[NameRule], clouds: dict[str, Cloud]
) -> None:
    where = f"{where}: cloud {row.get('id', '?')}"
    required = {"id": is_text, "aliases": _is_texts, **_DATED}
    optional = {
        "entity": is_text,
        "note": is_text,
        "suffix": is_tables,
        "regions": _is_regions,
    }
    if not reader.row(row, where, required, optional):
        return
    regions = row.get("regions", {})
    cloud = Cloud(row["id"], row.get("entity"), regions, row["source"], row["as_of"])
    clouds.update({name.lower(): cloud for name in (row["id"], *row["aliases"])})
    rules.extend(
        _rule(item, row.get("entity"), regions)
        for item in row.get("suffix", ())
        if reader.row(
            item,
            f"{where}, {item.get('suffix', '?')}",
            {"suffix": _is_suffix, "confidence": _SURE, **_DATED},
            {"region": is_pattern, "location": is_country, "note": is_text},
        )
    )


def _read_service(reader: Reader, row: Row, where: str, rules: list[NameRule]) -> None:
    required = {
        "suffix": _is_suffix,
        "entity": is_text,
        "confidence": _SURE,
        "kind": is_text,
        **_DATED,
    }
    optional = {"location": is_country, "note": is_text}
    if reader.row(row, f"{where}: name {row.get('suffix', '?')}", required, optional):
        rules.append(_rule(row, row["entity"], None))


def _rule(row: Row, entity: str | None, regions: Mapping[str, CountryCode] | None) -> NameRule:
    # The pattern ends where the suffix begins: whoever makes a bucket chooses the labels before.
    region = re.compile(f"(?:{row['region']})$") if "region" in row else None
    return NameRule(
        suffix=row["suffix"],
        entity=entity,
        location=row.get("location"),
        confidence=Confidence(row["confidence"]),
        source=row["source"],
        as_of=row["as_of"],
        region=region,
        regions=regions,
        note=row.get("note", ""),
    )


def _read_tld(reader: Reader, row: Row, where: str, tlds: dict[str, TldRule]) -> None:
    required = {
        "label": _is_suffix,
        "country": is_country,
        "kind": one_of("country", "operated"),
        **_DATED,
    }
    if reader.row(row, f"{where}: tld {row.get('label', '?')}", required, {"note": is_text}):
        tlds[row["label"]] = TldRule(row["country"], row["source"], row["as_of"])


def _is_suffix(value: object) -> bool:
    return isinstance(value, str) and _LABELS.fullmatch(value) is not None


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(is_text(item) for item in value)


def _is_regions(value: object) -> bool:
    return isinstance(value, dict) and all(is_country(country) for country in value.values())
