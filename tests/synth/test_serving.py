"""What comes after training, as the template has it: parameters, deployments, the rule and the alarm."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as stepfunctions
from aws_cdk import aws_stepfunctions_tasks as tasks

from constructs_lib import (
    AWS_OWNED_KEY,
    Bake,
    BaseModel,
    Checks,
    CustomModelDeployment,
    InvalidJob,
    JobProvider,
    ModelCustomizationJob,
    OnDelete,
    Release,
    ResourceOnDelete,
    Wait,
)
from constructs_lib.contract.follow import LONGEST_INPUT
from tests.synth.templates import OUTPUT, TRAIN, of_type, template

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ENV = cdk.Environment(account="111122223333", region="us-east-1")
MODEL = "arn:aws:bedrock:us-east-1:111122223333:custom-model/amazon.nova-lite-v1:0:300k/abcdefghijkl"
DEPLOYED = "arn:aws:bedrock:us-east-1:111122223333:custom-model-deployment/abcdefghijkl"


@pytest.fixture
def stack() -> cdk.Stack:
    """Return an empty stack."""
    return cdk.Stack(cdk.App(), "Tickets", env=ENV)


def triage(stack: cdk.Stack, id: str = "Triage", **more: object) -> ModelCustomizationJob:
    """Define a job with nothing of its own."""
    given: dict[str, Any] = {"output_data": OUTPUT, "custom_model_kms_key": AWS_OWNED_KEY} | more
    given = {"base_model": BaseModel.NOVA_LITE, "training_data": TRAIN} | given
    return ModelCustomizationJob(stack, id, **given)


def serve(stack: cdk.Stack, id: str = "Serve", **more: object) -> CustomModelDeployment:
    """Define a deployment of a job, or of a model that exists."""
    given: dict[str, Any] = {"model": MODEL} | more
    return CustomModelDeployment(stack, id, **given)


def follow(stack: cdk.Stack, job: ModelCustomizationJob, **more: object) -> CustomModelDeployment:
    """Define a deployment that follows a job."""
    return serve(stack, model=job, release=Release.ON_COMPLETION, **more)


def the_only(stack: cdk.Stack, kind: str) -> Mapping[str, Any]:
    """Return the properties of the only resource of a type."""
    [found] = of_type(stack, kind)
    properties: Mapping[str, Any] = found["Properties"]
    return properties


def inputs(stack: cdk.Stack) -> list[dict[str, Any]]:
    """Return what the rule sends to the function, for a stack ARN of the longest kind."""
    stack_id = f"arn:aws:cloudformation:us-east-1:111122223333:stack/{'x' * 128}/{'0' * 36}"
    found = []
    for target in the_only(stack, "AWS::Events::Rule")["Targets"]:
        parts = target["Input"]["Fn::Join"][1]
        text = "".join(one if isinstance(one, str) else stack_id for one in parts)
        assert len(text) <= LONGEST_INPUT
        found.append(json.loads(text))
    return found


def id_of(stack: cdk.Stack, construct: cdk.Resource) -> str:
    """Return the logical id of the resource of a construct."""
    found: Any = construct.node.default_child
    return stack.get_logical_id(found)


def warnings(stack: cdk.Stack) -> list[str]:
    """Synthesize the app, and return the warnings of a stack."""
    template(stack)
    found = (entry for one in stack.node.find_all() for entry in one.node.metadata)
    return [str(one.data) for one in found if one.type == "aws:cdk:warning"]


def test_the_resource_names_parameter_and_job(stack: cdk.Stack) -> None:
    """It waits for the job and for the policy of the function, and has the tags of the stack."""
    cdk.Tags.of(stack).add("cost-centre", "7")
    job = triage(stack)
    published = job.publish_model_arn(
        "/tickets/model", initial_value=MODEL, on_delete=ResourceOnDelete.RETAIN
    )
    [found] = of_type(stack, "Custom::BedrockPublishedModel")
    properties = found["Properties"]
    assert properties.pop("ServiceToken")
    assert properties.pop("ServiceTimeout") == 2700
    assert properties == {
        "ParameterName": "/tickets/model",
        "Job": id_of(stack, job),
        "JobArn": {"Ref": id_of(stack, job)},
        "InitialValue": MODEL,
        "OnDelete": "Retain",
        "Tags": [{"key": "cost-centre", "value": "7"}],
    }
    [policy] = found["DependsOn"]
    assert policy.startswith("BedrockModelCustomizationJobs")
    assert stack.resolve(published.parameter_name) == {"Ref": id_of(stack, published)}
    assert stack.resolve(published.value) == {"Fn::GetAtt": [id_of(stack, published), "Value"]}


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("tickets model", "letters, digits"),
        ("/tickets/*", "letters, digits"),
        ("tickets/model", "start with '/'"),
        ("/tickets//model", "empty level"),
        ("/tickets/", "empty level"),
        ("/aws/model", "'aws' or 'ssm'"),
        ("SSMmodel", "'aws' or 'ssm'"),
        ("/a" * 16, "15 levels"),
        ("/" + "a" * 1011, "1011 characters"),
        ("", "letters, digits"),
        ("\x1b[2J", "letters, digits"),
    ],
)
def test_a_name_that_systems_manager_refuses(
    stack: cdk.Stack,
    name: str,
    sentence: str,
) -> None:
    """It stops the synthesis with a sentence, before a job is trained for it."""
    with pytest.raises(InvalidJob, match=sentence) as raised:
        triage(stack).publish_model_arn(name)
    assert str(raised.value).isprintable() or "\x1b" not in str(raised.value)


def test_a_part_of_the_name_may_be_known_at_deployment_only(stack: cdk.Stack) -> None:
    """Policy and rule have the same value; the beginning must be known."""
    stage = cdk.CfnParameter(stack, "Stage").value_as_string
    triage(stack).publish_model_arn(f"/tickets/{stage}/model")
    with pytest.raises(InvalidJob, match="known at synthesis"):
        triage(stack, "Other").publish_model_arn(f"{stage}/model")
    text = json.dumps(the_only(stack, "AWS::Events::Rule")["Targets"])
    assert '{"Ref": "Stage"}' in text


def test_two_resources_do_not_write_one_parameter(stack: cdk.Stack) -> None:
    """Each would take it from the other."""
    triage(stack).publish_model_arn("/tickets/model")
    with pytest.raises(InvalidJob, match="Tickets/Triage/PublishedModel writes too"):
        triage(stack, "Other").publish_model_arn("/tickets/model")


@pytest.mark.parametrize("given", [{"initial_value": ""}, {"initial_value": 7}, {"on_delete": "Delete"}])
def test_wrong_arguments_of_a_parameter(stack: cdk.Stack, given: dict[str, Any]) -> None:
    """They are refused by a sentence, not by an error of the deployment."""
    with pytest.raises(InvalidJob, match=next(iter(given))):
        triage(stack).publish_model_arn("/tickets/model", **given)


@pytest.mark.parametrize("is_deleted", [False, True])
def test_a_retained_parameter_of_a_deleted_model_is_a_warning(stack: cdk.Stack, *, is_deleted: bool) -> None:
    """Its model is kept when the stack is deleted, and somebody pays for it."""
    job = triage(stack, on_delete=OnDelete.DELETE_MODEL if is_deleted else OnDelete.STOP_JOB)
    job.publish_model_arn("/tickets/model", on_delete=ResourceOnDelete.RETAIN)
    assert any("the model that the parameter holds is kept" in one for one in warnings(stack)) is is_deleted


def test_a_job_names_the_retained_parameters_whose_models_it_keeps(stack: cdk.Stack) -> None:
    """Their resources are deleted before it, and the permission to read them after it."""
    job = triage(stack, on_delete=OnDelete.DELETE_MODEL)
    job.publish_model_arn("/tickets/model", on_delete=ResourceOnDelete.RETAIN)
    job.publish_model_arn("/tickets/second", id="Second", on_delete=ResourceOnDelete.RETAIN)
    job.publish_model_arn("/tickets/third", id="Third")
    [resource] = of_type(stack, "Custom::BedrockModelCustomizationJob")
    assert resource["Properties"]["RetainedParameters"] == ["/tickets/model", "/tickets/second"]
    policies = [template(stack)["Resources"][name] for name in resource["DependsOn"]]
    readers = [one for one in policies if "ssm:GetParameter" in json.dumps(one)]
    assert [one["Type"] for one in readers] == ["AWS::IAM::Policy"]


@pytest.mark.parametrize("on_delete", [OnDelete.STOP_JOB, OnDelete.RETAIN, OnDelete.DELETE_MODEL])
def test_a_job_without_a_retained_parameter_names_none(stack: cdk.Stack, on_delete: OnDelete) -> None:
    """Its template stays as it is."""
    stays = ResourceOnDelete.DELETE if on_delete is OnDelete.DELETE_MODEL else ResourceOnDelete.RETAIN
    triage(stack, on_delete=on_delete).publish_model_arn("/tickets/model", on_delete=stays)
    [resource] = of_type(stack, "Custom::BedrockModelCustomizationJob")
    assert "RetainedParameters" not in resource["Properties"]


def test_a_job_may_have_two_parameters(stack: cdk.Stack) -> None:
    """The second one needs an id of its own."""
    job = triage(stack)
    job.publish_model_arn("/tickets/model")
    job.publish_model_arn("/tickets/backup", id="Backup")
    assert len(of_type(stack, "Custom::BedrockPublishedModel")) == 2


def test_there_is_one_rule_for_all(stack: cdk.Stack) -> None:
    """It has the pattern of all followed jobs, a schedule, and a permission for exactly this rule."""
    first, second = triage(stack), triage(stack, "Second", job_name="second-1")
    published = first.publish_model_arn("/tickets/model")
    deployment = follow(stack, first)
    second.alarm_on_failure()
    second.metric_training_loss()
    rule = the_only(stack, "AWS::Events::Rule")
    assert rule["ScheduleExpression"] == "rate(1 hour)"
    detail = rule["EventPattern"]["detail"]
    assert detail["jobStatus"] == ["Completed", "Failed", "Stopped"]
    assert [type(one) for one in detail["jobName"]] == [dict, str]
    [look] = inputs(stack)
    assert set(look) == {"follow", "things"}
    assert look["things"] == [
        {
            "kind": "published",
            "job": id_of(stack, first),
            "resource": id_of(stack, published),
            "parameter": "/tickets/model",
        },
        {
            "kind": "deployment",
            "job": id_of(stack, first),
            "resource": id_of(stack, deployment),
            "parameter": "/Tickets/Serve/deployment-arn",
        },
        {"kind": "job", "job": id_of(stack, second)},
    ]
    permission = the_only(stack, "AWS::Lambda::Permission")
    assert permission["Principal"] == "events.amazonaws.com"
    [rule_id] = [
        name for name, one in template(stack)["Resources"].items() if one["Type"] == "AWS::Events::Rule"
    ]
    assert permission["SourceArn"] == {"Fn::GetAtt": [rule_id, "Arn"]}


def test_the_rule_waits_for_no_job(stack: cdk.Stack) -> None:
    """It is there before the job, so that an early failure is not missed."""
    job = triage(stack)
    job.publish_model_arn("/tickets/model")
    rule = json.dumps(of_type(stack, "AWS::Events::Rule"))
    assert f'{{"Ref": "{id_of(stack, job)}"}}' not in rule
    assert "DependsOn" not in rule


def test_the_function_of_the_job_is_called(stack: cdk.Stack) -> None:
    """A job with a provider of its own has a rule of its own, and both are permitted to call."""
    own = JobProvider(stack, "Own")
    triage(stack).publish_model_arn("/tickets/model")
    triage(stack, "Second", provider=own).publish_model_arn("/tickets/second")
    targets = [one["Properties"]["Targets"][0]["Arn"] for one in of_type(stack, "AWS::Events::Rule")]
    functions = [
        {"Fn::GetAtt": [name, "Arn"]}
        for name, one in template(stack)["Resources"].items()
        if one["Type"] == "AWS::Lambda::Function"
    ]
    assert sorted(map(str, targets)) == sorted(map(str, functions))
    assert len(of_type(stack, "AWS::Lambda::Permission")) == 2


def test_what_one_target_has_no_room_for_goes_to_another(stack: cdk.Stack) -> None:
    """Each input stays below the limit; a pattern that is too long becomes one for every job."""
    for number in range(40):
        triage(stack, f"Job{number}").publish_model_arn(f"/tickets/{'x' * 120}/{number}")
    looks = inputs(stack)
    assert len(looks) > 1
    assert sum(len(one["things"]) for one in looks) == 40
    assert list(the_only(stack, "AWS::Events::Rule")["EventPattern"]["detail"]) == ["jobStatus"]


def test_too_much_for_five_targets_stops_the_synthesis(stack: cdk.Stack) -> None:
    """EventBridge would refuse the rule after the jobs have started."""
    job = triage(stack)
    for number in range(50):
        job.publish_model_arn(f"/tickets/{'x' * 900}/{number}", id=f"Parameter{number}")
    with pytest.raises(RuntimeError, match="too much depends on the jobs of one function"):
        template(stack)


def test_a_plain_job_has_no_rule(stack: cdk.Stack) -> None:
    """Nothing is made, and nothing permitted, that nobody has asked for."""
    triage(stack)
    text = json.dumps(template(stack))
    assert "AWS::Events::Rule" not in text
    assert "ssm:" not in text
    assert "CustomModelDeployment" not in text


def test_the_alarm_is_on_while_the_job_has_failed(stack: cdk.Stack) -> None:
    """It has the metric that the function writes, and a message for each topic."""
    job = triage(stack)
    topic = sns.Topic(stack, "Topic")
    alarm = job.alarm_on_failure(topic)
    assert job.alarm_on_failure(sns.Topic(stack, "Second")).node.path == alarm.node.path
    found = the_only(stack, "AWS::CloudWatch::Alarm")
    assert found["Namespace"] == "BedrockModelCustomization"
    assert found["MetricName"] == "Failed"
    assert {one["Name"]: one["Value"] for one in found["Dimensions"]} == {
        "Stack": "Tickets",
        "Job": id_of(stack, job),
    }
    assert (found["Statistic"], found["Period"], found["Threshold"]) == ("Maximum", 3600, 1)
    assert found["TreatMissingData"] == "ignore"
    assert len(found["AlarmActions"]) == 2
    assert inputs(stack)[0]["things"] == [{"kind": "job", "job": id_of(stack, job)}]


def test_the_losses_are_metrics(stack: cdk.Stack) -> None:
    """A dashboard or an alarm of the app can have them, with the CDK's options."""
    job = triage(stack)
    loss = job.metric_validation_loss(statistic="Average")
    assert isinstance(loss, cloudwatch.Metric)
    loss.create_alarm(stack, "Alarm", threshold=2, evaluation_periods=1)
    job.metric_training_loss().create_alarm(stack, "Training", threshold=2, evaluation_periods=1)
    names = {one["Properties"]["MetricName"] for one in of_type(stack, "AWS::CloudWatch::Alarm")}
    assert names == {"ValidationLoss", "TrainingLoss"}


