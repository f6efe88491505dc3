"""What becomes of the models that were trained: one goes only where it is certain that nobody needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib.testing.bedrock import Refuse
from tests.lambda_.builders import INVENTED, STACK, Scene, properties
from tests.lambda_.cloudformation import Standing
from tests.lambda_.fakes import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from constructs_lib.testing.bedrock.client import BedrockClient

CLEANUP = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
ROLLBACK = "UPDATE_ROLLBACK_IN_PROGRESS"
DELETE = "DeleteCustomModel"


def wish(epochs: int, on_delete: str = "DeleteModel") -> dict[str, Any]:
    """Ask for a job whose model is to be deleted with it."""
    return properties({"hyperParameters": {"epochCount": str(epochs)}}, OnDelete=on_delete)


ONE, TWO = wish(1), wish(2)


def trained(scene: Scene, told: dict[str, Any] = ONE) -> str:
    """Create the resource and let its job complete."""
    arn = str(scene.create(told)["PhysicalResourceId"])
    scene.double.complete(arn)
    return arn


def stands(scene: Scene, arn: str, status: str = "UPDATE_COMPLETE") -> None:
    """Let a job stand for the resource from now on."""
    scene.world.stands = Standing(arn, status)


def replaced(scene: Scene, old: str) -> str:
    """Update the resource to other inputs."""
    new = str(scene.update(old, TWO, ONE)["PhysicalResourceId"])
    stands(scene, new)
    return new


def kept(scene: Scene) -> Iterable[dict[str, Any]]:
    """Give the lines of the log about models that were kept."""
    return [line for line in scene.lines if line["act"] == "model kept"]


def bedrock(scene: Scene) -> BedrockClient:
    """Give somebody else's client."""
    return scene.double.client(account=ACCOUNT, region=REGION)


def models_of(scene: Scene) -> list[str]:
    """Name the jobs whose models exist."""
    return [model.job_arn for model in scene.double.models()]


def test_a_model_stays_until_its_successor_is_complete(scene: Scene) -> None:
    """A retraining has only started; should it fail, the old model is all there is."""
    old = trained(scene)
    new = replaced(scene, old)
    assert scene.delete(old, ONE, status=CLEANUP)["Status"] == "SUCCESS"
    assert models_of(scene) == [old]
    [line] = kept(scene)
    assert line["level"] == "WARNING"
    assert line["command"].endswith(line["modelArn"])
    scene.double.fail(new, "bad data")
    scene.delete(new, TWO)
    assert models_of(scene) == []


def test_a_model_goes_when_its_successor_is_complete(scene: Scene) -> None:
    """Going back to inputs whose model exists deletes the other one, as asked."""
    old = trained(scene)
    new = replaced(scene, old)
    scene.double.complete(new)
    assert scene.delete(old, ONE, status=CLEANUP)["Status"] == "SUCCESS"
    assert models_of(scene) == [new]


def test_a_successor_whose_model_was_deleted_is_none(scene: Scene) -> None:
    """Complete is not enough: the successor must have its model."""
    old = trained(scene)
    new = replaced(scene, old)
    scene.double.complete(new)
    [model] = [model.arn for model in scene.double.models() if model.job_arn == new]
    bedrock(scene).delete_custom_model(modelIdentifier=model)
    scene.delete(old, ONE, status=CLEANUP)
    assert models_of(scene) == [old]


def test_a_resource_that_leaves_the_template_takes_its_model(scene: Scene) -> None:
    """Nothing will stand, and somebody asked for it."""
    old = trained(scene)
    for standing in (Standing(old, "DELETE_IN_PROGRESS"), None):
        scene.world.stands = standing
        assert scene.delete(old, ONE, status=CLEANUP)["Status"] == "SUCCESS"
        assert models_of(scene) == []


