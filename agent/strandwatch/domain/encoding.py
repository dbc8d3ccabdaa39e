"""Plain data and back: the one encoding of recordings, worker messages and the store.

`to_plain` turns a domain value into JSON-ready data, `from_plain` turns it back by the class's type
hints. A line of a recording is `["ClassName", {...}]`. Keys at their default value are left out, so
that old recordings stay readable when a field is added.
"""

import base64
import dataclasses
import json
import types
import typing
from collections.abc import Callable
from enum import StrEnum
from functools import cache

from strandwatch.domain.observation import Observation, PacketCaptured
from strandwatch.errors import EncodingError

Plain = typing.Any
"""What `json` reads and writes."""

_T = typing.TypeVar("_T")

_KINDS: dict[str, type] = {
    kind.__name__: kind for kind in (*typing.get_args(Observation), PacketCaptured)
}


def to_plain(value: object) -> Plain:
    """Give the JSON-ready form of a domain value; bytes become base64."""
    return _writer(type(value))(value)


def from_plain(kind: type[_T], plain: Plain) -> _T:
    """Build a `kind` from its plain form; raises EncodingError when it does not fit."""
    try:
        result = _reader(kind)(plain)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise EncodingError(f"not a {kind.__name__}: {error}") from error
    return typing.cast(_T, result)


def encode(value: Observation | PacketCaptured) -> str:
    """Give one line of a recording, without the newline."""
    return json.dumps([type(value).__name__, to_plain(value)], separators=(",", ":"))


def decode(line: str | bytes) -> Observation | PacketCaptured:
    """Read one line of a recording; raises EncodingError when it holds no known observation."""
    try:
        name, plain = json.loads(line)
        kind = _KINDS[name]
    except (KeyError, TypeError, ValueError) as error:
        raise EncodingError(f"not an observation: {error!r}") from error
    return typing.cast(Observation | PacketCaptured, from_plain(kind, plain))


@cache
def _writer(kind: type) -> Callable[[typing.Any], Plain]:
    if kind is bytes:
        return lambda value: base64.b64encode(value).decode("ascii")
    if issubclass(kind, StrEnum):
        return lambda value: value.value
    if kind in (tuple, list):
        return lambda value: [_writer(type(item))(item) for item in value]
    if issubclass(kind, frozenset):
        return lambda value: sorted(_writer(type(item))(item) for item in value)
    if dataclasses.is_dataclass(kind):
        return _dataclass_writer(kind)
    return lambda value: value


def _dataclass_writer(kind: type) -> Callable[[typing.Any], Plain]:
    fields = [(field.name, _default(field)) for field in dataclasses.fields(kind)]

    def write(value: typing.Any) -> Plain:
        plain = {}
        for name, default in fields:
            item = getattr(value, name)
            if item is default or item == default:
                continue
            plain[name] = _writer(type(item))(item)
        return plain

    return write


def _default(field: "dataclasses.Field[typing.Any]") -> object:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


@cache
def _reader(hint: typing.Any) -> Callable[[Plain], typing.Any]:
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        return _union_reader(hint)
    if origin is tuple:
        return _tuple_reader(typing.get_args(hint))
    if origin is frozenset:
        read = _reader(typing.get_args(hint)[0])
        return lambda plain: frozenset(read(item) for item in _checked(plain, list))
    if hint is bytes:
        return lambda plain: base64.b64decode(_checked(plain, str), validate=True)
    if hint is float:
        return lambda plain: float(_checked(plain, (int, float)))
    if hint is int:
        return _read_int
    if issubclass(hint, StrEnum):
        return typing.cast(Callable[[Plain], typing.Any], hint)
    if dataclasses.is_dataclass(hint):
        return _dataclass_reader(hint)
    return lambda plain: _checked(plain, hint)


def _union_reader(hint: typing.Any) -> Callable[[Plain], typing.Any]:
    (inner,) = (arg for arg in typing.get_args(hint) if arg is not types.NoneType)
    read = _reader(inner)
    return lambda plain: None if plain is None else read(plain)


def _tuple_reader(arguments: tuple[typing.Any, ...]) -> Callable[[Plain], typing.Any]:
    if arguments[-1] is Ellipsis:
        read = _reader(arguments[0])
        return lambda plain: tuple(read(item) for item in _checked(plain, list))
    readers = [_reader(argument) for argument in arguments]
    return lambda plain: tuple(
        read(item) for read, item in zip(readers, _checked(plain, list), strict=True)
    )


def _dataclass_reader(kind: typing.Any) -> Callable[[Plain], typing.Any]:
    hints = typing.get_type_hints(kind)
    readers = {field.name: _reader(hints[field.name]) for field in dataclasses.fields(kind)}

    def read(plain: Plain) -> typing.Any:
        items = _checked(plain, dict)
        # A key from a newer version is left out, so that older readers still read newer files.
        return kind(
            **{name: readers[name](item) for name, item in items.items() if name in readers}
        )

    return read


def _read_int(plain: Plain) -> int:
    if isinstance(plain, bool):
        raise TypeError("a boolean is not a number")
    return typing.cast(int, _checked(plain, int))


def _checked(plain: Plain, kind: type | tuple[type, ...]) -> typing.Any:
    if not isinstance(plain, kind):
        raise TypeError(f"{type(plain).__name__} where {kind} is expected")
    return plain
