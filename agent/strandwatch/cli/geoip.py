"""`strandwatch geoip`: show, update and import address databases."""

import stat
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import click

from strandwatch.app.plan import jurisdiction_plan
from strandwatch.app.resolver import FOLDER, open_planned_resolver
from strandwatch.cli.options import (
    config_option,
    examples,
    format_option,
    read_config,
    state_directory_option,
)
from strandwatch.cli.output import Column, JsonObject, print_records, quiet_logs
from strandwatch.config.load import state_directory as folder_of
from strandwatch.config.models import Config, UpdateConfig
from strandwatch.errors import ExitCode, JurisdictionError, UsageError
from strandwatch.jurisdiction.collect import library_in
from strandwatch.jurisdiction.databases import Freshness
from strandwatch.jurisdiction.embedded import EmbeddedFile, read_manifest
from strandwatch.jurisdiction.fetch import Secret
from strandwatch.jurisdiction.library import Shelf
from strandwatch.jurisdiction.resolve import Resolver
from strandwatch.jurisdiction.state import AgedDatabase
from strandwatch.jurisdiction.update import Provider, Subscription, Updated, Updater
from strandwatch.runtime.clock import SystemClock

_LARGEST_SECRET_BYTES = 1024


@click.group(
    epilog=examples(
        "strandwatch geoip status",
        "strandwatch geoip import GeoLite2-Country.tar.gz",
        "strandwatch geoip update",
    )
)
def geoip() -> None:
    """Show, update and import address databases.

    The daemon fetches nothing by itself. It takes up what these commands install within half a
    minute, without a restart.
    """


_STATUS = (
    Column(key="name", title="Database"),
    Column(key="kind", title="Says"),
    Column(key="build", title="Built"),
    Column(key="age_days", title="Days", right=True),
    Column(key="state", title="State"),
    Column(key="origin", title="From"),
    Column(key="problem", title="Problem"),
)


@geoip.command(epilog=examples("strandwatch geoip status --format json"))
@config_option
@state_directory_option
@format_option
def status(config_path: Path | None, state_directory: Path | None, form: str) -> int:
    """Say which databases are asked, how old they are, and where they come from.

    A database is fresh up to 45 days after its build; after 120 days alerts say its age, and after
    365 days no destination is called clean by it. Exits with 1 when one is missing or that old.
    """
    quiet_logs()
    config = read_config(config_path, state_directory)
    resolver = open_planned_resolver(
        jurisdiction_plan(config.jurisdiction), folder_of(config), SystemClock(), writable=False
    )
    print_records(_status_records(resolver, config), form, _STATUS, empty="No database is asked.")
    return ExitCode.FINDINGS if resolver.problems else ExitCode.OK


def _status_records(resolver: Resolver, config: Config) -> Iterator[JsonObject]:
    embedded = {row.name: row for row in _manifest()}
    library = library_in(folder_of(config) / FOLDER)
    try:
        shelves = library.shelves()
    except JurisdictionError:
        shelves = {}
    for aged in resolver.databases:
        yield _status_record(aged, embedded, shelves)
    for missing in resolver.missing:
        yield {**_NO_DATABASE, "name": missing.name, "problem": missing.problem}


_NO_DATABASE: JsonObject = {
    "name": "",
    "kind": None,
    "type": None,
    "build": None,
    "age_days": None,
    "state": "missing",
    "origin": None,
    "sha256": None,
    "licence": None,
    "attribution": None,
    "problem": None,
}


def _status_record(
    aged: AgedDatabase, embedded: dict[str, EmbeddedFile], shelves: dict[str, Shelf]
) -> JsonObject:
    database = aged.database
    row, shelf = embedded.get(database.name), shelves.get(database.name)
    origin = "your configuration"
    if row is not None and row.sha256 == database.sha256:
        origin = "embedded"
    elif shelf is not None:
        held = (one for one in (shelf.current, shelf.previous) if one is not None)
        origin = next((one.origin for one in held if one.sha256 == database.sha256), origin)
    expired = aged.freshness is Freshness.EXPIRED
    return {
        **_NO_DATABASE,
        "name": database.name,
        "kind": database.kind.value,
        "type": database.type,
        "build": database.build_date,
        "age_days": aged.age_days,
        "state": aged.freshness.value,
        "origin": origin,
        "sha256": database.sha256,
        "licence": None if row is None else row.licence,
        "attribution": None if row is None else row.attribution,
        "problem": "too old to call a destination clean" if expired else None,
    }


