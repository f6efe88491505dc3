from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from constructs_lib.testing.bedrock import BedrockDouble, ServiceError

Request = Callable[..., dict[str, Any]]

FOUNDATION = "arn:aws:bedrock:us-east-1::foundation-model"
LIST_JOBS = "ListModelCustomizationJobs"


@pytest.fixture
def five(double: BedrockDouble, request_for: Request) -> BedrockDouble:
    """Return a double with five jobs, a minute apart; the first has completed."""
    for _ in range(5):
        double.call("CreateModelCustomizationJob", request_for())
        double.clock.advance(60)
    double.complete("job-1")
    return double


def names(double: BedrockDouble, **request: Any) -> list[str]:  # noqa: ANN401 - members of the request
    """Return the names of the jobs that a list request finds."""
    return [each["jobName"] for each in double.call(LIST_JOBS, request)["modelCustomizationJobSummaries"]]


def after(minutes: int) -> datetime:
    """Return a time on the still clock."""
    return datetime(2026, 1, 1, 0, minutes, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("request_", "found"),
    [
        ({}, ["job-5", "job-4", "job-3", "job-2", "job-1"]),
        ({"sortOrder": "Ascending"}, ["job-1", "job-2", "job-3", "job-4", "job-5"]),
        ({"statusEquals": "Completed"}, ["job-1"]),
        ({"nameContains": "b-3"}, ["job-3"]),
        ({"creationTimeAfter": after(2)}, ["job-5", "job-4"]),
        ({"creationTimeBefore": after(0)}, ["job-1"]),
        ({"creationTimeAfter": after(0), "creationTimeBefore": after(1)}, ["job-2"]),
        ({"maxResults": 2}, ["job-5", "job-4"]),
    ],
)
def test_jobs_are_filtered_and_sorted(
    five: BedrockDouble, request_: dict[str, Any], found: list[str]
) -> None:
    """By every filter and order of the API."""
    assert names(five, **request_) == found


def test_summaries_have_the_model_name_from_the_start(five: BedrockDouble) -> None:
    """As recorded: they have its name while the job is in progress, its ARN only when the model exists."""
    running, *_, completed = five.call(LIST_JOBS, {})["modelCustomizationJobSummaries"]
    assert (running["status"], running["customModelName"]) == ("InProgress", "model-5")
    assert "customModelArn" not in running
    assert "clientRequestToken" not in running
    assert completed["customModelArn"] == five.models()[0].arn


def test_filters_apply_before_pages_are_cut(five: BedrockDouble) -> None:
    """A page contains as many matching jobs as it can."""
    asked = {"statusEquals": "InProgress", "nameContains": "job", "maxResults": 3}
    first = five.call(LIST_JOBS, asked)
    second = five.call(LIST_JOBS, asked | {"nextToken": first["nextToken"]})
    pages = [first["modelCustomizationJobSummaries"], second["modelCustomizationJobSummaries"]]
    assert [[one["jobName"] for one in page] for page in pages] == [["job-5", "job-4", "job-3"], ["job-2"]]
    assert "nextToken" not in second


def test_pages_contain_every_job_once(five: BedrockDouble) -> None:
    """The pages together contain each job once, and the last page has no token."""
    found, token = [], {}
    while True:
        answer = five.call(LIST_JOBS, {"maxResults": 2, **token})
        found += [each["jobName"] for each in answer["modelCustomizationJobSummaries"]]
        if "nextToken" not in answer:
            break
        token = {"nextToken": answer["nextToken"]}

    assert sorted(found) == ["job-1", "job-2", "job-3", "job-4", "job-5"]


def test_a_token_that_was_in_no_response_is_refused(five: BedrockDouble) -> None:
    """An invented token is a ValidationException."""
    with pytest.raises(ServiceError, match="nextToken"):
        five.call(LIST_JOBS, {"nextToken": "made-up"})


def test_a_model_exists_once_its_job_has_completed(five: BedrockDouble) -> None:
    """It is listed, read by name and ARN, and deleted; the job still has its ARN."""
    [summary] = five.call("ListCustomModels", {"nameContains": "model"})["modelSummaries"]
    arn = summary["modelArn"]
    by_name = five.call("GetCustomModel", {"modelIdentifier": "model-1"})
    assert by_name == five.call("GetCustomModel", {"modelIdentifier": arn})
    assert by_name["modelStatus"] == "Active"
    assert summary["baseModelName"] == ""

    five.call("DeleteCustomModel", {"modelIdentifier": arn})

    for operation in ("GetCustomModel", "DeleteCustomModel"):
        with pytest.raises(ServiceError, match="Could not find the custom model"):
            five.call(operation, {"modelIdentifier": arn})
    assert five.call("ListCustomModels", {})["modelSummaries"] == []
    assert five.call("GetModelCustomizationJob", {"jobIdentifier": "job-1"})["outputModelArn"] == arn


@pytest.mark.parametrize(
    ("request_", "count"),
    [
        ({"isOwned": True}, 1),
        ({"isOwned": False}, 0),
        ({"modelStatus": "Active"}, 1),
        ({"modelStatus": "Failed"}, 0),
        ({"nameContains": "other"}, 0),
        (
            {"foundationModelArnEquals": f"{FOUNDATION}/amazon.nova-lite-v1:0:300k"},
            1,
        ),
        ({"baseModelArnEquals": f"{FOUNDATION}/amazon.nova-pro-v1:0"}, 0),
    ],
)
def test_models_are_filtered(five: BedrockDouble, request_: dict[str, Any], count: int) -> None:
    """By every filter of the API."""
    assert len(five.call("ListCustomModels", request_)["modelSummaries"]) == count


