"""The tags that a job inherits from stacks and from `Tags.of(scope)`; they are known after all aspects."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from ...contract import safeguards, violations
from ...findings import Described, error
from ...request.tokens import is_known, literal
from ..rule import register

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ...findings import Finding
    from ..severities import Checks

Tag: TypeAlias = "Mapping[str, str]"
"""A tag as the API takes it: `key` and `value`."""

_NAME = "inherited-tag"
_REMOVE = "remove it from the job with Tags.of(job).remove(key)"

register({_NAME: "Bedrock would refuse a tag that a job inherits, or their number."}, is_documented=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class InheritedTag:
    """A tag that a job inherits.

    Args:
        key: its key.
        value: its value.
        source: what adds it, in words.
        distance: 0 for `Tags.of(scope)`, 1 for the job's stack, 2 for the stack around that one, and so on.
    """

    key: str
    value: str
    source: str
    distance: int = 0


def with_inherited(own: Sequence[Tag], inherited: Iterable[InheritedTag], checks: Checks) -> list[Tag]:
    """Return the tags of a job or a model: its own, which win, then those that it inherits.

    Args:
        own: the tags that the request names.
        inherited: the others, in the order of the template.
        checks: whether a tag that Bedrock would refuse is an error. If it is not, the tag is left out, and
            so are those above Bedrock's limit, the most distant first.
    """
    added = _added(own, inherited)
    if leaves_out(checks):
        added = [one for one in added if not _refusals(one)]
        left_out = _excess(own, added)
        added = [one for one in added if one not in left_out]
    return [*own, *map(_as_sent, added)]


def inherited_tag_findings(
    job: str, owns: Sequence[Sequence[Tag]], inherited: Sequence[InheritedTag], checks: Checks
) -> Iterator[Finding]:
    """Yield what Bedrock would refuse of the tags that a job and its model inherit.

    The rules are those of a job's own tags. `checks` decides only what is said of the tag, not the severity.

    Args:
        job: the job's path.
        owns: the tags that the request names: those of the job, and those of the model.
        inherited: the others.
        checks: see `with_inherited`.
    """
    if not inherited and not any(owns):
        return
    is_left_out = leaves_out(checks)
    added = [_added(own, inherited) for own in owns]
    for one in inherited:
        for found in _refusals(one) if any(one in each for each in added) else ():
            of = "a tag" if found.path == "key" else f"the tag {one.key!r}"
            path = f"the {found.path} of {of} that {job} inherits from {one.source}"
            rule, fix = found.rule, f"change it, {_REMOVE}, or overrule this rule, which leaves the tag out"
            if is_left_out:
                rule, fix = f"{found.rule}, so the tag is left out", f"change it, or {_REMOVE}"
            yield error(_NAME, path, rule, found.got, fix)
    if is_left_out:
        added = [[one for one in each if not _refusals(one)] for each in added]
    own, most = max(zip(owns, added, strict=True), key=lambda pair: len(pair[0]) + len(pair[1]))
    for found in _count_findings(own, most):
        change = f"{found.fix}, for example with Tags.of(job).remove(key)"
        rule, fix = found.rule, f"{change}, or overrule this rule, which leaves them out"
        if is_left_out:
            names = ", ".join(repr(one.key) for one in _excess(own, most))
            rule, fix = f"{found.rule}, so these are left out: {names}", change
        yield error(_NAME, f"{job}, with the tags that it inherits,", rule, found.got, fix)


def _added(own: Sequence[Tag], inherited: Iterable[InheritedTag]) -> list[InheritedTag]:
    taken = {tag["key"] for tag in own}
    return [one for one in inherited if one.key not in taken]


def leaves_out(checks: Checks) -> bool:
    """Return whether a tag that Bedrock would refuse is left out, because it is no error."""
    [*found] = checks.apply([error(_NAME, "", "", Described(""), "")])
    return all(one.severity != "error" for one in found)


@lru_cache(maxsize=1024)
def _refusals(tag: InheritedTag) -> Sequence[Finding]:
    """Return what Bedrock would refuse of a tag: at most one finding for the key, and one for the value."""
    sent = _as_sent(tag)
    found = [
        *violations(sent, "Tag", is_known=is_known),
        *(
            replace(one, path=one.path.rpartition(".")[2])
            for one in safeguards({"jobTags": [sent]}, literal=literal)
        ),
    ]
    first = {one.path: one for one in reversed(found)}
    return [one for one in found if one is first[one.path]]


def _excess(own: Sequence[Tag], added: Sequence[InheritedTag]) -> list[InheritedTag]:
    """Return the inherited tags above Bedrock's limit, the most distant ones first."""
    kept = sorted(added, key=lambda one: one.distance)
    excess = []
    while kept and _count_findings(own, kept):
        excess.append(kept.pop())
    return excess


def _count_findings(own: Sequence[Tag], added: Sequence[InheritedTag]) -> list[Finding]:
    tags = [*own, *map(_as_sent, added)]
    return [one for one in safeguards({"jobTags": tags}, literal=literal) if one.name == "tag-count"]


def _as_sent(tag: InheritedTag) -> Tag:
    return {"key": tag.key, "value": tag.value}
