"""Plain data and back: the one encoding of recordings, worker messages and the store.

`to_plain` turns a domain value into JSON-ready data, `from_plain` turns it back by the class's
type hints. A line of a recording is `["ClassName", {...}]`. Keys at their default value are left
out and unknown keys are passed over, so that old and new recordings read each other.
"""

import base64
import dataclasses
import json
import types
import typing
from collections.abc import Callable
from enum import StrEnum

from strandwatch.domain.observation import Observation, PacketCaptured
from strandwatch.errors import EncodingError

Plain = typing.Any
"""What `json` reads and writes."""

_Convert = Callable[[typing.Any], typing.Any]
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
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise EncodingError(f"not an observation: {error!r}") from error
    return typing.cast(Observation | PacketCaptured, from_plain(kind, plain))


def _writer(kind: type) -> _Convert:
    made = _WRITERS.get(kind)
    if made is None:
        made = _WRITERS[kind] = _class_writer(kind)
    return made


def _class_writer(kind: type) -> _Convert:
    if issubclass(kind, StrEnum):
        return lambda value: value.value
    if kind is tuple:
        return lambda value: [_writer(type(item))(item) for item in value]
    if issubclass(kind, frozenset):
        return lambda value: sorted(_writer(type(item))(item) for item in value)
    if dataclasses.is_dataclass(kind):
        return _dataclass_writer(kind)
    return lambda value: value


def _dataclass_writer(kind: type) -> _Convert:
    fields = [(field.name, _default(field)) for field in dataclasses.fields(kind)]

    def write(value: typing.Any) -> Plain:
        plain = {}
        for name, default in fields:
            item = getattr(value, name)
            if item != default:
                inner = type(item)
                plain[name] = item if inner in _AS_IS else _writer(inner)(item)
        return plain

    return write


def _default(field: "dataclasses.Field[typing.Any]") -> object:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _reader(hint: typing.Any) -> _Convert:
    made = _READERS.get(hint)
    if made is None:
        made = _READERS[hint] = _make_reader(hint)
    return made


def _make_reader(hint: typing.Any) -> _Convert:
    origin = typing.get_origin(hint)
    if origin in _GENERIC_READERS:
        return _GENERIC_READERS[origin](typing.get_args(hint))
    return _class_reader(hint)


def _class_reader(kind: type) -> _Convert:
    if issubclass(kind, StrEnum):
        return kind
    if dataclasses.is_dataclass(kind):
        return _dataclass_reader(kind)
    return lambda plain: _checked(plain, kind)


def _frozenset_reader(arguments: tuple[typing.Any, ...]) -> _Convert:
    read = _reader(arguments[0])
    return lambda plain: frozenset(read(item) for item in _checked(plain, list))


def _union_reader(arguments: tuple[typing.Any, ...]) -> _Convert:
    (inner,) = (argument for argument in arguments if argument is not types.NoneType)
    read = _reader(inner)
    return lambda plain: None if plain is None else read(plain)


def _tuple_reader(arguments: tuple[typing.Any, ...]) -> _Convert:
    if arguments[-1] is Ellipsis:
        read = _reader(arguments[0])
        return lambda plain: tuple(read(item) for item in _checked(plain, list))
    readers = [_reader(argument) for argument in arguments]
    return lambda plain: tuple(
        read(item) for read, item in zip(readers, _checked(plain, list), strict=True)
    )


def _dataclass_reader(kind: type) -> _Convert:
    hints = typing.get_type_hints(kind)
    readers = {name: _reader(hint) for name, hint in hints.items()}

    def read(plain: Plain) -> typing.Any:
        items = _checked(plain, dict).items()
        return kind(**{name: readers[name](item) for name, item in items if name in readers})

    return read


def _read_int(plain: Plain) -> typing.Any:
    if isinstance(plain, bool):
        raise TypeError("a boolean is not a number")
    return _checked(plain, int)


def _checked(plain: Plain, kind: type | tuple[type, ...]) -> typing.Any:
    if not isinstance(plain, kind):
        raise TypeError(f"{type(plain).__name__} where {kind} is expected")
    return plain


_GENERIC_READERS: dict[typing.Any, Callable[[tuple[typing.Any, ...]], _Convert]] = {
    types.UnionType: _union_reader,
    typing.Union: _union_reader,
    tuple: _tuple_reader,
    frozenset: _frozenset_reader,
}
_AS_IS = frozenset({str, int, bool, float, type(None)})
"""Types that are plain already; looked up here because most fields are of them."""
_WRITERS: dict[type, _Convert] = {bytes: lambda value: base64.b64encode(value).decode("ascii")}
_READERS: dict[typing.Any, _Convert] = {
    int: _read_int,
    float: lambda plain: float(_checked(plain, (int, float))),
    bytes: lambda plain: base64.b64decode(_checked(plain, str), validate=True),
}
