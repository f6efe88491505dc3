"""What the state machine that calls the function is permitted, and the function's part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .statements import allow, document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .statements import Statement


def state_machine_trust(*, account: str) -> dict[str, Any]:
    """Return the trust policy by which only Step Functions of one account may assume a state machine's role.

    See https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html.

    Args:
        account: the account of the state machine.
    """
    return document(
        [
            {
                "Effect": "Allow",
                "Principal": {"Service": "states.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:SourceAccount": account}},
            }
        ]
    )


def invoke_function_statement(function_arn: str) -> Statement:
    """Return the statement by which a state machine calls a function, which it names without a version.

    See https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html.

    Args:
        function_arn: the function.
    """
    return allow(["lambda:InvokeFunction"], [function_arn])


def start_execution_statements(state_machine_arns: Sequence[str]) -> list[Statement]:
    """Return the statement by which the function starts executions of state machines.

    See https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html.

    Args:
        state_machine_arns: the state machines. Without any there is no statement.
    """
    return [allow(["states:StartExecution"], state_machine_arns)] if state_machine_arns else []


def signal_statement(stack_arn: str) -> Statement:
    """Return the statement by which the function signals a wait condition of its stack.

    See https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html.

    Args:
        stack_arn: the stack.
    """
    return allow(["cloudformation:SignalResource"], [stack_arn])
