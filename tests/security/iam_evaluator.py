"""IAM's decision about one call, made by MiniStack's policy evaluator used as a library."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ministack.core.iam_evaluator import (
    _CONDITION_OPS,
    EvalContext,
    evaluate,
    evaluate_resource_policy,
    parse_policy_document,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

ACCOUNT = "111122223333"
OTHER_ACCOUNT = "444455556666"
REGION = "us-east-1"
OTHER_REGION = "us-west-2"
CALLER = f"arn:aws:sts::{ACCOUNT}:assumed-role/Role/session"

Statement = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call as IAM sees it.

    Args:
        name: What the call is for, in the words of a table of cases.
        action: The IAM action.
        resource: The ARN that the service names.
        keys: Condition keys that the service sends.
        owner: Account that owns the resource; decides `aws:ResourceAccount` where the ARN names no account.
        caller: Who calls, for policies that name principals.
        service: The AWS service that calls, for trust policies.
    """

    name: str
    action: str
    resource: str = "*"
    keys: Mapping[str, Any] = field(default_factory=dict)
    owner: str = ACCOUNT
    caller: str = CALLER
    service: str | None = None


def identity_allows(statements: Sequence[Statement], call: Call) -> bool:
    """Return whether the policies of an identity allow `call`."""
    parsed = parse_policy_document({"Statement": [_operators_known(one) for one in statements]})
    return bool(evaluate(_context(call), [parsed]).decision == "Allow")


def resource_allows(statements: Sequence[Statement], call: Call) -> bool:
    """Return whether a resource policy, or the trust policy of a role, allows `call` by itself."""
    return _resource_decision(statements, call) == "Allow"


def resource_does_not_deny(statements: Sequence[Statement], call: Call) -> bool:
    """Return whether a resource policy does not deny `call`."""
    return _resource_decision(statements, call) != "Deny"


def conditions(statement: Statement) -> Iterator[tuple[str, str, Any]]:
    """Return the conditions of a statement as operator, key and value."""
    for operator, keys in statement.get("Condition", {}).items():
        for key, value in keys.items():
            yield operator, key, value


def listed(value: Any) -> list[Any]:  # noqa: ANN401 - one value or a list of them
    """Return one value, or a list of them, as a list."""
    return list(value) if isinstance(value, list | tuple) else [value]


def knows(operator: str) -> bool:
    """Return whether the evaluator knows a condition operator; an unknown one matches nothing."""
    plain = operator.lower().removesuffix("ifexists")
    plain = plain.removeprefix("forallvalues:").removeprefix("foranyvalue:")
    return plain in {*_CONDITION_OPS, "null"}


def names(calls: Iterable[Call]) -> list[str]:
    """Return the names of `calls`, for a readable failure."""
    return [call.name for call in calls]


def _resource_decision(statements: Sequence[Statement], call: Call) -> str:
    document = {"Statement": [_operators_known(one) for one in statements]}
    return str(evaluate_resource_policy(document, _context(call), service=call.service).decision)


def _operators_known(statement: Statement) -> Statement:
    unknown = [operator for operator, _, _ in conditions(statement) if not knows(operator)]
    assert not unknown, f"the evaluator would ignore {unknown}, and an ignored Deny refuses nothing"
    return statement


def _context(call: Call) -> EvalContext:
    return EvalContext(
        principal_arn=call.caller,
        principal_type="AssumedRole",
        principal_account=call.owner,
        action=call.action,
        resource_arn=call.resource,
        region=REGION,
        secure_transport=call.keys.get("aws:SecureTransport") != "false",
        service_context={key.lower(): value for key, value in call.keys.items()},
    )
