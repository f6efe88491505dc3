"""What a look does for a published model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contract.resource import PUBLISHED_MODEL_TYPE

from ..frame.errors import AwsError
from ..frame.look import Look, Result, Thing
from ..frame.parameters import all_tags
from .decide import Put
from .decide import follow as decide

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..jobs.current import CurrentJob
    from ..promotion.follow import Promotion
    from ..services import Services


def follow(
    look: Look, thing: Thing, current: CurrentJob, services: Services, promotion: Promotion | None = None
) -> Result:
    """Write the model of the current job into the parameter, where the job is complete.

    Args:
        look: the look.
        thing: the parameter, and its resource.
        current: the current job, and its model.
        services: the services of AWS.
        promotion: decides which model is to be published. Default: that of the current job.

    Raises:
        AwsError: something could not be read or written.
    """
    resource = services.stacks.get_resource(look.stack_id, thing.resource)
    is_there = resource.has_current(thing.parameter) and resource.status != "CREATE_FAILED"
    if not is_there or resource.resource_type != PUBLISHED_MODEL_TYPE:
        level = "INFO" if resource.is_changing or resource.is_leaving else "WARNING"
        return Result(f"the stack has no published model {thing.parameter} now", level)
    parameter = services.parameters.get(thing.parameter)
    is_ours = parameter is None or parameter.is_owned_by(look.stack_id, thing.resource)
    if promotion and is_ours:
        current = promotion.promoted(current, promotion.served_by_parameter(parameter))
    decision = decide(parameter, current, stack_id=look.stack_id, logical_id=thing.resource)
    if not isinstance(decision, Put):
        return Result(decision.note, decision.level)
    tags = all_tags(look.stack_id, thing.resource, _tags_of_model(current, services))
    if parameter:
        services.parameters.set_value(thing.parameter, decision.value, tags)
    elif not services.parameters.create(thing.parameter, decision.value, tags):
        return Result("somebody has created the parameter at the same time; the next look decides", "WARNING")
    return Result(f"written: {decision.value}, because {decision.note}")


def _tags_of_model(current: CurrentJob, services: Services) -> Mapping[str, str]:
    """Return the tags of the model, until an event of the resource gives the parameter its own."""
    try:
        return services.bedrock.get_tags(current.model_arn)
    except AwsError as error:
        services.log.write("tags of the model not read", "WARNING", code=error.reason)
        return {}
