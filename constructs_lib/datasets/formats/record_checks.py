"""The checks that every format makes of the values in a record: fields, types, texts, roles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from ...findings import NOTHING
from ..dataset_findings import finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...catalog import Dataset, DatasetRule, Quantity
    from ...findings import Finding

Record: TypeAlias = Mapping[str, Any]

_LONGEST_NAME = 60
_KINDS = {str: "a string", list: "a list", dict: "an object", bool: "true or false", type(None): "null"}


@dataclass(slots=True)
class Seen:
    """What a record holds, as far as other rules need it.

    Args:
        texts: all texts that are trained on.
        media: the kind (`image`, `video` or `document`), path and URI of every media reference.
    """

    texts: list[str] = field(default_factory=list)
    media: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a model's data, as a format needs them.

    Args:
        dataset: what is documented of the data.
        teachers: the models that the model can be distilled from. Default: not known, or not distilled.
    """

    dataset: Dataset
    teachers: tuple[str, ...] = ()

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
        """Return whether the field that a rule is about must be given."""
        rule = self.dataset.rules.get(name)
        return rule is not None and rule.required


def kind_of(value: object) -> str:
    """Return a value's JSON type in words."""
    return _KINDS.get(type(value), "a number")


def known_fields(record: Record, allowed: AbstractSet[str], path: str = "") -> Iterator[Finding]:
    """Yield the fields that are not part of the format."""
    if record.keys() <= allowed:
        return
    for name in record:
        if name not in allowed:
            similar = [other for other in sorted(allowed) if _letters(other) == _letters(name)]
            fix = f"rename it to {similar[0]}" if similar else "remove it"
            rule = f"must not be there: the fields of the format are {', '.join(sorted(allowed))}"
            yield finding("unknown-field", join(path, name), rule, name, fix)


def _letters(name: str) -> str:
    return name[:_LONGEST_NAME].lower().replace("_", "").replace("-", "").rstrip("s")


def join(path: str, name: str) -> str:
    """Return the path of a field; of a name as long as a text, its start."""
    name = name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}..."
    return f"{path}.{name}" if path else name


def needs(record: Record, name: str, expected: type, path: str = "") -> Iterator[Finding]:
    """Check that a required field is there and has the expected type."""
    if name not in record:
        yield finding(
            "missing-field", join(path, name), f"must be {_KINDS[expected]}", NOTHING, f"add {name}"
        )
    else:
        yield from typed(record, name, expected, path)


def typed(record: Record, name: str, expected: type, path: str = "") -> Iterator[Finding]:
    """Check that a field, where it is there, has the expected type."""
    value = record.get(name)
    if name in record and not isinstance(value, expected):
        fix = f"write {_KINDS[expected]} instead of {kind_of(value)}"
        if name == "system" and expected is list and isinstance(value, str):
            fix = 'write [{"text": "..."}]'
        yield finding("field-type", join(path, name), f"must be {_KINDS[expected]}", value, fix)


def text(value: object, path: str, rules: Rules, seen: Seen, *, alone: bool = True) -> Iterator[Finding]:
    """Check that a text is a string, and not empty or blank.

    Args:
        value: what should be a text.
        path: where it is in the record.
        rules: the model's.
        seen: gets the text.
        alone: whether there is nothing else in the message: an empty text beside other content is less bad.
    """
    if not isinstance(value, str):
        fix = f"write a string instead of {kind_of(value)}"
        yield finding("field-type", path, "must be a string", value, fix)
        return
    seen.texts.append(value)
    name = "blank-text" if value or not alone else "empty-text"
    if name in rules and not value.strip():
        fix = "write what the model should learn, or remove the record" if alone else "leave it out"
        yield finding(name, path, "must contain text", value, fix)


def role(message: Record, path: str, allowed: Sequence[str]) -> Iterator[Finding]:
    """Check that a message has one of the format's roles."""
    found = message.get("role", NOTHING)
    rule = f"must be {' or '.join(allowed)}"
    if found is NOTHING:
        yield finding("missing-field", f"{path}.role", rule, found, "add role")
    elif found not in allowed:
        of_system = "put the text into the field `system`"
        fix = of_system if found == "system" else f"write {' or '.join(allowed)}"
        yield finding("role", f"{path}.role", rule, found, fix)


def order(roles: Sequence[object], rules: Rules) -> Iterator[Finding]:
    """Check that a conversation starts and ends as the model requires, and alternates in between."""
    both, start = rules.get("roles-start-and-end"), rules.get("roles-start")
    if (both or start) and roles[0] != "user":
        name = "roles-start-and-end" if both else "roles-start"
        fix = "start with the user's message"
        yield finding(name, "messages[0].role", "must be user in the first message", roles[0], fix)
    if both and roles[-1] != "assistant":
        path, fix = f"messages[{len(roles) - 1}].role", "end with the answer that the model should learn"
        yield finding("roles-start-and-end", path, "must be assistant in the last message", roles[-1], fix)
    if "roles-alternate" in rules:
        for index in range(1, len(roles)):
            if roles[index] == roles[index - 1]:
                path, fix = (
                    f"messages[{index}].role",
                    "join the two messages, or add the missing one between them",
                )
                rule = "must differ from the message before"
                yield finding("roles-alternate", path, rule, roles[index], fix)
