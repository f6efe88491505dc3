"""YAML text to nodes: PyYAML's events without its constructors, so that no scalar changes its meaning."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import yaml

from .document import DEEPEST

if TYPE_CHECKING:
    from collections.abc import Iterator

_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = (None, f"{_TAG}int", f"{_TAG}float", f"{_TAG}bool", f"{_TAG}null")
_STRING_TAGS = ("!", f"{_TAG}str")
_COLLECTION_TAGS = (None, f"{_TAG}map", f"{_TAG}seq")

Events: TypeAlias = "Iterator[yaml.Event]"


class UnreadableError(ValueError):
    """A document that is YAML, and still not a job file.

    Args:
        rule: What must hold.
        line: Where, from 1.
        got: What was found.
    """

    def __init__(self, rule: str, got: str | None, line: int) -> None:
        self.rule, self.got, self.line = rule, str(got), line
        super().__init__(rule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """A text, and whether it stands there without quotes."""

    text: str
    is_plain: bool
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """A list of nodes; an alias is the node itself once more."""

    line: int
    items: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """Pairs of nodes, as they stand there."""

    line: int
    pairs: list[tuple[Scalar, Node]] = field(default_factory=list)


Node: TypeAlias = Scalar | List | Map


def compose(text: str) -> Node | None:
    """Read the one document of a YAML text (None: there is none).

    Args:
        text: The file's text.

    Raises:
        yaml.YAMLError: It is not YAML.
        UnreadableError: It is, and holds what no job file holds.
    """
    events: Events = yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    root: Node | None = None
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            if root is not None:
                raise UnreadableError("must hold one document", "a second one", _line(event))
            root = _Composer(events).node(next(events), 0)
    return root


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


class _Composer:
    def __init__(self, events: Events) -> None:
        self._events = events
        self._anchors: dict[str, Node] = {}

    def node(self, event: yaml.Event, depth: int) -> Node:
        line = _line(event)
        if depth > DEEPEST:
            raise UnreadableError(f"must not nest deeper than {DEEPEST} levels", "more", line)
        if not isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            return self._alias(getattr(event, "anchor", ""), line)
        found = self._fresh(event, depth, line)
        if event.anchor:
            self._anchors[event.anchor] = found
        return found

    def _alias(self, anchor: str, line: int) -> Node:
        if anchor not in self._anchors:
            raise UnreadableError("must not use an anchor before it is complete", f"*{anchor}", line)
        return self._anchors[anchor]

    def _fresh(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, depth: int, line: int) -> Node:
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event, line)
        if event.tag not in _COLLECTION_TAGS:
            raise UnreadableError("must not use a tag of its own", event.tag, line)
        if isinstance(event, yaml.SequenceStartEvent):
            return List(line=line, items=[*self._items(depth)])
        return Map(line=line, pairs=[*self._pairs(depth)])

    def _items(self, depth: int) -> Iterator[Node]:
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            yield self.node(event, depth + 1)

    def _pairs(self, depth: int) -> Iterator[tuple[Scalar, Node]]:
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self.node(event, depth + 1)
            if not isinstance(key, Scalar):
                raise UnreadableError("must have plain keys", "a list or mapping as a key", _line(event))
            yield key, self.node(next(self._events), depth + 1)


def _scalar(event: yaml.ScalarEvent, line: int) -> Scalar:
    if event.tag not in (*_PLAIN_TAGS, *_STRING_TAGS):
        raise UnreadableError("must not use a tag of its own", event.tag, line)
    is_plain = not event.style and event.tag not in _STRING_TAGS
    return Scalar(text=event.value, is_plain=is_plain, line=line)
