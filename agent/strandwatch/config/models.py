"""The configuration's options: their types, defaults and meaning.

The docstrings are the reference: config/strandwatch.toml and the JSON schema are made of them.
"""

from typing import Annotated, Literal

from pydantic import Field

from strandwatch.config.policy_models import PolicyConfig
from strandwatch.config.section import ConfigPath, CountryOption, Section
from strandwatch.config.sink_models import SinksConfig


class AgentConfig(Section):
    """Where the daemon keeps its things and whose rights it runs with."""

    state_directory: Annotated[ConfigPath | None, Field(examples=["/var/lib/strandwatch"])] = None
    """Folder of the record and the keys. Without it: /var/lib/strandwatch for root, and
    ~/.local/state/strandwatch for an ordinary user."""

    user: Annotated[str, Field(min_length=1, max_length=32)] = "strandwatch"
    """Account that the agent process changes to when it is started as root. Where it does not
    exist, an unused numeric id serves."""


class WatchConfig(Section):
    """Sequencing output: folders in which every new file is identified as it lands."""

    directories: Annotated[
        tuple[ConfigPath, ...], Field(strict=False, examples=[["/data/runs"]])
    ] = ()
    """Output folders of sequencers and pipelines, with everything below them. Files anywhere else
    are still identified when a process that sends reads them."""


class SourcesConfig(Section):
    """How the agent looks at this machine; `strandwatch doctor` says what works here."""

    flows: Literal["auto", "kernel", "netlink", "portable"] = "auto"
    """Source of network flows. auto takes the best tier that works and says which."""

    files: Literal["auto", "fanotify", "portable"] = "auto"
    """Source of file accesses. portable sees only watched folders and its own user's processes."""

    names: bool = True
    """Learn server names from DNS answers and TLS or QUIC greetings. Needs CAP_NET_RAW."""

    poll_milliseconds: Annotated[int, Field(ge=50, le=60_000)] = 500
    """How often the tiers that must poll look at sockets and processes."""

    include_loopback: bool = False
    """Treat the loopback interface as if it left the machine. For tests and demonstrations."""

    ignore_paths: Annotated[tuple[str, ...], Field(strict=False)] = (
        "/proc/",
        "/sys/",
        "/etc/",
        "/lib/",
        "/usr/bin/",
        "/usr/lib/",
    )
    """Files below these folders are not looked at. No folder that could hold genomes belongs here:
    what is read there is invisible."""


class GenomicsConfig(Section):
    """What identifying one file may cost; past it the answer is partial and says so."""

    budget_bytes: Annotated[int, Field(ge=65_536, le=1_073_741_824)] = 1_048_576
    """Bytes read from one file at most."""

    budget_milliseconds: Annotated[int, Field(ge=1, le=60_000)] = 50
    """Time spent on one file at most."""

    sketch_path: Annotated[ConfigPath | None, Field(examples=["/etc/strandwatch/human.sketch"])] = (
        None
    )
    """Sketch of your human reference genome (`strandwatch build-sketch`); without this option the
    one in the state directory is used where there is one."""

    subject_map_path: Annotated[
        ConfigPath | None, Field(examples=["/etc/strandwatch/subjects.tsv"])
    ] = None
    """Which samples are one person, such as a tumour and its normal: sample name and subject, two
    columns separated by a tab, one sample per line."""


class DatabaseConfig(Section):
    """One address database."""

    kind: Literal["primary", "country", "registration", "maxmind", "override"]
    """primary (country, network and owner), country, registration, maxmind (a GeoIP2 file), or
    override (your own address plan: its word is final where it has one)."""

    path: ConfigPath
    """An .mmdb file."""


class OverrideConfig(Section):
    """Your own word about an endpoint; it is final."""

    match: Annotated[str, Field(min_length=1)]
    """A network (192.0.2.0/24), an address, an AS number (AS64500) or a name with all below it."""

    country: CountryOption
    """ISO 3166-1 alpha-2 code of the country that counts."""

    entity: str | None = None
    """Who controls it."""

    note: str | None = None
    """Why you know."""


class FeedConfig(Section):
    """Addresses of relays, such as the Tor project's exits: one address or network a line."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    """What the evidence calls it."""

    path: ConfigPath
    """The file; who fetches it is up to you."""


class UpdateConfig(Section):
    """One database that `strandwatch geoip update` fetches. The daemon itself fetches nothing."""

    provider: Literal["maxmind", "dbip", "ipinfo"]
    """maxmind (account and licence key), dbip (free), or ipinfo (token)."""

    edition: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9-]{1,60}$")] = None
    """maxmind's edition, such as GeoLite2-Country."""

    account: str | None = None
    """maxmind's account number."""

    secret_file: ConfigPath | None = None
    """A file that holds the licence key or token, and nothing else."""

    server: str | None = None
    """A mirror of your own in the provider's place, with https."""