def test_a_model_is_deployed_during_the_deployment(stack: cdk.Stack) -> None:
    """The template has what is sent to Bedrock; ARN and name are known to the rest of the app."""
    deployment = serve(
        stack,
        deployment_name="tickets-triage",
        description="Sorts tickets",
        deletion_protection=True,
        deployment_tags={"team": "a"},
        arn_parameter_name="/tickets/deployment",
    )
    properties = dict(the_only(stack, "Custom::BedrockCustomModelDeployment"))
    assert properties.pop("ServiceToken")
    assert properties.pop("ServiceTimeout") == 2700
    assert properties == {
        "DeploymentName": "tickets-triage",
        "ModelArn": MODEL,
        "Description": "Sorts tickets",
        "OnDelete": "Delete",
        "DeletionProtection": "true",
        "Tags": [{"key": "team", "value": "a"}],
    }
    own = id_of(stack, deployment)
    assert template(stack)["Outputs"]["ServeDeploymentArn"]["Value"] == {"Fn::GetAtt": [own, "DeploymentArn"]}
    assert stack.resolve(deployment.deployment_name) == {"Ref": own}
    assert stack.resolve(deployment.custom_model_arn) == {"Fn::GetAtt": [own, "ModelArn"]}
    assert stack.resolve(deployment.deployment_status) == {"Fn::GetAtt": [own, "Status"]}
    assert the_only(stack, "AWS::SSM::Parameter")["Name"] == "/tickets/deployment"


