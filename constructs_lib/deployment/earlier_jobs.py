"""Jobs that a resource had before: the function takes one of the same inputs instead of starting another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..contract.resource import name_prefix
from .aws_calls import AwsCallError, Client, Session, aws_calls, client

if TYPE_CHECKING:
    from .templates import Template

_USEFUL = ("InProgress", "Completed")
_MOST = 20
_SAME_NAMES = ("customizationType", "trainingDataConfig", "validationDataConfig", "customizationConfig")


def earlier_job(
    session: Session, region: str | None, *, stack_id: str, logical_id: str, request: Template, current: str
) -> str:
    """Return which earlier job of a resource may have the inputs of a request; "" where none has.

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
