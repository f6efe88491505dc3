"""Rules beyond the service model: what Bedrock's model allows and a deployment must not contain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from .walk import walk

if TYPE_CHECKING:
    from .finding import Finding
    from .walk import ValuePath

_TAGS_PER_RESOURCE = 50
_LATEST = ":$LATEST"
_NAMES_IN_POLICIES = (
    "RoleArn",
    "KmsKeyId",
    "BaseModelIdentifier",
    "TeacherModelIdentifier",
    "LambdaArn",
    "SubnetId",
    "SecurityGroupId",
)
"""The shapes whose values name resources in the policies of the function, the service role or a key.

Their patterns leave gaps: a role's name is `.+`, and a partition `aws-` with anything behind it.
"""


def safeguards(request: object, *, literal: Callable[[str], str] = str) -> Iterator[Finding]:
    """Give everything in a job's request that is valid for Bedrock and still must not be deployed.

    `*`, `?` and `$` in an S3 URI (the service role's policy would read them as a wildcard or a variable), the
    same in whatever else of a request names a resource in a policy: role, key, models, grader, network. Tag
    keys that start with `aws:`, a tag key given twice, more than 50 tags on one resource.

    Args:
        request: A job's request. Parts of the wrong type are passed over: `violations` names them.
        literal: Takes placeholders out of a string and leaves what is known of it. Default: all is known.
    """
    for at, shape, value in walk(request):
        if shape == "S3Uri" and isinstance(value, str):
            yield from _wildcards(at, value, literal)
        elif shape in _NAMES_IN_POLICIES and isinstance(value, str):
            yield from _inexact_names(at, value, literal)
        elif shape == "TagList" and isinstance(value, list | tuple):
            yield from _tags(at, value, literal)


def _wildcards(at: ValuePath, uri: str, literal: Callable[[str], str]) -> Iterator[Finding]:
    found = [char for char in "*?$" if char in literal(uri)]
    if found:
        rule = f"must not contain {' or '.join(found)}, a wildcard or variable in the service role's policy"
        yield at.error("wildcard", rule, uri, "name one object or prefix")


def _inexact_names(at: ValuePath, name: str, literal: Callable[[str], str]) -> Iterator[Finding]:
    """Refuse what IAM would read as many resources; `$LATEST` is the exact name of a function's version."""
    known = literal(name)
    found = [char for char in "*?$" if char in known.removesuffix(_LATEST)]
    if found:
        rule = f"must not contain {' or '.join(found)}, a wildcard or variable in a policy"
        yield at.error("wildcard", rule, name, "name exactly one resource")


def _tags(
    at: ValuePath, tags: list[object] | tuple[object, ...], literal: Callable[[str], str]
) -> Iterator[Finding]:
    if len(tags) > _TAGS_PER_RESOURCE:
        rule = f"must hold at most {_TAGS_PER_RESOURCE} tags: Bedrock takes no more per resource"
        yield at.error("tag-count", rule, len(tags), f"take {len(tags) - _TAGS_PER_RESOURCE} out")
    seen: set[str] = set()
    for index, tag in enumerate(tags):
        key = tag.get("key") if isinstance(tag, Mapping) else None
        if not isinstance(key, str):
            continue
        here = at.item(index).member("key")
        if literal(key).lower().startswith("aws:"):
            rule = "must not start with aws:, which is reserved for AWS"
            yield here.error("tag-reserved", rule, key, "choose another key")
        if key in seen:
            yield here.error("tag-repeated", "must not be given twice", key, "keep one of the two tags")
        seen.add(key)


SUMMARIES = {
    "wildcard": "A value that enters a policy holds a character that IAM treats as a wildcard or a variable.",
    "tag-count": "A resource has more tags than Bedrock takes.",
    "tag-reserved": "A tag key starts with `aws:`, which is reserved for AWS.",
    "tag-repeated": "A tag key is given twice.",
}
"""Every rule of this module, by name, in one sentence."""
