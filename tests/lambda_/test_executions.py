"""Executions of a state machine: started once, whatever is repeated."""

from __future__ import annotations

import pytest
from customization_job.frame.advice import failed
from customization_job.frame.errors import AwsError, ErrorKind, error_kind
from customization_job.frame.executions import StepFunctionsExecutions

from tests.lambda_.executions import StartedExecutions
from tests.lambda_.fakes import ACCOUNT, REGION, no_retry

MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:Tasks"
TASK = {"task": {"kind": "wait"}}


def test_an_execution_is_started_once() -> None:
    """Lambda may deliver an event again, and the name is the event's."""
    client = StartedExecutions()
    executions = StepFunctionsExecutions(lambda: client, no_retry())
    executions.start(MACHINE, "one", TASK)
    executions.start(MACHINE, "one", {"task": {}})
    assert (client.inputs, client.machines) == ({"one": TASK}, {"one": MACHINE})


@pytest.mark.parametrize(
    ("code", "kind", "advice"),
    [
        ("AccessDeniedException", ErrorKind.DENIED, "Check the policies of the function's role"),
        ("StateMachineDoesNotExist", ErrorKind.NOT_FOUND, "exists in this account and Region"),
        ("ExecutionLimitExceeded", ErrorKind.QUOTA, "request an increase of the quota"),
    ],
)
def test_other_errors_of_step_functions_are_sentences(code: str, kind: ErrorKind, advice: str) -> None:
    """What has failed, and what to do."""
    client = StartedExecutions()
    client.refuse(code)
    with pytest.raises(AwsError) as error:
        StepFunctionsExecutions(lambda: client, no_retry()).start(MACHINE, "one", TASK)
    assert error.value.kind is kind is error_kind("StartExecution", code, "", 400)
    assert failed(error.value).startswith(f"StartExecution failed ({code}). ")
    assert advice in failed(error.value)
