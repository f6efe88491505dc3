"""Go through a value along its shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .shapes import REQUEST, ServiceModel, default_model
from .violation import ValuePath

if TYPE_CHECKING:
    from collections.abc import Iterator


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
