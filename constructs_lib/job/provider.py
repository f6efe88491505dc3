"""The Lambda function of a stack that calls Bedrock, with its settings, its role and its logs."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from ..checks import Checks, with_overrule
from ..findings import NOT_SHOWN, InvalidJob, error, warning
from ..permissions import (
    HandlerNeeds,
    document,
    environment_key_statements,
    function_vpc_statements,
    handler_trust,
    listed,
    log_key_owner_statement,
    resolved_length,
    send_statements,
    tracing_statement,
)
from ..request.tokens import is_known
from .asset import add_lambda_asset
from .defaults import settings_with_defaults
from .handler_network import place_function, security_group
from .handler_permissions import HandlerPermissions
from .handler_policies import HandlerPolicies, RoomForGrants
from .handler_resources import HandlerEvents, HandlerFunction, HandlerRole
from .job_data import arn_of_key
from .nag_suppressions import acknowledge, handler_reasons
from .outputs import Outputs, OwnerStatements
from .provider_checks import check_settings, role_problems
from .provider_settings import FUNCTION_TIMEOUT
from .provider_values import SETTING
from .roles import CUSTOMIZED_ROLES, PoliciesBelow, arn_of_policy, policy_of, trust_policy_of
from .setting_places import place_problems, repeated_names
from .stack_env import StackEnv, stacks_around
from .stack_jobs import report
from .unresolved import as_arn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Unpack

    from aws_cdk import aws_kms as kms
    from constructs import IDependable

    from ..findings import Finding
    from ..permissions import Statement
    from .follow_rule import Followed, FollowRule
    from .handler_permissions import JobPermissions, ServingPermissions
    from .provider_settings import ProviderSettings
    from .state_machine import StateMachine

SERVICE_TIMEOUT = 3 * FUNCTION_TIMEOUT + 180
"""Seconds. CloudFormation waits for Lambda's two retries, which start after one and after two minutes."""

_RUNTIME = "python3.13"
_MEMORY = 256
_DEFAULT_ID = "BedrockModelCustomization"

# Characters. AWS documents no limit for the value of an output; this is that of a parameter.
_LONGEST_OUTPUT = 4096


