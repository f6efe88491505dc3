from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
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
from customization_job.frame.aws import CloudFormationStacks, _session, client
from customization_job.frame.errors import AwsError, ErrorKind, error_kind
from customization_job.jobs.bedrock import BedrockJobs
from customization_job.jobs.ports import Job

from constructs_lib.job.provider import FUNCTION_TIMEOUT, SERVICE_TIMEOUT
from constructs_lib.testing.bedrock import BedrockDouble, Clock
from tests.lambda_.builders import REQUEST
from tests.lambda_.fakes import no_retry

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


class Answering:
    """A client of which every call returns the same."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self._answer = answer

    def __getattr__(self, _name: str) -> Any:  # noqa: ANN401 - any method
        return lambda **_: self._answer


def error_of(error: Exception) -> AwsError:
    """Return what a failure means."""
    with pytest.raises(AwsError) as caught:
        BedrockJobs(Raising(error), no_retry()).stop_job("arn")
    return caught.value


@pytest.mark.parametrize(
    ("code", "message", "status", "kind"),
    [
        ("ResourceNotFoundException", "", 404, ErrorKind.NOT_FOUND),
        ("ConflictException", "", 400, ErrorKind.CONFLICT),
        ("ResourceInUseException", "", 400, ErrorKind.CONFLICT),
        ("ValidationException", "The job has ended.", 400, ErrorKind.INVALID),
        ("ServiceQuotaExceededException", "", 400, ErrorKind.QUOTA),
        ("TooManyTagsException", "", 400, ErrorKind.QUOTA),
        ("AccessDeniedException", "no identity-based policy allows it", 403, ErrorKind.DENIED),
        ("AccessDenied", "", 403, ErrorKind.DENIED),
        (
            "AccessDeniedException",
            "with an explicit deny in an identity-based policy",
            403,
            ErrorKind.DENIED_EXPLICITLY,
        ),
        ("ThrottlingException", "", 429, ErrorKind.THROTTLED),
        ("Throttling", "Rate exceeded", 400, ErrorKind.THROTTLED),
        ("SomethingNew", "", 429, ErrorKind.THROTTLED),
        ("InternalServerException", "", 500, ErrorKind.SERVER_ERROR),
        ("SomethingNew", "", 502, ErrorKind.NO_RESPONSE),
        ("ServiceUnavailableException", "", 503, ErrorKind.NO_RESPONSE),
        ("SomethingNew", "", 400, ErrorKind.INVALID),
        ("", "", 0, ErrorKind.INVALID),
    ],
)
def test_every_error_has_a_meaning(code: str, message: str, status: int, kind: ErrorKind) -> None:
    """Codes decide; what a message decides when a job is created is in test_errors.py."""
    assert error_kind("StopModelCustomizationJob", code, message, status) is kind
    response = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    found = error_of(ClientError(response, "StopModelCustomizationJob"))
    assert (found.kind, found.code, found.operation) == (kind, code, "StopModelCustomizationJob")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectTimeoutError(endpoint_url=URL), ErrorKind.UNREACHABLE),
        (EndpointConnectionError(endpoint_url=URL), ErrorKind.UNREACHABLE),
        (ReadTimeoutError(endpoint_url=URL), ErrorKind.NO_RESPONSE),
        (SSLError(endpoint_url=URL, error="x"), ErrorKind.UNREACHABLE),
        (ParamValidationError(report="Unknown parameter in input"), ErrorKind.INVALID),
        (NoCredentialsError(), ErrorKind.BROKEN),
    ],
)
def test_every_failure_of_the_sdk_has_a_meaning(error: Exception, kind: ErrorKind) -> None:
    """What never reached Bedrock, what may have, and what the SDK refused itself are three things."""
    assert error_of(error).kind is kind


def test_what_bedrock_says_becomes_a_job() -> None:
    """A job is read whole, by name and by ARN; what is not there is None."""
    double = BedrockDouble(clock=Clock.still())
    bedrock = BedrockJobs(double.client(), no_retry())
    token = str(uuid4())
    request = {**REQUEST, "jobName": "a", "customModelName": "b", "clientRequestToken": token}
    arn = bedrock.create_job(request)
    created = int(double.clock.now())
    running = Job(
        arn=arn,
        name="a",
        status="InProgress",
        token=token,
        model_name="b",
        created=created,
        phases={"validation": "InProgress", "training": "NotStarted"},
    )
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
    """A CloudFormation client that returns its responses one after another."""

    def __init__(self, *answers: object) -> None:
        self._answers = list(answers)
        self.asked: list[dict[str, object]] = []

    def _answer(self, **request: object) -> object:
        self.asked.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    describe_stacks = describe_stack_resource = describe_stack_events = list_stack_resources = _answer


GONE = ClientError({"Error": {"Code": "ValidationError", "Message": "does not exist"}}, "DescribeStacks")
DENIED = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "DescribeStacks")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def stack(**members: object) -> dict[str, object]:
    """Write an answer of DescribeStacks."""
    return {"Stacks": [{"StackStatus": "UPDATE_IN_PROGRESS", **members}]}


def test_a_stack_that_is_gone_has_no_status() -> None:
    """CloudFormation says so with a ValidationError; that is an answer, not a failure."""
    assert CloudFormationStacks(Stacks(GONE), no_retry()).get_stack("x").status == ""
    assert CloudFormationStacks(Stacks({"Stacks": []}), no_retry()).get_stack("x").status == ""
    assert CloudFormationStacks(Stacks(stack()), no_retry()).get_stack("x").status == "UPDATE_IN_PROGRESS"
    with pytest.raises(AwsError):
        CloudFormationStacks(Stacks(ReadTimeoutError(endpoint_url=URL)), no_retry()).get_stack("x")


def test_a_stack_tells_when_its_operation_began() -> None:
    """A stack that was never updated has only the time of its creation."""
    earlier = NOON - timedelta(hours=1)
    both = CloudFormationStacks(Stacks(stack(CreationTime=earlier, LastUpdatedTime=NOON)), no_retry())
    assert both.get_stack("x").changed == NOON.timestamp()
    created = CloudFormationStacks(Stacks(stack(CreationTime=earlier)), no_retry())
    assert created.get_stack("x").changed == earlier.timestamp()
    assert CloudFormationStacks(Stacks(stack()), no_retry()).get_stack("x").changed is None


@pytest.mark.parametrize(
    ("root", "is_rolled_back"),
    [
        (stack(StackStatus="UPDATE_ROLLBACK_IN_PROGRESS"), True),
        (stack(StackStatus="ROLLBACK_IN_PROGRESS"), True),
        (stack(StackStatus="UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"), False),
        (stack(StackStatus="DELETE_IN_PROGRESS"), False),
        (DENIED, None),
        (GONE, False),
    ],
)
def test_a_nested_stack_is_taken_back_with_its_root(
    root: object,
    is_rolled_back: bool | None,  # noqa: FBT001 - a table
) -> None:
    """Its own status says that it is deleted; where the root cannot be read, the reason is unknown."""
    client = Stacks(stack(StackStatus="DELETE_IN_PROGRESS", RootId="root"), root)
    assert CloudFormationStacks(client, no_retry()).get_stack("x").is_parents_rollback is is_rolled_back
    assert client.asked == [{"StackName": "x"}, {"StackName": "root"}]


@pytest.mark.parametrize(
    "told",
    [
        stack(StackStatus="DELETE_IN_PROGRESS"),
        stack(StackStatus="DELETE_IN_PROGRESS", RootId="x"),
        stack(StackStatus="UPDATE_IN_PROGRESS", RootId="root"),
    ],
)
def test_the_root_is_asked_only_about_a_deletion(told: object) -> None:
    """No call is made that decides nothing."""
    client = Stacks(told)
    assert CloudFormationStacks(client, no_retry()).get_stack("x").is_parents_rollback is False
    assert len(client.asked) == 1


def test_a_resource_is_read() -> None:
    """A resource that is not in the stack is a result; an error is not."""
    detail = {"PhysicalResourceId": "id", "ResourceStatus": "UPDATE_COMPLETE"}
    stacks = CloudFormationStacks(
        Stacks({"StackResourceDetail": detail}, {"StackResourceDetail": {}}, GONE, DENIED), no_retry()
    )
    found = stacks.get_resource("x", "Job")
    assert (found.is_known, found.physical_id, found.status) == (True, "id", "UPDATE_COMPLETE")
    for _ in range(2):
        nothing = stacks.get_resource("x", "Job")
        assert (nothing.is_known, nothing.physical_id, nothing.status) == (True, "", "")
    with pytest.raises(AwsError):
        stacks.get_resource("x", "Job")


def _page(*events: tuple[int, str], more: str = "", of: str = "x") -> dict[str, object]:
    told = [
        {"PhysicalResourceId": of, "ResourceStatus": status, "Timestamp": NOON + timedelta(minutes=minute)}
        for minute, status in events
    ]
    return {"StackEvents": told, **({"NextToken": more} if more else {})}


@pytest.mark.parametrize(
    ("pages", "minute"),
    [
        ([_page((9, "UPDATE_ROLLBACK_IN_PROGRESS"), (5, "UPDATE_IN_PROGRESS"), (1, "CREATE_COMPLETE"))], 5),
        ([_page((9, "ROLLBACK_IN_PROGRESS"), (0, "CREATE_IN_PROGRESS"))], 0),
        ([_page((9, "UPDATE_ROLLBACK_IN_PROGRESS"), more="2"), _page((5, "UPDATE_IN_PROGRESS"))], 5),
        (
            [
                _page((9, "UPDATE_ROLLBACK_IN_PROGRESS"), (8, "UPDATE_IN_PROGRESS"), (7, "UPDATE_FAILED")),
            ],
            8,
        ),
        (
            [
                _page(
                    (9, "UPDATE_ROLLBACK_IN_PROGRESS"),
                    (8, "UPDATE_IN_PROGRESS"),
                    (7, "UPDATE_FAILED"),
                    (5, "UPDATE_IN_PROGRESS"),
                    (4, "UPDATE_COMPLETE"),
                    (2, "UPDATE_IN_PROGRESS"),
                ),
            ],
            5,
        ),
        (
            [
                _page(
                    (9, "UPDATE_ROLLBACK_COMPLETE"),
                    (8, "UPDATE_ROLLBACK_IN_PROGRESS"),
                    (7, "UPDATE_IN_PROGRESS"),
                    (5, "UPDATE_COMPLETE"),
                    (4, "UPDATE_IN_PROGRESS"),
                ),
            ],
            7,
        ),
        ([_page((9, "CREATE_IN_PROGRESS"), of="a resource")], None),
        ([_page()], None),
    ],
)
def test_the_events_tell_when_an_operation_began(pages: list[object], minute: int | None) -> None:
    """Failed operations that were not rolled back count as one, for a rollback goes behind all of them."""
    began = CloudFormationStacks(Stacks(*pages), no_retry()).operation_began("x")
    assert began == (None if minute is None else (NOON + timedelta(minutes=minute)).timestamp())


def test_a_call_that_the_sdk_lacks_is_a_error_of() -> None:
    """A runtime's SDK may be older than the call; what does not need its answer goes on."""
    with pytest.raises(AwsError) as refused:
        CloudFormationStacks(object(), no_retry()).list_resources("x")
    assert refused.value.kind is ErrorKind.BROKEN


