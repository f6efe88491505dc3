"""State machines that call the function of a provider until a task is over, and what they are permitted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aws_cdk import aws_iam as iam
from constructs import Construct

from ..contract.tasks import IS_OVER, PAUSE, TASK
from ..permissions import document, invoke_function_statement, state_machine_trust
from .nag_suppressions import INLINE, STATE_MACHINE, acknowledge
from .roles import policy_of
from .unresolved import as_arn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..permissions import Statement
    from .outputs import Outputs
    from .provider_settings import ProviderSettings
    from .stack_env import StackEnv

_FUNCTION, _PARTITION = "Function", "Partition"
# Seconds: the timeout of the function, and a minute.
_LONGEST_CALL = 900
_FIRST_RETRY, _LAST_RETRY = 30, 600
_RETRIES = 1000


class StateMachine(Construct):
    """A state machine that calls one function, with its role.

    Nothing that a user chose is in its definition, and its executions are given only ARNs, ids and numbers:
    whoever may read executions learns nothing about the data.

    Args:
        scope: the function's provider.
        id: its id there.
        env: its stack.
        function_arn: the function.
        definition: the states, in which `${Function}` and `${Partition}` are replaced.
        settings: those of the function, of which the role has the path and the permissions boundary.
        outputs: where it is listed what a given role must be permitted.
        statements: what the role is permitted besides calling the function. Default: nothing.
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
        statements: Sequence[Statement] = (),
    ) -> None:
        from aws_cdk import aws_stepfunctions as sfn

        super().__init__(scope, id)
        permitted = [invoke_function_statement(function_arn), *statements]
        self.role = self._role(env, settings, permitted)
        if "state_machine_role" in settings:
            description = f"What the role of the state machine {id} must be permitted"
            outputs.policy(f"{id}Policy", description=description, content=document(permitted))
        made = self.role.node.default_child
        # The CDK's own ARN is not that of a role which is reported and made as well.
        self._role_arn = made.attr_arn if isinstance(made, iam.CfnRole) else self.role.role_arn
        self.resource = sfn.CfnStateMachine(
            self,
            "Resource",
            role_arn=self._role_arn,
            definition_string=json.dumps(definition, separators=(",", ":")),
            definition_substitutions={_FUNCTION: function_arn, _PARTITION: env.partition},
        )
        acknowledge(self, {**INLINE, **STATE_MACHINE}, permitted)

    @property
    def arn(self) -> str:
        """The ARN of the state machine."""
        return self.resource.ref

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


def task_states() -> dict[str, Any]:
    """Return the states that call the function with a task until it says that the task is over.

    The function says how long to pause. An error of it is not the end of the task: a deployment waits for it,
    or something is billed until it is done. Only where the function is gone with its stack, nothing is left
    to do.

    See https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html.
    """
    return {
        "Look": {
            "Type": "Task",
            "Resource": "arn:${Partition}:states:::lambda:invoke",
            "Parameters": {"FunctionName": "${Function}", "Payload": {f"{TASK}.$": f"$.{TASK}"}},
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
            "Next": "Over?",
        },
        "Over?": {
            "Type": "Choice",
            "Choices": [{"Variable": f"$.{IS_OVER}", "BooleanEquals": True, "Next": "Done"}],
            "Default": "Pause",
        },
        "Pause": {"Type": "Wait", "SecondsPath": f"$.{PAUSE}", "Next": "Look"},
        "Done": {"Type": "Succeed"},
    }


def task_definition() -> dict[str, Any]:
    """Return the definition of the state machine that carries out one task."""
    return {
        "Comment": "Calls the function with a task until the task is over",
        "StartAt": "Look",
        "States": task_states(),
    }