def test_a_job_is_deployed_when_it_is_complete(stack: cdk.Stack) -> None:
    """The template names the job; the parameter with the ARN is the function's."""
    job = triage(stack)
    deployment = follow(stack, job)
    [found] = of_type(stack, "Custom::BedrockCustomModelDeployment")
    assert "ModelArn" not in found["Properties"]
    assert found["Properties"]["Follow"] == {
        "Job": id_of(stack, job),
        "JobArn": {"Ref": id_of(stack, job)},
        "Parameter": "/Tickets/Serve/deployment-arn",
    }
    assert len(found["DependsOn"]) == 2
    assert deployment.arn_parameter_name == "/Tickets/Serve/deployment-arn"
    outputs = template(stack)["Outputs"]
    assert outputs["ServeDeploymentArnParameter"]["Value"] == "/Tickets/Serve/deployment-arn"
    assert not of_type(stack, "AWS::SSM::Parameter")


def test_deployment_and_parameter_are_removed_before_the_job(stack: cdk.Stack) -> None:
    """CloudFormation deletes what refers to a resource before that resource (D21)."""
    job = triage(stack)
    job.publish_model_arn("/tickets/model")
    follow(stack, job)
    resources = template(stack)["Resources"]
    for kind in ("Custom::BedrockPublishedModel", "Custom::BedrockCustomModelDeployment"):
        [found] = of_type(stack, kind)
        assert f'{{"Ref": "{id_of(stack, job)}"}}' in json.dumps(found)
        for policy in found["DependsOn"]:
            assert resources[policy]["Type"] == "AWS::IAM::Policy"


