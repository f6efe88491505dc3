"""State machines that call the function of a provider until a task is over, and what they are permitted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from ..contract.tasks import IS_OVER, PAUSE, TASK
from ..permissions import (
    distributed_map_statements,
    document,
    invoke_function_statement,
    state_machine_trust,
)
from .nag_suppressions import INLINE, STATE_MACHINE, acknowledge
from .roles import CUSTOMIZED_ROLES, PoliciesBelow, policy_of
from .unresolved import as_arn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from constructs import IDependable

    from ..permissions import Statement
    from .beside_job import BesideJob
    from .outputs import Outputs
    from .provider_settings import ProviderSettings
    from .stack_env import StackEnv

_FUNCTION, _INVOKE = "Function", "Invoke"
# Seconds: the timeout of the function, and a minute.
_LONGEST_CALL = 900
_FIRST_RETRY, _LAST_RETRY = 30, 600
_RETRIES = 1000
_LONGEST_START = 60
"""Characters of a logical id with which the name of a state machine begins; a name has at most 80."""


class StateMachine(Construct):
    """A state machine that calls one function, with its role.

    Nothing that a user chose is in its definition, and its executions are given only ARNs, ids and numbers:
    whoever may read executions learns nothing about the data.

    Args:
        scope: the function's provider.
        id: its id there.
        env: its stack.
        function_arn: the function.
        definition: the states, in which `${Function}` and `${Invoke}` are replaced.
        settings: those of the function, of which the role has the path and the permissions boundary.
        outputs: where it is listed what a given role must be permitted.
        runs_map: whether a Map of it runs items in executions of their own. Default: it has none.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        env: StackEnv,
        function_arn: str,
        definition: Mapping[str, Any],
        settings: ProviderSettings,
        outputs: Outputs,
        runs_map: bool = False,
    ) -> None:
        from aws_cdk import aws_stepfunctions as sfn

        super().__init__(scope, id)
        self._env = env
        invoke = invoke_function_statement(function_arn)
        self.role = self._role(env, settings, [invoke])
        made = self.role.node.default_child
        # The CDK's own ARN is not that of a role which is reported and made as well.
        self._role_arn = made.attr_arn if isinstance(made, iam.CfnRole) else self.role.role_arn
        self.resource = sfn.CfnStateMachine(
            self,
            "Resource",
            role_arn=self._role_arn,
            definition_string=json.dumps(definition, separators=(",", ":")),
            definition_substitutions={
                _FUNCTION: function_arn,
                _INVOKE: f"arn:{env.partition}:states:::lambda:invoke",
            },
        )
        name = self.resource.attr_name
        executions = f"arn:{env.partition}:states:{env.region}:{env.account}:execution:{name}:*"
        self._of_map = of_map = distributed_map_statements(self.arn, executions) if runs_map else []
        # What names the state machine itself cannot be a part of the role, which that waits for.
        self._policy = None if "state_machine_role" in settings else self._policy_of_map(made, of_map)
        if "state_machine_role" in settings:
            description = f"What the role of the state machine {id} must be permitted"
            outputs.policy(f"{id}Policy", description=description, content=document([invoke, *of_map]))
        acknowledge(self, {**INLINE, **STATE_MACHINE}, [invoke])

    @property
    def arn(self) -> str:
        """The ARN of the state machine."""
        return self.resource.ref

    @property
    def dependencies(self) -> Sequence[IDependable]:
        """What an execution needs besides the state machine and its role."""
        if self._policy is not None:
            return [self._policy]
        is_made = self.role.node.scope is self
        return (
            [] if is_made or cdk.Stack.of(self.role) is not cdk.Stack.of(self) else [PoliciesBelow(self.role)]
        )

    def belongs_to(self, beside: BesideJob) -> None:
        """Name state machine, role and policy after the resource that they are made for.

        Args:
            beside: names them.
        """
        beside.name(self.resource, "StateMachine")
        if self.role.node.scope is self:
            beside.name(self.role.node.default_child, "StateMachineRole")
        beside.name(self._policy, "StateMachinePolicy")

    def acknowledge_wildcards(self) -> None:
        """Suppress what cdk-nag finds in the policy of a Map, once the logical ids are final."""
        if self._policy is not None:
            acknowledge(self._policy, {}, self._of_map)

    def _policy_of_map(self, role: object, statements: Sequence[Statement]) -> cdk.CfnResource | None:
        if self.node.try_get_context(CUSTOMIZED_ROLES) is not None:  # the CDK only reports these
            for one in statements:
                self.role.add_to_principal_policy(iam.PolicyStatement.from_json(one))
        if not statements or not isinstance(role, iam.CfnRole):
            return None
        return iam.CfnPolicy(
            self, "Map", policy_name="Map", policy_document=document(statements), roles=[role.ref]
        )

    @property
    def arns(self) -> str:
        """The ARN with a wildcard for the end of the name, which CloudFormation makes.

        It names no resource of the template, so that a role can have it before the state machine exists.
        """
        env = self._env
        name = str(env.stack.resolve(self.resource.logical_id))[:_LONGEST_START]
        return f"arn:{env.partition}:states:{env.region}:{env.account}:stateMachine:{name}*"

    def _role(self, env: StackEnv, settings: ProviderSettings, permitted: Sequence[Statement]) -> iam.IRole:
        given = settings.get("state_machine_role")
        if isinstance(given, str):
            arn = as_arn(given, f"arn:{env.partition}:iam::{env.account}:role/Placeholder")
            return iam.Role.from_role_arn(self, "Role", arn, mutable=False)
        if given is not None:
            return given
        [trust] = state_machine_trust(account=env.account)["Statement"]
        boundary = settings.get("permissions_boundary")
        return iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(trust["Principal"]["Service"], conditions=trust["Condition"]),
            inline_policies={"Tasks": iam.PolicyDocument.from_json(document(permitted))},
            path=settings.get("role_path"),
            permissions_boundary=None if boundary is None else policy_of(boundary, self, "Boundary"),
        )


