"""The catalogue's JSON files: reading, merging corrections into them, and decoding them into frozen values.

A file of corrections is written by hand, so decoding collects everything that does not fit, and rejects
unknown names. `msgspec.convert` stops at the first mistake, and ignores unknown names in a dataclass.
"""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

from ..findings import as_written, printable
from ..request.json_errors import explained
from ..request.regular_files import open_regular

Document: TypeAlias = Mapping[str, Any]
Json: TypeAlias = Any
"""A part of a document, or what it was decoded to."""
Kind: TypeAlias = Any
"""The type of a field, which may be a special form such as a union."""
Value = TypeVar("Value")

_FOLDER = Path(__file__).parent / "data"
_KEYS = {
    "models": ("id",),
    "teachers": ("id",),
    "not_customizable": ("id",),
    "distillation_pairs": ("teacher", "student"),
}
_TABLES = {"hyper_parameters": "hyper_parameters", "dataset": "datasets"}
_SECTIONS = (
    "as_of",
    "provider",
    "hyper_parameters",
    "datasets",
    "sources",
    "read",
    "formats",
    "withdrawn",
    *_KEYS,
)
_SCALARS: dict[object, tuple[tuple[type, ...], str]] = {
    str: ((str,), "a string"),
    bool: ((bool,), "true or false"),
    float: ((int, float), "a number"),
}


class CatalogError(ValueError):
    """A catalogue file cannot be used; the message lists everything that is wrong with it, one line each.

    Args:
        where: the file's name.
        problems: what is wrong, one sentence each.
    """

    def __init__(self, where: str, problems: list[str]) -> None:
        self.problems = tuple(problems)
        lines = [f"{where} cannot be used as a catalogue file:", *(f"  - {one}" for one in problems)]
        super().__init__("\n".join(map(printable, lines)))


def shipped() -> dict[str, Any]:
    """Return the catalogue that comes with this library, as one document."""
    merged: dict[str, Any] = {}
    for path in sorted(_FOLDER.glob("*.json")):
        merged = merge(merged, indexed(json.loads(path.read_bytes()), []))  # no problems: a test checks each
    return merged


def read(path: Path) -> Document:
    """Return the content of a user's file.

    Raises:
        CatalogError: the file cannot be read, is not JSON, or is not a JSON object.
    """
    try:
        with open_regular(path) as stream:
            content = stream.read()
        document = json.loads(content)
    except OSError as error:
        wrong = f"the file cannot be opened ({error.strerror}); check the path"
    except json.JSONDecodeError as error:
        problem = explained(error)
        line = error.doc.count("\n", 0, problem.index) + 1
        column = problem.index - error.doc.rfind("\n", 0, problem.index)
        wrong = f"the file is not JSON (line {line}, column {column}: {problem.reason}); {problem.fix}"
    except UnicodeDecodeError:
        wrong = "the file is not UTF-8; save it as UTF-8"
    except (ValueError, RecursionError):
        wrong = "the file is not JSON with numbers that can be read and few levels; correct it"
    else:
        if isinstance(document, dict):
            return document
        wrong = f"the file must contain an object, got {type(document).__name__}; put it in braces"
    raise CatalogError(str(path), [wrong])


def merge(base: object, correction: object) -> Json:
    """Return `base` with `correction` applied: mappings are merged, everything else is replaced."""
    if not (isinstance(base, Mapping) and isinstance(correction, Mapping)):
        return correction
    return {**base, **{key: merge(base.get(key), value) for key, value in correction.items()}}


def indexed(document: Document, problems: list[str]) -> dict[str, Any]:
    """Return a document with its lists keyed by their ids, and its models complete.

    A file names the tables of hyperparameters and data of a model; here the tables replace their names.

    Args:
        document: one file of the catalogue.
        problems: gets a message for everything that does not fit.
    """
    unknown = sorted(document.keys() - set(_SECTIONS))
    problems.extend(f"{name} is not known; use one of {', '.join(_SECTIONS)}" for name in unknown)
    keyed = {name: _keyed(name, document.get(name, []), problems) for name in _KEYS}
    for model in keyed["models"].values():
        if "provider" in document:
            model.setdefault("provider", document["provider"])
        customizations = model.get("customizations", {})
        if isinstance(customizations, dict):  # decoding reports what is not
            path = f"models[{model['id']}].customizations"
            model["customizations"] = {
                kind: _with_tables(facts, document, f"{path}.{kind}", problems)
                for kind, facts in customizations.items()
            }
    return {**document, **keyed}


