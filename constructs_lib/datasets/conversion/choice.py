"""Which shape the records of a file are read in."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ...findings import Described
from .dialogue import NotConvertibleError
from .named_fields import near_names
from .result import refused
from .shapes import CHATS, OWN, TITLES, readers, sample, shape_of

if TYPE_CHECKING:
    from collections.abc import Mapping

AUTO = "auto"
"""The shape is that of the first records."""

TABLES = ("csv", "tsv")
"""What can be named instead of a shape: a table in text, whatever its name and its first bytes."""

_MOST_NAMED = 10
_LONGEST_NAME = 40


def chosen_shape(
    records: list[Any], format: str, wanted: str, columns: Mapping[str, str], *, source: str
) -> str:
    """Return the shape of a file, by its first records.

    Args:
        records: the first records, at least one.
        format: the format that is written.
        wanted: the shape that the user named, or `auto`.
        columns: the fields that the user named.
        source: the file's name.

    Raises:
        ConversionError: they have no shape, several shapes, or not the one that is wanted.
    """
    names = list(dict.fromkeys(str(name) for record in records for name in record))
    for role, column in columns.items():
        if column not in names:
            near = near_names(names, column)
            fix = f"write {role}={' or '.join(near)}" if near else f"name the field with the {role}"
            rule = f"must name one of the fields of {source}: {_listed(names)}"
            raise refused(rule, column, fix, f"columns.{role}")
    found = sample(records, (format,))
    if wanted not in {AUTO, *TABLES}:
        return _wanted_shape(records, wanted, found.shapes)
    if columns:
        return "text" if "text" in columns else "pairs"
    if found.own and not found.shapes:
        return OWN
    shapes = dict.fromkeys(found.shapes)
    shapes |= dict.fromkeys(shape for record in records if (shape := shape_of(record)) is not None)
    if len(shapes) > 1 and not shapes.keys() <= CHATS:
        listed = " and ".join(TITLES[one] for one in shapes)
        fix = "make one file of each shape; convert takes several"
        raise refused("must have records of one shape", Described(f"{listed}"), fix, file=source)
    if not shapes:
        rule = "must have records of a shape that is known, or columns that are named"
        fix = "name the fields with --columns prompt=NAME,completion=NAME"
        raise refused(rule, Described(f"the fields {_listed(names)}"), fix, file=source)
    return next(iter(shapes))


def _wanted_shape(records: list[Any], wanted: str, shapes: Mapping[str, int]) -> str:
    """Return the shape that the user named, if the first records can be read so."""
    if any(shape_of(record) == wanted for record in records):
        return wanted
    read = readers()[wanted]
    for record in records:
        with suppress(NotConvertibleError):
            read(record, [])
            return wanted
    other = next(iter(shapes), None)
    got = Described(TITLES[other]) if other else Described("records of another shape")
    fix = f"write --from {other}, or leave it out" if other else "leave it out to have the shape found"
    raise refused(f"must be the shape of the records; {wanted} is {TITLES[wanted]}", got, fix, "shape")


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(name[:_LONGEST_NAME] for name in names[:_MOST_NAMED]) + more
