"""The state machine that runs the trials of a sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..job.events import rule_of_pattern
from ..job.state_machine import task_states

if TYPE_CHECKING:
    from typing import Unpack

    from aws_cdk import aws_events as events
    from constructs import Construct

    from ..job.events import RuleOptions

FINISHED = ("SUCCEEDED", "FAILED", "TIMED_OUT")
"""The states in which an execution has ended by itself, and was not stopped."""

_SOURCE = "aws.states"
_DETAIL_TYPE = "Step Functions Execution Status Change"
_LABEL = "Trials"
_OF_TRIAL = " (trial)"
_ALL = 100


def sweep_definition(concurrency: int) -> dict[str, Any]:
    """Return the definition of a state machine that runs trials, and then a last task.

    A trial is a child execution of its own, so that its history is, too. One that fails costs only its own
    result. The machine knows nothing of a trial: tasks come with its input, and the function returns them.

    See https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html.

    Args:
        concurrency: how many trials run at the same time.
    """
    return {
        "Comment": "Runs the trials of a sweep, a few at a time, and then reports",
        "StartAt": _LABEL,
        "States": {
            _LABEL: {
                "Type": "Map",
                "ItemsPath": "$.trials",
                "MaxConcurrency": concurrency,
                "ToleratedFailurePercentage": _ALL,
                "Label": _LABEL,
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    "StartAt": f"Look{_OF_TRIAL}",
                    "States": task_states(_OF_TRIAL),
                },
                "ResultPath": None,
                "Next": "Report",
            },
            "Report": {"Type": "Pass", "InputPath": "$.report", "Next": "Look"},
            **task_states(),
        },
    }


def finished_rule(
    sweep: Construct, id: str, state_machine_arn: str, **options: Unpack[RuleOptions]
) -> events.Rule:
    """Define a rule for the end of the executions of a state machine, not of those of its trials.

    See https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html.

    Args:
        sweep: the construct.
        id: the id of the rule.
        state_machine_arn: the state machine.
        **options: see `RuleOptions`.
    """
    detail = {"stateMachineArn": [state_machine_arn], "status": list(FINISHED)}
    pattern = {"source": [_SOURCE], "detail_type": [_DETAIL_TYPE], "detail": detail}
    return rule_of_pattern(sweep, id, pattern, **options)
