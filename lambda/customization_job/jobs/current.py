"""Which job a resource has now, and its model: what parameters hold, deployments serve and metrics show.

CloudFormation says which job it is, at every look and every event: what events of Bedrock say, of older jobs
and in whatever order, cannot matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from contract.resource import RESOURCE_TYPE
from contract.sweeps import SWEEP_TYPE

from .desired_state import is_job_arn
from .identity import ClientToken

if TYPE_CHECKING:
    from ..frame.stack import ResourceState, Stacks
    from .ports import Bedrock, Job


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentJob:
    """A resource's current job.

    Args:
        job: the job. Default: the resource has none that is known.
        model_arn: its model's ARN. Default: the job is not complete, or its model does not exist.
        note: why there is no model. Default: there is one.
        is_unexpected: whether somebody should look at that. Default: it is usual.
    """

    job: Job | None = None
    model_arn: str = ""
    note: str = ""
    is_unexpected: bool = False


def read_current_job(stack_id: str, logical_id: str, bedrock: Bedrock, stacks: Stacks) -> CurrentJob:
    """Return the current job of a resource, and its model.

    Args:
        stack_id: the stack's ARN.
        logical_id: the logical id of the job's resource.
        bedrock: Bedrock.
        stacks: CloudFormation.

    Raises:
        AwsError: something could not be read.
    """
    resource = stacks.get_resource(stack_id, logical_id)
    if note := _why_without_job(resource, stack_id):
        return CurrentJob(note=note)
    job = bedrock.get_job(resource.physical_id)
    if job is None:
        return CurrentJob(note=f"Bedrock has no job {resource.physical_id}", is_unexpected=True)
    if job.token and ClientToken.read(job.token) is None:
        return CurrentJob(note=f"the job {job.arn} was not started by this library", is_unexpected=True)
    if job.status != "Completed":
        return CurrentJob(job=job, note=f"the job {job.arn} is {job.status}")
    model_arn = bedrock.get_model(job.model_arn) if job.model_arn else None
    if not model_arn:
        note = f"the model of the job {job.arn} does not exist any more"
        return CurrentJob(job=job, note=note, is_unexpected=True)
    return CurrentJob(job=job, model_arn=model_arn)


def _why_without_job(resource: ResourceState, stack_id: str) -> str:
    """Return why a resource has no current job; "" where it has one."""
    if resource.resource_type == SWEEP_TYPE:
        return "the report of the sweep writes it when all trials have ended"
    if resource.is_leaving or resource.resource_type != RESOURCE_TYPE:
        return "the stack has no such job"
    if resource.status == "CREATE_FAILED" or not is_job_arn(resource.physical_id, stack_id):
        return "no job has been started for the resource"
    return ""
