"""Strict reading of TOML files into models, with every problem named by file, line and option."""

import difflib
import tomllib
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from strandwatch.config.lines import OptionPath, line_of, lines_of
from strandwatch.errors import ConfigurationError

_Model = TypeVar("_Model", bound=BaseModel)


def parse_toml(name: str, text: str) -> dict[str, Any]:
    """Give the tables of a TOML text; `name` is what messages call it."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError((f"{name}: not valid TOML: {error}",)) from error


def read_text(path: Path) -> str:
    """Give a file's text; one that cannot be read is a configuration problem."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError((f"{path}: cannot be read: {error.strerror}",)) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError((f"{path}: not UTF-8 text (byte {error.start})",)) from error


def build(
    model: type[_Model], data: Mapping[str, Any], *, name: str, text: str, base: Path | None = None
) -> _Model:
    """Validate tables into a model; raises ConfigurationError that names every bad option."""
    try:
        return model.model_validate(data, context={"base": base})
    except ValidationError as error:
        lines = lines_of(text)
        details = [(_line(lines, detail), detail) for detail in error.errors()]
        details.sort(key=lambda pair: pair[0])
        problems = tuple(_problem(model, name, line, detail) for line, detail in details)
        raise ConfigurationError(problems) from error


def _line(lines: dict[OptionPath, int], detail: ErrorDetails) -> int:
    return line_of(lines, detail["loc"]) or 0


def _problem(model: type[BaseModel], name: str, line: int, detail: ErrorDetails) -> str:
    where = f"{name}:{line}" if line else name
    option = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in detail["loc"])
    return f"{where}: {option.lstrip('.')}: {_words(model, detail)}"


def _words(model: type[BaseModel], detail: ErrorDetails) -> str:
    if detail["type"] == "extra_forbidden":
        return "unknown option" + _hint(model, detail["loc"])
    if detail["type"] == "missing":
        return "missing"
    message = detail["msg"].removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    if isinstance(detail["input"], (str, int, float, bool)):
        return f"{message}, not {detail['input']!r}"
    return message


def _hint(model: type[BaseModel], path: OptionPath) -> str:
    known = _options_beside(model, path)
    near = difflib.get_close_matches(str(path[-1]), known, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; known here: {', '.join(sorted(known))}"


def _options_beside(model: type[BaseModel], path: OptionPath) -> list[str]:
    for part in path[:-1]:
        if isinstance(part, str) and part in model.model_fields:
            model = _model_in(model.model_fields[part].annotation) or model
    return list(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if typing.get_origin(annotation) in (tuple, list, typing.Union, types.UnionType):
        found = (_model_in(inner) for inner in typing.get_args(annotation))
        return next((model for model in found if model is not None), None)
    return None
