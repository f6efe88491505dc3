"""What Bedrock has beside the present job: earlier jobs of a resource, and jobs and models with its names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..contract.resource import name_prefix
from .aws_calls import AwsCallError, Client, Session, aws_calls, client

if TYPE_CHECKING:
    from .templates import Template

_USEFUL = ("InProgress", "Completed")
_MOST = 20
_SAME_NAMES = ("customizationType", "trainingDataConfig", "validationDataConfig", "customizationConfig")


def taken_name(session: Session, region: str | None, request: Template, *, current: str) -> str:
    """Return which name of a request another job or model has; "" where none has, or where it is not known.

    Args:
        session: a boto3 session.
        region: the Region of the stack. Default: the session's.
        request: the request in the template to be deployed.
        current: the ARN of the job that the resource has.
    """
    name, model = request.get("jobName"), request.get("customModelName")
    try:
        bedrock = client(session, "bedrock", region)
        job = _found(bedrock.get_model_customization_job, jobIdentifier=name)
        if job and job["jobArn"] != current:
            holder = f"{job['jobArn']} ({job['status']})"
            return f"the job name {name} belongs to {holder}, and Bedrock never frees a job's name"
        held = _found(bedrock.get_custom_model, modelIdentifier=model)
        if held and held.get("jobArn") != current:
            return f"the custom model name {model} is taken by {held['modelArn']}"
    except AwsCallError:
        pass  # the function finds out
    return ""


def _found(get: Callable[..., Mapping[str, Any]], **name: object) -> Mapping[str, Any] | None:
    """Return what a call finds; None where there is nothing of that name, or the name is not known."""
    from botocore.exceptions import ClientError

    if not all(isinstance(one, str) for one in name.values()):
        return None
    with aws_calls():
        try:
            return get(**name)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "ResourceNotFoundException":
                return None
            raise


def earlier_job(
    session: Session, region: str | None, *, stack_id: str, logical_id: str, request: Template, current: str
) -> str:
    """Return which earlier job of a resource may have the inputs of a request; "" where none has.

    The function takes a job of the same inputs that has a model, or may still create one, instead of starting
    another.

    Args:
        session: a boto3 session.
        region: the Region of the stack. Default: the session's.
        stack_id: the stack's ARN.
        logical_id: the resource's logical id.
        request: the request in the template to be deployed.
        current: the ARN of the job that the resource has.
    """
    try:
        bedrock = client(session, "bedrock", region)
        for arn in _arns(bedrock, name_prefix(stack_id, logical_id)):
            with aws_calls():
                job = bedrock.get_model_customization_job(jobIdentifier=arn)
            if arn != current and _may_be_same(request, job):
                return f"{job['jobName']} ({job['status']})"
    except AwsCallError:
        pass  # the status of the jobs is not known either, and that is printed
    return ""


def _arns(bedrock: Client, prefix: str) -> Iterator[str]:
    for status in _USEFUL:
        with aws_calls():
            found = bedrock.list_model_customization_jobs(
                nameContains=prefix, statusEquals=status, maxResults=_MOST
            )
        for one in found.get("modelCustomizationJobSummaries", ()):
            if str(one["jobName"]).startswith(prefix):
                yield str(one["jobArn"])


def _may_be_same(request: Template, job: Mapping[str, Any]) -> bool:
    """Return whether nothing that the template says differs from what Bedrock says of a job."""
    base = request.get("baseModelIdentifier")
    if isinstance(base, str) and base not in str(job.get("baseModelArn")):
        return False
    wanted, trained = request.get("hyperParameters"), job.get("hyperParameters", {})
    if isinstance(wanted, Mapping) and any(
        isinstance(value, str) and value != trained.get(name) for name, value in wanted.items()
    ):
        return False
    return all(_fits(request.get(name), job.get(name)) for name in _SAME_NAMES)


def _fits(wanted: object, found: object) -> bool:
    """Return whether what Bedrock says fits what the template says as a literal."""
    if isinstance(wanted, Mapping):
        is_function = len(wanted) == 1 and str(next(iter(wanted))).startswith(("Fn::", "Ref"))
        members = found if isinstance(found, Mapping) else {}
        return is_function or all(_fits(value, members.get(name)) for name, value in wanted.items())
    if isinstance(wanted, list):
        items = found if isinstance(found, list) else []
        return len(wanted) == len(items) and all(map(_fits, wanted, items))
    return wanted is None or str(wanted).lower() == str(found).lower()
