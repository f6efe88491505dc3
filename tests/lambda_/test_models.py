"""Which models are deleted: only those of which it is certain that they are not needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib.testing.bedrock import Refuse
from tests.lambda_.builders import INVENTED, STACK, Harness, properties
from tests.lambda_.cloudformation import ResourceRecord
from tests.lambda_.fakes import ACCOUNT, REGION
from tests.lambda_.parameter_store import StoredParameter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from constructs_lib.testing.bedrock.client import BedrockClient

CLEANUP = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
ROLLBACK = "UPDATE_ROLLBACK_IN_PROGRESS"
DELETE = "DeleteCustomModel"


def desired(epochs: int, on_delete: str = "DeleteModel") -> dict[str, Any]:
    """Ask for a job whose model is to be deleted with it."""
    return properties({"hyperParameters": {"epochCount": str(epochs)}}, OnDelete=on_delete)


ONE, TWO = desired(1), desired(2)


def trained(harness: Harness, told: dict[str, Any] = ONE) -> str:
    """Create the resource and let its job complete."""
    arn = str(harness.create(told)["PhysicalResourceId"])
    harness.double.complete(arn)
    return arn


def stands(harness: Harness, arn: str, status: str = "UPDATE_COMPLETE") -> None:
    """Make a job the resource's current one."""
    harness.fakes.current = ResourceRecord(arn, status)


def replaced(harness: Harness, old: str) -> str:
    """Update the resource to other inputs."""
    new = str(harness.update(old, TWO, ONE)["PhysicalResourceId"])
    stands(harness, new)
    return new


def kept(harness: Harness) -> Iterable[dict[str, Any]]:
    """Return the lines of the log about models that were kept."""
    return [line for line in harness.lines if line["act"] == "model kept"]


def bedrock(harness: Harness) -> BedrockClient:
    """Return somebody else's client."""
    return harness.double.client(account=ACCOUNT, region=REGION)


def models_of(harness: Harness) -> list[str]:
    """Name the jobs whose models exist."""
    return [model.job_arn for model in harness.double.models()]


def test_a_model_stays_until_its_successor_is_complete(harness: Harness) -> None:
    """A retraining has only started; should it fail, the old model is all there is."""
    old = trained(harness)
    new = replaced(harness, old)
    assert harness.delete(old, ONE, status=CLEANUP)["Status"] == "SUCCESS"
    assert models_of(harness) == [old]
    [line] = kept(harness)
    assert line["level"] == "WARNING"
    assert line["command"].endswith(line["modelArn"])
    harness.double.fail(new, "bad data")
    harness.delete(new, TWO)
    assert models_of(harness) == []


def test_a_model_goes_when_its_successor_is_complete(harness: Harness) -> None:
    """Going back to inputs whose model exists deletes the other one, as asked."""
    old = trained(harness)
    new = replaced(harness, old)
    harness.double.complete(new)
    assert harness.delete(old, ONE, status=CLEANUP)["Status"] == "SUCCESS"
    assert models_of(harness) == [new]


def test_a_successor_whose_model_was_deleted_is_none(harness: Harness) -> None:
    """Complete is not enough: the successor must have its model."""
    old = trained(harness)
    new = replaced(harness, old)
    harness.double.complete(new)
    [model] = [model.arn for model in harness.double.models() if model.job_arn == new]
    bedrock(harness).delete_custom_model(modelIdentifier=model)
    harness.delete(old, ONE, status=CLEANUP)
    assert models_of(harness) == [old]


def test_a_resource_that_leaves_the_template_takes_its_model(harness: Harness) -> None:
    """No job will be left, and the template asks for it."""
    old = trained(harness)
    for standing in (ResourceRecord(old, "DELETE_IN_PROGRESS"), None):
        harness.fakes.current = standing
        assert harness.delete(old, ONE, status=CLEANUP)["Status"] == "SUCCESS"
        assert models_of(harness) == []


def test_the_deletion_of_the_stack_takes_every_model_of_the_resource(harness: Harness) -> None:
    """What had to be kept at a replacement goes with the stack; what others trained stays."""
    old = trained(harness)
    new = replaced(harness, old)
    harness.delete(old, ONE, status=CLEANUP)
    harness.double.complete(new)
    harness.fakes.current = None
    other = str(harness.create(ONE, LogicalResourceId="Other")["PhysicalResourceId"])
    elsewhere = str(harness.create(ONE, StackId=STACK.replace("6f1c2a30", "7a000000"))["PhysicalResourceId"])
    harness.double.complete(other)
    harness.double.complete(elsewhere)
    assert harness.delete(new, TWO)["Status"] == "SUCCESS"
    assert models_of(harness) == [other, elsewhere]


