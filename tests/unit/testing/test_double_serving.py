"""Deployments and throughputs: a test creates them, the API lists them, they prevent a model's deletion."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from constructs_lib.testing.bedrock import BedrockDouble, BedrockServer, DoubleControl, ServiceError
from constructs_lib.testing.environment import local_client

Request = Callable[..., dict[str, Any]]

DEPLOYMENTS = ("ListCustomModelDeployments", "modelDeploymentSummaries", "customModelDeploymentName")
THROUGHPUTS = ("ListProvisionedModelThroughputs", "provisionedModelSummaries", "provisionedModelName")


@pytest.fixture
def served(double: BedrockDouble, request_for: Request) -> BedrockDouble:
    """Return a double with two models, three deployments and three throughputs, a minute apart."""
    for _ in range(2):
        double.call("CreateModelCustomizationJob", request_for())
    double.complete("job-1")
    double.complete("job-2")
    for number, model, status in (
        (1, "model-1", "Active"),
        (2, "model-2", "Active"),
        (3, "model-1", "Failed"),
    ):
        double.clock.advance(60)
        double.deploy_model(model, name=f"chat-{number}", status=status)
        double.provision(model, name=f"bulk-{number}", status=status.replace("Active", "InService"))
    return double


def arn_of(double: BedrockDouble, name: str) -> str:
    """Return the ARN of a model."""
    return next(model.arn for model in double.models() if model.name == name)


def names(double: BedrockDouble, kind: tuple[str, str, str], **request: Any) -> list[str]:  # noqa: ANN401 - members
    """Return the digits in the names that a list request returns."""
    operation, key, name = kind
    return [each[name].rpartition("-")[2] for each in double.call(operation, request)[key]]


@pytest.mark.parametrize("kind", [DEPLOYMENTS, THROUGHPUTS])
@pytest.mark.parametrize(
    ("request_", "found"),
    [
        ({}, "321"),
        ({"sortOrder": "Ascending"}, "123"),
        ({"nameContains": "2"}, "2"),
        ({"statusEquals": "Failed"}, "3"),
        ({"maxResults": 1}, "3"),
    ],
)
def test_both_lists_are_filtered_and_sorted(
    served: BedrockDouble, kind: tuple[str, str, str], request_: dict[str, Any], found: str
) -> None:
    """By the filters and the order that both lists have."""
    assert names(served, kind, **request_) == list(found)


@pytest.mark.parametrize("kind", [DEPLOYMENTS, THROUGHPUTS])
def test_both_lists_can_be_filtered_by_model(served: BedrockDouble, kind: tuple[str, str, str]) -> None:
    """They return only deployments and throughputs of the model, and none after they were removed."""
    assert names(served, kind, modelArnEquals=arn_of(served, "model-1")) == ["3", "1"]
    assert names(served, kind, modelArnEquals=arn_of(served, "model-2")) == ["2"]
    for name in ("chat-2", "bulk-2"):
        served.withdraw(name)
    assert names(served, kind, modelArnEquals=arn_of(served, "model-2")) == []


def test_each_list_has_time_filters_of_its_own(served: BedrockDouble) -> None:
    """It is `createdAfter` for deployments and `creationTimeAfter` for throughputs."""
    late, early = datetime(2026, 1, 1, 0, 2, 30, tzinfo=UTC), datetime(2026, 1, 1, 0, 1, 30, tzinfo=UTC)
    assert names(served, DEPLOYMENTS, createdAfter=late) == ["3"]
    assert names(served, DEPLOYMENTS, createdBefore=early) == ["1"]
    assert names(served, THROUGHPUTS, creationTimeAfter=late) == ["3"]
    assert names(served, THROUGHPUTS, creationTimeBefore=early) == ["1"]


@pytest.mark.parametrize("kind", [DEPLOYMENTS, THROUGHPUTS])
def test_pages_contain_everything_once(served: BedrockDouble, kind: tuple[str, str, str]) -> None:
    """The pages together contain each deployment or throughput once."""
    operation, key, name = kind
    found, token = [], {}
    while token is not None:
        answer = served.call(operation, {"maxResults": 2, **token})
        found += [each[name] for each in answer[key]]
        token = {"nextToken": answer["nextToken"]} if "nextToken" in answer else None
    assert [each[-1] for each in found] == ["3", "2", "1"]


@pytest.mark.parametrize("put", ["deploy_model", "provision"])
def test_a_model_in_use_is_not_deleted(double: BedrockDouble, request_for: Request, put: str) -> None:
    """ConflictException names the deployment or throughput; without it the model is deleted."""
    double.call("CreateModelCustomizationJob", request_for())
    double.complete("job-1")
    serving = getattr(double, put)("model-1", name="chat")
    with pytest.raises(ServiceError) as caught:
        double.call("DeleteCustomModel", {"modelIdentifier": "model-1"})
    assert caught.value.code == "ConflictException"
    assert serving in caught.value.message
    assert len(double.models()) == 1

    double.withdraw(serving)
    double.call("DeleteCustomModel", {"modelIdentifier": "model-1"})
    assert double.models() == ()


@pytest.mark.parametrize("put", ["deploy_model", "provision"])
def test_deployments_and_throughputs_have_tags(double: BedrockDouble, request_for: Request, put: str) -> None:
    """Those that the test gives them, until TagResource and UntagResource change them."""
    double.call("CreateModelCustomizationJob", request_for())
    double.complete("job-1")
    arn = getattr(double, put)("model-1", name="chat", tags={"stack": "Tickets"})

    def listed() -> list[dict[str, str]]:
        return list(double.call("ListTagsForResource", {"resourceARN": arn})["tags"])

    assert listed() == [{"key": "stack", "value": "Tickets"}]
    double.call("TagResource", {"resourceARN": arn, "tags": [{"key": "team", "value": "support"}]})
    double.call("UntagResource", {"resourceARN": arn, "tagKeys": ["stack"]})
    assert listed() == [{"key": "team", "value": "support"}]
    assert double.serving()[0].tags == {"team": "support"}

    double.withdraw("chat")
    with pytest.raises(ServiceError, match="Could not find"):
        listed()


def test_lists_have_failures_and_commitments(double: BedrockDouble, request_for: Request) -> None:
    """A failed deployment has its message; a commitment ends, and without one its members are absent."""
    double.call("CreateModelCustomizationJob", request_for())
    double.complete("job-1")
    double.deploy_model("model-1", name="good")
    double.deploy_model("model-1", name="bad", status="Failed", failure_message="no capacity")
    double.provision("model-1", name="hourly")
    double.provision("model-1", name="monthly", units=3, commitment="OneMonth")

    bad, good = double.call(DEPLOYMENTS[0], {})[DEPLOYMENTS[1]]
    assert (bad["status"], bad["failureMessage"]) == ("Failed", "no capacity")
    assert "failureMessage" not in good
    monthly, hourly = double.call(THROUGHPUTS[0], {})[THROUGHPUTS[1]]
    assert (monthly["modelUnits"], monthly["commitmentDuration"]) == (3, "OneMonth")
    assert (monthly["commitmentExpirationTime"] - monthly["creationTime"]).days == 30
    assert {"commitmentDuration", "commitmentExpirationTime"} & set(hourly) == set()


GET_AND_DELETE = [
    ("deploy_model", "CustomModelDeployment", "customModelDeploymentIdentifier"),
    ("provision", "ProvisionedModelThroughput", "provisionedModelId"),
]


@pytest.mark.parametrize(("put", "resource", "identifier"), GET_AND_DELETE)
@pytest.mark.parametrize("by", ["name", "arn"])
def test_a_deployment_or_throughput_is_read_and_deleted(
    double: BedrockDouble, request_for: Request, *, put: str, resource: str, identifier: str, by: str
) -> None:
    """By name or ARN; afterwards it is not found, and the model can be deleted."""
    double.call("CreateModelCustomizationJob", request_for())
    double.complete("job-1")
    arn = getattr(double, put)("model-1", name="chat", status="Failed", failure_message="no capacity")
    request = {identifier: "chat" if by == "name" else arn}

    answer = double.call(f"Get{resource}", request)
    assert (answer["status"], answer["failureMessage"]) == ("Failed", "no capacity")
    assert answer["modelArn"] == arn_of(double, "model-1")
    double.call(f"Delete{resource}", request)
    for verb in ("Get", "Delete"):
        with pytest.raises(ServiceError, match="Could not find"):
            double.call(f"{verb}{resource}", request)
    double.call("DeleteCustomModel", {"modelIdentifier": "model-1"})


def test_a_throughput_is_not_deleted_before_its_commitment_ends(
    double: BedrockDouble, request_for: Request
) -> None:
    """Conflict, until the clock is there."""
    double.call("CreateModelCustomizationJob", request_for())
    double.complete("job-1")
    arn = double.provision("model-1", name="monthly", commitment="OneMonth")
    with pytest.raises(ServiceError, match="commitment") as caught:
        double.call("DeleteProvisionedModelThroughput", {"provisionedModelId": arn})
    assert caught.value.code == "ConflictException"

    double.clock.advance(30 * 24 * 3600)
    double.call("DeleteProvisionedModelThroughput", {"provisionedModelId": arn})
    assert double.serving() == ()


@pytest.mark.parametrize("model", ["amazon.nova-lite-v1:0:300k", "{arn}/amazon.nova-lite-v1:0:300k"])
def test_a_foundation_model_can_have_a_throughput(double: BedrockDouble, model: str) -> None:
    """It costs as much as one of a custom model, and no job or model stands behind it."""
    base = "arn:aws:bedrock:us-east-1::foundation-model"
    double.provision(model.format(arn=base), name="base")

    [found] = double.call(THROUGHPUTS[0], {})[THROUGHPUTS[1]]
    expected = f"{base}/amazon.nova-lite-v1:0:300k"
    assert (found["modelArn"], found["foundationModelArn"]) == (expected, expected)


def test_a_mistake_of_the_test_is_explained(served: BedrockDouble) -> None:
    """A model that does not exist, a name in use, nothing to remove."""
    with pytest.raises(LookupError, match="no model 'misspelt'"):
        served.deploy_model("misspelt", name="chat-9")
    with pytest.raises(ValueError, match="choose another name"):
        served.provision("model-2", name="bulk-1")
    with pytest.raises(LookupError, match="no deployment or throughput 'misspelt'"):
        served.withdraw("misspelt")


def test_the_control_creates_and_removes_deployments(double: BedrockDouble, request_for: Request) -> None:
    """Over HTTP, with throughputs too; reset removes them."""
    double.call("CreateModelCustomizationJob", request_for())
    double.complete("job-1")
    with BedrockServer(double) as server:
        control = DoubleControl(server.url)
        deployment = control.deploy_model(
            "model-1", name="chat", status="Failed", failure_message="no capacity", tags={"a": "1"}
        )
        throughput = control.provision(
            "model-1", name="bulk", units=2, commitment="SixMonths", tags={"a": "2"}
        )
        assert [one.tags for one in control.serving()] == [{"a": "1"}, {"a": "2"}]
        assert [one.arn for one in control.serving()] == [deployment, throughput]
        assert control.serving() == double.serving()
        assert {one.model_arn for one in control.serving()} == {arn_of(double, "model-1")}
        control.withdraw("chat")
        assert [one.name for one in control.serving()] == ["bulk"]
        control.reset()
        assert control.serving() == ()


def test_both_lists_are_the_same_over_http(served: BedrockDouble) -> None:
    """boto3 and its paginators return what the double's own client returns."""
    arn = arn_of(served, "model-1")
    with BedrockServer(served) as server:
        far = local_client("bedrock", url=server.url, account=served.account, region="us-east-1")
        for method in ("list_custom_model_deployments", "list_provisioned_model_throughputs"):
            there = getattr(far, method)(modelArnEquals=arn, maxResults=1)
            here = getattr(served.client(), method)(modelArnEquals=arn, maxResults=1)
            del there["ResponseMetadata"], here["ResponseMetadata"]
            assert there == here
            assert there["nextToken"]
        pages = far.get_paginator("list_custom_model_deployments").paginate(PaginationConfig={"PageSize": 1})
        assert [len(page["modelDeploymentSummaries"]) for page in pages] == [1, 1, 1]
        far.close()
