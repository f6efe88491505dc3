"""The parameter with the ARN of the best model, which the report writes before any model is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contract.follow import PUBLISHED_KIND
from contract.resource import PUBLISHED_MODEL_TYPE

from ..frame.look import Look, Thing
from ..jobs.current import CurrentJob
from ..published.look import follow

if TYPE_CHECKING:
    from ..services import Services
    from .task import SweepTask


def publish(model_arn: str, task: SweepTask, services: Services) -> None:
    """Write the best model of a sweep into its parameter; without one, the value stays.

    The parameter is a published model of the stack, for which the rules of ownership are those of any other.

    Args:
        model_arn: the model of the best trial; "" where there is none.
        task: the report of the sweep.
        services: the services of AWS.

    Raises:
        AwsError: something could not be read or written.
    """
    stack_id, name, sweep = task.task.stack_id, task.desired.parameter, task.desired.owner.logical_id
    resources = services.stacks.list_resources(stack_id, PUBLISHED_MODEL_TYPE)
    resource = next((one for one, parameter in resources.items() if parameter == name), "")
    thing = Thing(kind=PUBLISHED_KIND, job=sweep, resource=resource, parameter=name)
    best = CurrentJob(model_arn=model_arn, note="no trial of the sweep has a model and a loss")
    decision, level = "the stack has no resource for it", "ERROR"
    if resource:
        decision, level = follow(Look(stack_id=stack_id, things=()), thing, best, services)
    services.log.write("best model decided", level, parameter=name, decision=decision)
