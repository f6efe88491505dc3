import json
import sys
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from typing import Any

import pytest

from constructs_lib.testing.bedrock import (
    BedrockDouble,
    BedrockServer,
    BeforeCall,
    Behaviour,
    DoubleControl,
    LoseResponse,
    Refuse,
    ServiceError,
    Slow,
)

Request = Callable[..., dict[str, Any]]


@pytest.fixture
def control(double: BedrockDouble) -> Iterator[DoubleControl]:
    """Return the control of the double over HTTP."""
    with BedrockServer(double) as server:
        yield DoubleControl(server.url)


def test_the_control_returns_what_the_double_returns_in_process(
    control: DoubleControl, double: BedrockDouble, request_for: Request
) -> None:
    """Jobs, models and calls are equal, field by field."""
    double.call("CreateModelCustomizationJob", request_for(jobTags=[{"key": "a", "value": "1"}]))
    double.call("CreateModelCustomizationJob", request_for())
    control.complete("job-1")

    assert control.jobs() == double.jobs()
    assert control.jobs(status="Completed") == double.jobs(status="Completed")
    assert control.models() == double.models()
    assert control.calls("CreateModelCustomizationJob") == double.calls()


def test_the_control_changes_the_double(
    control: DoubleControl, double: BedrockDouble, request_for: Request
) -> None:
    """It advances the clock, ends jobs, changes the behaviour and resets."""
    for _ in range(3):
        double.call("CreateModelCustomizationJob", request_for())
    start = double.clock.now()
    control.advance(10)
    control.fail("job-1", "why")
    control.stop("job-2")
    control.complete("job-3")
    control.configure(scheduled_jobs=0)

    assert double.clock.now() - start == 10
    assert [job.status for job in double.jobs()] == ["Failed", "Stopped", "Completed"]
    with pytest.raises(ServiceError, match="quota"):
        double.call("CreateModelCustomizationJob", request_for())

    control.reset()
    assert control.jobs() == ()
    assert control.healthy()


def test_the_control_takes_settings_as_a_person_types_them(
    control: DoubleControl, double: BedrockDouble
) -> None:
    """Texts become the types of the fields; a mistake changes nothing."""
    control.configure(training_seconds="600", stalls="true", scheduled_jobs="5", status_details="never")
    expected = Behaviour(training_seconds=600.0, stalls=True, scheduled_jobs=5, status_details="never")
    assert double.behaviour == control.behaviour() == expected

    with pytest.raises(ValueError, match="must be"):
        control.configure(training_seconds="700", stalls="perhaps")
    assert double.behaviour == expected


@pytest.mark.parametrize(
    "fault", [Refuse.throttled(), LoseResponse(), LoseResponse(Refuse.internal()), Slow(1.5)]
)
def test_faults_are_sent_to_the_double(control: DoubleControl, double: BedrockDouble, fault: Any) -> None:  # noqa: ANN401 - any of them
    """The double gets the fault that was sent."""
    control.add_fault("GetCustomModel", fault, skip=1)
    assert double.faults.take("GetCustomModel") is None

    assert double.faults.take("GetCustomModel") == fault
    assert double.faults.take("GetCustomModel") is None


def test_a_fault_for_a_time_is_sent_to_the_double(control: DoubleControl, double: BedrockDouble) -> None:
    """It ends when the control advances the clock past the time."""
    control.add_fault("*", Refuse.expired_token(), for_seconds=600)
    taken = [double.faults.take("GetCustomModel") for _ in range(3)]
    assert taken == [Refuse.expired_token()] * 3

    control.advance(600)
    assert double.faults.take("GetCustomModel") is None


