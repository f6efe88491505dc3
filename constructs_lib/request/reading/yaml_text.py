"""YAML job files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from constructs_lib.contract import REQUEST, ServiceModel, default_model, join

from .document import DEEPEST, MOST_PARTS, Document, repeated, unreadable
from .scalars import plain
from .yaml_merge import entries
from .yaml_nodes import List, Map, Node, UnreadableError, compose

if TYPE_CHECKING:
    from constructs_lib.findings import Finding


def read_yaml(text: str, name: str) -> Document:
    """Read a YAML job file.

    Args:
        text: The file's text.
        name: The file's name, for what is wrong with it.
    """
    try:
        root = compose(text)
        if not isinstance(root, Map):
            got = "nothing" if root is None else "a list" if isinstance(root, List) else root.text
            return unreadable(
                name, "must hold a mapping", got, "write name: value lines, such as jobName: ..."
            )
        reader = _Reader(default_model())
        request = reader.value(root, REQUEST, "")
    except UnreadableError as error:
        return unreadable(name, error.rule, error.got, "write it out plainly", line=error.line)
    except yaml.YAMLError as error:
        return _not_yaml(error, name)
    return Document(name=name, request=request, lines=reader.lines, findings=tuple(reader.findings))


def _not_yaml(error: yaml.YAMLError, name: str) -> Document:
    mark = getattr(error, "problem_mark", None)
    said = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
    if mark is None:
        return unreadable(name, f"must be YAML ({said})", "a character that YAML has not", "take it out")
    where = f"line {mark.line + 1}, column {mark.column + 1}"
    fix = "correct it there; a text with ': ' or ' #' in it, or with *, &, ! or @ at its start, needs quotes"
    return unreadable(name, f"must be YAML ({said})", where, fix, line=mark.line + 1)


@dataclass(slots=True)
class _Reader:
    """Turns nodes into values, each by the shape that its place in the request has."""

    model: ServiceModel
    lines: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    parts: int = 0
    depth: int = 0

    def value(self, node: Node, shape: str, path: str, of: str = "") -> Any:  # noqa: ANN401 - YAML of any type
        self.depth += 1
        self.lines.setdefault(path, node.line)
        found = self._value(node, shape, path, of)
        self.depth -= 1
        return found

    def _value(self, node: Node, shape: str, path: str, of: str) -> Any:  # noqa: ANN401 - YAML of any type
        self.parts += 1
        if self.depth > DEEPEST:
            raise UnreadableError(f"must not nest deeper than {DEEPEST} levels", "more", node.line)
        if self.parts > MOST_PARTS:
            raise UnreadableError(
                f"must hold at most {MOST_PARTS} parts, aliases written out", "more", node.line
            )
        if isinstance(node, Map):
            return self._map(node, shape, path)
        if isinstance(node, List):
            inner = self._inner(shape, "list", "member")
            return [self.value(item, inner, f"{path}[{index}]") for index, item in enumerate(node.items)]
        if not node.is_plain:
            return node.text
        return plain(node.text, kind=self.model.shape(shape)["type"] if shape else "", of=of)

    def _map(self, node: Map, shape: str, path: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, item in entries(node):
            place = join(path, key.text)
            if key.text in found:
                self.findings.append(repeated(place, key.line))
                continue
            self.lines[place] = key.line
            found[key.text] = self.value(item, self._member(shape, key.text), place, shape)
        return found

    def _member(self, shape: str, name: str) -> str:
        if shape and self.model.shape(shape)["type"] == "structure":
            return str(self.model.shape(shape)["members"].get(name, {}).get("shape", ""))
        return self._inner(shape, "map", "value")

    def _inner(self, shape: str, kind: str, part: str) -> str:
        found = self.model.shape(shape) if shape else {}
        return str(found[part]["shape"]) if found.get("type") == kind else ""
