"""Custom model deployments: created, updated, read and deleted by the API, as functions of the clock."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from constructs_lib.testing.bedrock import (
    BedrockDouble,
    BedrockServer,
    Clock,
    DoubleControl,
    LoseResponse,
    ResponseLost,
    ServiceError,
)
from constructs_lib.testing.environment import local_client

Request = Callable[..., dict[str, Any]]

CREATE = "CreateCustomModelDeployment"
UPDATE = "UpdateCustomModelDeployment"
GET = "GetCustomModelDeployment"
DELETE = "DeleteCustomModelDeployment"
LIST = "ListCustomModelDeployments"

OTHER_BASE = "meta.llama3-3-70b-instruct-v1:0:128k"


@pytest.fixture
def trained(double: BedrockDouble, request_for: Request) -> BedrockDouble:
    """Return a double with two models of one base model, and a third of another."""
    for _ in range(2):
        double.call("CreateModelCustomizationJob", request_for())
    double.call("CreateModelCustomizationJob", request_for(baseModelIdentifier=OTHER_BASE))
    for number in (1, 2, 3):
        double.complete(f"job-{number}")
    return double


def model(double: BedrockDouble, number: int = 1) -> str:
    """Return the ARN of a model."""
    return next(one.arn for one in double.models() if one.name == f"model-{number}")


def create(double: BedrockDouble, name: str = "chat", **members: Any) -> str:  # noqa: ANN401 - members
    """Create a deployment of the first model, and return its ARN."""
    request = {"modelDeploymentName": name, "modelArn": model(double), **members}
    return str(double.call(CREATE, request)["customModelDeploymentArn"])


def update(double: BedrockDouble, number: int, name: str = "chat") -> None:
    """Update a deployment to another model."""
    double.call(UPDATE, {"customModelDeploymentIdentifier": name, "modelArn": model(double, number)})


def get(double: BedrockDouble, name: str = "chat") -> dict[str, Any]:
    """Return what Get returns."""
    return double.call(GET, {"customModelDeploymentIdentifier": name})


def delete(double: BedrockDouble, name: str = "chat") -> None:
    """Delete a deployment."""
    double.call(DELETE, {"customModelDeploymentIdentifier": name})


def refused(act: Callable[..., Any], *args: Any, **more: Any) -> tuple[str, str]:  # noqa: ANN401 - of the call
    """Return the code and the message of the error with which a call is refused."""
    with pytest.raises(ServiceError) as caught:
        act(*args, **more)
    return caught.value.code, caught.value.message


def test_a_deployment_becomes_active(trained: BedrockDouble) -> None:
    """After a minute by the clock; Get returns neither its token nor its tags."""
    tags = [{"key": "team", "value": "support"}]
    arn = create(trained, description="Answers tickets", tags=tags, clientRequestToken="one")
    began = datetime.fromtimestamp(trained.clock.now(), tz=UTC)
    assert get(trained) == {
        "customModelDeploymentArn": arn,
        "modelDeploymentName": "chat",
        "modelArn": model(trained),
        "createdAt": began,
        "lastUpdatedAt": began,
        "status": "Creating",
        "description": "Answers tickets",
    }
    trained.clock.advance(59.9)
    assert get(trained, arn)["status"] == "Creating"
    trained.clock.advance(0.1)
    there = get(trained, arn)
    assert (there["status"], (there["lastUpdatedAt"] - began).total_seconds()) == ("Active", 60)
    assert trained.call("ListTagsForResource", {"resourceARN": arn}) == {"tags": tags}
    [view] = trained.deployments()
    assert (view.arn, view.status, view.token, view.tags) == (arn, "Active", "one", {"team": "support"})
    assert (view.description, view.update_status) == ("Answers tickets", "")


def test_a_deployment_fails_with_a_message(trained: BedrockDouble) -> None:
    """It keeps its name and counts for the quota until it is deleted."""
    trained.configure(deployment_failure="no capacity", deployments=1)
    create(trained)
    trained.clock.advance(60)
    assert (get(trained)["status"], get(trained)["failureMessage"]) == ("Failed", "no capacity")
    [listed] = trained.call(LIST, {"statusEquals": "Failed"})["modelDeploymentSummaries"]
    assert listed["failureMessage"] == "no capacity"
    assert refused(create, trained)[0] == "ValidationException"
    assert refused(create, trained, "chat-2")[0] == "ServiceQuotaExceededException"
    delete(trained)
    create(trained)


def test_an_update_changes_the_model_and_not_the_arn(trained: BedrockDouble) -> None:
    """The old model is served until the update has completed, half a minute later."""
    arn = create(trained)
    trained.clock.advance(60)
    update(trained, 2)
    during = get(trained)
    assert (during["status"], during["modelArn"]) == ("Active", model(trained))
    assert during["updateDetails"] == {"modelArn": model(trained, 2), "updateStatus": "Updating"}
    trained.clock.advance(30)
    after = get(trained)
    assert (after["customModelDeploymentArn"], after["modelArn"]) == (arn, model(trained, 2))
    assert after["updateDetails"]["updateStatus"] == "UpdateCompleted"
    assert (after["lastUpdatedAt"] - after["createdAt"]).total_seconds() == 90

    update(trained, 1)
    assert get(trained)["modelArn"] == model(trained, 2)
    trained.clock.advance(30)
    assert trained.deployments()[0].model_arn == model(trained)
    assert len({one.request.get("clientRequestToken") for one in trained.calls(UPDATE)}) == 1


def test_an_update_that_fails_changes_nothing(trained: BedrockDouble) -> None:
    """The deployment is Active with its old model, and can be updated again."""
    trained.configure(update_failure="no capacity")
    create(trained)
    trained.clock.advance(60)
    update(trained, 2)
    trained.clock.advance(30)
    failed = get(trained)
    assert (failed["status"], failed["modelArn"]) == ("Active", model(trained))
    assert failed["updateDetails"] == {"modelArn": model(trained, 2), "updateStatus": "UpdateFailed"}
    assert failed["failureMessage"] == "no capacity"
    trained.configure(update_failure=None)
    update(trained, 2)
    assert "failureMessage" not in get(trained)
    trained.clock.advance(30)
    assert get(trained)["modelArn"] == model(trained, 2)


@pytest.mark.parametrize("code", ["ValidationException", "ConflictException"])
def test_only_an_active_deployment_is_updated(trained: BedrockDouble, code: str) -> None:
    """Not while it is created, and not while it is updated; the error is configured."""
    trained.configure(update_refused_while_updating=code)
    create(trained)
    assert refused(update, trained, 2) == (
        code,
        "The custom model deployment chat cannot be updated: its status is Creating.",
    )
    trained.clock.advance(60)
    update(trained, 2)
    assert refused(update, trained, 1) == (
        code,
        "The custom model deployment chat cannot be updated: its status is Updating.",
    )


def test_an_update_needs_the_same_base_model(trained: BedrockDouble) -> None:
    """Unless the test allows another one, because AWS documents neither."""
    create(trained)
    trained.clock.advance(60)
    code, message = refused(update, trained, 3)
    assert code == "ValidationException"
    assert "amazon.nova-lite-v1:0:300k" in message
    trained.configure(same_base_only=False)
    update(trained, 3)
    trained.clock.advance(30)
    assert get(trained)["modelArn"] == model(trained, 3)


@pytest.mark.parametrize(
    "code", ["ValidationException", "ConflictException", "ServiceQuotaExceededException"]
)
def test_a_name_belongs_to_one_deployment(trained: BedrockDouble, code: str) -> None:
    """The error is configured, and so is how long the name of a deleted one stays in use."""
    trained.configure(deployment_name_in_use=code, name_free_after_seconds=90)
    first = create(trained)
    assert refused(create, trained) == (
        code,
        "The provided custom model deployment name is currently in use.",
    )
    delete(trained)
    trained.clock.advance(89)
    assert refused(create, trained)[0] == code
    trained.clock.advance(1)
    assert create(trained) != first


def test_a_repeated_token_makes_one_deployment(trained: BedrockDouble) -> None:
    """A lost response and its retry are one call of Create; without a token the name is in use."""
    trained.faults.add(CREATE, LoseResponse())
    with pytest.raises(ResponseLost):
        create(trained, clientRequestToken="one")
    arn = create(trained, clientRequestToken="one")
    assert [one.arn for one in trained.deployments()] == [arn]
    assert refused(create, trained, clientRequestToken="two")[0] == "ValidationException"
    trained.configure(changed_retry="ConflictException")
    assert refused(create, trained, "other", clientRequestToken="one")[0] == "ConflictException"


def test_only_a_model_that_exists_is_deployed(trained: BedrockDouble) -> None:
    """Neither one that was deleted nor one whose job has not completed."""
    gone = model(trained, 2)
    trained.call("DeleteCustomModel", {"modelIdentifier": gone})
    assert refused(create, trained, modelArn=gone)[0] == "ResourceNotFoundException"
    create(trained)
    trained.clock.advance(60)
    request = {"customModelDeploymentIdentifier": "chat", "modelArn": gone}
    assert refused(trained.call, UPDATE, request)[0] == "ResourceNotFoundException"


def test_quotas_of_deployments(trained: BedrockDouble) -> None:
    """Two at a time and ten in all, as AWS documents them."""
    create(trained, "chat-1")
    create(trained, "chat-2")
    code, message = refused(create, trained, "chat-3")
    assert (code, "in progress: 2" in message) == ("ServiceQuotaExceededException", True)
    for number in range(3, 11):
        trained.clock.advance(60)
        create(trained, f"chat-{number}")
    trained.clock.advance(60)
    code, message = refused(create, trained, "chat-11")
    assert (code, message.endswith("custom model deployments: 10.")) == (
        "ServiceQuotaExceededException",
        True,
    )
    trained.configure(deployments=11)
    create(trained, "chat-11")


def test_a_new_deployment_is_not_readable_at_once(trained: BedrockDouble) -> None:
    """Get, Update, Delete, List and tags do not know it, but its name is in use."""
    trained.configure(deployment_readable_after_seconds=45)
    arn = create(trained)
    for act in (lambda: get(trained), lambda: update(trained, 2), lambda: delete(trained)):
        assert refused(act)[0] == "ResourceNotFoundException"
    assert refused(trained.call, "ListTagsForResource", {"resourceARN": arn})[0] == (
        "ResourceNotFoundException"
    )
    assert trained.call(LIST, {})["modelDeploymentSummaries"] == []
    assert refused(create, trained)[0] == "ValidationException"
    trained.clock.advance(45)
    assert get(trained)["customModelDeploymentArn"] == arn
    assert len(trained.call(LIST, {})["modelDeploymentSummaries"]) == 1


def test_a_deletion_takes_time(request_for: Request) -> None:
    """A status that the API reference does not list is seen, and a second Delete is refused."""
    double = BedrockDouble(clock=Clock.still())
    double.call("CreateModelCustomizationJob", request_for())
    double.complete("job-1")
    double.configure(deleting_seconds=20)
    create(double)
    double.clock.advance(60)
    delete(double)
    assert get(double)["status"] == "Deleting"
    assert refused(delete, double)[0] == "ConflictException"
    assert refused(create, double)[0] == "ValidationException"
    double.clock.advance(20)
    assert refused(get, double)[0] == "ResourceNotFoundException"
    assert double.deployments() == ()
    create(double)


@pytest.mark.parametrize("state", ["Creating", "Updating"])
def test_deletion_of_a_deployment_in_progress(trained: BedrockDouble, state: str) -> None:
    """It is deleted, or refused if the test wants so."""
    trained.configure(delete_while_in_progress=False)
    create(trained)
    if state == "Updating":
        trained.clock.advance(60)
        update(trained, 2)
    assert refused(delete, trained) == (
        "ConflictException",
        f"The custom model deployment chat cannot be deleted: its status is {state}.",
    )
    trained.configure(delete_while_in_progress=True)
    delete(trained)
    assert trained.deployments() == ()


@pytest.mark.parametrize("code", ["ConflictException", "ValidationException", "Allowed"])
def test_a_model_that_is_served_is_not_deleted(trained: BedrockDouble, code: str) -> None:
    """Neither the one that is served nor the one that an update is to; the error is configured."""
    trained.configure(model_in_use=code)
    arn = create(trained)
    trained.clock.advance(60)
    update(trained, 2)
    for number in (1, 2):
        request = {"modelIdentifier": model(trained, number)}
        if code == "Allowed":
            trained.call("DeleteCustomModel", request)
        else:
            got, message = refused(trained.call, "DeleteCustomModel", request)
            assert (got, arn in message) == (code, True)
    if code != "Allowed":
        trained.clock.advance(30)
        trained.call("DeleteCustomModel", {"modelIdentifier": model(trained, 1)})


def test_the_list_has_the_model_that_is_served(trained: BedrockDouble) -> None:
    """During an update it is the old one."""
    create(trained)
    trained.clock.advance(60)
    update(trained, 2)

    def listed(number: int) -> int:
        return len(trained.call(LIST, {"modelArnEquals": model(trained, number)})["modelDeploymentSummaries"])

    assert (listed(1), listed(2)) == (1, 0)
    trained.clock.advance(30)
    assert (listed(1), listed(2)) == (0, 1)


def test_tags_of_a_deployment_are_validated(trained: BedrockDouble) -> None:
    """No reserved key, and no more than the quota."""
    reserved = [{"key": "aws:x", "value": "1"}]
    assert refused(create, trained, tags=reserved)[0] == "ValidationException"
    trained.configure(tags_per_resource=1)
    many = [{"key": key, "value": "1"} for key in "ab"]
    assert refused(create, trained, tags=many)[0] == "TooManyTagsException"
    assert trained.deployments() == ()


def test_a_test_ends_what_is_in_progress(trained: BedrockDouble) -> None:
    """Creation and update, well or badly, without waiting."""
    create(trained)
    trained.activate("chat")
    assert get(trained)["status"] == "Active"
    update(trained, 2)
    trained.activate("chat")
    assert get(trained)["modelArn"] == model(trained, 2)
    update(trained, 1)
    trained.fail_deployment("chat", "no capacity")
    assert get(trained)["updateDetails"]["updateStatus"] == "UpdateFailed"
    assert get(trained)["modelArn"] == model(trained, 2)
    arn = trained.deploy_model("model-1", name="slow", status="Creating")
    trained.clock.advance(100_000)
    assert get(trained, "slow")["status"] == "Creating"
    trained.fail_deployment(arn, "no capacity")
    assert (get(trained, arn)["status"], get(trained, arn)["failureMessage"]) == ("Failed", "no capacity")
    with pytest.raises(LookupError, match="no deployment or throughput 'misspelt'"):
        trained.activate("misspelt")


@pytest.fixture
def far(trained: BedrockDouble) -> Iterator[tuple[Any, DoubleControl]]:
    """Return a boto3 client of a served double, and its control."""
    with BedrockServer(trained) as server:
        client = local_client(
            "bedrock",
            url=server.url,
            account=trained.account,
            region="us-east-1",
            retries={"total_max_attempts": 1},
        )
        yield client, DoubleControl(server.url)
        client.close()


def test_boto3_deploys_updates_and_deletes(trained: BedrockDouble, far: tuple[Any, DoubleControl]) -> None:
    """Over HTTP, by name and by ARN, with the statuses that the control sets."""
    bedrock, control = far
    made = bedrock.create_custom_model_deployment(
        modelDeploymentName="chat", modelArn=model(trained), tags=[{"key": "a", "value": "1"}]
    )
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 202
    arn = made["customModelDeploymentArn"]
    control.activate(arn)
    bedrock.tag_resource(resourceARN=arn, tags=[{"key": "b", "value": "2"}])
    bedrock.untag_resource(resourceARN=arn, tagKeys=["a"])
    assert bedrock.list_tags_for_resource(resourceARN=arn)["tags"] == [{"key": "b", "value": "2"}]
    bedrock.update_custom_model_deployment(customModelDeploymentIdentifier=arn, modelArn=model(trained, 2))
    control.activate("chat")
    there = bedrock.get_custom_model_deployment(customModelDeploymentIdentifier="chat")
    assert (there["modelArn"], there["status"]) == (model(trained, 2), "Active")
    [view] = control.deployments()
    assert view == trained.deployments()[0]
    assert view.token != ""

    control.fail_deployment("chat", "no capacity")
    [listed] = bedrock.list_custom_model_deployments()["modelDeploymentSummaries"]
    assert (listed["status"], listed["failureMessage"]) == ("Failed", "no capacity")
    bedrock.delete_custom_model_deployment(customModelDeploymentIdentifier=arn)
    with pytest.raises(bedrock.exceptions.ResourceNotFoundException):
        bedrock.get_custom_model_deployment(customModelDeploymentIdentifier=arn)


def test_boto3_gets_the_documented_errors(trained: BedrockDouble, far: tuple[Any, DoubleControl]) -> None:
    """A name in use, a model that does not exist, and a request that the service model does not allow."""
    bedrock, control = far
    control.configure(deployment_name_in_use="ConflictException")
    request = {"modelDeploymentName": "chat", "modelArn": model(trained)}
    bedrock.create_custom_model_deployment(**request)
    missing = f"{model(trained)[:-12]}abcdefghijkl"
    for changed, code in (
        ({}, "ConflictException"),
        ({"modelDeploymentName": "other", "modelArn": missing}, "ResourceNotFoundException"),
        ({"modelDeploymentName": "no spaces"}, "ValidationException"),
    ):
        with pytest.raises(ClientError) as caught:
            bedrock.create_custom_model_deployment(**{**request, **changed})
        assert caught.value.response["Error"]["Code"] == code
