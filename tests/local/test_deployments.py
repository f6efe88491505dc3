import re
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms

from constructs_lib import (
    AWS_OWNED_KEY,
    BaseModel,
    Customization,
    HyperParameters,
    JobProvider,
    ModelCustomizationJob,
    OnDelete,
    OutputData,
    TrainingData,
)
from constructs_lib.testing import Refuse
from constructs_lib.testing.cdk_cli import CdkError
from tests.local.deployment import Define, Deployment, synthesized

pytestmark = pytest.mark.local


def triage(id: str = "Triage", *, epochs: int = 2, **changes: Any) -> Define:  # noqa: ANN401 - the construct's own arguments
    """Define a valid job with the arguments that a test changes."""
    arguments = {
        "base_model": BaseModel.NOVA_LITE,
        "customization": Customization.fine_tuning(HyperParameters(epoch_count=epochs)),
        "training_data": TrainingData.from_s3_uri("s3://amzn-s3-demo-bucket/train.jsonl"),
        "output_data": OutputData.from_s3_uri("s3://amzn-s3-demo-bucket/out/"),
        "custom_model_kms_key": AWS_OWNED_KEY,
    }
    return lambda stack: ModelCustomizationJob(stack, id, **(arguments | changes))


def several_jobs(*defines: Define) -> Define:
    """Define several jobs in one stack."""
    return lambda stack: [define(stack) for define in defines]


def before_a_parameter(define: Define, *, fails: bool) -> Define:
    """Define a job, and a parameter after it that is created or updated, or fails."""

    def together(stack: cdk.Stack) -> None:
        value = "{{resolve:ssm:/no/such/parameter}}" if fails else "fine"
        parameter = cdk.CfnResource(
            stack, "After", type="AWS::SSM::Parameter", properties={"Type": "String", "Value": value}
        )
        parameter.node.add_dependency(define(stack))

    return together


def creations(stack: Deployment) -> int:
    """Return the number of calls that create a job."""
    return len(stack.aws.bedrock.calls("CreateModelCustomizationJob"))


def tags_of(stack: Deployment, arn: str) -> dict[str, str]:
    """Return the tags of a job or a model."""
    found = stack.aws.client("bedrock").list_tags_for_resource(resourceARN=arn)["tags"]
    return {tag["key"]: tag["value"] for tag in found}


def where(define: Define, *, is_wanted: bool) -> Define:
    """Define a job under a condition whose parameter decides."""

    def conditional(stack: cdk.Stack) -> None:
        wanted = cdk.CfnParameter(stack, "Wanted", default="yes" if is_wanted else "no")
        condition = cdk.CfnCondition(
            stack, "IsWanted", expression=cdk.Fn.condition_equals(wanted.value_as_string, "yes")
        )
        job = cast("ModelCustomizationJob", define(stack))
        cast("cdk.CfnResource", job.node.default_child).cfn_options.condition = condition

    return conditional


def test_a_condition_that_becomes_false_and_true_again(tickets: Deployment) -> None:
    """It stops a job that runs, and keeps the model of a complete one, which is used again."""
    tickets.deploy(where(triage(), is_wanted=True))
    tickets.deploy(where(triage(), is_wanted=False))
    assert [status for _, status in tickets.jobs] == ["Stopped"]
    tickets.deploy(where(triage(), is_wanted=True))
    name = tickets.job_name
    tickets.aws.bedrock.complete(name)
    tickets.deploy(where(triage(), is_wanted=False))
    tickets.deploy(where(triage(), is_wanted=True))
    assert tickets.job_name == name
    assert [status for _, status in tickets.jobs] == ["Stopped", "Completed"]


