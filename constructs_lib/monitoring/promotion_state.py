"""What serves, which model may replace it, and what has been decided about that model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from ..contract.promotion import (
    APPROVAL_NOTE_TAG,
    APPROVED_TAG,
    APPROVED_VALUE,
    PROMOTED,
    REJECTED_VALUE,
)
from ..deployment.aws_calls import AwsCallError, aws_calls, member
from .account_reader import required
from .job_description import COMPLETED, NOT_FOUND, describe_job
from .promoted_resources import Kind
from .promotion_records import Store, is_withdrawn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..deployment.aws_calls import Client
    from .aws_access import AwsAccess
    from .job_description import JobDescription
    from .promoted_resources import PromotedResource
    from .promotion_records import Condition, Record

_NO_PARAMETER = "ParameterNotFound"


class State(StrEnum):
    """What has been decided about the model of the current job."""

    TRAINING = "training"
    """The job has not ended."""

    NO_MODEL = "no model"
    """The job has failed, was stopped, or was not started; what serves keeps serving."""

    UNDECIDED = "undecided"
    """There is no verdict yet."""

    SWAPPING = "swapping"
    """It is promoted, and does not serve yet."""

    BAKING = "baking"
    """It serves, and an alarm may still take it back."""

    PROMOTED = "promoted"
    """It serves."""

    REJECTED = "rejected"
    """What serves keeps serving."""

    WITHDRAWN = "withdrawn"
    """It has served and was taken back."""

    @property
    def is_final(self) -> bool:
        """Whether only a person or another deployment changes it."""
        return self not in (State.TRAINING, State.UNDECIDED, State.SWAPPING, State.BAKING)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedModel:
    """The model that serves.

    Args:
        arn: its ARN; "" where nothing serves.
        verdict: the verdict about it. Default: it has served from the first.
        withdrawal: the record that it was taken back. Default: it was not.
    """

    arn: str
    verdict: Record | None = None
    withdrawal: Record | None = None

    @property
    def is_withdrawn(self) -> bool:
        """Whether it serves until the next look only."""
        return is_withdrawn(self.verdict, self.withdrawal)

    @property
    def predecessor(self) -> str:
        """The ARN of the model that served before it; "" where no record says so, or nothing did."""
        return self.verdict.text("serving") if self.verdict else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """A published model or a deployment, and the model that may replace what it serves.

    Args:
        resource: the published model or the deployment.
        state: what has been decided.
        served: the model that serves.
        job: the current job. Default: none was started.
        candidate: the ARN of the job's model; "" where it has none.
        tag: the value of the model's tag by which a person decides; "" where it has none.
        note: what the person has written about it.
        verdict: the verdict about the candidate. Default: there is none.
        withdrawal: the record that it was taken back. Default: it was not.
        baked: the record of the end of its bake. Default: there is none.
        progress: how far the function has come. Default: it has not begun.
    """

    resource: PromotedResource
    state: State
    served: ServedModel
    job: JobDescription | None = None
    candidate: str = ""
    tag: str = ""
    note: str = ""
    verdict: Record | None = None
    withdrawal: Record | None = None
    baked: Record | None = None
    progress: Record | None = None

    @property
    def conditions(self) -> Sequence[Condition]:
        """What the conditions have answered until now."""
        found = self.verdict or self.progress
        return found.conditions if found else ()

    @property
    def all_conditions(self) -> Sequence[object]:
        """The same with everything that the record has of them."""
        source = self.verdict or self.progress
        found = source.document.get("conditions") if source else None
        return found if isinstance(found, list) else ()

    @property
    def reason(self) -> str:
        """Why it is so, or what is waited for, as a sentence; "" where the records say nothing."""
        of_record = self.withdrawal if self.state is State.WITHDRAWN else self.verdict
        if of_record is not None:
            return of_record.text("reason")
        if self.state is State.NO_MODEL:
            return self.job.failure_message if self.job else ""
        if self.state is State.UNDECIDED and self.tag in (APPROVED_VALUE, REJECTED_VALUE):
            return f"{self.tag} by a person{f' ({self.note})' if self.note else ''}"
        return self.progress.text("waitingFor") if self.progress else ""


def read_promotion(access: AwsAccess, resource: PromotedResource) -> Promotion:
    """Return what has been decided until now.

    Args:
        access: the AWS that is asked.
        resource: the published model or the deployment.

    Raises:
        AwsCallError: it cannot be read.
    """
    store = Store(access.shared_client("s3"), resource)
    served = _served(access, resource, store)
    job = _job(access, resource)
    if job is None or job.status != COMPLETED or not job.model_arn:
        is_started = not job.has_ended if job else resource.stack_status.endswith("_IN_PROGRESS")
        state = State.TRAINING if is_started else State.NO_MODEL
        return Promotion(resource=resource, state=state, served=served, job=job)
    candidate = job.model_arn
    is_served = candidate == served.arn
    verdict = served.verdict if is_served else store.verdict(candidate)
    withdrawal = served.withdrawal if is_served else store.withdrawal(candidate)
    promotion = Promotion(
        resource=resource,
        state=State.UNDECIDED,
        served=served,
        job=job,
        candidate=candidate,
        verdict=verdict,
        withdrawal=withdrawal,
        baked=store.baked(candidate) if resource.policy.has_bake else None,
        progress=None if verdict else store.progress(candidate),
    )
    return _decided(access, promotion)


def model_tags(bedrock: Client, model_arn: str) -> dict[str, str]:
    """Return the tags of a model.

    Args:
        bedrock: a client of Bedrock.
        model_arn: the model's ARN.

    Raises:
        AwsCallError: they cannot be read.
    """
    with aws_calls(needed=f"bedrock:ListTagsForResource on {model_arn}"):
        listed = member(bedrock.list_tags_for_resource(resourceARN=model_arn), "tags")
    return {str(key): str(value) for key, value in (required(one, "key", "value") for one in listed)}


def find_model(bedrock: Client, identifier: str) -> Mapping[str, str]:
    """Return a custom model as `GetCustomModel` does.

    Args:
        bedrock: a client of Bedrock.
        identifier: its ARN or name.

    Raises:
        AwsCallError: it cannot be read; the code is `NOT_FOUND` where there is none.
    """
    try:
        with aws_calls(needed=f"bedrock:GetCustomModel on {identifier}"):
            found = bedrock.get_custom_model(modelIdentifier=identifier)
    except AwsCallError as error:
        # A name that no model has is answered with a validation error, too.
        if error.code == NOT_FOUND or (error.code == "ValidationException" and ":" not in identifier):
            raise AwsCallError(
                f"Bedrock in {bedrock.meta.region_name} has no custom model {identifier}; check the name, "
                "the Region (--region) and the account (--profile).",
                code=NOT_FOUND,
            ) from None
        raise
    return {"modelArn": str(member(found, "modelArn")), "jobArn": str(found.get("jobArn") or "")}


def _decided(access: AwsAccess, seen: Promotion) -> Promotion:
    """Return a promotion with its state, and with the tag where it still matters."""
    is_served = seen.candidate == seen.served.arn
    if is_withdrawn(seen.verdict, seen.withdrawal):
        return replace(seen, state=State.WITHDRAWN)
    if seen.verdict is not None and seen.verdict.text("verdict") != PROMOTED:
        return replace(seen, state=State.REJECTED)
    # What served before needs no verdict to serve again: its job is the current one again.
    if not is_served and (seen.verdict is not None or seen.candidate == seen.served.predecessor):
        return replace(seen, state=State.SWAPPING)
    if seen.verdict is not None and seen.resource.policy.has_bake and seen.baked is None:
        return replace(seen, state=State.BAKING)
    if is_served:  # also without a verdict: it was there before the policy
        return replace(seen, state=State.PROMOTED)
    tags = model_tags(access.shared_client("bedrock"), seen.candidate)
    return replace(seen, tag=tags.get(APPROVED_TAG, ""), note=tags.get(APPROVAL_NOTE_TAG, ""))


def _job(access: AwsAccess, resource: PromotedResource) -> JobDescription | None:
    if ":model-customization-job/" not in resource.job_arn:
        return None
    return describe_job(access.shared_client("bedrock"), resource.job_arn)


def _served(access: AwsAccess, resource: PromotedResource, store: Store) -> ServedModel:
    arn = _served_arn(access, resource) if resource.physical_id else ""
    if ":custom-model/" not in arn:  # the value that a parameter has at first may be anything
        return ServedModel(arn=arn)
    return ServedModel(arn=arn, verdict=store.verdict(arn), withdrawal=store.withdrawal(arn))


def _served_arn(access: AwsAccess, resource: PromotedResource) -> str:
    """Return the model that serves; "" where the parameter or the deployment does not exist."""
    name, where = resource.physical_id, f"{access.region}:{resource.account}"
    try:
        if resource.kind is Kind.PARAMETER:
            with aws_calls(needed=f"ssm:GetParameter on arn:aws:ssm:{where}:parameter/{name.lstrip('/')}"):
                parameter = member(access.shared_client("ssm").get_parameter(Name=name), "Parameter")
                return str(parameter.get("Value", ""))
        needed = f"bedrock:GetCustomModelDeployment on arn:aws:bedrock:{where}:custom-model-deployment/*"
        with aws_calls(needed=needed):
            bedrock = access.shared_client("bedrock")
            found = bedrock.get_custom_model_deployment(customModelDeploymentIdentifier=name)
            return str(member(found, "modelArn"))
    except AwsCallError as error:
        if error.code in (NOT_FOUND, _NO_PARAMETER):
            return ""
        raise
