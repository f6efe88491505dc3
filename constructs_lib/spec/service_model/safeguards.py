"""Rules beyond the service model: what Bedrock's model allows and a deployment must not contain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .violation import Place, Violation

_TAGS_PER_RESOURCE = 50
_S3_PLACES = (
    ("trainingDataConfig", "s3Uri"),
    ("trainingDataConfig", "invocationLogsConfig", "invocationLogSource", "s3Uri"),
    ("validationDataConfig", "validators", "s3Uri"),
    ("outputDataConfig", "s3Uri"),
)


def safeguards(request: object, *, literal: Callable[[str], str] = lambda text: text) -> Iterator[Violation]:
    """Give everything in a job's request that is valid for Bedrock and still must not be deployed.

    `*`, `?` and `$` in an S3 URI (the service role's policy would read them as a wildcard or a variable), tag
    keys that start with `aws:`, a tag key given twice, more than 50 tags on one resource.

    Args:
        request: A job's request. Parts of the wrong type are passed over: `violations` names them.
        literal: Takes placeholders out of a string and leaves what is known of it. Default: all is known.
    """
    for steps in _S3_PLACES:
        for at, uri in _reach(request, steps, Place()):
            yield from _wildcards(at, uri, literal)
    for member in ("jobTags", "customModelTags"):
        for at, tags in _reach(request, (member,), Place()):
            yield from _tags(at, tags, literal)


def _reach(value: Any, steps: tuple[str, ...], at: Place) -> Iterator[tuple[Place, Any]]:  # noqa: ANN401 - JSON of any type
    if isinstance(value, list | tuple) and steps:
        for index, item in enumerate(value):
            yield from _reach(item, steps, at.item(index))
    elif not steps:
        yield at, value
    elif isinstance(value, Mapping) and steps[0] in value:
        yield from _reach(value[steps[0]], steps[1:], at.member(steps[0]))


def _wildcards(at: Place, uri: object, literal: Callable[[str], str]) -> Iterator[Violation]:
    found = [char for char in "*?$" if isinstance(uri, str) and char in literal(uri)]
    if found:
        rule = f"must not contain {' or '.join(found)}, a wildcard or variable in the service role's policy"
        yield at.refuse(rule, uri, "name one object or prefix")


def _tags(at: Place, tags: object, literal: Callable[[str], str]) -> Iterator[Violation]:
    if not isinstance(tags, list | tuple):
        return
    if len(tags) > _TAGS_PER_RESOURCE:
        fix = f"take {len(tags) - _TAGS_PER_RESOURCE} out"
        yield at.refuse(
            f"must hold at most {_TAGS_PER_RESOURCE} tags: Bedrock takes no more per resource", len(tags), fix
        )
    seen: set[str] = set()
    for index, tag in enumerate(tags):
        key = tag.get("key") if isinstance(tag, Mapping) else None
        if not isinstance(key, str):
            continue
        here = at.item(index).member("key")
        if literal(key).lower().startswith("aws:"):
            yield here.refuse(
                "must not start with aws:, which AWS keeps for itself", key, "choose another prefix"
            )
        if key in seen:
            yield here.refuse("must not be given twice", key, "keep one of the two tags")
        seen.add(key)
