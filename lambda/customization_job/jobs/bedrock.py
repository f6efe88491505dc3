"""Bedrock's customization jobs and their models, over the AWS SDK."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ..frame.advice import without
from ..frame.aws import seconds_of
from ..frame.bedrock import BedrockClient
from .ports import DATA_PROCESSING, TRAINING, VALIDATION, CustomModel, Job

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_PAGE = 100
_TRAINING_DATA = "trainingDataConfig"
"""The member of a request, and of a response, that may have secrets: the filters of invocation logs."""

_PHASES = {
    "validationDetails": VALIDATION,
    "dataProcessingDetails": DATA_PROCESSING,
    "trainingDetails": TRAINING,
}


class BedrockJobs(BedrockClient):
    """The real implementation of the port `Bedrock`."""

    def get_job(self, identifier: str) -> Job | None:
        """Return a job by ARN or name."""
        output = self.find("GetModelCustomizationJob", {"jobIdentifier": identifier})
        if output is None:
            return None
        details = output.get("statusDetails", {})
        return Job(
            arn=output["jobArn"],
            name=output.get("jobName", ""),
            status=output.get("status", ""),
            token=output.get("clientRequestToken", ""),
            model_name=output.get("outputModelName", ""),
            model_arn=output.get("outputModelArn", ""),
            failure=_failure(output),
            created=seconds_of(output.get("creationTime")),
            training_loss=_finite(output.get("trainingMetrics", {}).get("trainingLoss")),
            validation_losses=_losses(output.get("validationMetrics", ())),
            phases={
                phase: str(details[member]["status"])
                for member, phase in _PHASES.items()
                if details.get(member, {}).get("status")
            },
        )

    def list_jobs(self, status: str) -> list[str]:
        """Return the ARNs of all jobs of the account in one status, newest first."""
        return [str(one["jobArn"]) for one in self._listed(status)]

    def names_underway(self) -> list[str]:
        """Return the names of all jobs of the account that are in progress, newest first."""
        return [str(one.get("jobName", "")) for one in self._listed("InProgress")]

    def create_job(self, request: Mapping[str, object], *, is_repeated: bool = True) -> str:
        """Start a job and return its ARN."""
        output = self.call("CreateModelCustomizationJob", request, is_repeated=is_repeated)
        return str(output["jobArn"])

    def stop_job(self, arn: str) -> None:
        """Ask a job to stop."""
        self.call("StopModelCustomizationJob", {"jobIdentifier": arn})

    def get_model(self, identifier: str) -> str | None:
        """Return the ARN of a model by ARN or name."""
        output = self.find("GetCustomModel", {"modelIdentifier": identifier})
        return str(output["modelArn"]) if output else None

    def describe_model(self, arn: str) -> CustomModel | None:
        """Return how a model was trained."""
        output = self.find("GetCustomModel", {"modelIdentifier": arn})
        if output is None:
            return None
        validators = output.get("validationDataConfig", {}).get("validators", ())
        return CustomModel(
            base_model_arn=output.get("baseModelArn", ""),
            customization_type=output.get("customizationType", ""),
            validation_data=frozenset(str(one.get("s3Uri")) for one in validators),
            training_loss=_finite(output.get("trainingMetrics", {}).get("trainingLoss")),
            validation_losses=tuple(
                _finite(one.get("validationLoss")) for one in output.get("validationMetrics", ())
            ),
        )

    def list_models(self, name_part: str) -> list[tuple[str, str]]:
        """Return ARN and name of the account's own models whose names contain a text, newest first."""
        order = {"sortBy": "CreationTime", "sortOrder": "Descending"}
        request = {"nameContains": name_part, "isOwned": True, **order}
        found = self.pages("ListCustomModels", request)
        return [
            (str(one["modelArn"]), str(one.get("modelName", "")))
            for output in found
            for one in output.get("modelSummaries", ())
        ]

    def delete_model(self, arn: str) -> None:
        """Delete a model."""
        self.call("DeleteCustomModel", {"modelIdentifier": arn})

    def serving(self, model_arn: str) -> list[str]:
        """Return the ARNs of the deployments and provisioned throughputs that serve a model."""
        found: list[str] = []
        request = {"modelArnEquals": model_arn}
        for output in self.pages("ListCustomModelDeployments", request):
            found += [one["customModelDeploymentArn"] for one in output.get("modelDeploymentSummaries", ())]
        for output in self.pages("ListProvisionedModelThroughputs", request):
            found += [one["provisionedModelArn"] for one in output.get("provisionedModelSummaries", ())]
        return found

    def _listed(self, status: str) -> Iterator[Mapping[str, Any]]:
        newest = {"sortBy": "CreationTime", "sortOrder": "Descending"}
        request = {"statusEquals": status, "maxResults": _PAGE, **newest}
        for output in self.pages("ListModelCustomizationJobs", request):
            yield from output.get("modelCustomizationJobSummaries", ())


def _failure(output: Mapping[str, Any]) -> str:
    """Return why a job failed, without what its request must not show; not every reader knows the request."""
    message = str(output.get("failureMessage") or "")
    if not message:
        return ""
    from .messages import secrets_of

    request = {_TRAINING_DATA: output.get(_TRAINING_DATA)}
    return without(message, secrets_of(request))


def _losses(metrics: Sequence[Mapping[str, Any]]) -> tuple[float, ...]:
    """Return the loss of every validation file; none of them where one is unknown, as that of a diverged one.

    The mean of the others would make such a training look better than one whose losses are all known.
    """
    losses = [_finite(one.get("validationLoss")) for one in metrics]
    known = tuple(one for one in losses if one is not None)
    return known if len(known) == len(losses) else ()


def _finite(value: object) -> float | None:
    """Return a loss as a number that JSON and CloudWatch have; a training may diverge."""
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None
