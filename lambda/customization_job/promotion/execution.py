"""Executions of the state machine that goes on with a promotion: one for each model and window of time."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from contract.promotion import model_id
from contract.resource import short_logical_id
from contract.tasks import KIND, MODEL, PROMOTION_KIND, RESOURCE, STACK_ID, TASK, THING, UNTIL

if TYPE_CHECKING:
    from ..frame.look import Thing
    from ..services import Services

_WINDOW = 3600
"""Seconds. The name of an execution that has failed is taken for 90 days; the next window has another one."""

_LONGEST_ID, _LONGEST_MODEL = 30, 36


def start(machine: str, stack_id: str, thing: Thing, model_arn: str, services: Services) -> None:
    """Start the execution of this window; one that runs already, or has ended, counts.

    Args:
        machine: the ARN of the state machine.
        stack_id: the stack's ARN.
        thing: what serves.
        model_arn: the model that the execution is about.
        services: the services of AWS.

    Raises:
        AwsError: it could not be started.
    """
    window, model = int(services.retry.now // _WINDOW), model_id(model_arn)
    name = f"{short_logical_id(thing.resource, _LONGEST_ID)}-{model[:_LONGEST_MODEL]}-{window}"
    task = {
        KIND: PROMOTION_KIND,
        STACK_ID: stack_id,
        RESOURCE: thing.resource,
        THING: {name: value for name, value in asdict(thing).items() if value},
        MODEL: model,
        UNTIL: (window + 1) * _WINDOW,
    }
    services.executions.start(machine, name, {TASK: task})
    services.log.write("promotion started", modelArn=model_arn, execution=name)
