"""YAML job files: PyYAML's parser, and the values of YAML 1.2.

The AWS CLI reads YAML 1.2 with ruamel: `no`, `on` and `12:30:00` are strings, `1e-5` is a number. PyYAML's
own loaders read YAML 1.1, where `no` is false, `12:30:00` is 45000 and `1e-5` a string. So only PyYAML's
events are used here. A field that takes a string gets the text as it is in the file: a tag `1.10` stays
`1.10`, and a date stays a text.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml

from ...contract import REQUEST, ServiceModel, default_model, join
from ...findings import Described
from ..characters import where_invisible
from ..hyper_parameters import to_exact_decimal
from .document import (
    DEEPEST,
    JOB_FILE,
    MOST_PARTS,
    Document,
    UnreadableError,
    repeated,
    too_deep,
)
from .yaml_errors import not_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...findings import Finding
    from .document import Position

_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = (None, f"{_TAG}int", f"{_TAG}float", f"{_TAG}bool", f"{_TAG}null")
_STRING_TAGS = ("!", f"{_TAG}str")
_COLLECTION_TAGS = (None, f"{_TAG}map", f"{_TAG}seq")
_WRITE_VALUE = "write the value itself instead"

_HYPER_PARAMETERS = (
    "ModelCustomizationHyperParameters"  # the only map of strings in which users write numbers
)
_NULL = ("", "~", "null", "Null", "NULL")
_WORDS = {
    **dict.fromkeys(_NULL),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,30}")
_OCTAL = re.compile(r"0o[0-7]{1,30}")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]{1,30}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]{1,400}|[0-9]{1,400}(?:\.[0-9]{0,400})?)(?:[eE][-+]?[0-9]{1,3})?")

Events: TypeAlias = "Iterator[yaml.Event]"


def read_yaml(text: str, name: str, what: str = JOB_FILE) -> Document:
    """Read a YAML job file.

    Args:
        text: the file's text.
        name: the file's name.
        what: how an error names it. Default: `the job file`.

    Raises:
        UnreadableError: the text is not YAML, or not a mapping.
    """
    try:
        root = _compose(text, what)
    except yaml.YAMLError as error:
        raise not_yaml(error, text, what) from None
    if not isinstance(root, _Map):
        got = "nothing" if root is None else "a list" if isinstance(root, _List) else root.text
        odd = where_invisible(root.text) if isinstance(root, _Scalar) else ""
        fix = f"replace {odd} with a plain space" if odd else "write name: value lines, such as jobName: ..."
        rule, at = f"{what} must contain a mapping", root.at if root else None
        raise UnreadableError(rule, got=Described(got), fix=fix, at=at)
    reader = _Reader(default_model(), name, what)
    request = reader.value(root, REQUEST, "")
    return Document(name=name, request=request, positions=reader.positions, findings=tuple(reader.findings))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scalar:
    """A text, and whether it is written without quotes."""

    text: str
    is_plain: bool
    at: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class _List:
    """A list of nodes; an alias is the same node again."""

    at: Position
    items: list[_Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Map:
    """Pairs of nodes, as they are written, `<<` included."""

    at: Position
    pairs: list[tuple[_Scalar, _Node]] = field(default_factory=list)


_Node: TypeAlias = _Scalar | _List | _Map


def _compose(text: str, what: str) -> _Node | None:
    """Return the root node of the only document of a YAML text (None: there is none)."""
    events: Events = yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    root: _Node | None = None
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            if root is not None:
                rule, got = f"{what} must contain one document", Described("a second one")
                raise UnreadableError(rule, got=got, fix="write one file for each job", at=_position(event))
            root = _Composer(events, what).node(next(events), 0)
    return root


def _position(event: yaml.Event) -> Position:
    return (event.start_mark.line + 1, event.start_mark.column + 1) if event.start_mark else (1, 1)


class _Composer:
    """Makes nodes of events, as PyYAML's composer does, but with a limit to the depth."""

    def __init__(self, events: Events, what: str) -> None:
        self._events = events
        self._what = what
        self._anchors: dict[str, _Node] = {}

    def node(self, event: yaml.Event, depth: int) -> _Node:
        at = _position(event)
        if depth > DEEPEST:
            raise too_deep(self._what, at)
        if not isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            anchor = getattr(event, "anchor", "")
            if anchor not in self._anchors:
                rule = f"{self._what} must not use an anchor before it is complete"
                raise UnreadableError(rule, got=Described(f"*{anchor}"), fix=_WRITE_VALUE, at=at)
            return self._anchors[anchor]
        found = self._new(event, depth, at)
        if event.anchor:
            self._anchors[event.anchor] = found
        return found

    def _new(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, depth: int, at: Position) -> _Node:
        is_scalar = isinstance(event, yaml.ScalarEvent)
        if event.tag not in ((*_PLAIN_TAGS, *_STRING_TAGS) if is_scalar else _COLLECTION_TAGS):
            rule = f"{self._what} must not use other tags than those of plain YAML"
            raise UnreadableError(rule, got=Described(event.tag), fix=_WRITE_VALUE, at=at)
        if isinstance(event, yaml.ScalarEvent):
            is_plain = not event.style and event.tag not in _STRING_TAGS
            return _Scalar(text=event.value, is_plain=is_plain, at=at)
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(inner := next(self._events), yaml.SequenceEndEvent):
                items.append(self.node(inner, depth + 1))
            return _List(at=at, items=items)
        return _Map(at=at, pairs=[*self._pairs(depth)])

    def _pairs(self, depth: int) -> Iterator[tuple[_Scalar, _Node]]:
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self.node(event, depth + 1)
            if not isinstance(key, _Scalar):
                rule, got = f"every key of {self._what} must be a text", Described("a list or mapping")
                raise UnreadableError(rule, got=got, fix="write a name", at=_position(event))
            yield key, self.node(next(self._events), depth + 1)


