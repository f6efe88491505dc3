"""JSON mappings into the catalogue's frozen values, with one sentence for everything that does not fit."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

Value = TypeVar("Value")

_SCALARS: dict[object, tuple[tuple[type, ...], str]] = {
    str: ((str,), "a string"),
    bool: ((bool,), "true or false"),
    float: ((int, float), "a number"),
}


class CatalogError(ValueError):
    """A catalogue file cannot be read; the message lists everything wrong with it."""

    def __init__(self, where: str, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "\n".join([f"{where} cannot be read as a catalogue:", *(f"  - {p}" for p in problems)])
        )


def decode(kind: type[Value], value: object, where: str) -> Value:
    """Return `value` as a `kind`.

    Args:
        kind: A dataclass of the catalogue.
        value: What the JSON file holds.
        where: The path inside the file, for the sentences.

    Raises:
        CatalogError: With every place that does not fit.
    """
    problems: list[str] = []
    result = decode_into(problems, kind, value, where)
    if problems:
        raise CatalogError(where, problems)
    return result  # type: ignore[no-any-return]  # decoded by a type known only at run time


def decode_into(problems: list[str], kind: Any, value: object, path: str) -> Any:  # noqa: ANN401 # as above
    """Return `value` as a `kind`, adding to `problems` what does not fit."""
    return _any(kind, value, path, problems)


def _any(kind: Any, value: object, path: str, problems: list[str]) -> Any:  # noqa: ANN401 # as above
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _union(get_args(kind), value, path, problems)
    if origin is Literal:
        return _literal(get_args(kind), value, path, problems)
    if origin is tuple:
        return _tuple(get_args(kind)[0], value, path, problems)
    if origin is Mapping:
        return _mapping(get_args(kind), value, path, problems)
    if is_dataclass(kind):
        return _dataclass(kind, value, path, problems)
    return _date(value, path, problems) if kind is date else _scalar(kind, value, path, problems)


def _union(kinds: tuple[Any, ...], value: object, path: str, problems: list[str]) -> Any:  # noqa: ANN401 # as above
    if value is None:
        return None
    if isinstance(value, str) and str in kinds:
        return value
    return _any(next(kind for kind in kinds if kind not in (str, type(None))), value, path, problems)


def _literal(words: tuple[Any, ...], value: object, path: str, problems: list[str]) -> object:
    if value not in words:
        problems.append(
            f"{path} must be one of {', '.join(map(str, words))}, got {value!r}; choose one of them"
        )
    return value


def _tuple(kind: Any, value: object, path: str, problems: list[str]) -> tuple[Any, ...]:  # noqa: ANN401 # as above
    if not isinstance(value, (list, tuple)):
        problems.append(f"{path} must be a list, got {value!r}; put it into brackets")
        return ()
    return tuple(_any(kind, item, f"{path}[{index}]", problems) for index, item in enumerate(value))


def _mapping(kinds: tuple[Any, ...], value: object, path: str, problems: list[str]) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        problems.append(f"{path} must be an object, got {value!r}; put it into braces")
        return {}
    if kinds[0] is not str:
        for name in value:
            _literal(get_args(kinds[0]), name, path, problems)
    return {name: _any(kinds[1], item, f"{path}.{name}", problems) for name, item in value.items()}


def _dataclass(kind: Any, value: object, path: str, problems: list[str]) -> Any:  # noqa: ANN401 # as above
    if not isinstance(value, Mapping):
        problems.append(f"{path} must be an object, got {value!r}; put it into braces")
        return None
    hints, required = _shape(kind)
    unknown = value.keys() - hints.keys()
    problems.extend(
        f"{path}.{name} is not known, got {value[name]!r}; use one of {', '.join(hints)}" for name in unknown
    )
    missing = required - value.keys()
    problems.extend(f"{path}.{name} is required, got nothing; add it" for name in sorted(missing))
    known = {n: _any(hints[n], item, f"{path}.{n}", problems) for n, item in value.items() if n in hints}
    return None if missing else kind(**known)


@cache
def _shape(kind: Any) -> tuple[dict[str, Any], frozenset[str]]:  # noqa: ANN401 # a dataclass
    required = (f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING)
    return get_type_hints(kind), frozenset(required)


def _date(value: object, path: str, problems: list[str]) -> date | None:
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        problems.append(f"{path} must be a date, got {value!r}; write it as YYYY-MM-DD")
        return None


def _scalar(kind: object, value: object, path: str, problems: list[str]) -> object:
    accepted, name = _SCALARS[kind]
    if not isinstance(value, accepted) or (kind is float and isinstance(value, bool)):
        problems.append(f"{path} must be {name}, got {value!r}; correct it")
    return value