def test_a_fault_with_a_function_cannot_be_sent(control: DoubleControl) -> None:
    """The error names the faults that can be sent."""
    with pytest.raises(TypeError, match="use Refuse, LoseResponse or Slow"):
        control.add_fault("*", BeforeCall(print))


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        (lambda control: control.complete("nothing"), "no job 'nothing'"),
        (
            lambda control: control.configure(speed=2),
            "Behaviour has no field speed; its fields are training_",
        ),
        (lambda control: control.configure(stalls=2), "stalls must be true or false, got '2'; correct it"),
        (lambda control: control.configure(training_seconds=-1), "must be a number that is not negative"),
        (lambda control: control.configure(training_seconds="nan"), "must be a number that is not negative"),
        (lambda control: control.configure(scheduled_jobs="1.5"), "must be a whole number that is not neg"),
        (lambda control: control.configure(failure_message=5), "failure_message must be a text"),
        (lambda control: control.configure(status_details="no"), "one of always, distillation, never"),
        (
            lambda control: control.configure(losses="all"),
            "one of equal, different or a table, an object, got",
        ),
        (lambda control: control.configure(losses={"": {"training": "low"}}), "losses must be one of equal"),
        (lambda control: control.configure(answers="{"), "answers must be a table, an object, got '{'"),
        (lambda control: control.configure(answers={"": "yes"}), "answers must be a table, an object"),
        (lambda control: control.configure(foundation_models="all"), "must be a list of objects, got 'all'"),
    ],
)
def test_a_mistake_is_explained(
    control: DoubleControl, wrong: Callable[[DoubleControl], None], text: str
) -> None:
    """The control raises the double's message, not only a status code."""
    with pytest.raises(ValueError, match=text):
        wrong(control)


def test_a_function_cannot_be_sent_either(control: DoubleControl) -> None:
    """Losses and answers of another process are tables."""
    with pytest.raises(TypeError, match="answers is a function, which cannot be sent"):
        control.configure(answers=lambda _model, prompt: prompt)


def test_a_person_approves_a_model(
    control: DoubleControl, double: BedrockDouble, request_for: Request
) -> None:
    """With the tag that promotion reads; the last word counts."""
    double.call("CreateModelCustomizationJob", request_for(customModelTags=[{"key": "a", "value": "1"}]))
    with pytest.raises(ValueError, match="no model 'model-1'"):
        control.approve("model-1")
    control.complete("job-1")
    control.reject("model-1")
    control.approve("model-1")
    [model] = control.models()
    assert model.tags == {"a": "1", "cdk-bedrock-customization:approved": "approved"}
    double.reject(model.arn)
    assert double.models()[0].tags["cdk-bedrock-customization:approved"] == "rejected"


def test_a_double_that_is_not_running_is_not_healthy(double: BedrockDouble) -> None:
    """It raises no exception, so that a caller can wait for the double."""
    with BedrockServer(double) as server:
        url = server.url

    assert not DoubleControl(url).healthy()


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/_double/health", {}, 200),
        ("GET", "/_double/health", {"Host": "localhost:1"}, 200),
        ("GET", "/_double/jobs", {"Host": "rebound.example"}, 403),
        ("POST", "/_double/reset", {"Content-Type": "application/json"}, 200),
        ("POST", "/_double/reset", {"Content-Type": "text/plain"}, 403),
        ("POST", "/_double/reset", {}, 403),
        ("GET", "/_double/reset", {}, 404),
        ("GET", "/_double/", {}, 404),
    ],
)
def test_a_web_page_cannot_control_the_double(
    control: DoubleControl, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    """Neither with DNS rebinding nor with a form; unknown requests are refused too."""
    connection = HTTPConnection(control.url.removeprefix("http://"), timeout=10)
    connection.request(method, path, "{}" if method == "POST" else None, headers)
    response = connection.getresponse()
    document = json.loads(response.read())
    connection.close()

    assert response.status == status
    assert status == 200 or document["message"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8 as addresses")
def test_a_double_for_containers_can_be_called_but_not_controlled(double: BedrockDouble) -> None:
    """Another address gets the API's responses only, whatever it writes as `Host`."""

    def status(path: str, source: str) -> int:
        connection = HTTPConnection("127.0.0.1", port, timeout=10, source_address=(source, 0))
        try:
            connection.request("GET", path, headers={"Host": "127.0.0.1"})
            return connection.getresponse().status
        finally:
            connection.close()

    with BedrockServer(double, host="0.0.0.0") as server:  # noqa: S104 - what containers need
        port = int(server.url.removeprefix("http://127.0.0.1:"))
        assert status("/model-customization-jobs", "127.0.0.2") == 200
        assert status("/_double/health", "127.0.0.2") == 403
        assert status("/_double/health", "127.0.0.1") == 200
    with BedrockServer(double, host="127.0.0.2") as server:
        assert server.url.startswith("http://127.0.0.2:")
