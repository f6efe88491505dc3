import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from typing import Any

import boto3
import botocore.exceptions
import pytest
from botocore.config import Config

from constructs_lib.testing.bedrock import BedrockDouble, BedrockServer, BeforeCall, LoseResponse, Refuse

Request = Callable[..., dict[str, Any]]
Client = Callable[..., Any]

CREATE = "CreateModelCustomizationJob"


@pytest.fixture
def server(double: BedrockDouble) -> Iterator[BedrockServer]:
    """Return a double that is served over HTTP."""
    with BedrockServer(double) as server:
        yield server


@pytest.fixture
def client_for(server: BedrockServer) -> Iterator[Client]:
    """Return a function that makes real boto3 clients of the double, by default without retries."""
    made = []

    def make(*, key: str = "test", region: str = "us-east-1", attempts: int = 1) -> Any:  # noqa: ANN401 - made at run time by botocore
        config = Config(retries={"total_max_attempts": attempts, "mode": "standard"})
        made.append(
            boto3.client(
                "bedrock",
                region_name=region,
                endpoint_url=server.url,
                aws_access_key_id=key,
                aws_secret_access_key="test",  # noqa: S106 - not a real key
                config=config,
            )
        )
        return made[-1]

    yield make
    for client in made:
        client.close()


def raw(
    server: BedrockServer, method: str, path: str, body: str = "", **headers: str
) -> tuple[int, Any, Any]:
    """Send a request without boto3; return status, headers and body."""
    connection = HTTPConnection(server.url.removeprefix("http://"), timeout=10)
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    document = json.loads(response.read())
    connection.close()
    return response.status, response.headers, document


def test_every_response_is_the_same_over_http(
    client_for: Client, request_for: Request, double: BedrockDouble
) -> None:
    """boto3 parses each response to the one that the double returns in process."""
    bedrock, here = client_for(), double.client()
    arn = bedrock.create_model_customization_job(
        **request_for(
            jobTags=[{"key": "team", "value": "ä ö".encode("ascii", "ignore").decode()}],
            validationDataConfig={"validators": [{"s3Uri": "s3://bucket/v.jsonl"}]},
        )
    )["jobArn"]
    double.clock.advance(7200)
    model = double.models()[0].arn
    bedrock.tag_resource(resourceARN=model, tags=[{"key": "stage", "value": "x"}])
    questions = [
        ("get_model_customization_job", {"jobIdentifier": arn}),
        ("get_model_customization_job", {"jobIdentifier": "job-1"}),
        ("list_model_customization_jobs", {"statusEquals": "Completed", "maxResults": 1}),
        ("list_model_customization_jobs", {"creationTimeAfter": "2025-12-31T00:00:00Z"}),
        ("get_custom_model", {"modelIdentifier": model}),
        ("list_custom_models", {"isOwned": True}),
        ("list_tags_for_resource", {"resourceARN": arn}),
        ("untag_resource", {"resourceARN": model, "tagKeys": ["stage"]}),
        ("delete_custom_model", {"modelIdentifier": model}),
    ]
    for method, request in questions[:-2]:
        there = getattr(bedrock, method)(**request)
        del there["ResponseMetadata"]
        expected = getattr(here, method)(**request) if "creationTimeAfter" not in request else there
        expected.pop("ResponseMetadata", None)
        assert there == expected
        assert there
    for method, request in questions[-2:]:
        assert getattr(bedrock, method)(**request)["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert double.models() == ()


def test_a_running_job_is_stopped_over_http(
    client_for: Client, request_for: Request, double: BedrockDouble
) -> None:
    """The slashes of its ARN are percent-encoded in the path."""
    bedrock = client_for()
    arn = bedrock.create_model_customization_job(**request_for())["jobArn"]
    bedrock.stop_model_customization_job(jobIdentifier=arn)

    assert double.jobs()[0].status == "Stopping"


def test_paginators_return_every_job(client_for: Client, request_for: Request) -> None:
    """boto3's own paginator follows the tokens."""
    bedrock = client_for()
    for _ in range(5):
        bedrock.create_model_customization_job(**request_for())
    pages = bedrock.get_paginator("list_model_customization_jobs").paginate(PaginationConfig={"PageSize": 2})

    assert [len(page["modelCustomizationJobSummaries"]) for page in pages] == [2, 2, 1]


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [
        (Refuse.throttled(), "ThrottlingException", 429),
        (Refuse.internal(), "InternalServerException", 500),
        (Refuse.access_denied(), "AccessDeniedException", 403),
        (Refuse.not_found(), "ResourceNotFoundException", 404),
        (Refuse.quota(), "ServiceQuotaExceededException", 400),
    ],
)
def test_errors_arrive_as_boto3_exceptions(
    client_for: Client, double: BedrockDouble, fault: Refuse, code: str, status: int
) -> None:
    """They have code, HTTP status and message."""
    double.faults.add("*", fault)
    bedrock = client_for()
    with pytest.raises(getattr(bedrock.exceptions, code)) as caught:
        bedrock.list_custom_models()

    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert caught.value.response["Error"]["Message"] == fault.message


def test_too_many_tags_name_the_resource(client_for: Client, request_for: Request) -> None:
    """boto3's exception has the error's additional member."""
    bedrock = client_for()
    arn = bedrock.create_model_customization_job(**request_for())["jobArn"]
    with pytest.raises(bedrock.exceptions.TooManyTagsException) as caught:
        bedrock.tag_resource(resourceARN=arn, tags=[{"key": f"k{n}", "value": ""} for n in range(51)])

    assert caught.value.response["resourceName"] == arn