def test_at_most_two_are_created_at_once(stack: cdk.Stack) -> None:
    """By default an account has two in creation (D14); those that follow a job are not created here."""
    made = [id_of(stack, serve(stack, f"Serve{number}")) for number in range(4)]
    follow(stack, triage(stack))
    resources = template(stack)["Resources"]
    waits = [[one for one in resources[name]["DependsOn"] if one in made] for name in made]
    assert waits == [[], [], [made[0]], [made[1]]]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (lambda stack: {"model": triage(stack)}, "release=Release.ON_COMPLETION"),
        (lambda stack: {"model": triage(stack).output_model_arn}, "give the job itself"),
        (lambda _: {"release": Release.ON_COMPLETION}, "must be a job"),
        (lambda _: {"model": f"{MODEL}*"}, "wildcard"),
        (lambda _: {"model": DEPLOYED}, "ARN of a custom model"),
        (lambda _: {"model": MODEL.replace("us-east-1", "us-west-2")}, "Region"),
        (lambda _: {"model": MODEL.replace("1111", "9999")}, "account"),
        (lambda _: {"model": 7}, "must be a ModelCustomizationJob"),
        (lambda stack: {"model": triage(cdk.Stack(stack.node.root, "Other"))}, "same stack"),
        (lambda _: {"deployment_name": "bad--name"}, "letters and digits"),
        (lambda _: {"deployment_name": "x" * 64}, "1 to 63"),
        (lambda _: {"deployment_name": 7}, "name of a deployment"),
        (lambda _: {"description": ""}, "1 to 2048"),
        (lambda _: {"description": 7}, "must be a text"),
        (lambda _: {"arn_parameter_name": "/aws/x"}, "'aws' or 'ssm'"),
        (lambda _: {"on_delete": "Retain"}, "ResourceOnDelete"),
        (lambda _: {"release": "OnCompletion"}, "must be a Release"),
        (lambda _: {"deletion_protection": "true"}, "True or False"),
        (lambda _: {"deployment_tags": [1]}, "mapping"),
        (lambda _: {"deployment_tags": {"aws:x": "1"}}, "deployment_tags"),
        (lambda _: {"provider": "x"}, "must be a JobProvider"),
        (lambda _: {"checks": "warn"}, "checks must be a Checks"),
        (lambda _: {"catalog": "prices.json"}, "catalog must be a Catalog"),
        (lambda stack: {"provider": JobProvider.of(cdk.Stack(stack.node.root, "Else"))}, "this stack"),
    ],
)
def test_wrong_arguments_of_a_deployment(
    stack: cdk.Stack, given: Callable[[cdk.Stack], dict[str, Any]], sentence: str
) -> None:
    """They are refused by a sentence that says what to do."""
    with pytest.raises(InvalidJob, match=sentence):
        serve(stack, **given(stack))


