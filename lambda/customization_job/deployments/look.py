"""A look at a deployment that follows a job; see `decide.follow`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from contract.resource import DEPLOYMENT_TYPE

from ..frame.errors import AwsError
from ..frame.look import Look, Result, Thing
from ..serving.actions import Actions, Owner
from ..serving.decisions import Create, Keep, Update
from ..serving.desired_state import is_name
from . import decide, messages
from .following import Follower

if TYPE_CHECKING:
    from ..jobs.current import CurrentJob
    from ..promotion.follow import Promotion
    from ..services import Services
    from .decisions import Following

_HOUR = 3600


def follow(
    look: Look, thing: Thing, current: CurrentJob, services: Services, promotion: Promotion | None = None
) -> Result:
    """Deploy the model of the current job, and write the deployment's ARN into its parameter.

    Args:
        look: the look.
        thing: the deployment.
        current: the job that it follows.
        services: the services of AWS.
        promotion: decides which model is to be deployed. Default: that of the current job.

    Raises:
        AwsError: something could not be read or written, and may be later.
    """
    resource = services.stacks.get_resource(look.stack_id, thing.resource)
    if resource.is_leaving or resource.resource_type != DEPLOYMENT_TYPE:
        return Result("the stack has no such deployment", "WARNING")
    if resource.status == "CREATE_FAILED" or not is_name(resource.physical_id):
        return Result("the deployment's resource has not been created")
    owner = Owner(stack_id=look.stack_id, logical_id=thing.resource)
    actions = Actions(owner, services.deployments, messages.SENTENCES, services)
    follower = Follower(owner, resource.physical_id, thing.parameter, services, actions)
    parameter, is_ours = follower.parameter()
    if not is_ours:
        return Result(messages.parameter_taken(thing.parameter), "ERROR")
    seen = follower.observe(current, was_created=parameter is not None)
    if promotion and seen.is_ours and (seen.deployment or not seen.was_created):
        current = promotion.promoted(current, promotion.served_by(seen.deployment))
        seen = replace(
            seen,
            model_arn=current.model_arn,
            note=current.note,
            is_unexpected=current.is_unexpected,
            is_retried=promotion.is_going_back,
        )
    decision = decide.follow(seen)
    # Lambda repeats a look that has failed, and two may come at once: within an hour that is one deployment,
    # unless an event of the resource has deleted it meanwhile.
    occasion = f"look {services.retry.now // _HOUR:.0f} {resource.changed}"
    try:
        arn = follower.carry_out(decision, seen, None, occasion)
    except AwsError as error:
        if error.kind.is_temporary:
            raise
        return Result(_refusal(decision, seen, error), "ERROR")
    if isinstance(decision, Create) and not follower.appears():
        # Somebody may have deleted what a look has created within the hour: its token returns that ARN.
        return Result(f"{_result(decision, seen).decision}; Bedrock does not show it yet", "WARNING")
    if arn and parameter is None:
        tags = services.deployments.get_tags(current.model_arn) if current.model_arn else {}
        follower.write_parameter(None, arn, tags)
    elif arn:
        follower.write_parameter(parameter, arn, {})
    return _result(decision, seen)


def _refusal(decision: Keep | Create | Update, seen: Following, error: AwsError) -> str:
    if isinstance(decision, Update) and seen.deployment:
        return messages.not_updated(seen.deployment, seen.model_arn, error)
    return messages.not_created(error)


def _result(decision: Keep | Create | Update, seen: Following) -> Result:
    match decision:
        case Keep(note=note, level=level):
            return Result(note, level)
        case Create():
            return Result(f"created with the model {seen.model_arn}")
        case Update():
            return Result(f"given the model {seen.model_arn}")
