"""What is permitted where a deployment waits: to the function, and to the state machine that calls it."""

from __future__ import annotations

from constructs_lib import permissions
from tests.security.iam_evaluator import ACCOUNT, OTHER_ACCOUNT, OTHER_REGION, REGION, Call, resource_allows
from tests.security.scenario import Scenario
from tests.security.view import STACK_ID

MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:Tasks"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:Jobs"
EXECUTION = f"arn:aws:states:{REGION}:{ACCOUNT}:execution:Tasks:one"


def function_that_signals() -> Scenario:
    """Return what the function needs besides, where a deployment waits for a job."""
    signal = "cloudformation:SignalResource"
    start = "states:StartExecution"
    return Scenario(
        name="function that a deployment waits with",
        statements=[
            permissions.signal_statement(STACK_ID),
            *permissions.start_execution_statements([MACHINE]),
        ],
        needed=[
            Call(name="signal", action=signal, resource=STACK_ID),
            Call(name="start", action=start, resource=MACHINE),
        ],
        forbidden=[
            Call(name="signal another stack", action=signal, resource=f"{STACK_ID}2"),
            Call(name="signal elsewhere", action=signal, resource=STACK_ID.replace(REGION, OTHER_REGION)),
            Call(name="start another", action=start, resource=f"{MACHINE}2"),
            Call(name="start elsewhere", action=start, resource=MACHINE.replace(REGION, OTHER_REGION)),
            Call(name="start of others", action=start, resource=MACHINE.replace(ACCOUNT, OTHER_ACCOUNT)),
            Call(name="stop", action="states:StopExecution", resource=EXECUTION),
            Call(name="read a history", action="states:GetExecutionHistory", resource=EXECUTION),
            Call(name="change it", action="states:UpdateStateMachine", resource=MACHINE),
            Call(name="update the stack", action="cloudformation:UpdateStack", resource=STACK_ID),
            Call(name="continue a rollback", action="cloudformation:RollbackStack", resource=STACK_ID),
        ],
    )


def state_machine() -> Scenario:
    """Return what the state machine needs: to call one function."""
    invoke = "lambda:InvokeFunction"
    return Scenario(
        name="state machine",
        statements=[permissions.invoke_function_statement(FUNCTION)],
        needed=[Call(name="call", action=invoke, resource=FUNCTION)],
        forbidden=[
            Call(name="call another", action=invoke, resource=f"{FUNCTION}2"),
            Call(name="call a version", action=invoke, resource=f"{FUNCTION}:1"),
            Call(name="change the code", action="lambda:UpdateFunctionCode", resource=FUNCTION),
            Call(name="start itself", action="states:StartExecution", resource=MACHINE),
        ],
    )


def trust_of_the_state_machine() -> Scenario:
    """Return the trust policy of the state machine's role."""
    assume, states = "sts:AssumeRole", "states.amazonaws.com"
    own, others = {"aws:SourceAccount": ACCOUNT}, {"aws:SourceAccount": OTHER_ACCOUNT}
    return Scenario(
        name="trust of the state machine's role",
        statements=permissions.state_machine_trust(account=ACCOUNT)["Statement"],
        needed=[Call(name="Step Functions", action=assume, keys=own, caller="states", service=states)],
        forbidden=[
            Call(name="of another account", action=assume, keys=others, caller="states", service=states),
            Call(name="of no account", action=assume, caller="states", service=states),
            Call(name="Lambda", action=assume, keys=own, caller="lambda", service="lambda.amazonaws.com"),
            Call(name="a person", action=assume, keys=own),
        ],
        decide=resource_allows,
    )


SCENARIOS = (function_that_signals(), state_machine(), trust_of_the_state_machine())