def test_what_is_wrong_is_reported_at_once(stack: cdk.Stack) -> None:
    """One run shows all of it."""
    with pytest.raises(InvalidJob) as raised:
        follow(stack, triage(stack), description="Later", deployment_name="-", on_delete="x")
    assert {one.name for one in raised.value.findings} == {
        "deployment-description",
        "deployment-name",
        "argument-type",
    }


def test_a_model_that_cannot_be_deployed_is_refused() -> None:
    """With AWS's page; the check can be overruled, because the page may be behind (D13)."""
    stack = cdk.Stack(cdk.App(), "West", env=cdk.Environment(account="111122223333", region="us-west-2"))
    job = triage(stack, base_model="meta.llama3-1-8b-instruct-v1:0:128k")
    with pytest.raises(InvalidJob, match=r"only provisioned throughput.*deploy-custom-model-on-demand"):
        follow(stack, job)
    follow(stack, job, checks=Checks(overrides={"model-hosting": "warn"}))
    arn = MODEL.replace("us-east-1", "us-west-2").replace("nova-lite-v1:0:300k", "titan-embed-image-v1:0")
    with pytest.raises(InvalidJob, match="provisioned throughput"):
        serve(stack, "Other", model=arn)


def test_a_region_that_is_not_listed_is_a_warning() -> None:
    """AWS adds Regions before its pages say so."""
    stack = cdk.Stack(cdk.App(), "West", env=cdk.Environment(account="111122223333", region="us-west-2"))
    serve(stack, model=MODEL.replace("us-east-1", "us-west-2"))
    assert any("AWS lists us-east-1" in one for one in warnings(stack))


