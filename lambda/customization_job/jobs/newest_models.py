"""Keeps the newest models of a job's resource, and deletes others once it is certain that nothing needs them.

An event that replaces a job cannot do that: the new job has no model yet, and whether that is promoted is
decided later. A look sees what is true by then, and the next one what was not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from contract.promotion import BUCKET_MEMBER, PREFIX_MEMBER, PROMOTION_STORES_PROPERTY
from contract.resource import RESOURCE_TYPE, name_prefix

from ..frame.event import DELETE, Event
from ..frame.look import Look, Result, Thing
from .actions import Actions
from .desired_state import Change
from .identity import ClientToken
from .observe import Observer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..services import Services
    from .current import CurrentJob
    from .ports import Job


def keep_newest(look: Look, thing: Thing, current: CurrentJob, services: Services) -> Result:
    """Delete the models of a resource that are not among the newest ones, one after the other.

    Args:
        look: the look.
        thing: the resource of the job, how many models are kept, and the stores of promotions.
        current: the current job, and its model, which always stays.
        services: the services of AWS.

    Raises:
        AwsError: something could not be read, or a model not be deleted.
    """
    if current.job is None:
        return Result(f"no model is deleted: {current.note}", "WARNING" if current.is_unexpected else "INFO")
    prefix, number = name_prefix(look.stack_id, thing.job), int(thing.keep)
    models = [one for one in services.bedrock.list_models(prefix) if one[1].startswith(prefix)]
    older = [one for one in models[number:] if one[0] != current.model_arn]
    if not older:
        return Result(f"no model is deleted: there are {len(models)}, and the newest {number} are kept")
    return _delete(older, [arn for arn, _ in models], look, thing, services)


def _delete(
    older: Sequence[tuple[str, str]], models: Sequence[str], look: Look, thing: Thing, services: Services
) -> Result:
    """Delete models, the oldest first; what each is needed for is read just before."""
    change = _change(look, thing)
    observer = Observer(change, services)
    actions = Actions(change, services.bedrock, observer, services.retry, services.log)
    stack = services.stacks.get_stack(look.stack_id)
    resource = services.stacks.get_resource(look.stack_id, thing.job)
    deleted, kept = 0, []
    for arn, name in reversed(older):
        if services.retry.left <= 0:
            kept.append("the look has taken too long")
            break
        job = services.bedrock.get_job(name)
        if job is None or not _is_ours(job, arn, change):
            kept.append(f"{arn} is not a model of this resource")
        elif reason := actions.why_in_use(job, stack, resource, models):
            kept.append(f"{arn} stays, because {reason}")
        else:
            deleted += actions.delete_unused_model(job)
    return Result("; ".join([f"models deleted: {deleted}", *kept]))


def _is_ours(job: Job, model_arn: str, change: Change) -> bool:
    """Return whether a job of this resource has created a model; its name proves nothing."""
    token = ClientToken.read(job.token)
    return bool(token and token.owner == change.owner) and job.model_arn == model_arn


def _change(look: Look, thing: Thing) -> Change:
    """Return what the functions for events need of the resource."""
    stores = [{BUCKET_MEMBER: bucket, PREFIX_MEMBER: prefix} for bucket, prefix in thing.stores]
    event = Event(
        request_type=DELETE,
        request_id="",
        stack_id=look.stack_id,
        logical_id=thing.job,
        resource_type=RESOURCE_TYPE,
        physical_id="",
        properties={PROMOTION_STORES_PROPERTY: stores},
        old_properties=None,
    )
    return Change.of(event)
