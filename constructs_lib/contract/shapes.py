"""The service model: botocore's `service-2.json` format, read without botocore."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REQUEST = "CreateModelCustomizationJobRequest"
"""The shape that is judged unless another is named."""

DATA = Path(__file__).parent / "data"
"""A folder in the layout of botocore's own data: `<service>/<API version>/service-2.json`."""

_DOCUMENT = DATA / "bedrock" / "2023-04-20" / "service-2.json"


class ServiceModel:
    """The shapes and operations of one service.

    Args:
        document: A parsed `service-2.json`: the trimmed one that lies here, or botocore's full one.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._shapes: Mapping[str, Mapping[str, Any]] = document["shapes"]
        self._operations: Mapping[str, Mapping[str, Any]] = document["operations"]

    def shape(self, name: str) -> Mapping[str, Any]:
        """Give the shape called `name`.

        Raises:
            KeyError: The model has no such shape.
        """
        return self._shapes[name]

    def is_sensitive(self, target: Mapping[str, Any]) -> bool:
        """Tell whether a member's values must not be shown: its own mark, or its shape's."""
        return bool(target.get("sensitive") or self.shape(target["shape"]).get("sensitive"))

    def operation_input(self, operation: str) -> str:
        """Name the shape of an operation's request ("" where it takes none).

        Raises:
            KeyError: The model has no such operation.
        """
        return str(self._operations[operation].get("input", {}).get("shape", ""))

    def leaves(self, shape: str = REQUEST) -> Iterator[tuple[str, str]]:
        """Give every leaf field below `shape`: its path and the name of its shape.

        A list's item is written `[]`, a map's value `{}`: `jobTags[].key`, `hyperParameters{}`.
        """
        yield from self._leaves(shape, "")

    def _leaves(self, name: str, path: str) -> Iterator[tuple[str, str]]:
        shape = self.shape(name)
        match shape["type"]:
            case "structure":
                for member, target in shape["members"].items():
                    yield from self._leaves(target["shape"], f"{path}.{member}" if path else member)
            case "list":
                yield from self._leaves(shape["member"]["shape"], f"{path}[]")
            case "map":
                yield from self._leaves(shape["value"]["shape"], f"{path}{{}}")
            case _:
                yield path, name


@cache
def default_model() -> ServiceModel:
    """Read the trimmed model that lies beside this module (once)."""
    return ServiceModel(json.loads(_DOCUMENT.read_text(encoding="utf-8")))