def test_more_than_ten_deployments_are_a_warning(stack: cdk.Stack) -> None:
    """The quota can be raised."""
    for number in range(10):
        serve(stack, f"Serve{number}")
    assert not any("10 deployments" in one for one in warnings(stack))


def test_eleven_deployments_are_a_warning(stack: cdk.Stack) -> None:
    """It names the quota."""
    for number in range(11):
        serve(stack, f"Serve{number}")
    assert any("10 deployments" in one for one in warnings(stack))


def test_two_deployments_of_one_name_are_refused(stack: cdk.Stack) -> None:
    """Bedrock takes a name once in an account and a Region."""
    serve(stack, deployment_name="tickets")
    with pytest.raises(InvalidJob, match="Tickets/Serve"):
        serve(stack, "Second", deployment_name="tickets")


def test_it_is_a_model_of_the_cdk(stack: cdk.Stack) -> None:
    """A task of Step Functions invokes it, whether this app defines or imports it."""
    imported = CustomModelDeployment.from_deployment_arn(stack, "Known", DEPLOYED)
    for number, one in enumerate((serve(stack), imported)):
        task = tasks.BedrockInvokeModel(
            stack, f"Task{number}", model=one, body=stepfunctions.TaskInput.from_object({})
        )
        assert task.to_state_json()["Parameters"]["ModelId"]


def test_what_is_not_known_is_not_used(stack: cdk.Stack) -> None:
    """With ON_COMPLETION the ARN and the metrics of it are known later; the error says what to do."""
    deployment = follow(stack, triage(stack))
    for use in (lambda: deployment.model_arn, deployment.metric_invocations):
        with pytest.raises(InvalidJob, match="read the parameter arn_parameter_name"):
            use()


@pytest.mark.parametrize(
    ("method", "metric", "statistic"),
    [
        ("metric_invocations", "Invocations", "Sum"),
        ("metric_invocation_latency", "InvocationLatency", "Average"),
        ("metric_throttles", "InvocationThrottles", "Sum"),
        ("metric_client_errors", "InvocationClientErrors", "Sum"),
        ("metric_server_errors", "InvocationServerErrors", "Sum"),
        ("metric_input_tokens", "InputTokenCount", "Sum"),
        ("metric_output_tokens", "OutputTokenCount", "Sum"),
    ],
)
def test_metrics_of_bedrock(stack: cdk.Stack, method: str, metric: str, statistic: str) -> None:
    """The dimension is what is invoked."""
    imported = CustomModelDeployment.from_deployment_arn(stack, "Known", DEPLOYED)
    found = getattr(imported, method)()
    assert (found.namespace, found.metric_name, found.statistic) == ("AWS/Bedrock", metric, statistic)
    assert found.dimensions == {"ModelId": DEPLOYED}


def test_metrics_say_where_they_are(stack: cdk.Stack) -> None:
    """A dashboard of another Region reads them where they are, also those of an imported deployment."""
    elsewhere = DEPLOYED.replace("us-east-1:111122223333", "us-west-2:444455556666")
    imported = CustomModelDeployment.from_deployment_arn(stack, "Known", elsewhere)
    assert (imported.env.account, imported.env.region) == ("444455556666", "us-west-2")
    metrics = {
        triage(stack).metric_failed(): ("111122223333", "us-east-1"),
        serve(stack).metric_invocations(): ("111122223333", "us-east-1"),
        imported.metric_invocations(): ("444455556666", "us-west-2"),
    }
    for one, place in metrics.items():
        assert (one.account, one.region) == place
    dashboard = cloudwatch.Dashboard(
        cdk.Stack(stack.node.root, "Other", env=cdk.Environment(account="111122223333", region="eu-west-1")),  # type: ignore[arg-type]
        "Dashboard",
    )
    dashboard.add_widgets(cloudwatch.GraphWidget(left=[*metrics]))
    [found] = of_type(cdk.Stack.of(dashboard), "AWS::CloudWatch::Dashboard")
    body = json.dumps(found["Properties"]["DashboardBody"])
    assert (body.count("us-east-1"), body.count("us-west-2"), body.count("444455556666")) == (2, 2, 2)


