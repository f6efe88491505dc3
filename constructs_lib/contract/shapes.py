"""The service model: botocore's `service-2.json` format, read without botocore."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REQUEST = "CreateModelCustomizationJobRequest"
"""The shape of a job's request; it is the default of every function that takes a shape."""

DATA = Path(__file__).parent / "data"
"""A folder in the layout of botocore's own data: `<service>/<API version>/service-2.json`."""

_DOCUMENT = DATA / "bedrock" / "2023-04-20" / "service-2.json"


@dataclass(frozen=True, slots=True)
class ShapePart:
    """A shape inside another one.

    Args:
        path: where: a list's item is written `[]`, a map's value `{}`: `jobTags[].key`, `hyperParameters{}`.
        shape: the name of the shape.
        member: the name of the structure's member ("": a list's item, a map's value, or the whole).
        parent: what this shape is directly inside of. Default: it is the whole.
    """

    path: str
    shape: str
    member: str = ""
    parent: ShapePart | None = None


class ServiceModel:
    """The shapes and operations of one service.

    Args:
        document: a parsed `service-2.json`: the reduced one in this package, or botocore's full one.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._shapes: Mapping[str, Mapping[str, Any]] = document["shapes"]
        self._operations: Mapping[str, Mapping[str, Any]] = document["operations"]

    def shape(self, name: str) -> Mapping[str, Any]:
        """Return the shape called `name`.

        Raises:
            KeyError: the model has no such shape.
        """
        return self._shapes[name]

    def is_sensitive(self, target: Mapping[str, Any]) -> bool:
        """Return whether a member's values must not be shown: the member is marked, or its shape is."""
        return bool(target.get("sensitive") or self.shape(target["shape"]).get("sensitive"))

    def operation_input(self, operation: str) -> str:
        """Return the name of the shape of an operation's request ("" where it takes none).

        Raises:
            KeyError: the model has no such operation.
        """
        return str(self._operations[operation].get("input", {}).get("shape", ""))

    def parts(self, shape: str = REQUEST) -> Iterator[ShapePart]:
        """Yield a shape and every shape inside it, outer ones first, in the model's order.

        Args:
            shape: the name of a shape that does not contain itself.
        """
        return self._parts(ShapePart("", shape))

    def _parts(self, part: ShapePart) -> Iterator[ShapePart]:
        yield part
        path, shape = part.path, self.shape(part.shape)
        match shape["type"]:
            case "structure":
                for member, target in shape["members"].items():
                    inner = f"{path}.{member}" if path else member
                    yield from self._parts(ShapePart(inner, target["shape"], member, part))
            case "list":
                yield from self._parts(ShapePart(f"{path}[]", shape["member"]["shape"], parent=part))
            case "map":
                yield from self._parts(ShapePart(f"{path}{{}}", shape["value"]["shape"], parent=part))


@cache
def default_model() -> ServiceModel:
    """Return the model in this package, read once."""
    return ServiceModel(json.loads(_DOCUMENT.read_text(encoding="utf-8")))
