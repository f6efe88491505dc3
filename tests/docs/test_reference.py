"""The reference has every public name, and a description of every argument and attribute."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import griffe
import pytest

import constructs_lib
from tools.docs_reference import GROUPS, names_of
from tools.public_names import MODULES, NOT_FOR_APPS

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = [found for group in GROUPS for found in names_of(group)]


@pytest.fixture(scope="module")
def package() -> griffe.Module:
    """Return the library, as the reference reads it: without importing it."""
    loaded = griffe.load("constructs_lib", docstring_parser="google", resolve_aliases=True)
    assert isinstance(loaded, griffe.Module)
    return loaded


def test_every_public_name_is_on_one_page() -> None:
    """Also those of the modules that an app may import from; a name of both is the package's."""
    public = [("constructs_lib", name) for name in constructs_lib.__all__]
    shared = {id(getattr(constructs_lib, name)) for name in constructs_lib.__all__}
    public += [
        (module, name)
        for module in MODULES
        for name in import_module(module).__all__
        if id(getattr(import_module(module), name)) not in shared
    ]
    assert sorted(NAMES) == sorted(public)


@pytest.mark.parametrize(("module", "name"), NAMES, ids=[f"{module}.{name}" for module, name in NAMES])
def test_everything_of_a_name_is_described(package: griffe.Module, module: str, name: str) -> None:
    """Each class, function, argument, field and method."""
    found: Any = package[f"{module}.{name}".removeprefix("constructs_lib.")]
    assert sorted(_undescribed(found, NOT_FOR_APPS.get(name, set()))) == []


def _undescribed(found: Any, hidden: set[str]) -> Iterator[str]:  # noqa: ANN401 - an object or an alias of griffe
    if not found.docstring:
        yield found.name
        return
    described = _described(found)
    if found.is_function:
        yield from (f"{found.name}({name})" for name in _arguments(found) if name not in described)
    if not found.is_class:
        return
    constructor = found.all_members.get("__init__")
    arguments = _arguments(constructor) if constructor and _is_ours(constructor) else []
    if constructor and constructor.docstring:
        described |= _described(constructor)
    described |= {name for name, one in found.all_members.items() if one.is_attribute and one.docstring}
    yield from (f"{found.name}({name})" for name in arguments if name not in described)
    for name, member in found.all_members.items():
        if name.startswith("_") or name in hidden or not _is_ours(member) or name in described:
            continue
        yield from (f"{found.name}.{one}" for one in _undescribed(member, set()))


def _is_ours(member: Any) -> bool:  # noqa: ANN401 - as above
    return member.canonical_path.startswith("constructs_lib.")


def _arguments(function: Any) -> list[str]:  # noqa: ANN401 - as above
    names = [one.name for one in function.parameters if one.name not in ("self", "cls")]
    return [name.lstrip("*") for name in names if not name.startswith("_")]


def _described(found: Any) -> set[str]:  # noqa: ANN401 - as above
    sections = found.docstring.parse("google") if found.docstring else []
    kinds = (griffe.DocstringSectionKind.parameters, griffe.DocstringSectionKind.attributes)
    return {
        one.name.lstrip("*")
        for section in sections
        if section.kind in kinds
        for one in section.value
        if one.description
    }