def task_states(end: str = "") -> dict[str, Any]:
    """Return the states that call the function with a task until it says that the task is over.

    The function says how long to pause. An error of it is not the end of the task: a deployment waits for it,
    or something is billed until it is done. Only where the function is gone with its stack, nothing is left
    to do.

    See https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html.

    Args:
        end: the end of their names: the names in a state machine and in its Map are unique. Default: none.
    """
    look, over, pause, done = (f"{name}{end}" for name in ("Look", "Over?", "Pause", "Done"))
    return {
        look: {
            "Type": "Task",
            "Resource": f"${{{_INVOKE}}}",
            "Parameters": {"FunctionName": f"${{{_FUNCTION}}}", "Payload": {f"{TASK}.$": f"$.{TASK}"}},
            "OutputPath": "$.Payload",
            "TimeoutSeconds": _LONGEST_CALL,
            "Retry": [
                {"ErrorEquals": ["Lambda.ResourceNotFoundException"], "MaxAttempts": 0},
                {
                    "ErrorEquals": ["States.ALL"],
                    "IntervalSeconds": _FIRST_RETRY,
                    "BackoffRate": 2,
                    "MaxDelaySeconds": _LAST_RETRY,
                    "MaxAttempts": _RETRIES,
                },
            ],
            "Next": over,
        },
        over: {
            "Type": "Choice",
            "Choices": [{"Variable": f"$.{IS_OVER}", "BooleanEquals": True, "Next": done}],
            "Default": pause,
        },
        pause: {"Type": "Wait", "SecondsPath": f"$.{PAUSE}", "Next": look},
        done: {"Type": "Succeed"},
    }


def task_definition() -> dict[str, Any]:
    """Return the definition of the state machine that carries out one task."""
    return {
        "Comment": "Calls the function with a task until the task is over",
        "StartAt": "Look",
        "States": task_states(),
    }
