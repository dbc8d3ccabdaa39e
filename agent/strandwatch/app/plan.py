"""From configuration to plans: what an operator wrote, as what each process is told to do."""

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from strandwatch.app.watchlists import with_listed_entities
from strandwatch.config.load import state_directory, store_path
from strandwatch.config.models import Config, DatabaseConfig, JurisdictionConfig, StoreConfig
from strandwatch.config.policy import load_policy
from strandwatch.config.sink_models import SyslogSinkConfig, WebhookSinkConfig
from strandwatch.domain.regime import Policy
from strandwatch.errors import ConfigurationError
from strandwatch.runtime.clock import SystemClock
from strandwatch.runtime.plan import (
    AgentPlan,
    Database,
    Feed,
    JurisdictionPlan,
    KeepPlan,
    LogPlan,
    Override,
    Plan,
    SensorPlan,
    SyslogPlan,
    WebhookPlan,
)


def make_plan(config: Config, remake: tuple[str, ...]) -> Plan:
    """Give the plan of a configuration; raises ConfigurationError for a bad policy."""
    state = str(state_directory(config).absolute())
    log = LogPlan(level=config.logging.level, as_json=config.logging.format == "json")
    return Plan(
        sensor=SensorPlan(
            log=log,
            directories=tuple(str(path.absolute()) for path in config.watch.directories),
            flows=config.sources.flows,
            files=config.sources.files,
            names=config.sources.names,
            poll_milliseconds=config.sources.poll_milliseconds,
            include_loopback=config.sources.include_loopback,
            ignore_paths=config.sources.ignore_paths,
            own_paths=_own_paths(config, state),
        ),
        agent=AgentPlan(
            log=log,
            state_directory=state,
            policy=policy_in_force(config),
            store_path=str(store_path(config).absolute()),
            keep=_keep(config.store),
            jurisdiction=jurisdiction_plan(config.jurisdiction),
            identify_bytes=config.genomics.budget_bytes,
            identify_milliseconds=config.genomics.budget_milliseconds,
            sketch_path=_absolute(config.genomics.sketch_path),
            subject_map_path=_absolute(config.genomics.subject_map_path),
            incident_minutes=config.alerts.group_minutes,
            console=config.sinks.console.enabled,
            jsonl_path=_jsonl_path(config, state),
            syslog=_syslog(config.sinks.syslog),
            webhook=_webhook(config.sinks.webhook),
        ),
        user=config.agent.user,
        remake=remake,
    )


def _own_paths(config: Config, state: str) -> tuple[str, ...]:
    """Give the beginnings of the paths of the daemon's own files, which no source may look at.

    A descriptor of the record that came to the agent and was closed there would take all of the
    agent's locks on the record with it (fcntl(2), advisory record locks): whoever opened the
    record next would cut the shared memory short under SQLite, and the agent would die of SIGBUS.
    """
    return (f"{state}/", str(store_path(config).absolute()))


def _keep(store: StoreConfig) -> KeepPlan:
    if store.legal_hold:
        return KeepPlan()
    return KeepPlan(
        flow_days=store.keep_flow_days,
        process_days=store.keep_process_days,
        file_days=store.keep_file_days,
    )


def policy_in_force(config: Config) -> Policy:
    """Give the regimes that are on, with the members that their lists have today."""
    today = datetime.fromtimestamp(SystemClock().now_ns() // 10**9, UTC).date()
    return with_listed_entities(load_policy(config.policy), config.jurisdiction.entity_lists, today)


def jurisdiction_plan(config: JurisdictionConfig) -> JurisdictionPlan:
    """Give what the resolver is to ask."""
    return JurisdictionPlan(
        databases=tuple(_database(one) for one in config.databases),
        replace_embedded=config.replace_embedded,
        overrides=tuple(
            Override(match=one.match, country=one.country, entity=one.entity, reason=one.note or "")
            for one in config.overrides
        ),
        entity_lists=_paths(config.entity_lists),
        destination_lists=_paths(config.destination_lists),
        anonymiser_feeds=tuple(
            Feed(name=one.name, path=str(one.path.absolute())) for one in config.anonymiser_feeds
        ),
        nat64_prefixes=config.nat64_prefixes,
        disputed_as=config.disputed_as,
    )


def _paths(paths: tuple[Path, ...]) -> tuple[str, ...]:
    return tuple(str(path.absolute()) for path in paths)


def _database(database: DatabaseConfig) -> Database:
    return Database(kind=database.kind, path=str(database.path.absolute()))


def _absolute(path: Path | None) -> str | None:
    return None if path is None else str(path.absolute())


def _jsonl_path(config: Config, state: str) -> str | None:
    if not config.sinks.jsonl.enabled:
        return None
    return str((config.sinks.jsonl.path or Path(state) / "alerts.jsonl").absolute())


def _syslog(config: SyslogSinkConfig) -> SyslogPlan | None:
    if not config.enabled:
        return None
    if config.address.startswith("local:"):
        local = config.address.removeprefix("local:")
        return SyslogPlan(transport="local", form=config.format, path=local)
    parts = urlsplit(config.address)
    return SyslogPlan(
        transport=parts.scheme,
        form=config.format,
        host=parts.hostname or "",
        port=parts.port or 0,
        authority=_absolute(config.authority),
        certificate=_absolute(config.certificate),
        key=_absolute(config.key),
    )


def _webhook(config: WebhookSinkConfig) -> WebhookPlan | None:
    if not config.enabled:
        return None
    if config.url is None:
        raise ConfigurationError(("sinks.webhook.url: missing, and sinks.webhook is enabled",))
    return WebhookPlan(
        url=config.url,
        form=config.format,
        secret_file=_absolute(config.secret_file),
        authority=_absolute(config.authority),
    )
