from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
    SSLError,
)
from botocore.loaders import Loader
from customization_job.bedrock import BedrockJobs, CloudFormationStacks, _session, client
from customization_job.ports import Job, Kind, Refusal
from customization_job.refusals import kind_of

from constructs_lib.testing.bedrock import BedrockDouble
from tests.lambda_.scene import REQUEST

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://bedrock.eu-west-1.amazonaws.com"


class Raising:
    """A client of which every call fails."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, _name: str) -> Any:  # noqa: ANN401 - any method
        def call(**_: object) -> None:
            raise self._error

        return call


def refusal(error: Exception) -> Refusal:
    """Give what a failure means."""
    with pytest.raises(Refusal) as caught:
        BedrockJobs(Raising(error)).stop_job("arn")
    return caught.value


@pytest.mark.parametrize(
    ("code", "message", "status", "kind"),
    [
        ("ResourceNotFoundException", "", 404, Kind.NOT_FOUND),
        ("ConflictException", "", 400, Kind.CONFLICT),
        ("ResourceInUseException", "", 400, Kind.CONFLICT),
        ("ValidationException", "The provided job name is currently in use.", 400, Kind.INVALID),
        ("ValidationException", "Could not assume provided IAM role.", 400, Kind.ROLE_NOT_READY),
        (
            "ValidationException",
            "Could not validate GetObject permissions to access Amazon S3",
            400,
            Kind.DATA_NOT_READY,
        ),
        ("ValidationException", "Amazon S3 perms missing (PutObject)", 400, Kind.DATA_NOT_READY),
        ("ServiceQuotaExceededException", "", 400, Kind.QUOTA),
        ("TooManyTagsException", "", 400, Kind.QUOTA),
        ("AccessDeniedException", "no identity-based policy allows it", 403, Kind.DENIED),
        ("AccessDenied", "", 403, Kind.DENIED),
        ("AccessDeniedException", "with an explicit deny in a service control policy", 403, Kind.FORBIDDEN),
        ("ThrottlingException", "", 429, Kind.THROTTLED),
        ("Throttling", "Rate exceeded", 400, Kind.THROTTLED),
        ("SomethingNew", "", 429, Kind.THROTTLED),
        ("InternalServerException", "", 500, Kind.NO_ANSWER),
        ("ServiceUnavailableException", "", 503, Kind.NO_ANSWER),
        ("SomethingNew", "", 400, Kind.INVALID),
        ("", "", 0, Kind.INVALID),
    ],
)
def test_every_error_has_a_meaning(code: str, message: str, status: int, kind: Kind) -> None:
    """Codes decide; a message only tells what passes by itself from a wrong request."""
    assert kind_of(code, message, status) is kind
    response = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    found = refusal(ClientError(response, "StopModelCustomizationJob"))
    assert (found.kind, found.code, found.operation) == (kind, code, "StopModelCustomizationJob")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectTimeoutError(endpoint_url=URL), Kind.UNREACHABLE),
        (EndpointConnectionError(endpoint_url=URL), Kind.UNREACHABLE),
        (ReadTimeoutError(endpoint_url=URL), Kind.NO_ANSWER),
        (SSLError(endpoint_url=URL, error="x"), Kind.UNREACHABLE),
        (ParamValidationError(report="Unknown parameter in input"), Kind.INVALID),
        (NoCredentialsError(), Kind.BROKEN),
    ],
)
def test_every_failure_of_the_sdk_has_a_meaning(error: Exception, kind: Kind) -> None:
    """What never reached Bedrock, what may have, and what the SDK refused itself are three things."""
    assert refusal(error).kind is kind


def test_what_bedrock_says_becomes_a_job() -> None:
    """A job is read whole, by name and by ARN; what is not there is None."""
    double = BedrockDouble()
    bedrock = BedrockJobs(double.client())
    token = str(uuid4())
    request = {**REQUEST, "jobName": "a", "customModelName": "b", "clientRequestToken": token}
    arn = bedrock.create_job(request)
    running = Job(arn=arn, name="a", status="InProgress", token=token, model_name="b")
    assert bedrock.get_job(arn) == bedrock.get_job("a") == running
    assert bedrock.get_job("other") is None
    double.complete(arn)
    done = bedrock.get_job(arn)
    assert done is not None
    assert bedrock.get_model(done.model_arn) == bedrock.get_model("b") == done.model_arn
    assert bedrock.get_model("other") is None
    bedrock.add_tags(done.model_arn, {"k": "v", "l": "w"})
    bedrock.remove_tags(done.model_arn, ["k"])
    assert bedrock.get_tags(done.model_arn) == {"l": "w"}
    bedrock.delete_model(done.model_arn)
    assert bedrock.get_model("b") is None


class Stacks:
    """A CloudFormation that answers one thing."""

    def __init__(self, answer: object) -> None:
        self._answer = answer

    def describe_stacks(self, **_: object) -> object:
        """Answer."""
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def test_a_stack_that_is_gone_has_no_status() -> None:
    """CloudFormation says so with a ValidationError; that is an answer, not a failure."""
    gone = ClientError({"Error": {"Code": "ValidationError", "Message": "does not exist"}}, "DescribeStacks")
    assert CloudFormationStacks(Stacks(gone)).get_status("x") == ""
    assert CloudFormationStacks(Stacks({"Stacks": []})).get_status("x") == ""
    assert CloudFormationStacks(Stacks({"Stacks": [{"StackStatus": "S"}]})).get_status("x") == "S"
    with pytest.raises(Refusal):
        CloudFormationStacks(Stacks(ReadTimeoutError(endpoint_url=URL))).get_status("x")


def _old_model(folder: Path) -> None:
    document = Loader().load_service_model("bedrock", "service-2")
    del document["shapes"]["CustomizationConfig"]["members"]["rftConfig"]
    path = folder / "bedrock" / "2023-04-20" / "service-2.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(document))


def test_a_runtime_with_an_older_sdk_knows_every_field(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service model that travels with the function comes first, whatever else is found."""
    _old_model(tmp_path)
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    _session.cache_clear()
    made = client.__wrapped__("bedrock", "eu-west-1")
    _session.cache_clear()
    assert "rftConfig" in made.meta.service_model.shape_for("CustomizationConfig").members


@pytest.mark.parametrize(
    ("told", "connect", "read"),
    [
        ({}, 5, 30),
        ({"BEDROCK_CONNECT_TIMEOUT": "2", "BEDROCK_READ_TIMEOUT": "7.5"}, 2, 7.5),
        ({"BEDROCK_READ_TIMEOUT": "soon"}, 5, 30),
    ],
)
def test_a_client_waits_as_long_as_it_is_told(
    told: dict[str, str], connect: float, read: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Timeouts come from the environment, the Region from the function, retries from the SDK."""
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    config = client.__wrapped__("bedrock", "us-gov-west-1").meta.config
    assert (config.connect_timeout, config.read_timeout) == (connect, read)
    assert config.retries == {"mode": "standard", "total_max_attempts": 5}
    assert config.region_name == "us-gov-west-1"
