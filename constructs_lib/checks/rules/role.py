"""The service role: its account, and its trust policy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ...findings import NOT_SHOWN, Described, Finding, error, warning
from ...permissions import ROLE, listed, trusts
from ..rule import rule
from ..subject import BOUNDARY
from .data import differ

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..subject import Subject

_PATH = "roleArn"
_BEDROCK = "bedrock.amazonaws.com"
_POLICY = re.compile(r"arn:.+:iam::(?P<account>[0-9]{12}):policy/.+")


@rule("role-account", "The role belongs to another account.")
def account(subject: Subject) -> Iterator[Finding]:
    """Report a role of another account, which IAM does not pass."""
    found, role = ROLE.pattern.fullmatch(str(subject.get(_PATH))), subject.constructs.get(_PATH)
    own = found["account"] if found else role.account if role else None
    if differ(own, subject.account):
        got = subject.get(_PATH) if found or role is None else Described(role.path)
        fix = f"use a role of account {subject.account}: IAM passes no role of another account"
        yield error("role-account", _PATH, "must be a role of the job's account", got, fix)


@rule("policy-account", "A managed policy belongs to another account than the role.", "warning")
def boundary_account(subject: Subject) -> Iterator[Finding]:
    """Report a permissions boundary of another account."""
    if (boundary := subject.role.boundary_arn) is not None:
        yield from of_another_account(BOUNDARY, boundary, subject.account)


def of_another_account(path: str, policy_arn: str, account: str | None) -> Iterator[Finding]:
    """Yield a warning if a managed policy is not one of the role's account, or of AWS.

    IAM's pages describe only policies of the own account, and refuse no other one.
    See https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html.

    Args:
        path: where the policy is given.
        policy_arn: its ARN.
        account: the account of the role. None where it is not known.
    """
    # The partition may be a token.
    found = _POLICY.fullmatch(policy_arn)
    if found and differ(found["account"], account):
        rule = "should be a policy of the account of the role, or of AWS: IAM finds no other one"
        fix = (
            "give a policy of that account; f'arn:aws:iam::{cdk.Aws.ACCOUNT_ID}:policy/<name>' names one in "
            "each account"
        )
        yield warning("policy-account", path, rule, policy_arn, fix)


@rule("role-trust", "The role does not trust Amazon Bedrock.")
def trust(subject: Subject) -> Iterator[Finding]:
    """Report a role of this app that Bedrock cannot assume."""
    statements = _statements(subject)
    if statements is not None and not any(trusts(one, _BEDROCK) for one in statements):
        fix = f"allow {_BEDROCK} to call sts:AssumeRole in its trust policy"
        rule = "must be a role that trusts Amazon Bedrock"
        yield error("role-trust", _PATH, rule, subject.role.path, fix)


@rule("open-trust", "The role trusts Bedrock on behalf of every account.", "warning")
def open_trust(subject: Subject) -> Iterator[Finding]:
    """Report a trust policy without the conditions that AWS recommends against confused deputies."""
    for statement in _statements(subject) or ():
        keys = {key.lower() for one in statement.get("Condition", {}).values() for key in one}
        if trusts(statement, _BEDROCK) and not keys & {"aws:sourceaccount", "aws:sourcearn"}:
            rule = (
                "trusts Bedrock without aws:SourceAccount and aws:SourceArn, so that jobs of other accounts "
                "may use it too"
            )
            yield warning("open-trust", _PATH, rule, NOT_SHOWN, "add both conditions to its trust policy")
            return


def _statements(subject: Subject) -> list[Mapping[str, Any]] | None:
    trust = subject.role.trust
    return None if trust is None else listed(trust.get("Statement", []))
