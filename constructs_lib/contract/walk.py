"""Walk a value along its shape, and copy it along its shape: every part has a path."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .finding import NOTHING, PREFIX, Finding
from .shapes import REQUEST, ServiceModel, default_model

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_NAME = 300
# Short enough for `int`, which refuses to read thousands of digits, and longer than any 64-bit number.
_INTEGER = re.compile(r"[-+]?[0-9]{1,20}")
_NUMBER = re.compile(r"[-+]?(?:[0-9]{1,40}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][-+]?[0-9]{1,4})?")


def join(path: str, name: str) -> str:
    """Return the path of a member. A name with unprintable characters is escaped, a very long one is cut.

    Args:
        path: where the member's owner is ("": it is the whole value).
        name: the member's name, or a map's key.
    """
    shown = name if name.isprintable() else ascii(name)
    if len(shown) > _LONGEST_NAME:
        shown = f"{shown[:_LONGEST_NAME]}..."
    return f"{path}.{shown}" if path else shown


@dataclass(frozen=True, slots=True)
class ValuePath:
    """A path inside a request, and whether the value there is a secret, which no message may show."""

    path: str = ""
    secret: bool = False

    def member(self, name: str, *, secret: bool = False) -> ValuePath:
        """Return the path of a structure's member."""
        return ValuePath(join(self.path, name), self.secret or secret)

    def item(self, index: int) -> ValuePath:
        """Return the path of a list's item."""
        return ValuePath(f"{self.path}[{index}]", self.secret)

    def entry(self, key: object) -> ValuePath:
        """Return the path of a map's value; of a secret map not even the key is shown."""
        return self.member("value") if self.secret else self.member(str(key))

    def entry_key(self, key: object) -> ValuePath:
        """Return the path of a map's key."""
        return self.member("key") if self.secret else self.member(str(key))

    def error(self, name: str, rule: str, got: object, fix: str, *, suggestion: str = "") -> Finding:
        """Return an error here; `name` is its id without the prefix."""
        found = "***" if self.secret and got is not NOTHING else got
        return Finding(PREFIX + name, self.path or "the request", rule, found, fix, suggestion=suggestion)


def walk(
    value: object,
    shape: str = REQUEST,
    *,
    at: ValuePath | None = None,
    is_known: Callable[[object], bool] = lambda _value: True,
    model: ServiceModel | None = None,
) -> Iterator[tuple[ValuePath, str, object]]:
    """Yield every part of a value that the model knows, outer parts first: path, name of its shape, part.

    The parts of a part are left out where its type is not its shape's.

    Args:
        value: a request, or a part of one.
        shape: the shape of `value`.
        at: the path of `value`. Default: it is the whole.
        is_known: whether a part is known yet; an unknown one is left out. Default: everything is known.
        model: the service model. Default: the one in this package.
    """
    if not is_known(value):
        return
    model, at = model or default_model(), at or ValuePath()
    yield at, shape, value
    inner: Iterator[tuple[ValuePath, str, object]] = iter(())
    form = model.shape(shape)
    match form["type"], value:
        case "structure", Mapping():
            inner = (
                (at.member(name, secret=model.is_sensitive(target)), target["shape"], value[name])
                for name, target in form["members"].items()
                if name in value
            )
        case "list", list() | tuple():
            inner = ((at.item(index), form["member"]["shape"], item) for index, item in enumerate(value))
        case "map", Mapping():
            inner = ((at.entry(key), form["value"]["shape"], item) for key, item in value.items())
    for path, name, part in inner:
        yield from walk(part, name, at=path, is_known=is_known, model=model)


def _copied(
    value: object,
    target: Mapping[str, object],
    change: Callable[[object, Mapping[str, object]], object],
    model: ServiceModel,
) -> object:
    """Copy a value along its shape; members that the model does not know are kept as they are.

    Args:
        value: what to copy.
        target: how the model refers to the shape of `value`: `{"shape": name}`, maybe with marks.
        change: returns what to use instead of a part, or the part itself to continue with its parts.
        model: the service model.
    """
    changed = change(value, target)
    if changed is not value:
        return changed
    shape = model.shape(str(target["shape"]))
    match shape["type"], value:
        case "structure", Mapping():
            members = shape["members"]
            return {
                key: _copied(part, members[key], change, model) if key in members else part
                for key, part in value.items()
            }
        case "list", list() | tuple():
            return [_copied(item, shape["member"], change, model) for item in value]
        case "map", Mapping():
            return {key: _copied(part, shape["value"], change, model) for key, part in value.items()}
    return value


def redacted(value: object, shape: str = REQUEST, *, model: ServiceModel | None = None) -> object:
    """Copy a value, with `***` for everything that the service model marks as sensitive.

    Args:
        value: a request, or a part of one. Members that the model does not know are kept.
        shape: the shape of `value`.
        model: the service model. Default: the one in this package.
    """
    model = model or default_model()
    return _copied(
        value, {"shape": shape}, lambda part, target: "***" if model.is_sensitive(target) else part, model
    )


def typed(value: object, shape: str = REQUEST, *, model: ServiceModel | None = None) -> object:
    """Copy a value as CloudFormation sends it, every scalar a string, with the types that the API expects.

    `"true"` becomes True where a boolean is expected, `"3"` becomes 3, `"1e-05"` becomes 1e-05. Strings stay
    strings where strings are expected. Members that the model does not know are kept, and so is a string that
    cannot be read: `violations` reports what is wrong with it.

    Args:
        value: a request, or a part of one, as CloudFormation sends it.
        shape: the shape of `value`.
        model: the service model. Default: the one in this package.
    """
    model = model or default_model()

    def change(part: object, target: Mapping[str, object]) -> object:
        return _scalar(part, model.shape(str(target["shape"]))["type"]) if isinstance(part, str) else part

    return _copied(value, {"shape": shape}, change, model)


def _scalar(text: str, kind: str) -> object:
    match kind:
        case "boolean":
            return {"true": True, "false": False}.get(text.lower(), text)
        case "integer" | "long" if _INTEGER.fullmatch(text):
            return int(text)
        case "float" | "double" if _NUMBER.fullmatch(text) and math.isfinite(float(text)):
            return float(text)
    return text
