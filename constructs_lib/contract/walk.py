"""Walk a value along its shape; every part has a path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .finding import NOTHING, PREFIX, Finding
from .shapes import REQUEST, ServiceModel, default_model

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_NAME = 300


def join(path: str, name: str) -> str:
    """Return the path of a member. A name that a terminal would not show as it is, is escaped.

    Args:
        path: Where the step starts ("": at the whole).
        name: A member's name, or a map's key.
    """
    shown = name if name.isprintable() else ascii(name)
    if len(shown) > _LONGEST_NAME:
        shown = f"{shown[:_LONGEST_NAME]}..."
    return f"{path}.{shown}" if path else shown


@dataclass(frozen=True, slots=True)
class ValuePath:
    """A path inside a request, and whether the value there may be shown."""

    path: str = ""
    secret: bool = False

    def member(self, name: str, *, secret: bool = False) -> ValuePath:
        """Step into a structure's member."""
        return ValuePath(join(self.path, name), self.secret or secret)

    def item(self, index: int) -> ValuePath:
        """Step into a list's item."""
        return ValuePath(f"{self.path}[{index}]", self.secret)

    def entry(self, key: object) -> ValuePath:
        """Step into a map's value; a secret map does not even show its keys."""
        return self.member("value") if self.secret else self.member(str(key))

    def entry_key(self, key: object) -> ValuePath:
        """Step onto a map's key."""
        return self.member("key") if self.secret else self.member(str(key))

    def error(self, name: str, rule: str, got: object, fix: str, *, suggestion: str = "") -> Finding:
        """Return an error here; `name` is its id without the prefix."""
        found = "***" if self.secret and got is not NOTHING else got
        return Finding(PREFIX + name, self.path or "the request", rule, found, fix, suggestion=suggestion)


def walk(
    value: object, shape: str = REQUEST, *, at: ValuePath | None = None, model: ServiceModel | None = None
) -> Iterator[tuple[ValuePath, str, object]]:
    """Give every part of `value` that the model knows: where it lies, its shape's name, and itself.

    A part whose type is not its shape's is given, and nothing below it.

    Args:
        value: A request, or a part of one.
        shape: The shape of `value`.
        at: Where `value` lies. Default: it is the whole.
        model: Another service model than the one that lies here.
    """
    model, at = model or default_model(), at or ValuePath()
    yield at, shape, value
    for place, name, part in _parts(value, shape, at, model):
        yield from walk(part, name, at=place, model=model)


def _parts(
    value: object, name: str, at: ValuePath, model: ServiceModel
) -> Iterator[tuple[ValuePath, str, object]]:
    shape = model.shape(name)
    match shape["type"], value:
        case "structure", Mapping():
            for member, target in shape["members"].items():
                if member in value:
                    secret = model.is_sensitive(target)
                    yield at.member(member, secret=secret), target["shape"], value[member]
        case "list", list() | tuple():
            for index, item in enumerate(value):
                yield at.item(index), shape["member"]["shape"], item
        case "map", Mapping():
            for key, item in value.items():
                yield at.entry(key), shape["value"]["shape"], item
