"""IAM statements as plain dictionaries: made, merged and packed without a construct or a Node process."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

Statement: TypeAlias = dict[str, Any]
"""One statement of a policy document, in IAM's own JSON."""

INLINE_LIMIT = 10_240
"""Characters that all inline policies of one role may hold together, white space not counted."""
MANAGED_LIMIT = 6_144
"""Characters that one customer managed policy may hold, white space not counted."""

_TOKEN = re.compile(r"\$\{Token\[([A-Za-z0-9_.:\-]*)\]\}")
# The longest values of the CDK's pseudo parameters.
_LENGTHS = {
    "AWS.Partition": 10,
    "AWS.AccountId": 12,
    "AWS.Region": 14,
    "AWS.StackId": 230,
    "AWS.StackName": 128,
}
# arn:aws-us-gov:iam::123456789012:role/ and a name of 64 characters; longer than a key's ARN.
_ARN_LENGTH = 104


def allow(
    actions: Iterable[str], resources: Iterable[Any], condition: Mapping[str, Mapping[str, Any]] | None = None
) -> Statement:
    """Return a statement that allows `actions` on `resources`; a single value is not wrapped in a list."""
    body = {"Effect": "Allow", "Action": scalar(actions), "Resource": scalar(resources)}
    return body | ({"Condition": {name: dict(keys) for name, keys in condition.items()}} if condition else {})


def document(statements: Iterable[Statement]) -> dict[str, Any]:
    """Wrap `statements` in a policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def scalar(values: Iterable[Any]) -> Any:  # noqa: ANN401 - IAM takes one value or a list of them
    """Drop repeated values, keep their order, and unwrap a single one."""
    kept = list({_key(value): value for value in values}.values())
    return kept[0] if len(kept) == 1 else kept


def listed(value: object) -> list[Any]:
    """Return `value` as a list; IAM treats a single value as a list of one."""
    return list(value) if isinstance(value, (list, tuple)) else [value]


def trusts(statement: Mapping[str, Any], service: str) -> bool:
    """Return whether a statement of a trust policy lets a service assume the role; a token may name it.

    Args:
        statement: the statement, resolved.
        service: the service's principal, such as `lambda.amazonaws.com`.
    """
    principal = statement.get("Principal", {})
    services = listed(principal.get("Service", [])) if isinstance(principal, dict) else []
    actions = {action.lower() for action in listed(statement.get("Action", []))}
    allows = statement.get("Effect") == "Allow" and bool(actions & {"sts:assumerole", "sts:*", "*"})
    return allows and any(one == service or not isinstance(one, str) for one in services)


def merged(statements: Iterable[Statement]) -> list[Statement]:
    """Join statements that differ in one element only: the whole permits exactly what its parts do."""
    return _joined(_joined(statements, "Resource"), "Action")


def packed(
    statements: Iterable[Statement],
    *,
    inline_limit: int = INLINE_LIMIT,
    managed_limit: int = MANAGED_LIMIT,
) -> list[list[Statement]]:
    """Split `statements` into documents that IAM accepts: the first inline, the others managed ones.

    Args:
        statements: what the role needs; a statement that does not fit is split by its resources.
        inline_limit: characters left for the inline document. Default: all that IAM gives a role.
        managed_limit: characters of each further document. Default: IAM's limit for a managed policy.

    See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html.
    """
    documents: list[list[Statement]] = [[]]
    room = inline_limit - _FRAME
    for statement in statements:
        frame = resolved_length({**statement, "Resource": []}) + 1
        taken: list[Any] = []
        for resource in listed(statement["Resource"]):
            size = resolved_length(resource) + 1
            if (documents[-1] or taken) and size + (0 if taken else frame) > room:
                documents[-1] += _with_resources(statement, taken)
                documents.append([])
                taken, room = [], managed_limit - _FRAME
            room -= size + (0 if taken else frame)
            taken.append(resource)
        documents[-1] += _with_resources(statement, taken)
    return documents


def resolved_length(value: object) -> int:
    """Count the characters of `value` as JSON in IAM, taking a token for the longest ARN it may become."""
    # The statements of a function are counted again with each job; most of their resources stay the same.
    return _length_of_text(value) if isinstance(value, str) else _length(value)


def shortest_length(value: object) -> int:
    """Count the characters of `value` as JSON in IAM that are there whatever its tokens become."""
    return len(_TOKEN.sub("", json.dumps(value, separators=(",", ":"), ensure_ascii=False)))


def names_resources(value: object) -> bool:
    """Return whether `value` may refer to a resource: every token may, except the pseudo parameters.

    What has such a value in it depends on that resource, and on all that the resource depends on.
    """
    tokens = _TOKEN.findall(json.dumps(value))
    return any(_hint(name) not in _LENGTHS for name in tokens)


def _length(value: object) -> int:
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return len(_TOKEN.sub(lambda match: "x" * _LENGTHS.get(_hint(match[1]), _ARN_LENGTH), text))


@lru_cache(maxsize=4096)
def _length_of_text(value: str) -> int:
    return _length(value)


def _hint(name: str) -> str:
    return name.rsplit(".", 1)[0].replace("::", ".")


_FRAME = resolved_length(document([]))


def _joined(statements: Iterable[Statement], element: str) -> list[Statement]:
    groups: dict[Hashable, list[Statement]] = {}
    for statement in statements:
        rest = {name: value for name, value in statement.items() if name != element}
        groups.setdefault(_key(rest), []).append(statement)
    return [group[0] | {element: scalar(_values(group, element))} for group in groups.values()]


def _values(group: Iterable[Statement], element: str) -> list[Any]:
    return [value for statement in group for value in listed(statement[element])]


def _with_resources(statement: Statement, resources: Sequence[Any]) -> list[Statement]:
    return [{**statement, "Resource": scalar(resources)}] if resources else []


def _key(value: object) -> Hashable:
    # A text is its own key; the JSON of anything else is in a tuple, which no text equals.
    return value if isinstance(value, str) else (json.dumps(value, sort_keys=True),)
