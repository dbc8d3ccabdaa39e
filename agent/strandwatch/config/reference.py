"""The reference made from the models: the annotated default file and the JSON schema."""

import inspect
import json
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from strandwatch.config.models import Config

_WIDTH = 98
_HEAD = """\
# strandwatch.toml: every option with its default. Keep only what you change.
# Unknown options are refused; check a file with `strandwatch config check FILE`.
# Relative paths start at this file's folder.
"""


def annotated_defaults() -> str:
    """Give a configuration file with every option, its meaning and its default."""
    return _HEAD + "".join(
        _section((name,), getattr(Config(), name)) for name in Config.model_fields
    )


def as_toml(config: BaseModel) -> str:
    """Give the options in force as TOML, without comments."""
    lines: list[str] = []
    for name in type(config).model_fields:
        lines.extend(_plain_section((name,), getattr(config, name)))
    return "\n".join(lines).strip() + "\n"


def json_schema() -> dict[str, Any]:
    """Give the JSON schema of a configuration file."""
    return Config.model_json_schema()


def _section(path: tuple[str, ...], section: BaseModel) -> str:
    fields = type(section).model_fields
    nested = [name for name in fields if isinstance(getattr(section, name), BaseModel)]
    lines = ["", *_comment(inspect.getdoc(type(section)) or "")]
    if len(nested) < len(fields):
        lines.append(f"[{'.'.join(path)}]")
    for name, field in fields.items():
        if name not in nested:
            lines.extend(_option(name, field, getattr(section, name)))
    text = "\n".join(lines) + "\n"
    return text + "".join(_section((*path, name), getattr(section, name)) for name in nested)


def _option(name: str, field: FieldInfo, value: object) -> Iterator[str]:
    yield from _comment(field.description or "")
    if value is not None:
        yield f"{name} = {_value(value)}"
    if field.examples:
        yield f"# {name} = {_value(field.examples[0])}"


def _comment(text: str) -> list[str]:
    return textwrap.wrap(
        " ".join(text.split()),
        _WIDTH,
        initial_indent="# ",
        subsequent_indent="# ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _plain_section(path: tuple[str, ...], section: BaseModel) -> Iterator[str]:
    values = {name: getattr(section, name) for name in type(section).model_fields}
    options = {name: value for name, value in values.items() if not isinstance(value, BaseModel)}
    if any(value is not None for value in options.values()):
        yield f"\n[{'.'.join(path)}]"
    for name, value in options.items():
        if value is not None:
            yield f"{name} = {_value(value)}"
    for name, value in values.items():
        if isinstance(value, BaseModel):
            yield from _plain_section((*path, name), value)


def _value(value: object) -> str:
    if isinstance(value, BaseModel):
        value = {name: getattr(value, name) for name in type(value).model_fields}
    if isinstance(value, dict):
        given = ((key, item) for key, item in value.items() if item is not None)
        inner = ", ".join(f"{key} = {_value(item)}" for key, item in given)
        return f"{{ {inner} }}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_value(item) for item in value)}]"
    if isinstance(value, (str, Path)):
        return json.dumps(str(value), ensure_ascii=False)
    return str(value).lower()