@pytest.mark.thorough
def test_what_options_of_the_cdk_cli_do_to_a_job(tickets: Deployment) -> None:
    """docs/upgrading.md has them in a table."""

    def cdk(define: Define, *command: str) -> None:
        folder = synthesized(tickets.name, define).directory
        tickets.aws.cdk(*command, app=folder, cwd=tickets.aws.state)

    def statuses() -> list[str]:
        return [status for _, status in tickets.jobs]

    deploy = ("deploy", tickets.name, "--require-approval", "never")
    cdk(triage(), *deploy)
    tickets.take_over()
    tickets.aws.bedrock.complete(tickets.job_name)
    cdk(triage(epochs=3), *deploy, "--method", "prepare-change-set")
    cdk(triage(epochs=3), *deploy, "--hotswap")
    cdk(triage("Renamed"), "refactor", "--unstable", "refactor", "--dry-run")
    assert statuses() == ["Completed"]
    failing = before_a_parameter(triage(epochs=3), fails=True)
    with pytest.raises(CdkError, match="UPDATE_FAILED"):
        cdk(failing, *deploy, "--no-rollback")
    assert statuses() == ["Completed", "InProgress"]
    cdk(failing, "rollback", tickets.name)
    assert statuses() == ["Completed", "Stopped"]


def test_a_job_from_creation_to_deletion(tickets: Deployment) -> None:
    """Tags change in place, inputs and revision replace the job, destroy stops it; one job runs at a time."""
    tickets.deploy(triage(job_tags={"team": "a", "old": "x"}))
    first, arn = tickets.job_name, tickets.job_arn
    assert re.fullmatch(r"Triage[0-9A-F]{8}-[0-9a-f]{8}-[0-9a-f]{12}", first)
    assert tickets.jobs == [(first, "InProgress")]
    assert tags_of(tickets, arn) == {"team": "a", "old": "x"}

    tickets.deploy(triage(job_tags={"team": "b", "new": "y"}))
    assert tickets.job_arn == arn
    assert tickets.jobs == [(first, "InProgress")]
    assert tags_of(tickets, arn) == {"team": "b", "new": "y"}

    tickets.deploy(triage(epochs=3))
    second = tickets.job_name
    assert tickets.jobs == [(first, "Stopped"), (second, "InProgress")]

    tickets.deploy(triage(epochs=3, revision="again"))
    third = tickets.job_name
    assert tickets.jobs == [(first, "Stopped"), (second, "Stopped"), (third, "InProgress")]

    tickets.destroy()
    assert tickets.jobs == [(first, "Stopped"), (second, "Stopped"), (third, "Stopped")]
    assert creations(tickets) == 3


def test_a_finished_job_is_tagged_with_its_model_and_kept(tickets: Deployment) -> None:
    """Neither a tag nor another output location starts a second training; destroy keeps the model."""
    tickets.deploy(triage())
    name = tickets.job_name
    tickets.aws.bedrock.complete(name)
    tickets.deploy(triage(job_tags={"of": "job"}, custom_model_tags={"of": "model"}))
    tickets.deploy(triage(output_data=OutputData.from_s3_uri("s3://amzn-s3-demo-bucket/elsewhere/")))

    assert tickets.job_name == name
    assert tickets.jobs == [(name, "Completed")]
    assert creations(tickets) == 1

    tickets.deploy(triage(job_tags={"of": "job"}, custom_model_tags={"of": "model"}))
    tickets.destroy()
    [model] = tickets.aws.bedrock.models()
    assert tickets.jobs == [(name, "Completed")]
    assert (tags_of(tickets, model.job_arn), dict(model.tags)) == ({"of": "job"}, {"of": "model"})


def test_tags_of_the_stack_are_updated_on_job_and_model(tickets: Deployment) -> None:
    """Also when the job has finished; adding, changing and removing them trains nothing."""

    def tagged(**tags: str) -> Define:
        def define(stack: cdk.Stack) -> None:
            for key, value in tags.items():
                stack.tags.set_tag(key, value)
            triage(job_tags={"of": "job"})(stack)

        return define

    tickets.deploy(triage(job_tags={"of": "job"}))
    tickets.aws.bedrock.complete(tickets.job_name)
    tickets.deploy(tagged(cost="42", team="tickets"))
    [model] = tickets.aws.bedrock.models()
    assert tags_of(tickets, tickets.job_arn) == {"of": "job", "cost": "42", "team": "tickets"}
    assert tags_of(tickets, model.arn) == {"cost": "42", "team": "tickets"}

    tickets.deploy(tagged(cost="43"))
    assert tags_of(tickets, tickets.job_arn) == {"of": "job", "cost": "43"}
    assert tags_of(tickets, model.arn) == {"cost": "43"}
    assert creations(tickets) == 1


