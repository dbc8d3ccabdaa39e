"""Plans: what each process is told to do, as plain values that travel over a descriptor.

Configuration is read and checked in a process that ends; the long-lived ones get a plan and need
neither the files nor the library that reads them.
"""

from dataclasses import dataclass

from strandwatch.domain.regime import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPlan:
    """How processes log."""

    level: str = "info"
    as_json: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorPlan:
    """What the sensor watches."""

    log: LogPlan = LogPlan()
    directories: tuple[str, ...] = ()
    flows: str = "auto"
    files: str = "auto"
    names: bool = True
    poll_milliseconds: int = 200
    include_loopback: bool = False
    ignore_paths: tuple[str, ...] = ()
    own_paths: tuple[str, ...] = ()
    """Beginnings of the paths of the agent's own files, which are never handed to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """An address database of the operator's."""

    kind: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """The operator's own word about addresses, a network number or a name suffix."""

    match: str
    country: str
    entity: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A list of relays' addresses."""

    name: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JurisdictionPlan:
    """What is asked, beside the embedded data, about whose jurisdiction an endpoint is in."""

    databases: tuple[Database, ...] = ()
    replace_embedded: bool = False
    overrides: tuple[Override, ...] = ()
    entity_lists: tuple[str, ...] = ()
    destination_lists: tuple[str, ...] = ()
    anonymiser_feeds: tuple[Feed, ...] = ()
    nat64_prefixes: tuple[str, ...] = ()
    disputed_as: str = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepPlan:
    """How many days records are kept; None is for ever."""

    flow_days: int | None = None
    process_days: int | None = None
    file_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SyslogPlan:
    """A syslog receiver, and how it wants alerts."""

    transport: str
    form: str
    host: str = ""
    port: int = 0
    path: str = ""
    authority: str | None = None
    certificate: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookPlan:
    """A web address, and how it wants alerts."""

    url: str
    form: str
    secret_file: str | None = None
    authority: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPlan:
    """What the agent reasons by, and where it keeps and tells."""

    state_directory: str
    policy: Policy
    log: LogPlan = LogPlan()
    store_path: str = ""
    keep: KeepPlan = KeepPlan()
    jurisdiction: JurisdictionPlan = JurisdictionPlan()
    identify_bytes: int = 1024 * 1024
    identify_milliseconds: int = 50
    sketch_path: str | None = None
    subject_map_path: str | None = None
    incident_minutes: int = 90
    console: bool = True
    jsonl_path: str | None = None
    syslog: SyslogPlan | None = None
    webhook: WebhookPlan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Both plans, the agent's user, and the words to make the next plan with on reload."""

    sensor: SensorPlan
    agent: AgentPlan
    user: str = "strandwatch"
    remake: tuple[str, ...] = ()
    """Arguments of `strandwatch` that print a fresh plan; empty when nothing can be reloaded."""