def _entries(node: _Map) -> Iterator[tuple[_Scalar, _Node]]:
    """Yield a mapping's own pairs, then those of merged mappings (`<<`) whose keys it does not have."""
    own = [pair for pair in node.pairs if not _is_merge(pair[0])]
    yield from own
    taken = {key.text for key, _ in own}
    # Nearest first, and each source once: in a chain of merges each step may double the number.
    waiting, seen = [*_merged(node)], {id(node)}
    while waiting:
        source = waiting.pop(0)
        if id(source) in seen:
            continue
        seen.add(id(source))
        for key, item in source.pairs:
            if not _is_merge(key) and key.text not in taken:
                taken.add(key.text)
                yield key, item
        waiting = [*_merged(source), *waiting]


def _merged(node: _Map) -> Iterator[_Map]:
    for _, item in (pair for pair in node.pairs if _is_merge(pair[0])):
        for source in item.items if isinstance(item, _List) else [item]:
            if not isinstance(source, _Map):
                rule, got = "a merge (<<) must name mappings", Described("something else")
                raise UnreadableError(rule, got=got, fix=_WRITE_VALUE, at=source.at)
            yield source


def _is_merge(key: _Scalar) -> bool:
    return key.is_plain and key.text == "<<"


@dataclass(slots=True)
class _Reader:
    """Turns nodes into values, each by the shape that its path in the request has ("": none)."""

    model: ServiceModel
    name: str
    what: str
    positions: dict[str, Position] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    parts: int = 0
    depth: int = 0

    def value(self, node: _Node, shape: str, path: str, parent: str = "") -> Any:  # noqa: ANN401 - YAML of any type
        self.parts += 1
        self.depth += 1
        if self.depth > DEEPEST:  # an alias may be at another depth than its node
            raise too_deep(self.what, node.at)
        if self.parts > MOST_PARTS:
            rule = f"{self.what} must have at most {MOST_PARTS} parts, aliases written out"
            raise UnreadableError(rule, got=Described("more"), fix="use fewer aliases", at=node.at)
        self.positions.setdefault(path, node.at)
        found = self._value(node, shape, path, parent)
        self.depth -= 1
        return found

    def _value(self, node: _Node, shape: str, path: str, parent: str) -> Any:  # noqa: ANN401 - YAML of any type
        form = self.model.shape(shape) if shape else {}
        kind = form.get("type", "")
        if isinstance(node, _Scalar):
            return _scalar(node.text, kind, parent) if node.is_plain else node.text
        if isinstance(node, _List):
            inner = form["member"]["shape"] if kind == "list" else ""
            return [self.value(item, inner, f"{path}[{index}]") for index, item in enumerate(node.items)]
        found: dict[str, Any] = {}
        for key, item in _entries(node):
            place = join(path, key.text)
            if key.text in found:
                self.findings.append(repeated(place, self.positions[place]).at(self.name, *key.at))
                continue
            self.positions[place] = key.at
            members = form["members"] if kind == "structure" else {}
            inner = form["value"]["shape"] if kind == "map" else members.get(key.text, {}).get("shape", "")
            found[key.text] = self.value(item, inner, place, shape)
        return found


def _scalar(text: str, kind: str, parent: str) -> object:
    """Return the value of a scalar without quotes.

    Args:
        text: as it is written.
        kind: the type that the field takes ("": not known).
        parent: the shape that the scalar is in.
    """
    if kind != "string":
        return _core(text)
    if text in _NULL:
        return None
    number = _core(text) if parent == _HYPER_PARAMETERS else text
    if not isinstance(number, float):
        return text
    if not math.isfinite(number):
        return number  # the checks report that it is no string
    # A number with an exponent is written out, as a float in Python code is.
    return to_exact_decimal(Decimal(text)) if "e" in text.lower() else text


def _core(text: str) -> object:
    """Return the value of a scalar by the YAML 1.2 core schema."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _OCTAL.fullmatch(text) or _HEXADECIMAL.fullmatch(text):
        return int(text, 0)
    return float(text) if _FLOAT.fullmatch(text) else text
