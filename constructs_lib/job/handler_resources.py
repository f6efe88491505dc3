"""The resources of the function behind jobs, as the CDK's own types: tags, aspects and cdk-nag reach them.

The CDK writes the properties of its types in the order of its own list. Here they keep the order in which
this library first wrote them, so that an upgrade leaves templates as they are, byte for byte.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FUNCTION = (
    *("Description", "Code", "Handler", "Runtime", "MemorySize", "Timeout", "Role", "LoggingConfig"),
    "Environment",
)
_ROLE = ("AssumeRolePolicyDocument", "Policies", "PermissionsBoundary")
_POLICY = ("PolicyName", "PolicyDocument", "Roles")
_EVENTS = ("FunctionName", "Qualifier", "MaximumRetryAttempts", "MaximumEventAgeInSeconds")


class HandlerFunction(lambda_.CfnFunction):
    """The function."""

    def _render_properties(self, props: Mapping[str, Any]) -> Mapping[str, Any]:
        return _in_order(super()._render_properties(props), _FUNCTION)


class HandlerRole(iam.CfnRole):
    """The function's role."""

    def _render_properties(self, props: Mapping[str, Any]) -> Mapping[str, Any]:
        rendered = _in_order(super()._render_properties(props), _ROLE)
        return {**rendered, "Policies": [_in_order(one, _POLICY) for one in rendered["Policies"]]}


class HandlerPolicy(iam.CfnPolicy):
    """A policy of the role besides its inline policies."""

    def _render_properties(self, props: Mapping[str, Any]) -> Mapping[str, Any]:
        return _in_order(super()._render_properties(props), _POLICY)


class HandlerEvents(lambda_.CfnEventInvokeConfig):
    """How long Lambda keeps an event that the function has not taken yet."""

    def _render_properties(self, props: Mapping[str, Any]) -> Mapping[str, Any]:
        return _in_order(super()._render_properties(props), _EVENTS)


def _in_order(properties: Mapping[str, Any], first: Sequence[str]) -> dict[str, Any]:
    """Return properties with some of them first; the others follow in the order of the CDK."""
    known = {name: properties[name] for name in first if name in properties}
    return {**known, **properties}