def test_destroy_waits_until_the_job_has_stopped(tickets: Deployment) -> None:
    """The stack is deleted after the job has stopped."""
    tickets.aws.bedrock.configure(stopping_seconds=2)
    tickets.deploy(triage())
    name = tickets.job_name
    tickets.destroy()

    assert tickets.jobs == [(name, "Stopped")]


@pytest.mark.parametrize(
    ("on_delete", "running", "models_of_finished"),
    [
        (OnDelete.STOP_JOB, "Stopped", 1),
        (OnDelete.DELETE_MODEL, "Stopped", 0),
        (OnDelete.RETAIN, "InProgress", 1),
    ],
)
def test_destroy_follows_on_delete(
    tickets: Deployment, on_delete: OnDelete, running: str, models_of_finished: int
) -> None:
    """Each choice of `on_delete` has its documented effect on a running and on a completed job."""
    tickets.deploy(
        several_jobs(triage("Running", on_delete=on_delete), triage("Finished", on_delete=on_delete))
    )
    names = [tickets.job_named_by(tickets.outputs[f"{name}JobArn"]) for name in ("Running", "Finished")]
    tickets.aws.bedrock.complete(names[1])
    tickets.destroy()

    assert sorted(tickets.jobs) == sorted(zip(names, [running, "Completed"], strict=True))
    assert len(tickets.aws.bedrock.models()) == models_of_finished
    if running == "InProgress":
        tickets.aws.bedrock.stop(names[0])


def test_two_jobs_of_a_stack_are_independent(tickets: Deployment) -> None:
    """An update or removal of one job does not change the other."""
    tickets.deploy(several_jobs(triage("One"), triage("Two")))
    one, two = (tickets.job_named_by(tickets.outputs[f"{name}JobArn"]) for name in ("One", "Two"))
    assert sorted(tickets.jobs) == sorted([(one, "InProgress"), (two, "InProgress")])

    tickets.deploy(several_jobs(triage("One", epochs=3), triage("Two")))
    other = tickets.job_named_by(tickets.outputs["OneJobArn"])
    assert sorted(tickets.jobs) == sorted([(one, "Stopped"), (two, "InProgress"), (other, "InProgress")])

    tickets.deploy(triage("Two"))
    assert sorted(tickets.jobs) == sorted([(one, "Stopped"), (two, "InProgress"), (other, "Stopped")])
    assert tickets.job_name == two


def test_what_leaves_the_template_is_deleted(tickets: Deployment) -> None:
    """A job is stopped, and a parameter is deleted, while CloudFormation cleans up after the update."""

    def published(stack: cdk.Stack) -> None:
        triage("One")(stack).publish_model_arn("/one/model", initial_value="none")
        triage("Two")(stack)

    def names() -> list[str]:
        found = tickets.aws.client("ssm").describe_parameters()["Parameters"]
        return [one["Name"] for one in found if one["Name"].startswith("/one/")]

    tickets.deploy(published)
    one = tickets.job_named_by(tickets.outputs["OneJobArn"])
    assert names() == ["/one/model"]
    tickets.deploy(triage("Two"))
    assert names() == []
    assert dict(tickets.jobs)[one] == "Stopped"


def test_a_failed_creation_stops_its_job(tickets: Deployment) -> None:
    """If another resource of the stack fails after the job has started, the rollback stops the job."""
    tickets.fail(before_a_parameter(triage(), fails=True))

    [(_, status)] = tickets.jobs
    assert status == "Stopped"
    assert creations(tickets) == 1


def test_a_failed_update_keeps_the_old_job(tickets: Deployment) -> None:
    """If another resource fails after the replacement, the new job stops and the old one keeps running."""
    tickets.deploy(before_a_parameter(triage(), fails=False))
    old, arn = tickets.job_name, tickets.job_arn
    tickets.fail(before_a_parameter(triage(epochs=3), fails=True))
    [_, (new, _)] = tickets.jobs
    assert tickets.jobs == [(old, "InProgress"), (new, "Stopped")]
    assert tickets.job_arn == arn
    assert creations(tickets) == 2

    tickets.deploy(before_a_parameter(triage(job_tags={"still": "owned"}), fails=False))
    assert tickets.jobs == [(old, "InProgress"), (new, "Stopped")]
    assert tags_of(tickets, arn) == {"still": "owned"}

    tickets.deploy(before_a_parameter(triage(epochs=3), fails=False))
    newest = tickets.job_name
    assert tickets.jobs == [(old, "Stopped"), (new, "Stopped"), (newest, "InProgress")]