@pytest.mark.parametrize("on_delete", ["StopJob", "Retain"])
def test_without_delete_model_no_model_is_searched_for(harness: Harness, on_delete: str) -> None:
    """By default nothing that was paid for is deleted."""
    arn = trained(harness, desired(1, on_delete))
    harness.delete(arn, desired(1, on_delete))
    assert models_of(harness) == [arn]
    assert harness.calls(DELETE) == []


@pytest.mark.parametrize(
    "status", [ROLLBACK, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"]
)
def test_a_rollback_deletes_no_model(harness: Harness, status: str) -> None:
    """A deployment returned to earlier inputs and adopted their job; a sibling failed."""
    old = trained(harness)
    stands(harness, old, "DELETE_IN_PROGRESS")
    assert harness.delete(old, ONE, status=status)["Status"] == "SUCCESS"
    assert models_of(harness) == [old]


@pytest.mark.parametrize("status", ["UPDATE_COMPLETE", "CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
def test_a_stack_at_rest_deletes_no_model(harness: Harness, status: str) -> None:
    """No operation asks for it: it is a repeat, or somebody who may invoke the function."""
    old = trained(harness)
    harness.fakes.current = None
    assert harness.delete(old, ONE, status=status)["Status"] == "SUCCESS"
    assert models_of(harness) == [old]


def test_a_stack_that_cannot_be_read_deletes_no_model(harness: Harness) -> None:
    """Nobody knows whether it moves."""
    old = trained(harness)
    harness.fakes.denied = {"describe_stacks"}
    harness.fakes.current = None
    assert harness.delete(old, ONE)["Status"] == "SUCCESS"
    assert models_of(harness) == [old]


@pytest.mark.parametrize("serve", ["deploy_model", "provision"])
def test_a_model_that_is_served_stays_until_its_stack_goes(harness: Harness, serve: str) -> None:
    """In an update it is kept and named; a deletion of the stack fails and says what to delete first."""
    old = trained(harness)
    [model] = [model.arn for model in harness.double.models()]
    getattr(harness.double, serve)(model, name="in-use")
    new = replaced(harness, old)
    harness.double.complete(new)
    assert harness.delete(old, ONE, status=CLEANUP)["Status"] == "SUCCESS"
    assert old in models_of(harness)
    [line] = kept(harness)
    assert "it is in use by arn:" in line["decision"]
    answer = harness.delete(old, ONE)
    assert answer["Status"] == "FAILED"
    assert "provisioned throughput first" in answer["Reason"]
    assert model in answer["Reason"]


@pytest.mark.parametrize("call", ["ListCustomModelDeployments", "ListProvisionedModelThroughputs"])
def test_a_list_that_cannot_be_read_keeps_the_model(harness: Harness, call: str) -> None:
    """Nobody knows whether it is served; the log names the model and the command that deletes it."""
    old = trained(harness)
    harness.double.faults.add(call, Refuse.access_denied(call), times=9)
    assert harness.delete(old, ONE)["Status"] == "SUCCESS"
    assert models_of(harness) == [old]
    [line] = kept(harness)
    assert line["level"] == "ERROR"
    assert line["command"] == f"aws bedrock delete-custom-model --model-identifier {line['modelArn']}"


def publishes(harness: Harness, value: str, name: str = "/tickets/model") -> None:
    """Let a parameter of the stack hold something."""
    standing = ResourceRecord(name, "UPDATE_COMPLETE", kind="Custom::BedrockPublishedModel")
    harness.fakes.stack.resources["Published"] = standing
    harness.fakes.parameters.parameters[name] = StoredParameter(value)


def test_a_model_that_a_parameter_holds_is_kept_although_its_successor_is_complete(harness: Harness) -> None:
    """The new job completed after the deployment had looked, so what is published is still the old model."""
    old = trained(harness)
    [model] = [model.arn for model in harness.double.models()]
    publishes(harness, model)
    new = replaced(harness, old)
    harness.double.complete(new)
    assert harness.delete(old, ONE, status=CLEANUP)["Status"] == "SUCCESS"
    assert models_of(harness) == [old, new]
    [line] = kept(harness)
    assert (line["level"], line["decision"]) == ("WARNING", "it is published in /tickets/model")


def test_a_model_that_is_not_published_any_more_goes(harness: Harness) -> None:
    """The parameter holds the model of the successor."""
    old = trained(harness)
    new = replaced(harness, old)
    harness.double.complete(new)
    publishes(harness, next(model.arn for model in harness.double.models() if model.job_arn == new))
    harness.delete(old, ONE, status=CLEANUP)
    assert models_of(harness) == [new]


def test_a_model_that_is_still_published_stays_when_its_job_leaves_the_template(
    harness: Harness,
) -> None:
    """The parameter follows another job by now, which has no model yet; nothing deletes this one later."""
    old = trained(harness)
    publishes(harness, next(model.arn for model in harness.double.models()))
    stands(harness, old, "DELETE_IN_PROGRESS")
    harness.delete(old, ONE, status=CLEANUP)
    assert models_of(harness) == [old]
    [line] = kept(harness)
    assert line["level"] == "ERROR"


@pytest.mark.parametrize("denied", ["get_parameter", "list_stack_resources"])
def test_a_parameter_that_cannot_be_read_keeps_the_model(harness: Harness, denied: str) -> None:
    """Nobody knows what it holds."""
    old = trained(harness)
    new = replaced(harness, old)
    harness.double.complete(new)
    publishes(harness, "x")
    harness.fakes.denied = {denied}
    harness.delete(old, ONE, status=CLEANUP)
    assert old in models_of(harness)
    [line] = kept(harness)
    assert line["level"] == "ERROR"


def test_the_deletion_of_the_stack_takes_a_published_model_too(harness: Harness) -> None:
    """The parameter has been deleted before the job."""
    old = trained(harness)
    publishes(harness, next(model.arn for model in harness.double.models()))
    harness.delete(old, ONE)
    assert models_of(harness) == []
    assert harness.fakes.parameters.calls == []


RETAINED = {**ONE, "RetainedParameters": ["/tickets/gone", "/tickets/model"]}


def test_the_deletion_of_the_stack_keeps_the_model_that_a_retained_parameter_holds(harness: Harness) -> None:
    """And takes the other models that the resource has trained."""
    old = trained(harness)
    new = replaced(harness, old)
    harness.double.complete(new)
    [model] = [model.arn for model in harness.double.models() if model.job_arn == old]
    harness.fakes.parameters.parameters["/tickets/model"] = StoredParameter(model)
    assert harness.delete(new, RETAINED)["Status"] == "SUCCESS"
    assert models_of(harness) == [old]
    [line] = kept(harness)
    assert (line["level"], line["decision"]) == ("ERROR", "it is published in /tickets/model")


def test_a_retained_parameter_keeps_the_model_of_a_job_that_leaves_the_template(harness: Harness) -> None:
    """CloudFormation does not list the parameter's resource any more: it has left before the job."""
    old = trained(harness)
    [model] = [model.arn for model in harness.double.models()]
    harness.fakes.parameters.parameters["/tickets/model"] = StoredParameter(model)
    stands(harness, old, "DELETE_IN_PROGRESS")
    harness.delete(old, RETAINED, status=CLEANUP)
    assert models_of(harness) == [old]


@pytest.mark.parametrize("names", ["/tickets/model", [7, None], None, {}])
def test_names_of_retained_parameters_that_are_none_keep_nothing(harness: Harness, names: object) -> None:
    """A Delete is carried out whatever its properties are."""
    old = trained(harness)
    assert harness.delete(old, {**ONE, "RetainedParameters": names})["Status"] == "SUCCESS"
    assert models_of(harness) == []


def test_a_stack_without_published_models_is_asked_nothing_of_systems_manager(harness: Harness) -> None:
    """Its function has no permission for it. A parameter that was never created holds nothing."""
    old = trained(harness)
    new = replaced(harness, old)
    harness.double.complete(new)
    unborn = ResourceRecord("not-created/request-1", "CREATE_FAILED", kind="Custom::BedrockPublishedModel")
    harness.fakes.stack.resources["Published"] = unborn
    harness.delete(old, ONE, status=CLEANUP)
    assert models_of(harness) == [new]
    assert harness.fakes.parameters.calls == []


def test_a_permission_that_went_with_the_old_template_fails_nothing(harness: Harness) -> None:
    """`on_delete` was changed together with the inputs: the model is kept, and named as an error."""
    old = trained(harness)
    new = replaced(harness, old)
    harness.double.complete(new)
    harness.double.faults.add(DELETE, Refuse.access_denied(DELETE), times=99)
    assert harness.delete(old, ONE, status=CLEANUP)["Status"] == "SUCCESS"
    assert old in models_of(harness)
    [line] = kept(harness)
    assert (line["level"], line["decision"]) == ("ERROR", "the function is not permitted to delete it")


def test_a_job_that_completes_while_its_stack_is_deleted_takes_its_model(harness: Harness) -> None:
    """An invented id leads to the job, and the deletion of the stack to its model."""
    trained(harness)
    assert harness.delete(INVENTED, ONE)["Status"] == "SUCCESS"
    assert models_of(harness) == []


def test_one_model_in_use_keeps_no_other_from_going(harness: Harness) -> None:
    """The deletion fails for the one that is served, after everything else is done."""
    old = trained(harness)
    [model] = [model.arn for model in harness.double.models()]
    new = replaced(harness, old)
    harness.double.complete(new)
    harness.double.deploy_model(model, name="in-use")
    answer = harness.delete(new, TWO)
    assert answer["Status"] == "FAILED"
    assert models_of(harness) == [old]


# -- what an Update returns ------------------------------------------------------------------------------


def test_a_model_that_was_deleted_by_hand_is_not_returned(harness: Harness) -> None:
    """OutputModelArn is the ARN of a model that exists, or empty."""
    arn = trained(harness)
    tagged = properties(
        {"hyperParameters": {"epochCount": "1"}}, OnDelete="DeleteModel", JobTags=[{"key": "a", "value": "b"}]
    )
    assert harness.update(arn, tagged, ONE)["Data"]["OutputModelArn"]
    [model] = harness.double.models()
    harness.double.client(account="123456789012", region="eu-west-1").delete_custom_model(
        modelIdentifier=model.arn
    )
    answer = harness.update(arn, ONE, tagged)
    assert (answer["PhysicalResourceId"], answer["Data"]["OutputModelArn"]) == (arn, "")


def test_a_tag_that_is_dropped_while_the_job_trains_leaves_the_model(harness: Harness) -> None:
    """Bedrock gives the model the tags of the request; what people add to it stays."""
    given = properties(CustomModelTags=[{"key": "team", "value": "a"}, {"key": "stage", "value": "b"}])
    fewer = properties(CustomModelTags=[{"key": "stage", "value": "b"}])
    arn = harness.create(given)["PhysicalResourceId"]
    harness.update(arn, fewer, given)
    harness.double.complete(arn)
    [model] = harness.double.models()
    bedrock(harness).tag_resource(resourceARN=model.arn, tags=[{"key": "by-hand", "value": "c"}])
    harness.update(arn, fewer, fewer)
    [model] = harness.double.models()
    assert dict(model.tags) == {"stage": "b", "by-hand": "c"}
    harness.update(arn, properties(), fewer)
    [model] = harness.double.models()
    assert dict(model.tags) == {"by-hand": "c"}


def test_no_tag_is_written_while_the_state_of_the_stack_is_unknown(harness: Harness, arn: str) -> None:
    """Whoever may invoke the function could retag a job of a stack that is at rest."""
    harness.fakes.denied = {"describe_stacks"}
    tagged = properties(JobTags=[{"key": "a", "value": "b"}])
    assert harness.update(arn, tagged, properties())["Status"] == "SUCCESS"
    assert dict(harness.double.jobs()[0].tags) == {}
    assert any(line["act"] == "tags not written" and line["level"] == "ERROR" for line in harness.lines)


def test_a_failed_job_says_how_to_start_again(harness: Harness, arn: str) -> None:
    """Nothing changes, so nothing is bought; the log says that another revision starts another job."""
    harness.double.fail(arn, "bad data")
    assert harness.update(arn, properties(), properties())["PhysicalResourceId"] == arn
    line = [line for line in harness.lines if line["act"] == "decided"][-1]
    assert line["level"] == "WARNING"
    assert "set another revision" in line["advice"]