def test_a_lost_response_is_a_closed_connection(
    client_for: Client, request_for: Request, double: BedrockDouble
) -> None:
    """Without retries boto3 raises, and the job exists."""
    double.faults.add(CREATE, LoseResponse())
    with pytest.raises(botocore.exceptions.ConnectionClosedError):
        client_for().create_model_customization_job(**request_for())

    assert len(double.jobs()) == 1


def test_boto3s_retry_after_a_lost_response_returns_the_same_job(
    client_for: Client, request_for: Request, double: BedrockDouble
) -> None:
    """boto3 sends the same token again, so there is one job."""
    double.faults.add(CREATE, LoseResponse())
    arn = client_for(attempts=2).create_model_customization_job(**request_for())["jobArn"]

    assert [job.arn for job in double.jobs()] == [arn]
    assert len(double.calls(CREATE)) == 2


@pytest.mark.parametrize(
    ("key", "account"),
    [("test", "000000000000"), ("123456789012", "123456789012"), ("ASIA1234", "000000000000")],
)
def test_account_and_region_come_from_the_signature(
    client_for: Client, request_for: Request, key: str, account: str
) -> None:
    """As in MiniStack, so that both have the same ARNs."""
    arn = client_for(key=key, region="us-west-2").create_model_customization_job(**request_for())["jobArn"]

    assert arn.startswith(f"arn:aws:bedrock:us-west-2:{account}:")


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "/nowhere", "", (404, "UnknownOperationException")),
        ("GET", "/guardrails", "", (404, "UnknownOperationException")),
        ("POST", "/model-customization-jobs", "[]", (400, "SerializationException")),
        ("POST", "/model-customization-jobs", "{", (400, "SerializationException")),
        ("POST", "/model-customization-jobs", '{"jobName": "a"}', (400, "ValidationException")),
        ("GET", "/model-customization-jobs?maxResults=many", "", (400, "ValidationException")),
        ("GET", "/model-customization-jobs?maxResults=0", "", (400, "ValidationException")),
        ("GET", "/model-customization-jobs?creationTimeAfter=soon", "", (400, "ValidationException")),
        ("GET", "/model-customization-jobs/no_such", "", (400, "ValidationException")),
    ],
)
def test_what_boto3_would_never_send_is_refused(
    server: BedrockServer, method: str, path: str, body: str, expected: tuple[int, str]
) -> None:
    """Unknown paths, invalid bodies and invalid query parameters."""
    status, headers, document = raw(server, method, path, body)

    assert (status, headers["x-amzn-ErrorType"]) == expected
    assert document["message"]
    assert headers["x-amzn-RequestId"]


def test_a_member_that_botocore_does_not_know_is_refused(server: BedrockServer, request_for: Request) -> None:
    """Requests without boto3 are validated against the service model too."""
    _, _, document = raw(server, "POST", "/model-customization-jobs", json.dumps(request_for(surprise=1)))

    assert "surprise" in document["message"]


def test_a_caller_that_disconnects_does_not_affect_others(
    server: BedrockServer, client_for: Client, double: BedrockDouble, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither a caller that does not wait for a slow response, nor one that does not send HTTP."""
    address = ("127.0.0.1", int(server.url.rpartition(":")[2]))
    has_begun, has_hung_up = threading.Event(), threading.Event()
    before = set(threading.enumerate())

    def wait(_double: BedrockDouble) -> None:
        has_begun.set()
        has_hung_up.wait(10)

    def send(text: bytes, *, until: threading.Event | None = None) -> None:
        with socket.create_connection(address) as rude:
            rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            rude.sendall(text)
            assert until is None or until.wait(10)

    double.faults.add("ListCustomModels", BeforeCall(wait))
    send(b"GET /custom-models HTTP/1.1\r\n\r\n", until=has_begun)
    send(b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n")
    has_hung_up.set()
    double.faults.clear()
    client = client_for()
    assert client.list_custom_models()["modelSummaries"] == []
    client.close()
    for thread in set(threading.enumerate()) - before:  # connections are accepted in their order
        thread.join(10)
    assert capfd.readouterr().err == ""


def test_create_returns_201(server: BedrockServer, request_for: Request) -> None:
    """It is the status in the service model, here for an unsigned request."""
    status, _, document = raw(server, "POST", "/model-customization-jobs", json.dumps(request_for()))

    assert status == 201
    assert ":us-east-1:000000000000:" in document["jobArn"]


def test_the_process_prints_its_url_and_ends_on_a_signal() -> None:
    """`python -m constructs_lib.testing.bedrock` is the double for other languages and tools."""
    process = subprocess.Popen(
        [sys.executable, "-m", "constructs_lib.testing.bedrock", "--training-seconds", "5"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with process:
        url = process.stdout.readline().strip()
        connection = HTTPConnection(url.removeprefix("http://"), timeout=10)
        connection.request("GET", "/_double/health")
        assert json.loads(connection.getresponse().read())["status"] == "ok"
        connection.close()
        process.terminate()
        assert process.wait(10) == 0


def test_the_process_reports_a_port_in_use(server: BedrockServer) -> None:
    """In one sentence, without a traceback."""
    port = server.url.rpartition(":")[2]
    ended = subprocess.run(
        [sys.executable, "-m", "constructs_lib.testing.bedrock", "--port", port],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )

    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert f"cannot listen on port {port} of 127.0.0.1" in ended.stderr
