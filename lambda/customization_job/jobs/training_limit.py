"""The limit of the tokens of a training whose data is in S3: compared with the size of the data.

Nothing of the data is read. The size is that of the moment before the job starts, which synthesis does not
know.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from contract.resource import (
    BYTES_PER_TOKEN,
    DEFAULT_EPOCHS_MEMBER,
    TOKENS_MEMBER,
    TOKENS_OF_EACH_MEMBER,
    TRAINING_LIMIT_PROPERTY,
)

from ..frame.advice import failed, quoted
from ..frame.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..frame.objects import Objects

_NUMBER = re.compile(r"[1-9][0-9]{0,14}")
_URI = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(?P<key>.+)", re.DOTALL)
_CHANGE = "Train on fewer records or epochs, or raise max_training_tokens."
_OR_WITHOUT = "or leave max_training_tokens out."
_NOT_COMPARED = "No job was started, because the training data cannot be compared with max_training_tokens:"
_HOW_TO_PERMIT = (
    "The function's role needs s3:ListBucket on the bucket {bucket} with the prefix {key}; a bucket of "
    f"another account must permit it, too. Permit it, {_OR_WITHOUT}"
)


def problems(properties: Mapping[str, object]) -> Iterator[str]:
    """Yield what is wrong with a limit, in sentences."""
    given = properties.get(TRAINING_LIMIT_PROPERTY)
    if given is None:
        return
    members = given if isinstance(given, Mapping) else {}
    limits = {name: members[name] for name in (TOKENS_MEMBER, TOKENS_OF_EACH_MEMBER) if name in members}
    if not limits or not all(map(_number, [*limits.values(), members.get(DEFAULT_EPOCHS_MEMBER)])):
        yield (
            f"{TRAINING_LIMIT_PROPERTY} must have {TOKENS_MEMBER} or {TOKENS_OF_EACH_MEMBER}, and "
            f"{DEFAULT_EPOCHS_MEMBER}, all of them numbers from 1; correct it"
        )


def why_too_much(
    properties: Mapping[str, Any], requests: Sequence[Mapping[str, object]], objects: Objects
) -> str:
    """Return why trainings may not start; "" where they may.

    Args:
        properties: the properties of the job or the sweep, without problems.
        requests: the requests of all jobs that the limit is for.
        objects: the objects of S3.
    """
    limit = properties.get(TRAINING_LIMIT_PROPERTY)
    if limit is None:
        return ""
    sizes: dict[str, int] = {}
    tokens = []
    for request in requests:
        uri = _member(request, "trainingDataConfig", "s3Uri")
        if uri not in sizes:
            size = _size(uri, objects)
            if isinstance(size, str):
                return size
            sizes[uri] = size
        epochs = _epochs(request) or _number(limit[DEFAULT_EPOCHS_MEMBER])
        tokens.append((sizes[uri] * epochs // BYTES_PER_TOKEN, epochs))
    return _exceeded(limit, tokens)


def _size(uri: str, objects: Objects) -> int | str:
    """Return the bytes of data, or why they are not known."""
    found = _URI.fullmatch(uri)
    if found is None:
        return f"{_NOT_COMPARED} it has no S3 URI. Give it one, {_OR_WITHOUT}"
    try:
        size = objects.size(found["bucket"], found["key"])
    except AwsError as error:
        reason = f"its size could not be read. {failed(error)}{quoted(error)}"
        return f"{_NOT_COMPARED} {reason} {_HOW_TO_PERMIT.format(**found.groupdict())}"
    if size is None:
        return f"{_NOT_COMPARED} there is nothing at {uri}. Correct the URI, or upload the data."
    return size


def _exceeded(limit: Mapping[str, object], tokens: Sequence[tuple[int, int]]) -> str:
    """Return which limit is exceeded; "" where none is.

    Args:
        limit: the property.
        tokens: the tokens of each training, and its epochs.
    """
    total, (largest, epochs) = sum(one for one, _ in tokens), max(tokens)
    passes = f"{epochs} epoch{'s' * (epochs > 1)}"
    trials = passes if len(tokens) == 1 else f"{len(tokens)} trials"
    for name, count, what in (
        (TOKENS_MEMBER, total, trials),
        (TOKENS_OF_EACH_MEMBER, largest, f"a trial of {passes}"),
    ):
        if name in limit and count > (most := _number(limit[name])):
            return (
                f"No job was started, because the data in S3 would train about {count:,} tokens ({what}, a "
                f"token for each {BYTES_PER_TOKEN} bytes), and max_training_tokens is {most:,}. {_CHANGE}"
            )
    return ""


def _epochs(request: Mapping[str, object]) -> int:
    """Return the epochs that a request names; 0 where it names none."""
    of_rft = _member(request, "customizationConfig", "rftConfig", "hyperParameters", "epochCount")
    return _number(of_rft or _member(request, "hyperParameters", "epochCount"))


def _member(request: object, *path: str) -> str:
    for name in path:
        request = request.get(name) if isinstance(request, Mapping) else None
    return "" if request is None else str(request)


def _number(value: object) -> int:
    """Return a number from 1; 0 for everything else."""
    return int(str(value)) if _NUMBER.fullmatch(str(value)) else 0
