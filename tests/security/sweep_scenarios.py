"""What is permitted for sweeps: to the function, and to the state machine that runs the trials."""

from __future__ import annotations

from constructs_lib import permissions
from constructs_lib.permissions import S3Location
from tests.security.iam_evaluator import ACCOUNT, OTHER_ACCOUNT, REGION, Call
from tests.security.scenario import KMS, PLACE, VIA_S3, Scenario

MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:Search"
CHILD = f"arn:aws:states:{REGION}:{ACCOUNT}:execution:Search:child"
RESULTS = "arn:aws:s3:::results/sweeps/"


def function_of_sweeps() -> Scenario:
    """Return what the function needs to keep the definition and the results of a sweep."""
    output = S3Location(uri="s3://results/", key_arn=f"{KMS}/data")
    names = ("results.json", "definitions/0a1b.json")
    return Scenario(
        name="function that runs sweeps",
        statements=permissions.results_statements(output, "sweeps/", **PLACE),
        needed=[
            *(
                Call(name=f"{action} {name}", action=action, resource=f"{RESULTS}{name}")
                for name in names
                for action in ("s3:GetObject", "s3:PutObject")
            ),
            *(
                Call(name=action, action=action, resource=f"{KMS}/data", keys=VIA_S3)
                for action in ("kms:Decrypt", "kms:GenerateDataKey")
            ),
        ],
        forbidden=[
            *(
                Call(name=f"{action} of a job", action=action, resource=f"{RESULTS}job-1/metrics.csv")
                for action in ("s3:GetObject", "s3:PutObject")
            ),
            *(
                Call(
                    name=f"{name} of another account",
                    action=action,
                    resource=f"{RESULTS}{name}",
                    owner=OTHER_ACCOUNT,
                )
                for name in names
                for action in ("s3:GetObject", "s3:PutObject")
            ),
            Call(name="delete the results", action="s3:DeleteObject", resource=f"{RESULTS}results.json"),
            Call(name="list", action="s3:ListBucket", resource="arn:aws:s3:::results"),
            Call(name="a longer name", action="s3:GetObject", resource=f"{RESULTS}results.json2"),
            Call(name="decrypt directly", action="kms:Decrypt", resource=f"{KMS}/data"),
            Call(name="another key", action="kms:Decrypt", resource=f"{KMS}/other", keys=VIA_S3),
        ],
    )


def state_machine_of_a_sweep() -> Scenario:
    """Return what the state machine needs to run its trials in executions of its own."""
    describe, stop = "states:DescribeExecution", "states:StopExecution"
    executions = CHILD.replace(":child", ":*")
    return Scenario(
        name="state machine of a sweep",
        statements=permissions.distributed_map_statements(MACHINE, executions),
        needed=[
            Call(name="start", action="states:StartExecution", resource=MACHINE),
            Call(name="describe", action=describe, resource=CHILD),
            Call(name="stop", action=stop, resource=CHILD),
        ],
        forbidden=[
            Call(name="start another", action="states:StartExecution", resource=f"{MACHINE}2"),
            Call(name="describe another's", action=describe, resource=CHILD.replace(":Search:", ":Other:")),
            Call(name="stop another's", action=stop, resource=CHILD.replace(":Search:", ":Other:")),
            Call(name="redrive", action="states:RedriveExecution", resource=CHILD),
            Call(name="change itself", action="states:UpdateStateMachine", resource=MACHINE),
        ],
    )


SCENARIOS = (function_of_sweeps(), state_machine_of_a_sweep())
