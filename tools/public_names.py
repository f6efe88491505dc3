"""The table of public names of `docs/platform.md`: what an app may rely on, read from the code."""

from __future__ import annotations

import dataclasses
import inspect
from enum import Enum
from importlib import import_module
from typing import TYPE_CHECKING

import constructs_lib

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = "| name of `constructs_lib` | arguments | further attributes and methods |\n|---|---|---|\n"
MODULES_HEAD = "| module | names |\n|---|---|\n"
MODULES = (
    "constructs_lib.catalog",
    "constructs_lib.checks",
    "constructs_lib.datasets",
    "constructs_lib.testing",
)

# What the modules of the library call on each other, with arguments that no app has.
NOT_FOR_APPS = {
    "Bake": {"findings", "members", "statements"},
    "Checks": {"apply"},
    "Customization": {"of"},
    "Finding": {"at", "sentence"},
    "HyperParameters": {"render", "repeated"},
    "JobNetwork": {"bind", "facts", "problems"},
    "JobProvider": {
        *("allow", "allow_apart", "follow", "home", "make_state_machine", "makes_role", "permit"),
        "state_machine_arn",
    },
    "MetadataFilter": {"render"},
    "RftHyperParameters": {"render"},
    "Wait": {"default_seconds", "is_for_completion", "may_lack_model", "problems", "remarks", "seconds"},
}


def rows() -> Iterator[str]:
    """Return a row for each name of the package: the arguments of its constructor, and its members."""
    for name in constructs_lib.__all__:
        found = getattr(constructs_lib, name)
        cells = (_arguments(found), sorted(_members(found))) if inspect.isclass(found) else ([], [])
        yield f"| `{name}` | {_listed(cells[0])} | {_listed(cells[1])} |\n"


def module_rows() -> Iterator[str]:
    """Return a row for each other module that an app may import from."""
    for name in MODULES:
        names = sorted(import_module(name).__all__)
        yield f"| `{name}` | {_listed(names)} |\n"


def _arguments(kind: type) -> list[str]:
    if issubclass(kind, Enum | dict) or inspect.isabstract(kind) or getattr(kind, "_is_protocol", False):
        return []
    constructor = inspect.signature(kind.__init__)  # type: ignore[misc]  # jsii hides that of the class
    return [one for one in constructor.parameters if not one.startswith("_") and one != "self"]


def _members(kind: type) -> set[str]:
    """Return what the library itself defines on a class, and not what the CDK or Python adds.

    The fields of a dataclass are left out: they are its arguments.
    """
    found = {
        name
        for one in kind.__mro__
        if one.__module__.startswith(constructs_lib.__name__)
        for name in {**vars(one), **inspect.get_annotations(one)}
    }
    if issubclass(kind, Exception):
        found |= {*vars(kind("", []))}
    fields = {one.name for one in dataclasses.fields(kind)} if dataclasses.is_dataclass(kind) else set()
    fields &= set(_arguments(kind))
    hidden = fields | NOT_FOR_APPS.get(kind.__name__, set())
    return {one for one in found if not one.startswith("_") and one not in hidden}


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{one}`" for one in names)
