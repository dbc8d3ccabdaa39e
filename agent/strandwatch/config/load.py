"""Loading the configuration: one strict TOML file, then what the command line says."""

import copy
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from strandwatch.config.models import Config
from strandwatch.config.toml_file import build, parse_toml, read_text

SYSTEM_STATE = Path("/var/lib/strandwatch")


def load_config(path: Path | None, overrides: Mapping[str, object] | None = None) -> Config:
    """Give the configuration of a file (embedded defaults without one) with overrides applied.

    Overrides go by dotted option, `{"agent.state_directory": "/tmp/state"}`. Raises
    ConfigurationError that names every bad option with its file and line.
    """
    text = "" if path is None else read_text(path)
    name = "built-in defaults" if path is None else str(path)
    data = parse_toml(name, text)
    base = None if path is None else path.absolute().parent
    if not overrides:
        return build(Config, data, name=name, text=text, base=base)
    build(Config, data, name=name, text=text, base=base)
    return build(Config, _merged(data, overrides), name="command line", text="", base=base)


def state_directory(config: Config) -> Path:
    """Give the folder for record and keys: the configured one, or the user's default."""
    if config.agent.state_directory is not None:
        return config.agent.state_directory
    if os.geteuid() == 0:
        return SYSTEM_STATE
    state_home = os.environ.get("XDG_STATE_HOME")
    return (Path(state_home) if state_home else Path.home() / ".local/state") / "strandwatch"


def store_path(config: Config) -> Path:
    """Give the record's file."""
    return config.store.path or state_directory(config) / "record.db"


def _merged(data: Mapping[str, Any], overrides: Mapping[str, object]) -> dict[str, Any]:
    merged = copy.deepcopy(dict(data))
    for option, value in overrides.items():
        *tables, last = option.split(".")
        table = merged
        for part in tables:
            table = table.setdefault(part, {})
        table[last] = value
    return merged
