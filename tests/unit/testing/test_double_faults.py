from collections.abc import Callable
from contextlib import suppress
from typing import Any

import botocore.exceptions
import pytest

from constructs_lib.testing.bedrock import (
    AfterCall,
    BedrockDouble,
    BeforeCall,
    LoseResponse,
    Refuse,
    ResponseLost,
    ServiceError,
    Slow,
)

Request = Callable[..., dict[str, Any]]

CREATE = "CreateModelCustomizationJob"
GET = "GetModelCustomizationJob"


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [
        (Refuse.throttled(), "ThrottlingException", 429),
        (Refuse.throttled(400), "ThrottlingException", 400),
        (Refuse.internal(), "InternalServerException", 500),
        (Refuse.internal(503), "InternalServerException", 503),
        (Refuse.role_not_ready(), "ValidationException", 400),
        (Refuse.access_denied(), "AccessDeniedException", 403),
        (Refuse.not_found(), "ResourceNotFoundException", 404),
        (Refuse.quota(), "ServiceQuotaExceededException", 400),
        (Refuse.conflict(), "ConflictException", 400),
        (Refuse.validation("why"), "ValidationException", 400),
        (Refuse.name_in_use(), "ValidationException", 400),
        (Refuse.denied_by("permissions boundary"), "AccessDeniedException", 403),
        (Refuse.denied_explicitly("service control policy"), "AccessDeniedException", 403),
        (Refuse.account_not_authorized(), "AccessDeniedException", 403),
        (Refuse.no_customer(), "OptInRequired", 403),
        (Refuse.legacy_model(), "ResourceNotFoundException", 404),
        (Refuse.expired_token(), "ExpiredTokenException", 403),
        (Refuse.expired_token("UnrecognizedClientException"), "UnrecognizedClientException", 403),
    ],
)
def test_a_refused_call_takes_no_effect(
    double: BedrockDouble, request_for: Request, fault: Refuse, code: str, status: int
) -> None:
    """It is refused as many times as the test scripted, then it succeeds."""
    double.faults.add(CREATE, fault, times=2)
    request = request_for()
    for _ in range(2):
        with pytest.raises(ServiceError) as caught:
            double.call(CREATE, request)
        assert (caught.value.code, caught.value.status) == (code, status)
    assert double.jobs() == ()

    assert double.call(CREATE, request)["jobArn"]


def test_faults_come_in_the_order_in_which_they_were_added(double: BedrockDouble) -> None:
    """Each applies to its own operation, `*` to any, and `skip` lets calls succeed first."""
    double.faults.add("*", Refuse("First"))
    double.faults.add(GET, Refuse("Second"), skip=1)
    double.faults.add("ListCustomModels", Refuse("Other"))

    codes = []
    for operation in (GET, GET, GET, "ListCustomModels", "ListCustomModels"):
        try:
            double.call(operation, {"jobIdentifier": "x"} if operation == GET else {})
            codes.append("")
        except ServiceError as error:
            codes.append(error.code)

    assert codes == ["First", "ResourceNotFoundException", "Second", "Other", ""]
    assert [call.error for call in double.calls()] == codes


def outcomes(double: BedrockDouble, calls: int) -> list[str]:
    """Return the error codes of calls, "" for a call that succeeded."""
    for _ in range(calls):
        with suppress(ServiceError):
            double.call("ListCustomModels", {})
    return [call.error for call in double.calls()][-calls:]


def test_a_fault_can_last_for_a_time(double: BedrockDouble) -> None:
    """Every call is refused until the double's clock has passed the time."""
    double.faults.add("*", Refuse.throttled(), for_seconds=600)
    assert outcomes(double, 3) == ["ThrottlingException"] * 3
    double.clock.advance(599)
    assert outcomes(double, 1) == ["ThrottlingException"]
    double.clock.advance(1)
    assert outcomes(double, 2) == ["", ""]


