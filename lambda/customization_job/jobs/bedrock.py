"""Bedrock's customization jobs and their models, over the AWS SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contract import default_model, redacted

from ..frame.aws import _ask, _seconds_of
from ..frame.errors import Kind, Refusal
from .ports import Job

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ..frame.log import Journal

_PAGE = 100
_FREE_TEXT = ("ResponseMetadata", "failureMessage")


class BedrockJobs:
    """Bedrock's customization jobs and their models.

    Args:
        client: What `boto3.client("bedrock")` gives, or quacks like it.
        journal: Where calls are written when debugging. Default: nowhere.
    """

    def __init__(self, client: Any, journal: Journal | None = None) -> None:  # noqa: ANN401 - as above
        self._client = client
        self._journal = journal

    def get_job(self, identifier: str) -> Job | None:
        """Find a job by ARN or name."""
        told = self._find("GetModelCustomizationJob", jobIdentifier=identifier)
        if told is None:
            return None
        return Job(
            arn=told["jobArn"],
            name=told.get("jobName", ""),
            status=told.get("status", ""),
            token=told.get("clientRequestToken", ""),
            model_name=told.get("outputModelName", ""),
            model_arn=told.get("outputModelArn", ""),
            failure=told.get("failureMessage", ""),
            created=_seconds_of(told.get("creationTime")),
        )

    def list_jobs(self, status: str) -> list[str]:
        """Give the ARNs of all jobs of the account in one status, newest first."""
        newest = {"sortBy": "CreationTime", "sortOrder": "Descending"}
        pages = self._pages("ListModelCustomizationJobs", statusEquals=status, maxResults=_PAGE, **newest)
        return [
            str(one["jobArn"]) for told in pages for one in told.get("modelCustomizationJobSummaries", ())
        ]

    def create_job(self, request: Mapping[str, object]) -> str:
        """Start a job; give its ARN."""
        return str(self._call("CreateModelCustomizationJob", **request)["jobArn"])

    def stop_job(self, arn: str) -> None:
        """Ask a job to stop."""
        self._call("StopModelCustomizationJob", jobIdentifier=arn)

    def get_model(self, identifier: str) -> str | None:
        """Find a model by ARN or name; give its ARN."""
        told = self._find("GetCustomModel", modelIdentifier=identifier)
        return str(told["modelArn"]) if told else None

    def delete_model(self, arn: str) -> None:
        """Delete a model."""
        self._call("DeleteCustomModel", modelIdentifier=arn)

    def serving(self, model_arn: str) -> list[str]:
        """Give the ARNs of the deployments and provisioned throughputs that serve a model."""
        found: list[str] = []
        for told in self._pages("ListCustomModelDeployments", modelArnEquals=model_arn):
            found += [one["customModelDeploymentArn"] for one in told.get("modelDeploymentSummaries", ())]
        for told in self._pages("ListProvisionedModelThroughputs", modelArnEquals=model_arn):
            found += [one["provisionedModelArn"] for one in told.get("provisionedModelSummaries", ())]
        return found

    def get_tags(self, arn: str) -> Mapping[str, str]:
        """Read the tags of a job or a model."""
        told = self._call("ListTagsForResource", resourceARN=arn)
        return {tag["key"]: tag["value"] for tag in told.get("tags", ())}

    def add_tags(self, arn: str, tags: Mapping[str, str]) -> None:
        """Add tags, or change their values."""
        listed = [{"key": key, "value": value} for key, value in sorted(tags.items())]
        self._call("TagResource", resourceARN=arn, tags=listed)

    def remove_tags(self, arn: str, keys: Iterable[str]) -> None:
        """Take tags away."""
        self._call("UntagResource", resourceARN=arn, tagKeys=list(keys))

    def _pages(self, operation: str, **request: object) -> Iterator[Mapping[str, Any]]:
        token: dict[str, object] = {}
        while True:
            told = self._call(operation, **request, **token)
            yield told
            if not told.get("nextToken"):
                return
            token = {"nextToken": told["nextToken"]}

    def _find(self, operation: str, **request: object) -> Mapping[str, Any] | None:
        try:
            return self._call(operation, **request)
        except Refusal as refusal:
            if refusal.kind is Kind.NOT_FOUND:
                return None
            raise

    def _call(self, operation: str, **request: object) -> Mapping[str, Any]:
        try:
            told = _ask(self._client, operation, request)
        except Refusal as refusal:
            self._note(operation, request, refused=refusal.code or refusal.kind.value)
            raise
        self._note(operation, request, told)
        return told

    def _note(
        self,
        operation: str,
        request: object,
        told: Mapping[str, Any] | None = None,
        *,
        refused: str | None = None,
    ) -> None:
        """Log a call when debugging: no secrets, and no sentences of the service, which may quote them."""
        if self._journal is None or not self._journal.is_debugging:
            return
        asked = redacted(request, default_model().operation_input(operation))
        heard = {name: value for name, value in (told or {}).items() if name not in _FREE_TEXT}
        answer = redacted(heard, f"{operation}Response")
        self._journal.write(
            "called", "DEBUG", operation=operation, request=asked, answer=answer, refused=refused
        )