def tags(double: BedrockDouble, arn: str) -> dict[str, str]:
    """Return the tags of a job or a model."""
    listed = double.call("ListTagsForResource", {"resourceARN": arn})["tags"]
    return {tag["key"]: tag["value"] for tag in listed}


def pairs(**values: str) -> list[dict[str, str]]:
    """Return tags in the form of the API."""
    return [{"key": key, "value": value} for key, value in values.items()]


def test_jobs_and_models_have_their_own_tags(double: BedrockDouble, request_for: Request) -> None:
    """Their tags are separate from the start and change separately."""
    request = request_for(jobTags=pairs(team="a", cost="1"), customModelTags=pairs(team="b"))
    job = double.call("CreateModelCustomizationJob", request)["jobArn"]
    double.complete(job)
    model = double.models()[0].arn
    assert (tags(double, job), tags(double, model)) == ({"team": "a", "cost": "1"}, {"team": "b"})

    double.call("TagResource", {"resourceARN": job, "tags": pairs(team="c", stage="x")})
    double.call("UntagResource", {"resourceARN": job, "tagKeys": ["cost", "never"]})
    double.call("UntagResource", {"resourceARN": model, "tagKeys": ["team"]})

    assert (tags(double, job), tags(double, model)) == ({"team": "c", "stage": "x"}, {})
    assert double.jobs()[0].tags == {"team": "c", "stage": "x"}


@pytest.mark.parametrize(("count", "code"), [(50, ""), (51, "TooManyTagsException")])
def test_a_resource_can_have_fifty_tags(
    double: BedrockDouble, request_for: Request, count: int, code: str
) -> None:
    """At creation and later, although the service model allows a list of 200."""
    many = pairs(**{f"k{number}": "" for number in range(count)})
    arn = double.call("CreateModelCustomizationJob", request_for())["jobArn"]
    attempts = (
        ("CreateModelCustomizationJob", request_for(jobTags=many)),
        ("TagResource", {"resourceARN": arn, "tags": many}),
    )
    for operation, request in attempts:
        if code:
            with pytest.raises(ServiceError) as caught:
                double.call(operation, request)
            assert (caught.value.code, list(caught.value.members)) == (code, ["resourceName"])
        else:
            double.call(operation, request)


@pytest.mark.parametrize("wrong", [[*pairs(a="1"), *pairs(a="2")], [{"key": "aws:x", "value": ""}]])
def test_repeated_and_reserved_keys_are_refused(
    double: BedrockDouble, request_for: Request, wrong: list[dict[str, str]]
) -> None:
    """The job is not created."""
    with pytest.raises(ServiceError, match="tag"):
        double.call("CreateModelCustomizationJob", request_for(jobTags=wrong))

    assert double.jobs() == ()


@pytest.mark.parametrize(("how", "refused"), [("complete", ""), ("stop", "Stopped")])
def test_stopped_jobs_can_refuse_tags(
    double: BedrockDouble, request_for: Request, how: str, refused: str
) -> None:
    """Recorded for other types of Bedrock jobs and not documented for these, so it is off by default."""
    double.configure(finished_jobs_taggable=False)
    arn = double.call("CreateModelCustomizationJob", request_for())["jobArn"]
    getattr(double, how)(arn)

    if refused:
        with pytest.raises(ServiceError, match=refused):
            double.call("TagResource", {"resourceARN": arn, "tags": pairs(a="1")})
    else:
        double.call("TagResource", {"resourceARN": arn, "tags": pairs(a="1")})


@pytest.mark.parametrize("how", ["request", "stop"])
def test_stopped_jobs_can_refuse_to_list_tags(double: BedrockDouble, request_for: Request, how: str) -> None:
    """Recorded for other types of Bedrock jobs; tags of models and of completed jobs are still listed."""
    double.configure(stopped_jobs_list_tags=False)
    arns = [double.call("CreateModelCustomizationJob", request_for())["jobArn"] for _ in range(2)]
    double.complete(arns[1])
    assert tags(double, arns[0]) == tags(double, arns[1]) == tags(double, double.models()[0].arn) == {}

    if how == "request":
        double.call("StopModelCustomizationJob", {"jobIdentifier": arns[0]})
    else:
        double.stop(arns[0])

    with pytest.raises(ServiceError, match="Stopp"):
        tags(double, arns[0])
    double.call("TagResource", {"resourceARN": arns[0], "tags": pairs(a="1")})


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:bedrock:us-east-1:000000000000:model-customization-job/amazon.nova-lite-v1:0/abcdefabcdef",
        "arn:aws:bedrock:us-east-1:000000000000:custom-model/amazon.nova-lite-v1:0/abcdefabcdef",
        "arn:aws:bedrock:us-east-1:000000000000:guardrail/abc",
    ],
)
def test_tags_of_missing_resources_are_not_found(double: BedrockDouble, arn: str) -> None:
    """Neither of jobs and models, nor of other types of resources."""
    with pytest.raises(ServiceError, match="Could not find"):
        tags(double, arn)
