"""A job as Bedrock describes it: status, phases, times, losses, model."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..deployment.aws_calls import AwsCallError, aws_calls

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..deployment.aws_calls import Client

COMPLETED, FAILED, STOPPED, STOPPING, IN_PROGRESS = "Completed", "Failed", "Stopped", "Stopping", "InProgress"
ENDED = (COMPLETED, FAILED, STOPPED)
"""The statuses in which a job stays."""

_NOT_STARTED = "NotStarted"

NOT_FOUND = "ResourceNotFoundException"

_NO_JOB = "What Bedrock returned is no model customization job."

_PHASES = {
    "validationDetails": "validation",
    "dataProcessingDetails": "data processing",
    "trainingDetails": "training",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A phase of a job, such as validation.

    Args:
        name: its name, as in the Bedrock console.
        status: Bedrock's word, such as `NotStarted`.
        began: when it began. Default: it has not.
        changed: when its status last changed. Default: not known.
    """

    name: str
    status: str
    began: datetime | None = None
    changed: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobDescription:
    """A job at one time.

    Args:
        arn: its ARN.
        name: its name.
        status: Bedrock's word, such as `InProgress`.
        base_model: the id of the base model, or the ARN of a custom one.
        customization_type: such as `FINE_TUNING`.
        created: when it was created.
        modified: when Bedrock last changed it. Default: not known.
        ended: when it ended. Default: it has not.
        failure_message: why it failed. Default: "", it has not, or Bedrock gives no reason.
        model_name: the name of its custom model.
        model_arn: the ARN of its custom model. Default: "", it has none yet.
        output_s3_uri: where Bedrock writes metrics.
        client_token: its client request token. Default: "".
        training_loss: the last loss of the training. Default: not known.
        validation_losses: the last loss of each validation file. Default: not known.
        phases: its phases, in their order. Default: none, Bedrock does not describe them for every job.
        response: all that Bedrock returned.
    """

    arn: str
    name: str
    status: str
    base_model: str
    customization_type: str
    created: datetime
    modified: datetime | None = None
    ended: datetime | None = None
    failure_message: str = ""
    model_name: str = ""
    model_arn: str = ""
    output_s3_uri: str = ""
    client_token: str = ""
    training_loss: float | None = None
    validation_losses: Sequence[float] = ()
    phases: Sequence[Phase] = ()
    response: Mapping[str, Any] = field(repr=False, default_factory=dict)

    @property
    def has_ended(self) -> bool:
        """Whether its status stays as it is."""
        return self.status in ENDED

    @property
    def region(self) -> str:
        """Its Region."""
        return self.arn.split(":")[3]

    @property
    def account(self) -> str:
        """Its account."""
        return self.arn.split(":")[4]

    @property
    def phase(self) -> Phase | None:
        """The last phase that has begun; None where Bedrock does not say."""
        begun = [one for one in self.phases if one.status != _NOT_STARTED]
        return begun[-1] if begun else None

    @property
    def idle_since(self) -> datetime | None:
        """Since when no phase has been in progress, though the job is; None where one is, or is not known."""
        rest = [one for one in self.phases if one.status != COMPLETED]
        if self.status != IN_PROGRESS or not rest or any(one.status != _NOT_STARTED for one in rest):
            return None
        return max((one.changed for one in self.phases if one.changed), default=self.created)

    @classmethod
    def of(cls, response: Mapping[str, Any]) -> JobDescription:
        """Return the job in a response of `GetModelCustomizationJob`.

        Args:
            response: the response, as boto3 returns it.

        Raises:
            AwsCallError: it is not the response of this operation.
        """
        try:
            return cls(
                arn=str(response["jobArn"]),
                name=str(response["jobName"]),
                status=str(response["status"]),
                base_model=_model_id(str(response.get("baseModelArn", ""))),
                customization_type=str(response.get("customizationType", "")),
                created=response["creationTime"].astimezone(UTC),
                modified=_utc(response.get("lastModifiedTime")),
                ended=_utc(response.get("endTime")),
                failure_message=str(response.get("failureMessage") or ""),
                model_name=str(response.get("outputModelName", "")),
                model_arn=str(response.get("outputModelArn") or ""),
                output_s3_uri=str(response.get("outputDataConfig", {}).get("s3Uri", "")),
                client_token=str(response.get("clientRequestToken") or ""),
                training_loss=response.get("trainingMetrics", {}).get("trainingLoss"),
                validation_losses=[
                    one["validationLoss"]
                    for one in response.get("validationMetrics", ())
                    if "validationLoss" in one
                ],
                phases=_phases(response.get("statusDetails") or {}),
                response=response,
            )
        except (KeyError, AttributeError, TypeError):
            raise AwsCallError(_NO_JOB) from None


def describe_job(bedrock: Client, identifier: str) -> JobDescription:
    """Return a job as Bedrock describes it now.

    Args:
        bedrock: a client of Bedrock.
        identifier: the job's ARN or name.

    Raises:
        AwsCallError: it cannot be read; the code is `NOT_FOUND` where there is none.
    """
    try:
        with aws_calls():
            response = bedrock.get_model_customization_job(jobIdentifier=identifier)
    except (AttributeError, TypeError):  # boto3's answer to JSON that is no object
        raise AwsCallError(_NO_JOB) from None
    except AwsCallError as error:
        # Recorded: a name that no job has is answered with a validation error, too.
        if error.code == NOT_FOUND or (error.code == "ValidationException" and ":" not in identifier):
            region = bedrock.meta.region_name
            raise AwsCallError(
                f"Bedrock in {region} has no model customization job {identifier}; check the name, the "
                "Region (--region) and the account (--profile).",
                code=NOT_FOUND,
            ) from None
        raise
    return JobDescription.of(response)


def _phases(details: Mapping[str, Mapping[str, Any]]) -> list[Phase]:
    return [
        Phase(
            name=name,
            status=str(details[member].get("status", "")),
            began=_utc(details[member].get("creationTime")),
            changed=_utc(details[member].get("lastModifiedTime")),
        )
        for member, name in _PHASES.items()
        if details.get(member)
    ]


def _model_id(arn: str) -> str:
    """Return the id of a foundation model, the ARN of any other one."""
    return arn.partition(":foundation-model/")[2] or arn


def _utc(time: datetime | None) -> datetime | None:
    return None if time is None else time.astimezone(UTC)
