"""A request as commented YAML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from .comments import COMMENTS

if TYPE_CHECKING:
    from collections.abc import Container

# What YAML and the AWS CLI read as a string without quotes, and a reader too.
_PLAIN = re.compile(
    r"(?!(?:true|false|null|yes|no|on|off)$)[a-zA-Z][a-zA-Z0-9_./:-]*[a-zA-Z0-9_/]", re.IGNORECASE
)
_INDEX = re.compile(r"\[\d+\]")


def as_yaml(value: Mapping[str, object], optional: Container[str] = ()) -> str:
    """Write a request as YAML with a comment on every field.

    Args:
        value: The request.
        optional: Names of top-level members that are written as comments. Default: none.
    """
    comments = {path.removesuffix("{}"): comment for path, comment in COMMENTS.items()}
    lines = []
    for name, part in value.items():
        off = "# " if name in optional else ""
        for text, path in _member(name, part, name, ""):
            comment = comments.get(_INDEX.sub("[]", path), "")
            lines.append(f"{off}{text}  # {comment}" if comment else f"{off}{text}")
    return "\n".join(lines) + "\n"


def _member(name: str, value: object, path: str, pad: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping | list):
        yield f"{pad}{name}:", path
        yield from _inner(value, path, f"{pad}  ")
    else:
        yield f"{pad}{name}: {_scalar(value)}", path


def _inner(value: Mapping[str, object] | list[object], path: str, pad: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _member(name, part, f"{path}.{name}", pad)
        return
    for index, item in enumerate(value):
        place = f"{path}[{index}]"
        if isinstance(item, Mapping | list):
            for number, (text, inner) in enumerate(_inner(item, place, f"{pad}  ")):
                yield (f"{pad}- {text.lstrip()}" if number == 0 else text), inner
        else:
            yield f"{pad}- {_scalar(item)}", place


def _scalar(value: object) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return value
    return json.dumps(value)