@jsii.implements(ec2.IConnectable)
class JobProvider(Construct):
    """The Lambda function behind model customization jobs, with its role and its log group.

    A stack has one, made with its first job; `configure` sets its options. Make another one only where a job
    must not share the permissions of the stack's other jobs: CloudFormation does not move a deployed job
    to another function.

    Args:
        scope: the construct to make it in.
        id: its id there.
        **settings: those of `ProviderSettings`, as keyword arguments. Default: those of
            `CustomizationDefaults`, or else as listed there.

    Raises:
        InvalidJob: a setting is not possible; the error lists every problem.
    """

    def __init__(self, scope: Construct, id: str, **settings: Unpack[ProviderSettings]) -> None:
        self._env = env = StackEnv.of(scope)
        checked = check_settings(settings_with_defaults(scope, settings))
        found, path = list(checked.found), f"{scope.node.path}/{id}"
        given = checked.given
        role, task_role = given.get("role"), given.get("state_machine_role")
        found += role_problems("role", role, env.account, trust_policy_of(role, env))
        trust = trust_policy_of(task_role, env)
        found += role_problems("state_machine_role", task_role, env.account, trust)
        checks, placed = given.get("checks", Checks.strict()), None
        found += checks.apply(place_problems(given, env))
        if "vpc" in given and not any(one.path == "vpc" for one in found):
            placed = place_function(given["vpc"], given.get("vpc_subnets"))
            found += checks.apply(placed.findings)
        lacks_logs = "log_encryption_key" in given and not _lets_logs_use(given["log_encryption_key"], env)
        found += checks.apply([_log_key()] if lacks_logs else [])
        if not any(one.severity == "error" for one in found):
            found += checks.apply(repeated_names(path, _names(given, scope), env))
        if any(one.severity == "error" for one in found):
            raise InvalidJob(path, [with_overrule(one) for one in found])
        super().__init__(scope, id)
        self._path = self.node.path
        self._settings, self._placed = checked, placed
        self._stack_id = env.stack.stack_id
        self._log_group_name = self._log_group()
        if lacks_logs:
            description = "What the owner of the key of the function's logs adds to the key's policy"
            statements = [self.log_key_policy_statement(self)]
            self._outputs.statements(
                OwnerStatements(id="LogKeyPolicy", description=description, statements=statements)
            )
        self._made: HandlerRole | None = None
        self._groups: Sequence[ec2.ISecurityGroup] = ()
        self._state_machines: dict[str, StateMachine] = {}
        # A role that is given as a construct, or one that the CDK replaces with a precreated role.
        self._existing: iam.IRole | None = None if isinstance(role, str) else role
        self._permissions = self._permit()
        self._role_arn = self._arn()
        self._function = self._make_function()
        self._service_token = self._function.attr_arn
        HandlerEvents(
            self,
            "Events",
            function_name=self._function.ref,
            qualifier="$LATEST",
            maximum_retry_attempts=2,
            maximum_event_age_in_seconds=SERVICE_TIMEOUT,
        )
        # Last, because cdk-nag 2 records suppressions in the resources that exist.
        unmet = handler_reasons(given if _tracing(given) else given.keys() - {"tracing"})
        acknowledge(self, unmet, self._permissions.standing if self._made else ())
        self.node.default_child = self._function
        report(self, found)

    @classmethod
    def configure(cls, scope: Construct, **settings: Unpack[ProviderSettings]) -> JobProvider:
        """Make the stack's own provider with other settings; to CloudFormation it is the same function.

        Args:
            scope: the stack, or any construct in it.
            **settings: those of `ProviderSettings`, as keyword arguments. Default: those of
                `CustomizationDefaults`, or else as listed there.

        Raises:
            InvalidJob: the stack has its provider already, or a setting is not possible.
        """
        env = StackEnv.of(scope)
        if env.find(JobProvider) is not None:
            rule = "must be called once, before the first job of the stack is defined"
            fix = "call it right after the stack is created"
            found = error("provider-exists", "JobProvider.configure", rule, NOT_SHOWN, fix)
            raise InvalidJob(scope.node.path, [found])
        return env.find_or_make(JobProvider, lambda: cls(env.stack, _DEFAULT_ID, **settings))

    @classmethod
    def of(cls, scope: Construct) -> JobProvider:
        """Return the provider of the stack around `scope`, which the first job makes.

        Args:
            scope: any construct of the stack.
        """
        env = StackEnv.of(scope)
        return env.find_or_make(JobProvider, lambda: cls(env.stack, _DEFAULT_ID))

    @property
    def service_token(self) -> str:
        """The function's ARN, as custom resources name it."""
        return self._service_token

    @property
    def role_arn(self) -> str:
        """The ARN of the function's role."""
        return self._role_arn

    @cached_property
    def role(self) -> iam.IRole:
        """The role of the function. A grant to it adds a policy; the jobs' own permissions do not change."""
        if self._existing is not None:
            return self._existing
        if self._made is None:
            arn = as_arn(self._role_arn, self._arn_of_role("/Placeholder"))
        else:
            # The CDK takes the name from the ARN, which it cannot split if all of it is one token.
            arn = self._arn_of_role(f"{self._settings.given.get('role_path', '/')}{self._made.ref}")
        view = iam.Role.from_role_arn(self, "RoleView", arn)
        view.node.add_validation(RoomForGrants(view, lambda: self._permissions))
        return view

    @property
    def required_statements(self) -> list[Statement]:
        """What the role must be permitted for the jobs so far; attach it to a role that you pass."""
        return self._permissions.required_statements

    @staticmethod
    def log_key_policy_statement(scope: Construct) -> Statement:
        """Return what the policy of `log_encryption_key` must contain before the log group is made.

        Args:
            scope: the stack of the log group, or any construct in it.
        """
        return log_key_owner_statement(**StackEnv.of(scope).arn_parts)

    @cached_property
    def function(self) -> lambda_.IFunction:
        """The function, for alarms and metrics."""
        return lambda_.Function.from_function_arn(self, "FunctionView", self.service_token)

    @property
    def connections(self) -> ec2.Connections:
        """The security groups of the function, for `endpoint.connections.allow_default_port_from(provider)`.

        Raises:
            InvalidJob: the function is not in a VPC.
        """
        return self._connections  # the CDK asks a property, and finds no cached one

    @cached_property
    def _connections(self) -> ec2.Connections:
        if not self._groups:
            rule, fix = (
                "needs a function in a VPC, which alone has security groups",
                "give vpc in its settings",
            )
            raise InvalidJob(self._path, [error(SETTING, "connections", rule, NOT_SHOWN, fix)])
        return ec2.Connections(security_groups=self._groups)

    @property
    def home(self) -> cdk.Stack:
        """The stack of the function, which serves no other."""
        return self._env.stack

    def allow(self, permissions: JobPermissions | ServingPermissions) -> list[IDependable]:
        """Permit the function what one more resource needs, and return what that resource must wait for.

        Args:
            permissions: what it needs.
        """
        if self._made is None and (machine := self._state_machines.get(permissions.state_machine_arn or "")):
            # Whoever permits the role does that before the state machine exists.
            permissions = replace(permissions, state_machine_arn=machine.arns)
        return [*self._permissions.allow(permissions), *self._policies_of_given_role]

    def permit(
        self,
        resource: cdk.CfnResource,
        permissions: JobPermissions | ServingPermissions,
        others: Iterable[IDependable] = (),
    ) -> None:
        """Permit the function what a resource needs, and let the resource wait for it.

        Args:
            resource: the resource.
            permissions: what it needs.
            others: what else the resource waits for. Default: nothing.
        """
        if awaited := [*self.allow(permissions), *others]:
            resource.node.add_dependency(*awaited)
        self._permissions.permitted(resource)

    @property
    def makes_role(self) -> bool:
        """Whether the role of the function is made here. Somebody else permits any other."""
        return self._made is not None

    def allow_apart(
        self, logical_id: str, statements: Sequence[Statement], *, is_alone: bool = False
    ) -> list[IDependable]:
        """Permit the function what one resource and its deletion need, and return what it must wait for.

        Args:
            logical_id: that of the policy.
            statements: what is permitted.
            is_alone: whether the resource must not wait for what other resources are permitted. Default: it
                may.
        """
        apart = self._permissions.allow_apart(logical_id, statements, is_alone=is_alone)
        return [*apart, *self._policies_of_given_role]

    def follow(self, followed: Followed) -> None:
        """Let the function look when a job has ended, and every hour; the first call makes the rule.

        Args:
            followed: what depends on the job.
        """
        self._follow_rule.add(followed)

    @property
    def state_machine_arn(self) -> str:
        """The state machine that calls the function with a task until it is over; the first use makes it."""
        return self._state_machine.arn

    def make_state_machine(
        self, id: str, definition: Mapping[str, Any], *, runs_map: bool = False
    ) -> StateMachine:
        """Make a state machine that calls the function.

        Args:
            id: its id below the provider.
            definition: its states, in which `${Function}` and `${Invoke}` are replaced.
            runs_map: whether a Map of it runs items in executions of their own. Default: it has none.
        """
        from .state_machine import StateMachine

        made = StateMachine(
            self,
            id,
            env=self._env,
            function_arn=self._service_token,
            definition=definition,
            settings=self._settings.given,
            outputs=self._outputs,
            runs_map=runs_map,
        )
        self._state_machines[made.arn] = made
        return made

    @cached_property
    def _state_machine(self) -> StateMachine:
        from .state_machine import task_definition

        return self.make_state_machine("Tasks", task_definition())

    @cached_property
    def _follow_rule(self) -> FollowRule:
        from .follow_rule import FollowRule

        return FollowRule(self, "Follow", env=self._env, function_arn=self._service_token)

    @cached_property
    def _policies_of_given_role(self) -> list[IDependable]:
        role = self._settings.given.get("role")
        if role is None or isinstance(role, str) or cdk.Stack.of(role) is not self.home:
            return []
        return [PoliciesBelow(role)]

    def _needs(self) -> HandlerNeeds:
        root = stacks_around(self._env.stack)[-1]
        root_name = None
        if root is not self._env.stack:
            # The hint tells `resolved_length` how long the name of a stack can be.
            name = cdk.Fn.select(1, cdk.Fn.split("/", root.stack_id))
            root_name = cdk.Token.as_string(cdk.Token.as_any(name), display_hint="AWS::StackName")
        return HandlerNeeds(
            partition=self._env.partition,
            region=self._env.region,
            account=self._env.account,
            stack_name=cdk.Aws.STACK_NAME,
            root_stack_name=root_name,
            log_group_name=self._log_group_name,
            stack_id=self._stack_id,
        )

    def _log_group(self) -> str:
        given = self._settings.given
        if "log_group" in given:
            return given["log_group"].log_group_name
        log_group = logs.CfnLogGroup(
            self,
            "Logs",
            retention_in_days=given.get("log_retention_days", 90),
            kms_key_id=arn_of_key(given.get("log_encryption_key")),
        )
        log_group.apply_removal_policy(cdk.RemovalPolicy.RETAIN)  # a record of who started and stopped jobs
        return log_group.ref

    @cached_property
    def _outputs(self) -> Outputs:
        return Outputs(self, self._path, self._env)

    def _arn(self) -> str:
        if self._made is not None:
            return self._made.attr_arn
        given = self._settings.given.get("role")
        return given if isinstance(given, str) else self.role.role_arn

    def _arn_of_role(self, path_and_name: str) -> str:
        return f"arn:{self._env.partition}:iam::{self._env.account}:role{path_and_name}"

    def _permit(self) -> HandlerPermissions:
        """Make the role, unless it is given or precreated, and return what permits it."""
        given, needs, settings = self._settings.given, self._needs(), self._statements_of_settings()
        if "role" in given:
            permissions = HandlerPermissions(needs, settings)
            description = "What the role of the function behind the jobs must be permitted"
            late = cdk.Lazy.uncached_any(_RequiredStatements(permissions))
            self._outputs.policy("FunctionPolicy", description=description, content=late)
            return permissions
        config = self.node.try_get_context(CUSTOMIZED_ROLES)
        if config is not None and config.get("preventSynthesis") is not False:
            self._existing = precreated = self._precreated_role()
            # The report shows no value of a pseudo parameter that it does not know.
            named = replace(needs, stack_name=self.home.stack_name)
            permissions = HandlerPermissions(named, settings)
            permissions.report_to(_reported_by(precreated))
            return permissions
        policies = HandlerPolicies(self._env, self._env.path_below(self._path), needs, settings)
        boundary = given.get("permissions_boundary")
        self._made = HandlerRole(
            self,
            "Role",
            assume_role_policy_document=handler_trust(),
            policies=policies.inline(),
            permissions_boundary=None if boundary is None else arn_of_policy(boundary),
            role_name=given.get("role_name"),
            path=given.get("role_path"),
            managed_policy_arns=[arn_of_policy(one) for one in given.get("managed_policies", ())] or None,
        )
        policies.attach_to(self._made)
        if config is not None:
            policies.report_to(_reported_by(self.role))
        return policies

    def _precreated_role(self) -> iam.Role:
        """Make the role whose place a precreated role takes: only the policy report shows it."""
        given = self._settings.given
        [statement] = listed(handler_trust()["Statement"])
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal(statement["Principal"]["Service"]))
        for index, one in enumerate(given.get("managed_policies", ())):
            role.add_managed_policy(policy_of(one, self, f"Managed{index + 1}"))
        return role

    def _statements_of_settings(self) -> list[Statement]:
        """Return what the settings need; Lambda checks some of it when it creates the function."""
        given, region = self._settings.given, self._env.region
        found: list[Statement] = []
        if self._placed:
            found += function_vpc_statements(**self._env.arn_parts)
        if queue := given.get("dead_letter_queue"):
            key = arn_of_key(queue.encryption_master_key)
            found += send_statements("sqs:SendMessage", queue.queue_arn, key, region=region)
        if topic := given.get("dead_letter_topic"):
            key = arn_of_key(getattr(topic, "master_key", None))
            found += send_statements("sns:Publish", topic.topic_arn, key, region=region)
        if _tracing(given):
            found.append(tracing_statement())
        if key := arn_of_key(given.get("environment_encryption")):
            found += environment_key_statements(key)
        return found

    def _make_function(self) -> HandlerFunction:
        given, code = self._settings.given, add_lambda_asset(self._env, self._settings.ca_bundle)
        function = HandlerFunction(
            self,
            "Function",
            description="Starts, watches, tags and stops Amazon Bedrock model customization jobs",
            code=lambda_.CfnFunction.CodeProperty(s3_bucket=code.bucket_name, s3_key=code.object_key),
            handler="customization_job.handler.on_event",
            runtime=_RUNTIME,
            memory_size=_MEMORY,
            timeout=FUNCTION_TIMEOUT,
            role=self._role_arn,
            logging_config=lambda_.CfnFunction.LoggingConfigProperty(log_group=self._log_group_name),
            environment=lambda_.CfnFunction.EnvironmentProperty(
                variables={"STACK_ID": self._stack_id, **self._settings.environment}
            ),
            function_name=given.get("function_name"),
            kms_key_arn=arn_of_key(given.get("environment_encryption")),
            reserved_concurrent_executions=given.get("reserved_concurrent_executions"),
            dead_letter_config=_dead_letters(given),
            tracing_config=_tracing(given),
            vpc_config=self._vpc_config(),
        )
        if self._statements_of_settings():
            # Lambda checks these permissions when it creates the function.
            function.node.add_dependency(*self._policies_of_given_role)
        if self._placed and cdk.Stage.of(given["vpc"]) is cdk.Stage.of(self.home):
            # Routes and endpoints: while one of them is missing, the function reaches neither Bedrock nor
            # CloudFormation. What is imported in another stage has none, and the CDK refuses to wait for it.
            function.node.add_dependency(given["vpc"])
        return function

    def _vpc_config(self) -> lambda_.CfnFunction.VpcConfigProperty | None:
        if self._placed is None:
            return None
        given = self._settings.given
        groups = given.get("security_groups") or [security_group(self, given["vpc"], self._settings.ports)]
        self._groups = groups
        return lambda_.CfnFunction.VpcConfigProperty(
            subnet_ids=self._placed.subnet_ids, security_group_ids=[one.security_group_id for one in groups]
        )


