"""The only file that calls AWS: Bedrock's customization jobs, and the status of a stack."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.session
import service_model
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    ParamValidationError,
)
from botocore.exceptions import ConnectionError as NoConnection
from service_model import default_model, redacted

from .ports import Job, Kind, Refusal
from .refusals import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .journal import Journal

_MODELS = Path(service_model.__file__).parent / "data"
_ATTEMPTS = 5
_FREE_TEXT = ("ResponseMetadata", "failureMessage")


@cache
def client(service: str, region: str) -> Any:  # noqa: ANN401 - botocore's clients have no types
    """Make a client, once for each function instance.

    Args:
        service: Such as `bedrock`.
        region: Such as `us-east-1`.
    """
    config = Config(
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        connect_timeout=_seconds("BEDROCK_CONNECT_TIMEOUT", 5.0),
        read_timeout=_seconds("BEDROCK_READ_TIMEOUT", 30.0),
        user_agent_extra="cdk-bedrock-customization",
    )
    return _session().create_client(service, region_name=region, config=config)


@cache
def _session() -> Any:  # noqa: ANN401 - as above
    """Make the session that clients share: what it has read from disk for one it has for the other.

    Bedrock's own service model travels with the function and comes first, so that a runtime with an older
    SDK still knows every field.
    """
    session = botocore.session.Session()
    session.get_component("data_loader").search_paths.insert(0, str(_MODELS))
    return session


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
        )

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


class CloudFormationStacks:
    """The status of stacks.

    Args:
        client: What `boto3.client("cloudformation")` gives, or quacks like it.
    """

    def __init__(self, client: Any) -> None:  # noqa: ANN401 - as above
        self._client = client

    def get_status(self, stack_id: str) -> str:
        """Read a stack's status; "" where there is no such stack."""
        try:
            told = _ask(self._client, "DescribeStacks", {"StackName": stack_id})
        except Refusal as refusal:
            if refusal.code == "ValidationError":
                return ""
            raise
        stacks = told.get("Stacks", ())
        return str(stacks[0]["StackStatus"]) if stacks else ""


def _ask(client: Any, operation: str, request: Mapping[str, object]) -> Mapping[str, Any]:  # noqa: ANN401 - as above
    try:
        told: Mapping[str, Any] = getattr(client, xform_name(operation))(**request)
    except ClientError as error:
        said = error.response.get("Error", {})
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        code, message = str(said.get("Code", "")), str(said.get("Message", ""))
        raise Refusal(kind_of(code, message, status), operation, code, message) from None
    except NoConnection:
        raise Refusal(Kind.UNREACHABLE, operation) from None
    except HTTPClientError:
        raise Refusal(Kind.NO_ANSWER, operation) from None
    except ParamValidationError as error:
        raise Refusal(Kind.INVALID, operation, "ParamValidationError", str(error)) from None
    except BotoCoreError as error:  # its text may hold anything
        raise Refusal(Kind.BROKEN, operation, type(error).__name__) from None
    return told


def _seconds(name: str, default: float) -> float:
    """Read a timeout from the environment; what is no number of seconds is passed over."""
    try:
        return max(0.1, float(os.environ.get(name, default)))
    except ValueError:
        return default
