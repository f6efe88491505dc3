"""The catalogue's files: read, merged, and their shared tables put where models name them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from constructs_lib.request.regular_files import open_regular

from .decode import CatalogError

Document: TypeAlias = Mapping[str, Any]

_FOLDER = Path(__file__).parent / "data"
_KEYS = {
    "models": ("id",),
    "teachers": ("id",),
    "not_customizable": ("id",),
    "distillation_pairs": ("teacher", "student"),
}
_TABLES = {"hyper_parameters": "hyper_parameters", "dataset": "datasets"}
_SECTIONS = ("provider", "hyper_parameters", "datasets", "sources", "formats", "withdrawn", *_KEYS)


def shipped() -> dict[str, Any]:
    """Return the catalogue that comes with this library, as one document."""
    merged: dict[str, Any] = {}
    for path in sorted(_FOLDER.glob("*.json")):
        merged = merge(merged, indexed(json.loads(path.read_bytes())))
    return merged


def read(path: Path) -> Document:
    """Read a user's file.

    Raises:
        CatalogError: The file cannot be read, is no JSON, or is no JSON object.
    """
    try:
        with open_regular(path) as stream:
            document = json.loads(stream.read())
    except OSError as error:
        raise CatalogError(
            str(path), [f"the file cannot be opened, got {error.strerror}; check the path"]
        ) from None
    except (ValueError, RecursionError) as error:
        raise CatalogError(str(path), [f"the file must be JSON, got {error}; correct it there"]) from None
    if not isinstance(document, dict):
        raise CatalogError(
            str(path), [f"the file must hold an object, got {type(document).__name__}; use braces"]
        )
    return document


def indexed(document: Document, where: str = "catalogue") -> dict[str, Any]:
    """Return a document with its lists keyed by their ids, and its models complete.

    Args:
        document: One file of the catalogue.
        where: The file's name, for the sentences.

    Raises:
        CatalogError: With everything that does not fit.
    """
    problems = [f"{name} is not known; use one of {', '.join(_SECTIONS)}" for name in _unknown(document)]
    keyed = {name: _keyed(name, document.get(name, []), problems) for name in _KEYS}
    for model in keyed["models"].values():
        _complete(model, document, problems)
    if problems:
        raise CatalogError(where, problems)
    return {**document, **keyed}


def _unknown(document: Document) -> list[str]:
    return sorted(document.keys() - {*_SECTIONS, "as_of"})


def _keyed(name: str, items: object, problems: list[str]) -> dict[str, Any]:
    if not isinstance(items, list):
        problems.append(f"{name} must be a list, got {items!r}; put it into brackets")
        return {}
    keyed = {}
    for index, item in enumerate(items):
        if isinstance(item, dict) and all(isinstance(item.get(key), str) for key in _KEYS[name]):
            keyed[" ".join(item[key] for key in _KEYS[name])] = dict(item)
        else:
            needed = " and ".join(_KEYS[name])
            problems.append(
                f"{name}[{index}] must be an object with {needed}, got {item!r}; add what is missing"
            )
    return keyed


def _complete(model: dict[str, Any], document: Document, problems: list[str]) -> None:
    """Put the tables that a model's customizations name into them."""
    if "provider" in document:
        model.setdefault("provider", document["provider"])
    customizations = model.get("customizations", {})
    if not isinstance(customizations, dict):
        return  # decoding says so
    model["customizations"] = {
        kind: _with_tables(facts, document, f"models[{model['id']}].customizations.{kind}", problems)
        for kind, facts in customizations.items()
    }


def _with_tables(facts: object, document: Document, path: str, problems: list[str]) -> object:
    if not isinstance(facts, dict):
        return facts
    complete = dict(facts)
    for member, section in _TABLES.items():
        name, tables = facts.get(member), document.get(section, {})
        if isinstance(name, str) and name in tables:
            complete[member] = tables[name]
        elif isinstance(name, str):
            problems.append(f"{path}.{member} must name one of {section}, got {name!r}; add it there")
    return complete


def merge(base: object, correction: object) -> Any:  # noqa: ANN401 # documents are nested mappings
    """Return `base` with `correction` laid over it: mappings are merged, everything else is replaced."""
    if not (isinstance(base, Mapping) and isinstance(correction, Mapping)):
        return correction
    return {**base, **{key: merge(base.get(key), value) for key, value in correction.items()}}
