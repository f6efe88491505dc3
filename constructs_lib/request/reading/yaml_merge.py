"""Merged mappings (`<<: *defaults`), which the AWS CLI reads too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .yaml_nodes import List, Map, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .yaml_nodes import Node, Scalar


def entries(node: Map) -> Iterator[tuple[Scalar, Node]]:
    """Give a mapping's own pairs, then those that it merges in and does not have itself.

    Args:
        node: A mapping; a mapping that it merges may merge others.

    Raises:
        UnreadableError: Something else than mappings is merged.
    """
    own = [pair for pair in node.pairs if not _is_merge(pair[0])]
    yield from own
    taken = {key.text for key, _ in own}
    for source in _sources(node):
        for key, item in source.pairs:
            if not _is_merge(key) and key.text not in taken:
                taken.add(key.text)
                yield key, item


def _sources(node: Map) -> Iterator[Map]:
    """Give each mapping that is merged, nearest first, and once: a chain of merges may double each step."""
    waiting, seen = [*_merged(node)], {id(node)}
    while waiting:
        source = waiting.pop(0)
        if id(source) not in seen:
            seen.add(id(source))
            yield source
            waiting = [*_merged(source), *waiting]


def _merged(node: Map) -> Iterator[Map]:
    for _, item in (pair for pair in node.pairs if _is_merge(pair[0])):
        for source in item.items if isinstance(item, List) else [item]:
            if not isinstance(source, Map):
                raise UnreadableError("must merge mappings (<<)", "something else", source.line)
            yield source


def _is_merge(key: Scalar) -> bool:
    return key.is_plain and key.text == "<<"
