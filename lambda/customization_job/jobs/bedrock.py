"""Bedrock's customization jobs and their models, over the AWS SDK. Every call is retried where that helps."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from contract import default_model, redacted

from ..frame.aws import call, seconds_of
from ..frame.errors import AwsError, ErrorKind
from .ports import Job

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ..frame.log import Log
    from ..frame.retry import Retry

_SERVICE = "bedrock"
_PAGE = 100
_FREE_TEXT = ("ResponseMetadata", "failureMessage")


class BedrockJobs:
    """The real implementation of the port `Bedrock`.

    Args:
        client: `boto3.client("bedrock")`, or an object with the same methods.
        retry: retries the calls.
        log: where calls are written at level DEBUG. Default: nowhere.
    """

    def __init__(self, client: object, retry: Retry, log: Log | None = None) -> None:
        self._client = client
        self._retry = retry
        self._log = log

    def get_job(self, identifier: str) -> Job | None:
        """Return a job by ARN or name."""
        output = self._find("GetModelCustomizationJob", {"jobIdentifier": identifier})
        if output is None:
            return None
        return Job(
            arn=output["jobArn"],
            name=output.get("jobName", ""),
            status=output.get("status", ""),
            token=output.get("clientRequestToken", ""),
            model_name=output.get("outputModelName", ""),
            model_arn=output.get("outputModelArn", ""),
            failure=output.get("failureMessage", ""),
            created=seconds_of(output.get("creationTime")),
            training_loss=_finite(output.get("trainingMetrics", {}).get("trainingLoss")),
            validation_losses=tuple(
                loss
                for one in output.get("validationMetrics", ())
                if (loss := _finite(one.get("validationLoss"))) is not None
            ),
        )

    def list_jobs(self, status: str) -> list[str]:
        """Return the ARNs of all jobs of the account in one status, newest first."""
        newest = {"sortBy": "CreationTime", "sortOrder": "Descending"}
        request = {"statusEquals": status, "maxResults": _PAGE, **newest}
        pages = self._pages("ListModelCustomizationJobs", request)
        return [
            str(one["jobArn"]) for output in pages for one in output.get("modelCustomizationJobSummaries", ())
        ]

    def create_job(self, request: Mapping[str, object]) -> str:
        """Start a job and return its ARN."""
        return str(self._call("CreateModelCustomizationJob", request)["jobArn"])

    def stop_job(self, arn: str) -> None:
        """Ask a job to stop."""
        self._call("StopModelCustomizationJob", {"jobIdentifier": arn})

    def get_model(self, identifier: str) -> str | None:
        """Return the ARN of a model by ARN or name."""
        output = self._find("GetCustomModel", {"modelIdentifier": identifier})
        return str(output["modelArn"]) if output else None

    def delete_model(self, arn: str) -> None:
        """Delete a model."""
        self._call("DeleteCustomModel", {"modelIdentifier": arn})

    def serving(self, model_arn: str) -> list[str]:
        """Return the ARNs of the deployments and provisioned throughputs that serve a model."""
        found: list[str] = []
        request = {"modelArnEquals": model_arn}
        for output in self._pages("ListCustomModelDeployments", request):
            found += [one["customModelDeploymentArn"] for one in output.get("modelDeploymentSummaries", ())]
        for output in self._pages("ListProvisionedModelThroughputs", request):
            found += [one["provisionedModelArn"] for one in output.get("provisionedModelSummaries", ())]
        return found

    def get_tags(self, arn: str) -> Mapping[str, str]:
        """Return the tags of a job or a model."""
        output = self._call("ListTagsForResource", {"resourceARN": arn})
        return {tag["key"]: tag["value"] for tag in output.get("tags", ())}

    def add_tags(self, arn: str, tags: Mapping[str, str]) -> None:
        """Add tags, or change their values."""
        listed = [{"key": key, "value": value} for key, value in sorted(tags.items())]
        self._call("TagResource", {"resourceARN": arn, "tags": listed})

    def remove_tags(self, arn: str, keys: Iterable[str]) -> None:
        """Remove tags."""
        self._call("UntagResource", {"resourceARN": arn, "tagKeys": list(keys)})

    def _pages(self, operation: str, request: Mapping[str, object]) -> Iterator[Mapping[str, Any]]:
        """Return the pages of a list. No event depends on one, so a denied call is not retried."""
        token: dict[str, object] = {}
        while True:
            output = self._call(operation, {**request, **token}, is_needed=False)
            yield output
            if not output.get("nextToken"):
                return
            token = {"nextToken": output["nextToken"]}

    def _find(self, operation: str, request: Mapping[str, object]) -> Mapping[str, Any] | None:
        def action() -> Mapping[str, Any] | None:
            try:
                return self._send(operation, request)
            except AwsError as error:
                if error.kind is ErrorKind.NOT_FOUND:  # a result, and a sign that the call is permitted
                    return None
                raise

        return self._retry.call(operation, action)

    def _call(
        self, operation: str, request: Mapping[str, object], *, is_needed: bool = True
    ) -> Mapping[str, Any]:
        return self._retry.call(operation, lambda: self._send(operation, request), is_needed=is_needed)

    def _send(self, operation: str, request: Mapping[str, object]) -> Mapping[str, Any]:
        try:
            output = call(_SERVICE, self._client, operation, request)
        except AwsError as error:
            self._write(operation, request, refused=error.reason)
            raise
        self._write(operation, request, output)
        return output

    def _write(
        self,
        operation: str,
        request: Mapping[str, object],
        output: Mapping[str, Any] | None = None,
        *,
        refused: str | None = None,
    ) -> None:
        """Log a call at level DEBUG, without secrets and without the service's own messages."""
        if self._log is None or not self._log.is_debugging:
            return
        shown = {name: value for name, value in (output or {}).items() if name not in _FREE_TEXT}
        self._log.write(
            "called",
            "DEBUG",
            operation=operation,
            request=redacted(request, default_model().operation_input(operation)),
            answer=redacted(shown, f"{operation}Response"),
            refused=refused,
        )


def _finite(value: object) -> float | None:
    """Return a loss as a number that JSON and CloudWatch have; a training may diverge."""
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None