def test_the_deletion_of_the_stack_takes_every_model_of_the_resource(scene: Scene) -> None:
    """What had to be kept at a replacement goes with the stack; what others trained stays."""
    old = trained(scene)
    new = replaced(scene, old)
    scene.delete(old, ONE, status=CLEANUP)
    scene.double.complete(new)
    scene.world.stands = None
    other = str(scene.create(ONE, LogicalResourceId="Other")["PhysicalResourceId"])
    elsewhere = str(scene.create(ONE, StackId=STACK.replace("6f1c2a30", "7a000000"))["PhysicalResourceId"])
    scene.double.complete(other)
    scene.double.complete(elsewhere)
    assert scene.delete(new, TWO)["Status"] == "SUCCESS"
    assert models_of(scene) == [other, elsewhere]


@pytest.mark.parametrize("on_delete", ["StopJob", "Retain"])
def test_without_delete_model_no_model_is_searched_for(scene: Scene, on_delete: str) -> None:
    """By default nothing that was paid for is deleted."""
    arn = trained(scene, wish(1, on_delete))
    scene.delete(arn, wish(1, on_delete))
    assert models_of(scene) == [arn]
    assert scene.calls(DELETE) == []


@pytest.mark.parametrize(
    "status", [ROLLBACK, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"]
)
def test_a_rollback_deletes_no_model(scene: Scene, status: str) -> None:
    """A deployment went back to earlier inputs and adopted their job; a sibling failed."""
    old = trained(scene)
    stands(scene, old, "DELETE_IN_PROGRESS")
    assert scene.delete(old, ONE, status=status)["Status"] == "SUCCESS"
    assert models_of(scene) == [old]


@pytest.mark.parametrize("status", ["UPDATE_COMPLETE", "CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
def test_a_stack_at_rest_deletes_no_model(scene: Scene, status: str) -> None:
    """No operation asks for it: it is a repeat, or somebody who may invoke the function."""
    old = trained(scene)
    scene.world.stands = None
    assert scene.delete(old, ONE, status=status)["Status"] == "SUCCESS"
    assert models_of(scene) == [old]


def test_a_stack_that_cannot_be_read_deletes_no_model(scene: Scene) -> None:
    """Nobody knows whether it moves."""
    old = trained(scene)
    scene.world.denied = {"describe_stacks"}
    scene.world.stands = None
    assert scene.delete(old, ONE)["Status"] == "SUCCESS"
    assert models_of(scene) == [old]


@pytest.mark.parametrize("serve", ["deploy_model", "provision"])
def test_a_model_that_is_served_stays_until_its_stack_goes(scene: Scene, serve: str) -> None:
    """In an update it is kept and named; a deletion of the stack fails and says what to delete first."""
    old = trained(scene)
    [model] = [model.arn for model in scene.double.models()]
    getattr(scene.double, serve)(model, name="in-use")
    new = replaced(scene, old)
    scene.double.complete(new)
    assert scene.delete(old, ONE, status=CLEANUP)["Status"] == "SUCCESS"
    assert old in models_of(scene)
    [line] = kept(scene)
    assert "it is in use by arn:" in line["decision"]
    answer = scene.delete(old, ONE)
    assert answer["Status"] == "FAILED"
    assert "provisioned throughput first" in answer["Reason"]
    assert model in answer["Reason"]


@pytest.mark.parametrize("call", ["ListCustomModelDeployments", "ListProvisionedModelThroughputs"])
def test_a_list_that_cannot_be_read_keeps_the_model(scene: Scene, call: str) -> None:
    """Nobody knows whether it is served; the log names the model and the command that deletes it."""
    old = trained(scene)
    scene.double.faults.add(call, Refuse.access_denied(call), times=9)
    assert scene.delete(old, ONE)["Status"] == "SUCCESS"
    assert models_of(scene) == [old]
    [line] = kept(scene)
    assert line["level"] == "ERROR"
    assert line["command"] == f"aws bedrock delete-custom-model --model-identifier {line['modelArn']}"


def test_a_permission_that_went_with_the_old_template_fails_nothing(scene: Scene) -> None:
    """`on_delete` was changed together with the inputs: the model is kept, and named as an error."""
    old = trained(scene)
    new = replaced(scene, old)
    scene.double.complete(new)
    scene.double.faults.add(DELETE, Refuse.access_denied(DELETE), times=99)
    assert scene.delete(old, ONE, status=CLEANUP)["Status"] == "SUCCESS"
    assert old in models_of(scene)
    [line] = kept(scene)
    assert (line["level"], line["decision"]) == ("ERROR", "the function may not delete it")


def test_a_job_that_completes_while_its_stack_is_deleted_takes_its_model(scene: Scene) -> None:
    """An invented id leads to the job, and the deletion of the stack to its model."""
    trained(scene)
    assert scene.delete(INVENTED, ONE)["Status"] == "SUCCESS"
    assert models_of(scene) == []


def test_one_model_in_use_keeps_no_other_from_going(scene: Scene) -> None:
    """The deletion fails for the one that is served, after everything else is done."""
    old = trained(scene)
    [model] = [model.arn for model in scene.double.models()]
    new = replaced(scene, old)
    scene.double.complete(new)
    scene.double.deploy_model(model, name="in-use")
    answer = scene.delete(new, TWO)
    assert answer["Status"] == "FAILED"
    assert models_of(scene) == [old]


# -- what an Update tells ------------------------------------------------------------------------------


def test_a_model_that_was_deleted_by_hand_is_not_told(scene: Scene) -> None:
    """OutputModelArn is the ARN of a model that exists, or empty."""
    arn = trained(scene)
    tagged = properties(
        {"hyperParameters": {"epochCount": "1"}}, OnDelete="DeleteModel", JobTags=[{"key": "a", "value": "b"}]
    )
    assert scene.update(arn, tagged, ONE)["Data"]["OutputModelArn"]
    [model] = scene.double.models()
    scene.double.client(account="123456789012", region="eu-west-1").delete_custom_model(
        modelIdentifier=model.arn
    )
    answer = scene.update(arn, ONE, tagged)
    assert (answer["PhysicalResourceId"], answer["Data"]["OutputModelArn"]) == (arn, "")


def test_a_tag_that_is_dropped_while_the_job_trains_leaves_the_model(scene: Scene) -> None:
    """Bedrock gives the model the tags of the request; what people add to it stays."""
    given = properties(CustomModelTags=[{"key": "team", "value": "a"}, {"key": "stage", "value": "b"}])
    fewer = properties(CustomModelTags=[{"key": "stage", "value": "b"}])
    arn = scene.create(given)["PhysicalResourceId"]
    scene.update(arn, fewer, given)
    scene.double.complete(arn)
    [model] = scene.double.models()
    bedrock(scene).tag_resource(resourceARN=model.arn, tags=[{"key": "by-hand", "value": "c"}])
    scene.update(arn, fewer, fewer)
    [model] = scene.double.models()
    assert dict(model.tags) == {"stage": "b", "by-hand": "c"}
    scene.update(arn, properties(), fewer)
    [model] = scene.double.models()
    assert dict(model.tags) == {"by-hand": "c"}


def test_no_tag_is_written_while_the_state_of_the_stack_is_unknown(scene: Scene, arn: str) -> None:
    """Whoever may invoke the function could retag a job of a stack that is at rest."""
    scene.world.denied = {"describe_stacks"}
    tagged = properties(JobTags=[{"key": "a", "value": "b"}])
    assert scene.update(arn, tagged, properties())["Status"] == "SUCCESS"
    assert dict(scene.double.jobs()[0].tags) == {}
    assert any(line["act"] == "tags not written" and line["level"] == "ERROR" for line in scene.lines)


def test_a_failed_job_says_how_to_start_again(scene: Scene, arn: str) -> None:
    """Nothing changes, so nothing is bought; the log says that another revision starts another job."""
    scene.double.fail(arn, "bad data")
    assert scene.update(arn, properties(), properties())["PhysicalResourceId"] == arn
    line = [line for line in scene.lines if line["act"] == "decided"][-1]
    assert line["level"] == "WARNING"
    assert "set another revision" in line["advice"]