def test_metrics_of_a_stack_without_an_environment_are_of_the_stack() -> None:
    """What only the deployment knows is in no metric: the alarm is in the same stack."""
    stack = cdk.Stack(cdk.App(), "Tickets")
    for one in (triage(stack).metric_failed(), serve(stack).metric_invocations()):
        assert (one.account, one.region) == (None, None)


@pytest.mark.parametrize("key", ["construct", "1234abcd-12ab-34cd-56ef-1234567890ab", None])
def test_an_imported_deployment_permits_the_key_of_its_model(stack: cdk.Stack, key: str | None) -> None:
    """A key that is given by its id is one of the deployment's account and Region."""
    tail = ":kms:us-west-2:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    imported = CustomModelDeployment.from_deployment_attributes(
        stack,
        "Known",
        deployment_arn=DEPLOYED.replace("us-east-1:111122223333", "us-west-2:444455556666"),
        custom_model_kms_key=kms.Key.from_key_arn(stack, "Key", f"arn:aws{tail}")
        if key == "construct"
        else key,
    )
    imported.grant_invoke(iam.User(stack, "Caller")).assert_success()
    _, *of_key = the_only(stack, "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    assert len(of_key) == (0 if key is None else 1)
    for one in of_key:
        assert one["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
        assert tail in json.dumps(one["Resource"])
        assert one["Condition"] == {"StringEquals": {"kms:ViaService": "bedrock.us-west-2.amazonaws.com"}}


def test_the_key_of_an_imported_deployment_is_checked(stack: cdk.Stack) -> None:
    """Both arguments are reported at once."""
    given: Any
    for given in ("arn:aws:kms:us-east-1:111122223333:key/*", 5):
        with pytest.raises(InvalidJob, match="custom model deployment") as refused:
            CustomModelDeployment.from_deployment_attributes(
                stack, "Known", deployment_arn="x", custom_model_kms_key=given
            )
        assert [one.path for one in refused.value.findings] == ["deployment_arn", "custom_model_kms_key"]


def test_alarms_of_what_is_invoked(stack: cdk.Stack) -> None:
    """One for a deployment that this app defines, one for an imported deployment, which a bake may watch."""
    deployment = serve(stack)
    deployment.alarm_on_server_errors(sns.Topic(stack, "Topic"), threshold=5, alarm_name="errors")
    known = CustomModelDeployment.from_deployment_arn(stack, "Known", DEPLOYED)
    slow = known.alarm_on_latency(threshold=cdk.Duration.seconds(8))
    second = known.alarm_on_latency(threshold=cdk.Duration.seconds(20), statistic="p99", id="VerySlow")
    follow(stack, triage(stack), id="Watched", bake=Bake(alarms=[slow, second]))
    errors, *others = [one["Properties"] for one in of_type(stack, "AWS::CloudWatch::Alarm")]
    assert (errors["Namespace"], errors["MetricName"]) == ("AWS/Bedrock", "InvocationServerErrors")
    assert (errors["Statistic"], errors["Period"], errors["EvaluationPeriods"]) == ("Sum", 300, 1)
    assert (errors["Threshold"], errors["AlarmName"]) == (5, "errors")
    assert errors["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert errors["TreatMissingData"] == "notBreaching"
    assert len(errors["AlarmActions"]) == 1
    arn = {"Fn::GetAtt": [id_of(stack, deployment), "DeploymentArn"]}
    assert errors["Dimensions"] == [{"Name": "ModelId", "Value": arn}]
    assert [(one["ExtendedStatistic"], one["Threshold"]) for one in others] == [("p90", 8000), ("p99", 20000)]
    for one in others:
        assert (one["MetricName"], one["EvaluationPeriods"]) == ("InvocationLatency", 3)
        assert one["Dimensions"] == [{"Name": "ModelId", "Value": DEPLOYED}]


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (
            lambda one: one.alarm_on_server_errors(threshold=0),
            "threshold must be a whole number of at least 1",
        ),
        (lambda one: one.alarm_on_server_errors(threshold=1.5), "threshold must be a whole number"),
        (lambda one: one.alarm_on_server_errors(threshold=True), "threshold must be a whole number"),
        (
            lambda one: one.alarm_on_server_errors(threshold=cdk.Token.as_number({"Ref": "Errors"})),
            "threshold must be a whole number",
        ),
        (lambda one: one.alarm_on_latency(threshold=8), "threshold must be an aws_cdk.Duration, got 8"),
        (
            lambda one: one.alarm_on_latency(threshold=cdk.Duration.millis(0)),
            "threshold must be at least a millisecond, got 0",
        ),
        (
            lambda one: one.alarm_on_latency("arn:aws:sns:us-east-1:111122223333:a", threshold=None),
            r"(?s)threshold must be an aws_cdk.Duration.*topic must be an aws_sns.ITopic",
        ),
    ],
)
def test_an_alarm_has_a_threshold(stack: cdk.Stack, use: Callable[[Any], object], message: str) -> None:
    """What is wrong is said in sentences, and no alarm is left behind."""
    known = CustomModelDeployment.from_deployment_arn(stack, "Known", DEPLOYED)
    with pytest.raises(InvalidJob, match=message):
        use(known)
    assert not known.node.children


def test_an_alarm_needs_the_arn_and_its_region(stack: cdk.Stack) -> None:
    """CloudWatch refuses an empty dimension hours later, and sees no metric of another Region."""
    waited = CustomModelDeployment(
        stack, "Waited", model=triage(stack, "Awaited", wait=Wait.for_completion())
    )
    for one in (follow(stack, triage(stack)), waited):
        with pytest.raises(InvalidJob, match=r"or may be empty.*from_deployment_arn"):
            one.alarm_on_server_errors(threshold=5)
    sure = Wait.for_completion(fail_on_timeout=True)
    CustomModelDeployment(stack, "Sure", model=triage(stack, "Surely", wait=sure)).alarm_on_latency(
        threshold=cdk.Duration.seconds(8)
    )
    elsewhere = DEPLOYED.replace("us-east-1", "us-west-2")
    known = CustomModelDeployment.from_deployment_arn(stack, "Known", elsewhere)
    with pytest.raises(InvalidJob, match=r"must be in the Region of the stack.*us-west-2"):
        known.alarm_on_server_errors(threshold=5)


@pytest.mark.parametrize("given", ["arn:aws:sns:us-east-1:111122223333:tickets", None, 5])
def test_what_is_no_grantee_and_no_topic_is_a_finding(stack: cdk.Stack, given: Any) -> None:  # noqa: ANN401 - what nobody should give
    """An ARN is neither: the error says how to import it."""
    job, deployment = triage(stack), serve(stack)
    uses: dict[Callable[[Any], object], str] = {
        job.grant_read: "grantee",
        deployment.grant_invoke: "grantee",
        job.notify_on_end: "topic",
    }
    if given is not None:
        uses[job.alarm_on_failure] = "topic"
    for use, name in uses.items():
        with pytest.raises(
            InvalidJob, match=rf"{name} must be an aws_.*pass the .*from_.*_arn imports"
        ) as refused:
            use(given)
        assert [one.path for one in refused.value.findings] == [name]


def test_an_arn_that_names_no_deployment_is_not_imported(stack: cdk.Stack) -> None:
    """A model, or a pattern, would be permitted otherwise."""
    given: Any
    for given in (MODEL, DEPLOYED.replace("abcdefghijkl", "*"), None, 5):
        with pytest.raises(InvalidJob, match="custom model deployment"):
            CustomModelDeployment.from_deployment_arn(stack, "Known", given)


def test_reading_permits_status_and_parameter(stack: cdk.Stack) -> None:
    """What invokes the model finds its ARN in the parameter."""
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    follow(stack, triage(stack)).grant_read(role)
    [policy] = [
        one["Properties"]["PolicyDocument"]["Statement"]
        for name, one in template(stack)["Resources"].items()
        if name.startswith("RoleDefaultPolicy")
    ]
    assert [one["Action"] for one in policy] == [
        "bedrock:GetCustomModelDeployment",
        ["ssm:GetParameter", "ssm:GetParameters"],
    ]


def test_in_a_nested_stack_the_parameter_has_the_name_of_that_stack(stack: cdk.Stack) -> None:
    """It is known at deployment only."""
    nested = cdk.NestedStack(stack, "Nested")
    deployment = follow(nested, triage(nested))
    assert deployment.arn_parameter_name is not None
    assert deployment.arn_parameter_name.endswith("/Serve/deployment-arn")
    assert "AWS::StackName" in json.dumps(nested.resolve(deployment.arn_parameter_name))
