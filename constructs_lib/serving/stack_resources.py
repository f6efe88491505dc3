"""The resources of this package in one stack: how they are defined, and what they must not share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aws_cdk as cdk
import jsii
from constructs import IValidation

from ..checks.rules.serving import MOST_DEPLOYMENTS, condition_missing, too_many_deployments
from ..checks.run_rules import with_severities
from ..contract.resource import DEPLOYMENT_NAME_PROPERTY, TAGS_PROPERTY, THROUGHPUT_NAME_PROPERTY
from ..findings import InvalidJob, error
from ..job.inherited_tags import JobTags
from ..job.provider import SERVICE_TIMEOUT
from ..job.stack_jobs import leave_out_with, report

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from constructs import Construct

    from ..checks import Checks
    from ..findings import Finding
    from ..job.handler_permissions import ServingPermissions
    from ..job.provider import JobProvider
    from ..job.stack_env import StackEnv
    from ..job.stack_jobs import DefinedJob

TAGS_FIELD = "jobTags"
"""The field of a request whose rules the tags of parameters and deployments keep as well."""

_PARALLEL = 2
"""On-demand deployments that an account may have in creation in a Region.

https://docs.aws.amazon.com/general/latest/gr/bedrock.html
"""

_NAMES = {"deployment": DEPLOYMENT_NAME_PROPERTY, "throughput": THROUGHPUT_NAME_PROPERTY}
"""The properties with exact names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Defined:
    """One parameter, deployment or throughput.

    Args:
        construct: the construct.
        path: its path.
        tags: its tags.
        checks: how serious each rule is for it.
        is_deployment: whether it is a deployment.
        resource: its custom resource.
        job: the job whose resource it refers to. None where there is none.
        parts_of_resource: what refers to its own resource, and is left out with it.
    """

    construct: Construct
    path: str
    tags: JobTags
    checks: Checks
    is_deployment: bool
    resource: cdk.CfnResource
    job: DefinedJob | None
    parts_of_resource: list[cdk.CfnOutput | cdk.CfnResource] = field(default_factory=list)


