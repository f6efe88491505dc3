"""The questions that every format asks of a JSON value, and what it answers where they fail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from constructs_lib.contract import NOTHING
from constructs_lib.datasets.faults import Fault

if TYPE_CHECKING:
    from constructs_lib.catalog import Dataset, DatasetRule
    from constructs_lib.catalog.figures import Quantity

Record: TypeAlias = Mapping[str, Any]

_LONGEST_NAME = 60
_KINDS = {str: "a string", list: "a list", dict: "an object", bool: "true or false", type(None): "null"}


@dataclass(slots=True)
class Seen:
    """What a record holds, as far as other rules need it.

    Args:
        texts: All texts that are trained on.
        media: The kind (`image` or `video`), path and URI of every media reference.
        rich: Whether it is more than one plain text for each message.
    """

    texts: list[str] = field(default_factory=list)
    media: list[tuple[str, str, str]] = field(default_factory=list)
    rich: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a model's data, as a format asks for them."""

    dataset: Dataset

    def __contains__(self, name: str) -> bool:
        return name in self.dataset.rules

    def get(self, name: str) -> DatasetRule | None:
        """Return a rule, or None where the model has none of that name."""
        return self.dataset.rules.get(name)

    def values(self, name: str) -> tuple[str, ...]:
        """Return what a rule is about: words, formats, allowed values."""
        rule = self.dataset.rules.get(name)
        return rule.values if rule else ()

    def most(self, name: Quantity) -> float:
        """Return the most that a limit of a record allows."""
        limits = self.dataset.limits.get(name, ())
        return min((limit.max for limit in limits if limit.max is not None), default=float("inf"))

    def required(self, name: str) -> bool:
        """Tell whether the field that a rule is about must be given."""
        rule = self.dataset.rules.get(name)
        return rule is not None and rule.required


def kind_of(value: object) -> str:
    """Return a value's JSON type in words."""
    return _KINDS.get(type(value), "a number")


def known_fields(record: Record, allowed: AbstractSet[str], path: str = "") -> Iterator[Fault]:
    """Name the fields that are not part of the format."""
    if record.keys() <= allowed:
        return
    for name in record:
        if name not in allowed:
            meant = [other for other in allowed if _letters(other) == _letters(name)]
            fix = f"rename it to {meant[0]}" if meant else "take it out"
            what = f"should not be there: the format has {', '.join(sorted(allowed))}"
            yield Fault("unknown-field", join(path, name), what, name, fix)


def _letters(name: str) -> str:
    return name[:_LONGEST_NAME].lower().replace("_", "").replace("-", "").rstrip("s")


def join(path: str, name: str) -> str:
    """Return the path of a field; of a name as long as a text, its start."""
    name = name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}..."
    return f"{path}.{name}" if path else name


def needs(record: Record, name: str, wanted: type, path: str = "") -> Iterator[Fault]:
    """A required field must be there and have the wanted type."""
    if name not in record:
        yield Fault("missing-field", join(path, name), f"must be {_KINDS[wanted]}", NOTHING, f"add {name}")
    else:
        yield from typed(record, name, wanted, path)


def typed(record: Record, name: str, wanted: type, path: str = "") -> Iterator[Fault]:
    """A field that is there must have the wanted type; null counts as absent where the field is optional."""
    value = record.get(name)
    if name in record and not isinstance(value, wanted):
        fix = f"write {_KINDS[wanted]} instead of {kind_of(value)}"
        yield Fault("field-type", join(path, name), f"must be {_KINDS[wanted]}", value, fix)


def text(value: object, path: str, rules: Rules, seen: Seen) -> Iterator[Fault]:
    """A text must be a string, and should not be blank."""
    if not isinstance(value, str):
        fix = f"write a string instead of {kind_of(value)}"
        yield Fault("field-type", path, "must be a string", value, fix)
        return
    seen.texts.append(value)
    if "empty-text" in rules and not value.strip():
        yield Fault(
            "empty-text", path, "should hold text", value, "write what is to be learnt, or drop the record"
        )