@pytest.mark.parametrize(
    ("limits", "refused"),
    [({"times": 2}, [False, True, True, False]), ({}, [False, True, True, True])],
    ids=["times", "any number"],
)
def test_a_fault_for_a_time_can_have_further_limits(
    double: BedrockDouble, limits: dict[str, int], refused: list[bool]
) -> None:
    """It skips calls first and ends early, as a fault without a time does."""
    double.faults.add("ListCustomModels", Refuse.throttled(), skip=1, for_seconds=600, **limits)
    assert [bool(code) for code in outcomes(double, 4)] == refused


@pytest.mark.parametrize(
    ("error", "seen"), [(None, ResponseLost), (Refuse.internal(), ServiceError)], ids=["closed", "answered"]
)
def test_a_lost_response_leaves_a_job_behind(
    double: BedrockDouble, request_for: Request, error: Refuse | None, seen: type[Exception]
) -> None:
    """The caller gets an error, and a retry with the same token returns the job."""
    double.faults.add(CREATE, LoseResponse(error))
    request = request_for(clientRequestToken="token")
    with pytest.raises(seen):
        double.call(CREATE, request)
    assert len(double.jobs()) == 1

    assert double.call(CREATE, request)["jobArn"] == double.jobs()[0].arn
    assert len(double.jobs()) == 1


def test_something_can_happen_between_two_calls(double: BedrockDouble, request_for: Request) -> None:
    """The job completes after the caller has read it and before its stop arrives."""
    double.call(CREATE, request_for())
    double.faults.add("StopModelCustomizationJob", BeforeCall(lambda it: it.complete("job-1")))

    assert double.call(GET, {"jobIdentifier": "job-1"})["status"] == "InProgress"
    with pytest.raises(ServiceError, match="Completed"):
        double.call("StopModelCustomizationJob", {"jobIdentifier": "job-1"})


@pytest.mark.parametrize(("fault", "jobs"), [(BeforeCall, 0), (AfterCall, 1)])
def test_the_caller_can_crash_before_or_after_a_call(
    double: BedrockDouble, request_for: Request, fault: Callable[..., Any], jobs: int
) -> None:
    """The exception that the test raises reaches the caller."""

    def crash(_double: BedrockDouble) -> None:
        raise MemoryError

    double.faults.add(CREATE, fault(crash))
    with pytest.raises(MemoryError):
        double.call(CREATE, request_for())

    assert len(double.jobs()) == jobs
    assert double.calls()[-1].error == "CallerFailed"


def test_a_slow_response_advances_a_still_clock(double: BedrockDouble) -> None:
    """So a test can pass a deadline without waiting."""
    start = double.clock.now()
    double.faults.add("ListCustomModels", Slow(120))
    double.call("ListCustomModels", {})

    assert double.clock.now() - start == 120


def test_the_client_has_the_interface_of_boto3(double: BedrockDouble, request_for: Request) -> None:
    """It has boto3's methods, responses and exceptions, and adds a client request token."""
    bedrock = double.client()
    arn = bedrock.create_model_customization_job(**request_for())["jobArn"]
    response = bedrock.get_model_customization_job(jobIdentifier=arn)
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert response["clientRequestToken"]

    with pytest.raises(bedrock.exceptions.ResourceNotFoundException) as caught:
        bedrock.get_model_customization_job(jobIdentifier="nothing")
    assert isinstance(caught.value, botocore.exceptions.ClientError)
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404

    double.faults.add("*", LoseResponse())
    with pytest.raises(botocore.exceptions.ConnectionClosedError):
        bedrock.list_custom_models()
    with pytest.raises(AttributeError, match="create_model_customization_job"):
        bedrock.create_guardrail()


def test_clients_call_in_their_account_and_region(double: BedrockDouble, request_for: Request) -> None:
    """A client sees only the jobs of its account and Region."""
    west = double.client(account="111111111111", region="us-west-2")
    arn = west.create_model_customization_job(**request_for())["jobArn"]

    assert arn.startswith("arn:aws:bedrock:us-west-2:111111111111:")
    assert west.meta.region_name == "us-west-2"
    assert double.client().list_model_customization_jobs()["modelCustomizationJobSummaries"] == []