# A validation for the same reason as `StackJobs`: tags are known only after all aspects.
@jsii.implements(IValidation)
class StackResources:
    """The parameters, deployments and throughputs of one stack.

    Args:
        env: the stack.
    """

    def __init__(self, env: StackEnv) -> None:
        self._env = env
        self._defined: list[_Defined] = []
        self._parameters: dict[str, str] = {}
        self._names: dict[tuple[str, str], str] = {}
        self._created: list[cdk.CfnResource] = []
        env.stack.node.add_validation(self)

    @classmethod
    def of(cls, env: StackEnv) -> StackResources:
        """Return the parameters, deployments and throughputs of a stack."""
        return env.find_or_make(cls, lambda: cls(env))

    def repeated_parameter(self, argument: str, name: str) -> Iterable[Finding]:
        """Yield an error if another resource of the stack writes a parameter.

        Args:
            argument: the argument.
            name: the parameter's name.
        """
        if name in self._parameters:
            rule = f"must not be a parameter that {self._parameters[name]} writes too"
            yield error("parameter-repeated", argument, rule, name, "give each a parameter of its own")

    def repeated_name(self, argument: str, name: str, noun: str) -> Iterable[Finding]:
        """Yield an error if another deployment, or another throughput, of the stack has a name.

        Args:
            argument: the argument.
            name: the name.
            noun: `deployment` or `throughput`.
        """
        path = self._names.get((noun, name))
        if path is not None:
            rule = f"is that of {path} too: Bedrock takes a name once per account and Region"
            fix = f"give each a name of its own, or leave {argument} out"
            yield error(f"{noun}-name-repeated", argument, rule, name, fix)

    def add(self, resource: ServingResource, tags: JobTags, checks: Checks, defined: cdk.CfnResource) -> None:
        """Add a parameter, a deployment or a throughput, and the custom resource that is defined for it."""
        self._defined.append(
            _Defined(
                construct=resource.construct,
                path=resource.path,
                tags=tags,
                checks=checks,
                is_deployment=resource.is_deployment,
                resource=defined,
                job=resource.job,
            )
        )
        if resource.parameter is not None:
            self._parameters[resource.parameter] = resource.path
        for noun, member in _NAMES.items():
            name = resource.properties.get(member)
            if isinstance(name, str):
                self._names[noun, name] = resource.path

    def leave_out_with(self, resource: cdk.CfnResource, *others: cdk.CfnOutput | cdk.CfnResource) -> None:
        """Let what refers to a resource have its condition, if an app gives it one."""
        for one in self._defined:
            if one.resource is resource:
                one.parts_of_resource.extend(others)

    def created_in_turn(self, resource: cdk.CfnResource) -> None:
        """Let a deployment that is created by `cdk deploy` wait for the one before the previous one."""
        self._created.append(resource)
        if len(self._created) > _PARALLEL:
            resource.add_dependency(self._created[-1 - _PARALLEL])

    def validate(self) -> list[str]:
        """Return what is wrong with them once the whole app is defined."""
        problems = []
        conditions = self._conditions()
        for one in self._defined:
            found = [*one.tags.findings(one.path)]
            if one.resource in conditions:
                leave_out_with(one.resource, one.parts_of_resource)
            elif one.job is not None and one.job.resource in conditions:
                found.append(condition_missing(one.job.path))
            problems += report(one.construct, with_severities(found, one.checks))
        deployments = [one for one in self._defined if one.is_deployment]
        if len(deployments) > MOST_DEPLOYMENTS:
            found = [too_many_deployments()]
            least = min((with_severities(found, one.checks) for one in deployments), key=len)
            problems += report(self._env.stack, least)
        return problems

    def _conditions(self) -> set[cdk.CfnResource]:
        """Return the resources, and those that they refer to, that have a condition."""
        of_jobs = [one.job.resource for one in self._defined if one.job]
        resources = [*dict.fromkeys([*(one.resource for one in self._defined), *of_jobs])]
        options: Sequence[Mapping[str, object]] = self._env.stack.resolve(
            [one.cfn_options for one in resources]
        )
        return {one for one, of in zip(resources, options, strict=True) if "condition" in (of or ())}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingResource:
    """A custom resource for a parameter, a deployment or a throughput.

    Args:
        construct: its construct, which it is the only custom resource of.
        path: the construct's path.
        type: the CloudFormation type.
        properties: its properties; None is left out.
        tags: its own tags, besides those that it inherits.
        parameter: the name of the parameter that it writes. Default: none.
        is_deployment: whether it is a deployment.
        job: the job whose resource it refers to. Default: none.
    """

    construct: cdk.Resource
    path: str
    type: str
    properties: Mapping[str, object]
    tags: Mapping[str, str] = field(default_factory=dict)
    parameter: str | None = None
    is_deployment: bool = False
    job: DefinedJob | None = None

    def define(
        self, env: StackEnv, provider: JobProvider, manager: cdk.TagManager, checks: Checks
    ) -> cdk.CfnResource:
        """Define the resource.

        Args:
            env: its stack.
            provider: the function behind it.
            manager: the tags of `Tags.of(scope)`.
            checks: how serious each rule is.
        """
        own = [{"key": key, "value": value} for key, value in self.tags.items()]
        tags = JobTags(self.construct, env, {TAGS_FIELD: own}, manager, checks, resource_type=self.type)
        given = {name: value for name, value in self.properties.items() if value is not None}
        resource = cdk.CfnResource(
            self.construct,
            "Resource",
            type=self.type,
            properties={
                "ServiceToken": provider.service_token,
                "ServiceTimeout": SERVICE_TIMEOUT,
                **given,
                TAGS_PROPERTY: tags.property(TAGS_FIELD),
            },
        )
        StackResources.of(env).add(self, tags, checks, resource)
        return resource


def permit(resource: cdk.CfnResource, provider: JobProvider, permissions: ServingPermissions) -> None:
    """Let a resource wait for what its function is permitted.

    Args:
        resource: the resource.
        provider: the function.
        permissions: what it needs.
    """
    provider.permit(resource, permissions)


def refuse(path: str, findings: Sequence[Finding], checks: Checks) -> list[Finding]:
    """Return warnings and notes.

    Args:
        path: the construct's path.
        findings: what was found.
        checks: how serious each rule is.

    Raises:
        InvalidJob: some of it is an error.
    """
    found = with_severities(findings, checks)
    if any(one.severity == "error" for one in found):
        raise InvalidJob(path, found)
    return found
