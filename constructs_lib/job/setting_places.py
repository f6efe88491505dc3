"""Whether the function behind jobs can use what its settings name: Regions, accounts, other stacks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk

from constructs_lib.checks.rules.data import differ
from constructs_lib.checks.rules.role import of_another_account
from constructs_lib.checks.rules.template import cannot_refer
from constructs_lib.findings import Described, error
from constructs_lib.job.job_data import without_alias
from constructs_lib.job.references import broken_reference, facts_of
from constructs_lib.job.roles import arn_of_policy
from constructs_lib.request import is_known

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from constructs_lib.findings import Finding
    from constructs_lib.job.provider_settings import ProviderSettings
    from constructs_lib.job.stack_env import StackEnv

_ARN = re.compile(r"arn:[^:]+:kms:(?P<region>[^:]+):.+")
_REGIONAL = ("vpc", "security_groups", "log_group", "log_encryption_key", "environment_encryption")
_NAMED_BY: Mapping[str, str] = {
    "vpc": "vpc_id",
    "security_groups": "security_group_id",
    "log_group": "log_group_name",
    "log_encryption_key": "key_arn",
    "environment_encryption": "key_arn",
    "dead_letter_queue": "queue_arn",
    "dead_letter_topic": "topic_arn",
    "role": "role_arn",
    "permissions_boundary": "managed_policy_arn",
    "managed_policies": "managed_policy_arn",
}
"""The attribute by which the template names the construct of a setting."""


def place_problems(given: ProviderSettings, env: StackEnv) -> Iterator[Finding]:
    """Yield what a function of a stack cannot use, each cause once.

    Args:
        given: the settings, with checked types.
        env: the stack of the function.
    """
    causes: set[object] = set()
    for name, attribute in _NAMED_BY.items():
        for one in _constructs(given.get(name)):
            found = _elsewhere(name, one, env)
            if found is None and not isinstance(one, str):
                found = _unreachable(name, getattr(one, attribute), env, causes)
            elif found is not None and name == "vpc":
                causes.add("vpc")
            # Groups of a VPC are where the VPC is.
            if found is not None and not (name == "security_groups" and "vpc" in causes):
                yield found
                break
    for name in ("permissions_boundary", "managed_policies"):
        for policy in _constructs(given.get(name)):
            yield from of_another_account(name, arn_of_policy(policy), env.account)


def _constructs(value: Any) -> list[Any]:  # noqa: ANN401 - the value of any setting
    values = value if isinstance(value, list) else [value]
    return [target for one in values if (target := without_alias(one)) is not None]


def _elsewhere(name: str, one: Any, env: StackEnv) -> Finding | None:  # noqa: ANN401 - a construct or an ARN
    if name not in _REGIONAL:
        return None
    if isinstance(one, str):
        arn = _ARN.fullmatch(one)
        region, account, got = arn["region"] if arn else None, None, Described(repr(one))
    elif (facts := facts_of(one)) is not None:
        # The template has only the name of a log group.
        region, account = facts.region, facts.account if name == "log_group" else None
        got = Described(f"{facts.path} in {region if differ(region, env.region) else account}")
    else:
        return None
    if differ(region, env.region):
        fix = f"use one in {env.region}"
        return error("provider-setting", name, "must be in the Region of the function", got, fix)
    if differ(account, env.account):
        fix = f"use one of account {env.account}"
        return error("provider-setting", name, "must be in the account of the function", got, fix)
    return None


def _unreachable(name: str, text: str, env: StackEnv, causes: set[object]) -> Finding | None:
    for token in () if is_known(text) else cdk.Tokenization.reverse_string(text).tokens:
        broken = broken_reference(env, name, token) if isinstance(token, cdk.Reference) else None
        if broken is not None and (broken.target, broken.fix) not in causes:
            causes.add((broken.target, broken.fix))
            return cannot_refer(broken)
    return None