def _keyed(name: str, items: object, problems: list[str]) -> dict[str, Any]:
    if not isinstance(items, list):
        problems.append(f"{name} must be a list, got {as_written(items)}; put it in brackets")
        return {}
    keyed = {}
    for index, item in enumerate(items):
        if isinstance(item, dict) and all(isinstance(item.get(key), str) for key in _KEYS[name]):
            keyed[" ".join(item[key] for key in _KEYS[name])] = dict(item)
        else:
            needed = " and ".join(_KEYS[name])
            got = as_written(item)
            problems.append(
                f"{name}[{index}] must be an object with {needed}, got {got}; add what is missing"
            )
    return keyed


def _with_tables(facts: object, document: Document, path: str, problems: list[str]) -> object:
    if not isinstance(facts, dict):
        return facts  # decoding reports it
    complete = dict(facts)
    for member, section in _TABLES.items():
        name, tables = facts.get(member), document.get(section, {})
        if isinstance(name, str) and name in tables:
            complete[member] = tables[name]
        elif isinstance(name, str):
            problems.append(
                f"{path}.{member} must name one of {section}, got {as_written(name)}; add it there"
            )
    return complete


def decode(kind: type[Value], value: object, where: str) -> Value:
    """Return `value` as a `kind`.

    Args:
        kind: a dataclass of the catalogue.
        value: what the JSON file holds.
        where: the path inside the file, for the messages.

    Raises:
        CatalogError: the value does not fit; the message lists every problem.
    """
    problems: list[str] = []
    result: Value = decode_into(problems, kind, value, where)
    if problems:
        raise CatalogError(where, problems)
    return result


def decode_into(problems: list[str], kind: Kind, value: object, path: str) -> Json:
    """Return `value` as a `kind`, adding to `problems` what does not fit."""
    origin: Any = get_origin(kind)
    if origin in (Union, types.UnionType):
        kinds = get_args(kind)
        if value is None or (isinstance(value, str) and str in kinds):
            return value
        kind = next(one for one in kinds if one not in (str, type(None)))
        origin = get_origin(kind)
    if origin is Literal:
        return _literal(problems, get_args(kind), value, path)
    if origin is tuple:
        return _tuple(problems, get_args(kind)[0], value, path)
    if origin is Mapping or is_dataclass(kind):
        if not isinstance(value, Mapping):
            problems.append(f"{path} must be an object, got {as_written(value)}; put it in braces")
            return None
        inside = _mapping if origin is Mapping else _dataclass
        return inside(problems, kind, value, path)
    return _date(problems, value, path) if kind is date else _scalar(problems, kind, value, path)


def _literal(problems: list[str], words: tuple[Any, ...], value: object, path: str) -> object:
    if value not in words:
        problems.append(
            f"{path} must be one of {', '.join(map(str, words))}, got {as_written(value)}; choose one of them"
        )
    return value


def _tuple(problems: list[str], kind: Kind, value: object, path: str) -> tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        problems.append(f"{path} must be a list, got {as_written(value)}; put it in brackets")
        return ()
    return tuple(decode_into(problems, kind, item, f"{path}[{index}]") for index, item in enumerate(value))


def _mapping(problems: list[str], kind: Kind, value: Document, path: str) -> dict[str, Any]:
    names, items = get_args(kind)
    if names is not str:
        for name in value:
            _literal(problems, get_args(names), name, path)
    return {name: decode_into(problems, items, item, f"{path}.{name}") for name, item in value.items()}


def _dataclass(problems: list[str], kind: Kind, value: Document, path: str) -> object:
    hints, required = _shape(kind)
    unknown = [name for name in value if name not in hints]
    problems.extend(
        f"{path}.{name} is not known, got {as_written(value[name])}; use one of {', '.join(hints)}"
        for name in unknown
    )
    missing = required - value.keys()
    problems.extend(f"{path}.{name} is required, got nothing; add it" for name in sorted(missing))
    known = {
        name: decode_into(problems, hints[name], item, f"{path}.{name}")
        for name, item in value.items()
        if name in hints
    }
    return None if missing else kind(**known)


@cache
def _shape(kind: Kind) -> tuple[dict[str, Any], frozenset[str]]:
    required = (f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING)
    return get_type_hints(kind), frozenset(required)


def _date(problems: list[str], value: object, path: str) -> date | None:
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        problems.append(f"{path} must be a date, got {as_written(value)}; write it as YYYY-MM-DD")
        return None


def _scalar(problems: list[str], kind: object, value: object, path: str) -> object:
    accepted, name = _SCALARS[kind]
    if not isinstance(value, accepted) or (kind is float and isinstance(value, bool)):
        problems.append(f"{path} must be {name}, got {as_written(value)}; correct it")
    return value