@jsii.implements(cdk.IAnyProducer)
class _RequiredStatements:
    """The policy of a given role, as it is when all jobs are defined."""

    def __init__(self, permissions: HandlerPermissions) -> None:
        self._permissions = permissions

    def produce(self, _context: cdk.IResolveContext) -> dict[str, Any] | str:
        policy = document(self._permissions.required_statements)
        if resolved_length(policy) <= _LONGEST_OUTPUT:
            return policy
        return "The statements of JobProvider.required_statements, which are too long for an output"


def _reported_by(role: iam.IRole) -> Callable[[Statement], object]:
    """Return what adds a statement to the CDK's policy report, and to no template."""
    return lambda statement: role.add_to_principal_policy(iam.PolicyStatement.from_json(statement))


def _names(given: ProviderSettings, scope: Construct) -> dict[str, str]:
    """Return the names that are prescribed; the name of a precreated role is another one."""
    names = {"role_name": given.get("role_name"), "function_name": given.get("function_name")}
    if names["role_name"] and scope.node.try_get_context(CUSTOMIZED_ROLES) is not None:
        del names["role_name"]
    return {setting: name for setting, name in names.items() if name is not None and is_known(name)}


def _lets_logs_use(key: kms.IKey | str, env: StackEnv) -> bool:
    from aws_cdk import aws_kms as kms

    resource = key.node.default_child if isinstance(key, kms.Key) else None
    policy = env.stack.resolve(resource.key_policy) if isinstance(resource, kms.CfnKey) else None
    return '"logs.' in json.dumps(policy)


def _log_key() -> Finding:
    rule = (
        "needs a key whose policy lets CloudWatch Logs use it, which this construct does not change: without "
        "it the deployment fails"
    )
    fix = "add JobProvider.log_key_policy_statement(stack) to that policy, or acknowledge this warning"
    return warning("log-key-policy", "log_encryption_key", rule, NOT_SHOWN, fix)


def _tracing(given: ProviderSettings) -> lambda_.CfnFunction.TracingConfigProperty | None:
    modes = {lambda_.Tracing.ACTIVE: "Active", lambda_.Tracing.PASS_THROUGH: "PassThrough"}
    mode = modes.get(given.get("tracing", lambda_.Tracing.DISABLED))
    return lambda_.CfnFunction.TracingConfigProperty(mode=mode) if mode else None


def _dead_letters(given: ProviderSettings) -> lambda_.CfnFunction.DeadLetterConfigProperty | None:
    if queue := given.get("dead_letter_queue"):
        return lambda_.CfnFunction.DeadLetterConfigProperty(target_arn=queue.queue_arn)
    if topic := given.get("dead_letter_topic"):
        return lambda_.CfnFunction.DeadLetterConfigProperty(target_arn=topic.topic_arn)
    return None