def test_tags_of_a_failed_update_are_rolled_back(tickets: Deployment) -> None:
    """The rollback restores the tags of the same job and starts no job."""
    tickets.deploy(before_a_parameter(triage(job_tags={"team": "a"}), fails=False))
    name, arn = tickets.job_name, tickets.job_arn
    tickets.fail(before_a_parameter(triage(job_tags={"team": "b", "more": "x"}), fails=True))

    assert tickets.jobs == [(name, "InProgress")]
    assert tags_of(tickets, arn) == {"team": "a"}
    assert creations(tickets) == 1


def test_an_update_that_bedrock_rejects_is_rolled_back(tickets: Deployment) -> None:
    """The rollback finds the old job and starts no job."""
    tickets.deploy(triage())
    name, arn = tickets.job_name, tickets.job_arn
    tickets.aws.bedrock.add_fault("CreateModelCustomizationJob", Refuse.quota())
    reasons = tickets.fail(triage(epochs=3))

    assert "CreateModelCustomizationJob failed (ServiceQuotaExceededException)" in reasons
    assert "at most 10 scheduled customization jobs" in reasons
    assert tickets.jobs == [(name, "InProgress")]
    assert tickets.job_arn == arn
    assert creations(tickets) == 2


def test_an_exact_name_with_other_inputs_is_refused(tickets: Deployment) -> None:
    """The update fails with advice before a job starts; the job with that name keeps running."""
    tickets.deploy(triage(job_name="triage-1"))
    assert tickets.jobs == [("triage-1", "InProgress")]
    reasons = tickets.fail(triage(epochs=3, job_name="triage-1"))

    assert "No job was started: the job name triage-1 belongs to this resource's earlier job" in reasons
    assert "change job_name, or leave it out" in reasons
    assert tickets.jobs == [("triage-1", "InProgress")]
    assert creations(tickets) == 1

    tickets.deploy(triage(epochs=3, job_name="triage-2"))
    assert tickets.jobs == [("triage-1", "Stopped"), ("triage-2", "InProgress")]


def test_jobs_whose_keys_are_given_by_alias(tickets: Deployment) -> None:
    """Bedrock receives the alias as it was given; an alias of the stack is created before its job."""

    def named_by_alias(stack: cdk.Stack) -> None:
        alias = kms.Alias(stack, "Alias", alias_name="alias/own", target_key=kms.Key(stack, "Key"))
        triage("ByText", custom_model_kms_key="alias/models")(stack)
        triage("ByConstruct", custom_model_kms_key=alias)(stack)

    tickets.deploy(named_by_alias)
    sent = {job.request["customModelKmsKeyId"] for job in tickets.aws.bedrock.jobs()}
    assert sent == {"alias/models", "arn:aws:kms:us-east-1:000000000000:alias/own"}
    assert [status for _, status in tickets.jobs] == ["InProgress", "InProgress"]


def test_a_function_with_the_settings_of_a_company_runs_locally(tickets: Deployment) -> None:
    """The local AWS wins over proxy, exceptions and certificates: no call leaves the machine, all succeed."""
    settings = {
        "AWS_CA_BUNDLE": "/var/task/ca-bundle.pem",
        "HTTPS_PROXY": "http://proxy.example.com:3128",
        "NO_PROXY": "s3.us-east-1.amazonaws.com",
    }

    def define(stack: cdk.Stack) -> None:
        triage()(stack)
        function = JobProvider.of(stack).node.find_child("Function")
        assert isinstance(function, cdk.CfnResource)
        for name, value in settings.items():
            function.add_property_override(f"Environment.Variables.{name}", value)

    tickets.deploy(define)
    assert [status for _, status in tickets.jobs] == ["InProgress"]
    tickets.destroy()
    assert [status for _, status in tickets.jobs] == ["Stopped"]
