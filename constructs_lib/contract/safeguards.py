"""Rules beyond the service model: what the model allows and a deployment must not contain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from .promotion import APPROVED_TAG
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

Their patterns are too wide: a role's name is `.+`, and a partition is `aws-` and any text.
"""


def safeguards(request: object, *, literal: Callable[[str], str] = str) -> Iterator[Finding]:
    """Yield everything in a job's request that the service model allows and that must not be deployed.

    `*`, `?` and `$` in an S3 URI (IAM would treat them as a wildcard or a variable in the service role's
    policy), and in everything else of a request that names a resource in a policy: role, key, models, grader,
    network. Tag keys that start with `aws:`, the tag by which a person approves a model, a tag key given
    twice, more than 50 tags on one resource.

    Args:
        request: a job's request. Parts of the wrong type are ignored: `violations` reports them.
        literal: removes tokens from a string and returns the known text. Default: all of it is known.
    """
    for at, shape, value in walk(request):
        if shape == "S3Uri" and isinstance(value, str):
            yield from _wildcards(at, value, literal(value), "name one object or prefix")
        elif shape in _NAMES_IN_POLICIES and isinstance(value, str):
            # `function:$LATEST` is the exact name of a function's version.
            known = literal(value).removesuffix(_LATEST)
            yield from _wildcards(at, value, known, "name exactly one resource")
        elif shape == "TagList" and isinstance(value, list | tuple):
            yield from _tags(at, value, literal)


def _wildcards(at: ValuePath, name: str, known: str, fix: str) -> Iterator[Finding]:
    found = [char for char in "*?$" if char in known]
    if found:
        chars = " or ".join(found)
        rule = f"must not contain {chars}, which IAM treats as a wildcard or variable in a policy"
        yield at.error("wildcard", rule, name, fix)


def _tags(
    at: ValuePath, tags: list[object] | tuple[object, ...], literal: Callable[[str], str]
) -> Iterator[Finding]:
    if len(tags) > _TAGS_PER_RESOURCE:
        rule = f"must contain at most {_TAGS_PER_RESOURCE} tags, Bedrock's limit for one resource"
        yield at.error("tag-count", rule, len(tags), f"remove {len(tags) - _TAGS_PER_RESOURCE}")
    seen: set[str] = set()
    for index, tag in enumerate(tags):
        key = tag.get("key") if isinstance(tag, Mapping) else None
        if not isinstance(key, str):
            continue
        here = at.item(index).member("key")
        if literal(key).lower().startswith("aws:"):
            rule = "must not start with aws:, which is reserved for AWS"
            yield here.error("tag-reserved", rule, key, "choose another key")
        if literal(key) == APPROVED_TAG:
            rule = f"must not be {APPROVED_TAG}, by which a person approves or rejects a model"
            yield here.error(
                "tag-approval", rule, key, "choose another key, and use `bedrock-customize approve`"
            )
        if key in seen:
            yield here.error("tag-repeated", "must not be given twice", key, "keep one of the two tags")
        seen.add(key)


SUMMARIES = {
    "wildcard": "A value that is used in a policy has a character that IAM treats as a wildcard or variable.",
    "tag-count": "A resource has more tags than Bedrock accepts.",
    "tag-reserved": "A tag key starts with `aws:`, which is reserved for AWS.",
    "tag-approval": "A tag is the one by which a person approves or rejects a model.",
    "tag-repeated": "A tag key is given twice.",
}
"""Every rule of this module, by name, in one sentence."""