_OUTCOME = (
    Column(key="name", title="Database"),
    Column(key="status", title="Outcome"),
    Column(key="build", title="Built"),
    Column(key="problem", title="Problem"),
)


@geoip.command(epilog=examples("strandwatch geoip update --config /etc/strandwatch/geo.toml"))
@config_option
@state_directory_option
@format_option
def update(config_path: Path | None, state_directory: Path | None, form: str) -> int:
    """Fetch the databases that the configuration names under `jurisdiction.updates`.

    Each is checked before it is used: it must open, be newer, be of like size, answer known
    addresses, and keep every country of concern. Otherwise the one in use stays, and the exit code
    is 1.
    """
    quiet_logs()
    config = read_config(config_path, state_directory)
    if not config.jurisdiction.updates:
        raise UsageError("no database to fetch: jurisdiction.updates is empty")
    updater, now_ns = _updater(config), SystemClock().now_ns()
    records = [_updated(updater, wanted, now_ns) for wanted in config.jurisdiction.updates]
    print_records(records, form, _OUTCOME, empty="")
    failed = any(record["problem"] is not None for record in records)
    return ExitCode.FINDINGS if failed else ExitCode.OK


def _updated(updater: Updater, wanted: UpdateConfig, now_ns: int) -> JsonObject:
    name = wanted.edition or wanted.provider
    try:
        return _outcome(updater.update(_subscription(wanted), now_ns))
    except JurisdictionError as error:
        return {"name": name, "status": "failed", "build": None, "problem": str(error)}


def _outcome(updated: Updated) -> JsonObject:
    return {
        "name": updated.name,
        "status": updated.status.value,
        "build": updated.build,
        "problem": None,
    }


def _subscription(wanted: UpdateConfig) -> Subscription:
    provider = Provider(wanted.provider)
    if provider is Provider.MAXMIND and not (wanted.edition and wanted.account):
        raise JurisdictionError("maxmind needs an edition and an account")
    return Subscription(
        provider=provider,
        edition=wanted.edition or "",
        account=wanted.account,
        secret=None if wanted.secret_file is None else _secret(wanted.secret_file),
        server=wanted.server,
    )


def _secret(path: Path) -> Secret:
    """Read a key or token; a file that others may read is used, and told."""
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            click.echo(f"{path} can be read by others: chmod 600 {path}", err=True)
        with path.open("rb") as file:
            value = file.read(_LARGEST_SECRET_BYTES).decode("ascii").strip()
    except OSError as error:
        raise JurisdictionError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError:
        raise JurisdictionError(f"{path} holds no key or token") from None
    if not value or not value.isprintable() or " " in value:
        raise JurisdictionError(f"{path} holds no key or token")
    return Secret(value)


@geoip.command(
    "import",
    epilog=examples(
        "strandwatch geoip import GeoLite2-Country_20261103.tar.gz",
        "strandwatch geoip import country.mmdb --as iptoasn-country --sha256 93cc...",
    ),
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--as", "name", help="Which database it is, where its type does not tell.")
@click.option("--sha256", metavar="HEX", help="Refuse the file unless this is its SHA-256.")
@config_option
@state_directory_option
@format_option
def import_(
    file: Path,
    name: str | None,
    sha256: str | None,
    config_path: Path | None,
    state_directory: Path | None,
    form: str,
) -> int:
    """Take an address database from a FILE: .mmdb, plain or packed (.gz, .xz, .tar.gz).

    For machines that reach no server. It is checked as an update is; a file that does not pass
    changes nothing, and the exit code is 1.
    """
    quiet_logs()
    config = read_config(config_path, state_directory)
    now_ns = SystemClock().now_ns()
    try:
        record = _outcome(_updater(config).import_file(file, now_ns, name=name, sha256=sha256))
    except JurisdictionError as error:
        record = {"name": file.name, "status": "refused", "build": None, "problem": str(error)}
    print_records([record], form, _OUTCOME, empty="")
    return ExitCode.OK if record["problem"] is None else ExitCode.FINDINGS


def _updater(config: Config) -> Updater:
    library = library_in(folder_of(config) / FOLDER)
    return Updater(library, {row.name: row for row in _manifest()})


def _manifest() -> tuple[EmbeddedFile, ...]:
    return read_manifest(resources.files("strandwatch.data") / "geoip")