class JurisdictionConfig(Section):
    """Address databases and your own knowledge of endpoints; nothing is ever looked up online."""

    databases: Annotated[
        tuple[DatabaseConfig, ...],
        Field(
            strict=False,
            examples=[[{"kind": "maxmind", "path": "/srv/geo/GeoLite2-ASN.mmdb"}]],
        ),
    ] = ()
    """Databases of your own, asked beside the embedded ones."""

    replace_embedded: bool = False
    """Ask only the databases named here."""

    overrides: Annotated[
        tuple[OverrideConfig, ...],
        Field(
            strict=False,
            examples=[[{"match": "192.0.2.0/24", "country": "US", "entity": "our second site"}]],
        ),
    ] = ()
    """What you know of endpoints yourself: own sites, partners, leased networks."""

    entity_lists: Annotated[
        tuple[ConfigPath, ...], Field(strict=False, examples=[["/etc/strandwatch/partners.toml"]])
    ] = ()
    """Lists of who controls which network, in the form of those in config/entities."""

    destination_lists: Annotated[
        tuple[ConfigPath, ...], Field(strict=False, examples=[["/etc/strandwatch/names.toml"]])
    ] = ()
    """Lists of what names say, in the form of those in config/destinations."""

    anonymiser_feeds: Annotated[
        tuple[FeedConfig, ...],
        Field(
            strict=False,
            examples=[[{"name": "tor exits", "path": "/var/lib/feeds/torbulkexitlist"}]],
        ),
    ] = ()
    """Relays: what goes to one has an unknown final destination."""

    nat64_prefixes: Annotated[
        tuple[str, ...], Field(strict=False, examples=[["2001:db8:64::/96"]])
    ] = ()
    """NAT64 prefixes of your network beside the well-known one, so that the IPv4 address counts."""

    disputed_as: Literal["both", "UA", "RU"] = "both"
    """Which jurisdiction networks in Crimea count for, where databases differ."""

    updates: Annotated[
        tuple[UpdateConfig, ...],
        Field(
            strict=False,
            examples=[
                [
                    {
                        "provider": "maxmind",
                        "edition": "GeoLite2-Country",
                        "account": "123456",
                        "secret_file": "/etc/strandwatch/maxmind.key",
                    }
                ]
            ],
        ),
    ] = ()
    """Databases that `strandwatch geoip update` fetches when it is called, by you or a timer."""


class AlertsConfig(Section):
    """When alerts belong together."""

    group_minutes: Annotated[int, Field(ge=1, le=10_080)] = 90
    """Transfers of one actor to one counterparty within this time are one alert that grows."""


class StoreConfig(Section):
    """The record on disk."""

    path: Annotated[ConfigPath | None, Field(examples=["/var/lib/strandwatch/record.db"])] = None
    """The record's file. Without it: record.db in the state directory."""

    keep_flow_days: Annotated[int, Field(ge=1, le=36_500)] = 400
    """How long flows are kept after they ended. Alerts, their handling, transfers and losses are
    always kept: 28 CFR 202.1101(a) asks for ten years."""

    keep_process_days: Annotated[int, Field(ge=1, le=36_500)] = 400
    """How long processes are kept after they were last seen."""

    keep_file_days: Annotated[int, Field(ge=1, le=36_500)] = 3_660
    """How long genomic and unidentified files are kept after they were last seen."""

    legal_hold: bool = False
    """Delete nothing, whatever its age."""


class LoggingConfig(Section):
    """The daemon's own log, on stderr. It holds no paths and no sample names."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """Least important level that is written."""

    format: Literal["text", "json"] = "text"
    """text for people, json for machines."""


class Config(Section):
    """Configuration of strandwatch."""

    agent: AgentConfig = AgentConfig()
    watch: WatchConfig = WatchConfig()
    sources: SourcesConfig = SourcesConfig()
    genomics: GenomicsConfig = GenomicsConfig()
    jurisdiction: JurisdictionConfig = JurisdictionConfig()
    policy: PolicyConfig = PolicyConfig()
    alerts: AlertsConfig = AlertsConfig()
    store: StoreConfig = StoreConfig()
    sinks: SinksConfig = SinksConfig()
    logging: LoggingConfig = LoggingConfig()