def test_the_resources_of_a_stack_are_read_page_by_page() -> None:
    """A deleted resource has no job, and a new one no id yet."""
    first = [
        {"LogicalResourceId": "A", "PhysicalResourceId": "a", "ResourceStatus": "CREATE_COMPLETE"},
        {"LogicalResourceId": "B", "PhysicalResourceId": "b", "ResourceStatus": "DELETE_COMPLETE"},
    ]
    last = [{"LogicalResourceId": "C", "ResourceStatus": "CREATE_IN_PROGRESS"}]
    client = Stacks({"StackResourceSummaries": first, "NextToken": "2"}, {"StackResourceSummaries": last})
    assert CloudFormationStacks(client, no_retry()).list_resources("x") == {"A": "a", "C": ""}
    assert client.asked == [{"StackName": "x"}, {"StackName": "x", "NextToken": "2"}]


def test_only_so_many_pages_of_events_are_read() -> None:
    """A stack with thousands of events does not take the time that stopping a job needs."""
    pages = [_page((9, "UPDATE_ROLLBACK_IN_PROGRESS"), more="on") for _ in range(30)]
    client = Stacks(*pages)
    assert CloudFormationStacks(client, no_retry()).operation_began("x") is None
    assert len(client.asked) == 20


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
        ({}, 5, 60),
        ({"BEDROCK_CONNECT_TIMEOUT": "2", "BEDROCK_READ_TIMEOUT": "7.5"}, 2, 7.5),
        ({"BEDROCK_READ_TIMEOUT": "soon"}, 5, 60),
    ],
)
def test_a_client_waits_as_long_as_the_environment_says(
    told: dict[str, str], connect: float, read: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Timeouts come from the environment, the Region from the function, retries from the SDK."""
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    config = client.__wrapped__("bedrock", "us-gov-west-1").meta.config
    assert (config.connect_timeout, config.read_timeout) == (connect, read)
    assert config.retries == {"mode": "standard", "total_max_attempts": 3}
    assert config.region_name == "us-gov-west-1"


def test_a_call_that_hangs_leaves_time_to_clean_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow Create is sent again after a minute; Create, look and stop may each hang, in time."""
    for name in ("BEDROCK_CONNECT_TIMEOUT", "BEDROCK_READ_TIMEOUT"):
        monkeypatch.delenv(name, raising=False)
    config = client.__wrapped__("bedrock", "us-east-1").meta.config
    assert config.read_timeout == 60
    longest = config.retries["total_max_attempts"] * (config.connect_timeout + config.read_timeout)
    assert 3 * longest < FUNCTION_TIMEOUT < SERVICE_TIMEOUT / 3


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ([0.5, 0.25], (0.5, 0.25)),
        ([0.5, float("nan")], ()),
        ([0.5, float("inf")], ()),
        (["NaN"], ()),
        ([0.5, None], ()),
        ([], ()),
    ],
)
def test_validation_losses_are_known_for_all_files_or_for_none(
    losses: list[object], expected: tuple[float, ...]
) -> None:
    """The mean over some of the files would make a training that diverged on the others the best one."""
    metrics = [{} if one is None else {"validationLoss": one} for one in losses]
    client = Answering({"jobArn": "arn", "validationMetrics": metrics})
    job = BedrockJobs(client, no_retry()).get_job("arn")
    assert job is not None
    assert job.validation_losses == expected
