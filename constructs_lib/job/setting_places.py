"""Whether the function behind jobs can use what its settings name: Regions, accounts, other stacks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk

from ..checks.rules.data import differ
from ..checks.rules.role import of_another_account
from ..checks.rules.stack import repeated_name
from ..checks.rules.template import cannot_refer
from ..findings import Described, error
from ..request import is_known
from .job_data import without_alias
from .references import broken_reference, facts_of
from .roles import arn_of_policy
from .stack_env import StackEnv, stacks_around

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..findings import Finding
    from .provider_settings import ProviderSettings

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
    "state_machine_role": "role_arn",
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


class TakenNames(dict[tuple[str, str], str]):
    """The names that settings of one stack prescribe, by setting, with the paths of their providers."""


def repeated_names(path: str, given: Mapping[str, str], env: StackEnv) -> Iterator[Finding]:
    """Yield names of the function and its role that another function of the app has, and take the others.

    A nested stack is deployed with the stack around it; other stacks may never be deployed together.

    Args:
        path: the path of the provider.
        given: the names, by setting.
        env: the stack of the provider.
    """
    for setting, name in given.items():
        taken = (setting, name.casefold() if setting == "role_name" else name)
        for other in StackEnv.all():
            by = other.find(TakenNames) or TakenNames()
            is_taken = taken in by and other.root is env.root
            if is_taken and (is_certain := _are_both_deployed(setting, env, other)) is not None:
                yield repeated_name(path, setting, name, by[taken], is_certain=is_certain)
                break
        env.find_or_make(TakenNames, TakenNames).setdefault(taken, path)


def _are_both_deployed(setting: str, env: StackEnv, other: StackEnv) -> bool | None:
    """Return whether two stacks are deployed together; None where both may have the same name."""
    ours, theirs = stacks_around(env.stack)[-1], stacks_around(other.stack)[-1]
    if ours is theirs:
        return True
    places = [(one.account, one.region if setting == "function_name" else "") for one in (env, other)]
    is_one_place = places[0] == places[1] and all(map(is_known, places[0]))
    return False if is_one_place else None


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
