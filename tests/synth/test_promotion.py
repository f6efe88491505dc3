"""What decides whether a new model serves: what the template has of it, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from constructs_lib import (
    AWS_OWNED_KEY,
    Bake,
    BaseModel,
    Customization,
    CustomModelDeployment,
    EvaluationData,
    InvalidJob,
    JobProvider,
    ModelCustomizationJob,
    OnDelete,
    OutputBucket,
    OutputData,
    PromoteIf,
    Release,
    Score,
    WhenUnsure,
)
from constructs_lib.contract.promotion import EVENTS_MEMBER
from tests.synth.dependency_graph import find_cycle
from tests.synth.templates import OUTPUT, TRAIN, of_type, template

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ENV = cdk.Environment(account="111122223333", region="us-east-1")
VALID = "s3://amzn-s3-demo-bucket/valid.jsonl"
RECORDS = EvaluationData.from_s3_uri("s3://amzn-s3-demo-bucket/evaluation.jsonl")
HOURS = cdk.Duration.hours
MODEL = "arn:aws:bedrock:us-east-1:111122223333:custom-model/amazon.nova-lite-v1:0:300k/abcdefghijkl"
PUBLISHED, DEPLOYMENT = "Custom::BedrockPublishedModel", "Custom::BedrockCustomModelDeployment"
JOB = "Custom::BedrockModelCustomizationJob"


@pytest.fixture
def stack() -> cdk.Stack:
    """Return an empty stack."""
    return cdk.Stack(cdk.App(), "Tickets", env=ENV)


def triage(stack: cdk.Stack, **more: object) -> ModelCustomizationJob:
    """Define a job with validation data."""
    given: dict[str, Any] = {
        "base_model": BaseModel.NOVA_LITE,
        "training_data": TRAIN,
        "validation_data": [VALID],
        "output_data": OUTPUT,
        "custom_model_kms_key": AWS_OWNED_KEY,
    }
    return ModelCustomizationJob(stack, "Triage", **(given | more))


def serve(job: ModelCustomizationJob, **more: object) -> CustomModelDeployment:
    """Define a deployment that follows a job."""
    given: dict[str, Any] = {"model": job, "release": Release.ON_COMPLETION} | more
    return CustomModelDeployment(cdk.Stack.of(job), "Serve", **given)


def alarm(stack: cdk.Stack, id: str = "Errors") -> cloudwatch.Alarm:
    """Define an alarm."""
    metric = cloudwatch.Metric(namespace="Tickets", metric_name="Errors")
    return cloudwatch.Alarm(stack, id, metric=metric, threshold=1, evaluation_periods=1)


def function(stack: cdk.Stack) -> lambda_.Function:
    """Define a function of the user."""
    code, runtime = lambda_.Code.from_inline("x"), lambda_.Runtime.PYTHON_3_13
    return lambda_.Function(stack, "Judge", code=code, handler="index.handler", runtime=runtime)


def promotion(stack: cdk.Stack, kind: str) -> Mapping[str, Any]:
    """Return the property of the only resource of a type."""
    [found] = of_type(stack, kind)
    given: Mapping[str, Any] = found["Properties"]["Promotion"]
    return given


def policy_of(stack: cdk.Stack, end: str) -> str:
    """Return the statements of the policy whose logical id has an end, as JSON."""
    [found] = [one for name, one in template(stack)["Resources"].items() if name.endswith(end)]
    return json.dumps(found["Properties"]["PolicyDocument"]["Statement"])


def test_conditions_are_asked_in_the_order_of_their_costs(stack: cdk.Stack) -> None:
    """A person is asked last, whatever the order in the app; every number is a text."""
    topic, judge = sns.Topic(stack, "Topic"), function(stack)
    triage(stack).publish_model_arn(
        "/tickets/model",
        promote_if=PromoteIf.all_of(
            PromoteIf.approved(topic=topic, expires_after=cdk.Duration.days(3)),
            PromoteIf.answers(RECORDS, score=Score.JSON_EQUAL, margin=0.05, at_least=0.8, max_tokens=64),
            PromoteIf.all_of(PromoteIf.function(judge), PromoteIf.validation_loss(margin=0.02, at_most=1)),
            PromoteIf.training_loss(),
        ),
        when_unsure=WhenUnsure.ASK,
    )
    found = promotion(stack, PUBLISHED)
    assert found["Conditions"] == [
        {"Type": "ValidationLoss", "Margin": "0.02", "AtMost": "1.0"},
        {"Type": "TrainingLoss", "Margin": "0.0"},
        {"Type": "Function", "FunctionArn": stack.resolve(judge.function_arn)},
        {
            "Type": "Answers",
            "Data": "s3://amzn-s3-demo-bucket/evaluation.jsonl",
            "Score": "JsonEqual",
            "Margin": "0.05",
            "Confidence": "0.95",
            "MaxTokens": "64",
            "AtLeast": "0.8",
        },
        {"Type": "Approved", "Seconds": "259200", "TopicArn": stack.resolve(topic.topic_arn)},
    ]
    assert found["WhenUnsure"] == "Ask"
    assert "Bake" not in found


def test_the_records_are_beside_the_output_of_the_job(stack: cdk.Stack) -> None:
    """The property, the rule and the output name one place, which belongs to the one resource alone."""
    deployment = serve(triage(stack, output_data=None), promote_if=PromoteIf.validation_loss())
    own = str(stack.resolve(deployment.node.find_child("Resource").logical_id))
    found = promotion(stack, DEPLOYMENT)["Store"]
    assert found["Prefix"].endswith(f"/promotion/{own}/")
    value = template(stack)["Outputs"]["ServePromotion"]["Value"]["Fn::Join"][1]
    assert value == ["s3://", found["Bucket"], f"/{found['Prefix']}"]
    [target] = of_type(stack, "AWS::Events::Rule")[0]["Properties"]["Targets"]
    text = "".join(
        one if isinstance(one, str) else f"<{one['Ref']}>" for one in target["Input"]["Fn::Join"][1]
    )
    [thing] = json.loads(text)["things"]
    assert (thing["bucket"], thing["prefix"]) == (f"<{found['Bucket']['Ref']}>", found["Prefix"])


def test_a_bucket_of_several_stacks_has_a_prefix_for_each(stack: cdk.Stack) -> None:
    """Records of two stacks with the same construct ids never meet."""
    serve(triage(stack), promote_if=PromoteIf.validation_loss())
    prefix = json.dumps(promotion(stack, DEPLOYMENT)["Store"]["Prefix"])
    assert "AWS::StackId" in prefix
    assert prefix.startswith('{"Fn::Join": ["", ["out/Triage')


@pytest.mark.parametrize(
    ("given", "has_machine"),
    [
        (lambda _: {"promote_if": PromoteIf.validation_loss()}, False),
        (lambda _: {"promote_if": PromoteIf.training_loss(), "when_unsure": WhenUnsure.PROMOTE}, False),
        (lambda _: {"promote_if": PromoteIf.training_loss(), "when_unsure": WhenUnsure.ASK}, True),
        (lambda _: {"promote_if": PromoteIf.approved()}, True),
        (lambda _: {"promote_if": PromoteIf.answers(RECORDS)}, True),
        (lambda stack: {"promote_if": PromoteIf.function(function(stack))}, True),
        (lambda stack: {"bake": Bake(alarms=[alarm(stack)])}, True),
    ],
)
def test_a_state_machine_is_there_only_where_a_look_cannot_do_everything(
    stack: cdk.Stack, given: Callable[[cdk.Stack], dict[str, Any]], *, has_machine: bool
) -> None:
    """Losses are read at each look; everything else takes longer."""
    serve(triage(stack), **given(stack))
    machines = [
        name
        for name, one in template(stack)["Resources"].items()
        if one["Type"] == "AWS::StepFunctions::StateMachine"
    ]
    assert promotion(stack, DEPLOYMENT).get("StateMachine") == ({"Ref": machines[0]} if has_machine else None)
    assert len(machines) == has_machine


def test_alarms_are_watched_without_conditions(stack: cdk.Stack) -> None:
    """Every complete model is promoted then, and taken back if an alarm goes on."""
    errors = alarm(stack)
    serve(triage(stack), bake=Bake(alarms=[errors], duration=HOURS(2), minimum_invocations=20))
    found = promotion(stack, DEPLOYMENT)
    assert found["Conditions"] == []
    assert found["Bake"] == {
        "Alarms": [stack.resolve(errors.alarm_name)],
        "Seconds": "7200",
        "MinimumInvocations": "20",
    }
    statements = policy_of(stack, "Promotion")
    assert "cloudwatch:DescribeAlarms" in statements
    assert json.dumps(stack.resolve(errors.alarm_arn)) in statements
    assert "cloudwatch:GetMetricStatistics" in statements


def test_the_function_is_permitted_what_is_asked_and_nothing_else(stack: cdk.Stack) -> None:
    """With losses alone: its records, and never to approve."""
    serve(triage(stack), promote_if=PromoteIf.validation_loss())
    statements = policy_of(stack, "Promotion")
    assert '"Effect": "Deny", "Action": ["bedrock:TagResource", "bedrock:UntagResource"]' in statements
    for action in ("lambda:", "sns:", "cloudwatch:", "bedrock:InvokeModel", "kms:"):
        assert action not in statements


def test_a_message_to_an_encrypted_topic_is_permitted(stack: cdk.Stack) -> None:
    """The key of the topic may be used through SNS only."""
    topic = sns.Topic(stack, "Topic", master_key=kms.Key(stack, "Key"))
    serve(triage(stack), promote_if=PromoteIf.approved(topic=topic))
    statements = policy_of(stack, "Promotion")
    assert json.dumps(stack.resolve(topic.topic_arn)) in statements
    assert '"kms:ViaService": "sns.us-east-1.amazonaws.com"' in statements


def test_a_local_file_of_records_is_uploaded(stack: cdk.Stack, tmp_path: Path) -> None:
    """The function may read exactly this object, and may deploy models to ask them."""
    file = tmp_path / "evaluation.jsonl"
    record = '{"prompt": "It is broken %d", "referenceResponse": "returns"}\n'
    file.write_text("".join(record % number for number in range(20)))
    job = triage(stack)
    job.publish_model_arn("/tickets/model", promote_if=PromoteIf.answers(EvaluationData.from_file(file)))
    [condition] = promotion(stack, PUBLISHED)["Conditions"]
    assert condition["Data"].startswith("s3://cdk-hnb659fds-assets-111122223333-us-east-1/")
    assert condition["Data"].removeprefix("s3://") in policy_of(stack, "Promotion")
    policies = [name for name in template(stack)["Resources"] if "Deployments" in name]
    assert len(policies) == 1


def test_records_of_a_local_file_are_checked(stack: cdk.Stack, tmp_path: Path) -> None:
    """The error names the file and the line, as `bedrock-customize validate` does."""
    file = tmp_path / "evaluation.jsonl"
    file.write_text('{"prompt": "It is broken"}\n')
    condition = PromoteIf.answers(EvaluationData.from_file(file))
    with pytest.raises(InvalidJob, match=r"evaluation\.jsonl:1.*referenceResponse"):
        triage(stack).publish_model_arn("/tickets/model", promote_if=condition)


def test_models_that_may_serve_are_not_deleted(stack: cdk.Stack) -> None:
    """The job that deletes models knows the records of all that it serves, and may read them to the end."""
    job = triage(stack, on_delete=OnDelete.DELETE_MODEL)
    job.publish_model_arn("/tickets/model", promote_if=PromoteIf.validation_loss())
    serve(job, promote_if=PromoteIf.validation_loss())
    [found] = of_type(stack, JOB)
    stores = [promotion(stack, kind)["Store"] for kind in (PUBLISHED, DEPLOYMENT)]
    assert found["Properties"]["PromotionStores"] == stores
    policies = [name for name in template(stack)["Resources"] if name.endswith("Records")]
    assert len(policies) == 2
    assert set(policies) <= set(found["DependsOn"])
    assert "s3:PutObject" not in policy_of(stack, "PublishedModel985E91BERecords")


def test_a_job_that_keeps_its_models_knows_no_records(stack: cdk.Stack) -> None:
    """Nothing of the job changes."""
    serve(triage(stack), promote_if=PromoteIf.validation_loss())
    [found] = of_type(stack, JOB)
    assert "PromotionStores" not in found["Properties"]


def test_a_function_that_decides_may_use_the_job(stack: cdk.Stack) -> None:
    """It is no circular dependency, also where the policies of the function are full."""
    job, judge = triage(stack, on_delete=OnDelete.DELETE_MODEL, output_data=None), function(stack)
    judge.add_environment("JOB", job.job_arn)
    condition = PromoteIf.all_of(PromoteIf.function(judge), PromoteIf.answers(RECORDS))
    for number in range(6):
        job.publish_model_arn(f"/tickets/{number}", id=f"Model{number}", promote_if=condition)
    resources = template(stack)["Resources"]
    assert any(one["Type"] == "AWS::IAM::ManagedPolicy" for one in resources.values())
    assert find_cycle(template(stack)) == []


def test_a_template_approves_no_model(stack: cdk.Stack) -> None:
    """The tag by which a person approves is refused, also where a job inherits it."""
    cdk.Tags.of(triage(stack)).add("cdk-bedrock-customization:approved", "approved")
    with pytest.raises(RuntimeError, match="by which a person approves or rejects a model"):
        template(stack)


def test_the_decisions_are_metrics(stack: cdk.Stack) -> None:
    """They have the dimension that the function writes."""
    deployment = serve(triage(stack), promote_if=PromoteIf.validation_loss())
    deployment.metric_rejected().create_alarm(stack, "Alarm", threshold=1, evaluation_periods=1)
    [found] = of_type(stack, "AWS::CloudWatch::Alarm")
    properties = found["Properties"]
    assert (properties["Namespace"], properties["MetricName"]) == ("BedrockModelCustomization", "Rejected")
    assert [one["Name"] for one in properties["Dimensions"]] == ["Resource", "Stack"]
    assert (properties["Statistic"], properties["Period"]) == ("Sum", 3600)


def test_there_are_no_metrics_without_a_promotion(stack: cdk.Stack) -> None:
    """The error says what to do."""
    with pytest.raises(InvalidJob, match=r"Tickets/Serve cannot be defined:\n.*give promote_if or bake"):
        serve(triage(stack)).metric_promoted()
    published = triage(cdk.Stack(cdk.App(), "Other", env=ENV)).publish_model_arn("/tickets/model")
    with pytest.raises(InvalidJob, match=r"PublishedModel cannot be defined:\n.*notify_promotion is about"):
        published.notify_promotion(sns.Topic(stack, "Topic"))


def test_events_are_sent_where_a_rule_waits_for_them(stack: cdk.Stack) -> None:
    """The function is permitted to send its own events, once, and before anything is decided."""
    deployment = serve(triage(stack), promote_if=VALIDATION())
    assert EVENTS_MEMBER not in deployment._promotion.members  # type: ignore[union-attr] - there is one
    queue, topics = sqs.Queue(stack, "Queue"), [sns.Topic(stack, name) for name in ("First", "Second")]
    deployment.on_promoted("Promoted", target=targets.SqsQueue(queue), description="It serves")
    deployment.on_rejected("Rejected")
    deployment.on_withdrawn("Withdrawn")
    deployment.on_undecided("Undecided")
    rules = [deployment.notify_promotion(one) for one in topics]
    assert rules[0].node.path == rules[1].node.path == "Tickets/Serve/NotifyPromotion"
    assert promotion(stack, DEPLOYMENT)[EVENTS_MEMBER] == "true"
    found = {
        name: one["Properties"]
        for name, one in template(stack)["Resources"].items()
        if one["Type"] == "AWS::Events::Rule" and name.startswith("Serve")
    }
    patterns = [one["EventPattern"] for one in found.values()]
    [resource] = [name for name, one in template(stack)["Resources"].items() if one["Type"] == DEPLOYMENT]
    assert [one["detail"].pop("status", None) for one in patterns] == [
        ["Promoted"],
        ["Rejected"],
        ["Withdrawn"],
        ["Undecided"],
        None,
    ]
    for one in patterns:
        assert one == {
            "source": ["cdk-bedrock-customization"],
            "detail-type": ["Model Promotion State Change"],
            "detail": {"stackId": [{"Ref": "AWS::StackId"}], "resource": [resource]},
        }
    [*_, notified] = found.values()
    assert len(notified["Targets"]) == 2
    paths = set(notified["Targets"][0]["InputTransformer"]["InputPathsMap"].values())
    assert {"$.detail.reason", "$.detail.modelArn", "$.detail.status"} <= paths
    statements = json.dumps(template(stack))
    assert statements.count("events:PutEvents") == 1
    assert not find_cycle(template(stack))


def test_a_message_needs_a_topic(stack: cdk.Stack) -> None:
    """An ARN is none, and no rule is left behind."""
    deployment = serve(triage(stack), promote_if=VALIDATION())
    given: Any = "arn:aws:sns:us-east-1:111122223333:Team"
    expected = r"Serve.notify_promotion cannot.*\n.*topic must be an aws_sns.ITopic"
    with pytest.raises(InvalidJob, match=expected):
        deployment.notify_promotion(given)
    assert EVENTS_MEMBER not in promotion(stack, DEPLOYMENT)


def test_no_events_are_sent_that_nobody_waits_for(stack: cdk.Stack) -> None:
    """Neither the property nor the permission is there."""
    serve(triage(stack), promote_if=VALIDATION())
    assert EVENTS_MEMBER not in promotion(stack, DEPLOYMENT)
    assert "events:PutEvents" not in json.dumps(template(stack))


def test_a_given_role_is_told_what_it_needs(stack: cdk.Stack) -> None:
    """What it must be permitted has the explicit denial, too."""
    provider = JobProvider(stack, "Jobs", role="arn:aws:iam::111122223333:role/Jobs")
    serve(triage(stack, provider=provider), promote_if=PromoteIf.validation_loss())
    assert [one["Action"] for one in provider.required_statements if one["Effect"] == "Deny"] == [
        ["bedrock:TagResource", "bedrock:UntagResource"]
    ]


def composite(stack: cdk.Stack) -> cloudwatch.CompositeAlarm:
    """Define a composite alarm."""
    rule = cloudwatch.AlarmRule.from_alarm(alarm(stack), cloudwatch.AlarmState.ALARM)
    return cloudwatch.CompositeAlarm(stack, "Composite", alarm_rule=rule)


def fifo(stack: cdk.Stack) -> sns.Topic:
    """Define a topic that keeps the order of messages."""
    return sns.Topic(stack, "Topic", fifo=True, topic_name="approvals.fifo")


def elsewhere(stack: cdk.Stack) -> cloudwatch.Alarm:
    """Define an alarm in another Region."""
    other = cdk.Environment(account="111122223333", region="us-west-2")
    return alarm(cdk.Stack(stack.node.root, "Other", env=other))


VALIDATION, ANSWERS = PromoteIf.validation_loss, PromoteIf.answers


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (lambda _: {"promote_if": "yes"}, "must be a PromoteIf"),
        (lambda _: {"promote_if": PromoteIf.all_of()}, "must have a condition"),
        (lambda _: {"promote_if": PromoteIf.all_of("yes", VALIDATION())}, "must be a PromoteIf"),
        (lambda _: {"promote_if": PromoteIf(5)}, "must be a PromoteIf"),  # type: ignore[arg-type]
        (lambda _: {"promote_if": VALIDATION(margin=-0.1)}, "must be a number of at least 0"),
        (lambda _: {"promote_if": VALIDATION(margin=float("nan"))}, "must be a number of at least 0"),
        (lambda _: {"promote_if": VALIDATION(margin=True)}, "must be a number of at least 0"),
        (lambda _: {"promote_if": VALIDATION(margin="1")}, "must be a number of at least 0"),
        (lambda _: {"promote_if": VALIDATION(at_most=float("inf"))}, "must be a number of at least 0"),
        (
            lambda _: {"promote_if": VALIDATION(margin=cdk.Token.as_number({"Ref": "X"}))},
            "instead of a token",
        ),
        (lambda _: {"promote_if": ANSWERS("s3://b/e.jsonl")}, "must be an EvaluationData"),
        (lambda _: {"promote_if": ANSWERS(RECORDS, margin=2)}, "must be 0 to 1"),
        (lambda _: {"promote_if": ANSWERS(RECORDS, margin=None)}, "must have a margin"),
        (lambda _: {"promote_if": ANSWERS(RECORDS, at_least=80)}, "must be 0 to 1"),
        (lambda _: {"promote_if": ANSWERS(RECORDS, confidence=1)}, "greater than 0.5 and less than 1"),
        (lambda _: {"promote_if": ANSWERS(RECORDS, confidence=0.5)}, "greater than 0.5 and less than 1"),
        (lambda _: {"promote_if": ANSWERS(RECORDS, max_tokens=0)}, "whole number of at least 1"),
        (lambda _: {"promote_if": ANSWERS(RECORDS, max_tokens=1.5)}, "whole number of at least 1"),
        (lambda _: {"promote_if": ANSWERS(RECORDS, score="exact")}, "must be a Score"),
        (lambda _: {"promote_if": ANSWERS(EvaluationData.from_s3_uri("s3://bucket/all/"))}, "one object"),
        (lambda _: {"promote_if": ANSWERS(EvaluationData.from_s3_uri("s3://bucket/*.jsonl"))}, "wildcard"),
        (lambda _: {"promote_if": ANSWERS(EvaluationData.from_s3_uri("https://x/e.jsonl"))}, "start with s3"),
        (lambda _: {"promote_if": ANSWERS(EvaluationData.from_s3_uri(TRAIN.uri))}, "the training data"),
        (
            lambda _: {
                "promote_if": ANSWERS(
                    EvaluationData.from_s3_uri("s3://bucket/e.jsonl", bucket_owner="444455556666")
                )
            },
            "stack's account",
        ),
        (lambda _: {"promote_if": ANSWERS(EvaluationData.from_file("no.jsonl"))}, "a file that exists"),
        (
            lambda _: {"promote_if": ANSWERS(EvaluationData.from_s3_uri(cdk.Fn.import_value("uri")))},
            "must start with s3://",
        ),
        (lambda _: {"promote_if": PromoteIf.function("judge")}, "must be a function"),
        (lambda _: {"promote_if": PromoteIf.approved(topic="topic")}, "must be an aws_sns.ITopic"),
        (lambda stack: {"promote_if": PromoteIf.approved(topic=fifo(stack))}, "must not be a FIFO topic"),
        (lambda _: {"promote_if": PromoteIf.approved(expires_after=14)}, "must be an aws_cdk.Duration"),
        (lambda _: {"promote_if": PromoteIf.approved(expires_after=cdk.Duration.minutes(5))}, "1 hour"),
        (lambda _: {"promote_if": VALIDATION(), "when_unsure": "Keep"}, "must be a WhenUnsure"),
        (lambda _: {"when_unsure": WhenUnsure.ASK}, "there is no condition"),
        (lambda _: {"bake": 3600}, "must be a Bake"),
        (lambda _: {"bake": Bake(alarms=[])}, "must be 1 to 10 alarms"),
        (lambda _: {"bake": Bake(alarms="Errors")}, "must be a list of alarms"),
        (lambda _: {"bake": Bake(alarms=["Errors"])}, "must be an alarm"),
        (lambda stack: {"bake": Bake(alarms=[composite(stack)])}, "composite"),
        (lambda stack: {"bake": Bake(alarms=[elsewhere(stack)])}, "stack's Region"),
        (lambda stack: {"bake": Bake(alarms=[alarm(stack)], duration=3600)}, "must be an aws_cdk.Duration"),
        (lambda stack: {"bake": Bake(alarms=[alarm(stack)], duration=HOURS(25))}, "15 minutes to 24 hours"),
        (lambda stack: {"bake": Bake(alarms=[alarm(stack)], minimum_invocations=-1)}, "whole number"),
        (
            lambda _: {"promote_if": VALIDATION(), "release": Release.AT_DEPLOYMENT},
            r"promote_if decides when the job is complete",
        ),
        (
            lambda stack: {
                "model": MODEL,
                "release": Release.AT_DEPLOYMENT,
                "bake": Bake(alarms=[alarm(stack)]),
            },
            "bake decides about new models of a job",
        ),
    ],
)
def test_what_is_not_possible_is_refused_with_a_sentence(
    stack: cdk.Stack, given: Callable[[cdk.Stack], dict[str, Any]], sentence: str
) -> None:
    """Nothing is defined then, and the sentence says what to do."""
    with pytest.raises(InvalidJob, match=sentence):
        serve(triage(stack), **given(stack))
    assert not stack.node.try_find_child("Serve")


def test_invocations_of_a_parameter_are_not_counted(stack: cdk.Stack) -> None:
    """Nobody invokes a parameter."""
    with pytest.raises(InvalidJob, match="possible only for a CustomModelDeployment"):
        triage(stack).publish_model_arn("/m", bake=Bake(alarms=[alarm(stack)], minimum_invocations=1))


def test_a_loss_that_will_not_exist_is_not_asked(stack: cdk.Stack) -> None:
    """Without validation data it would be unsure for ever."""
    with pytest.raises(InvalidJob, match=r"give the job validation_data, or use PromoteIf\.training_loss"):
        serve(triage(stack, validation_data=None), promote_if=PromoteIf.validation_loss())


def test_validation_data_that_may_be_overwritten_is_a_note(stack: cdk.Stack, tmp_path: Path) -> None:
    """The URI of an uploaded file changes with its content, that of any other object does not."""
    file = tmp_path / "valid.jsonl"
    file.write_bytes(Path("examples/promote/validation.jsonl").read_bytes())
    for data, notes in (([VALID], 1), ([str(file)], 0)):
        scope = cdk.Stack(stack.node.root, f"Stack{notes}", env=ENV)  # type: ignore[arg-type]  # the app
        deployment = serve(triage(scope, validation_data=data), promote_if=PromoteIf.validation_loss())
        said = [str(one.data) for one in deployment.node.metadata]
        assert len([one for one in said if "an object that was overwritten" in one]) == notes


def test_the_same_file_under_another_name_is_the_training_data(stack: cdk.Stack, tmp_path: Path) -> None:
    """What counts is the content."""
    record = (  # it is no record of an evaluation either, which is said, too
        '{"schemaVersion": "bedrock-conversation-2024", "messages": ['
        '{"role": "user", "content": [{"text": "It is broken %d"}]},'
        '{"role": "assistant", "content": [{"text": "returns"}]}]}\n'
    )
    for name in ("train.jsonl", "evaluation.jsonl"):
        (tmp_path / name).write_text("".join(record % number for number in range(10)))
    job = triage(stack, training_data=tmp_path / "train.jsonl")
    data = EvaluationData.from_file(tmp_path / "evaluation.jsonl")
    with pytest.raises(InvalidJob, match="must not be the training data"):
        job.publish_model_arn("/tickets/model", promote_if=PromoteIf.answers(data))


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        (OutputBucket(only_from_vpc_id="vpc-0a1b2c3d"), "must not be limited to a VPC"),
        (OutputData.from_s3_uri("s3://bucket/out/", bucket_owner="444455556666"), "stack's account"),
    ],
)
def test_records_need_an_output_that_the_function_can_write_to(
    stack: cdk.Stack, output: object, sentence: str
) -> None:
    """The job alone may write there."""
    job = triage(stack, output_data=output)
    with pytest.raises(InvalidJob, match=sentence):
        job.publish_model_arn("/tickets/model", promote_if=PromoteIf.validation_loss())


def test_answers_need_a_model_that_can_be_deployed() -> None:
    """A model is asked by a deployment; AWS lists some base models for provisioned throughput only."""
    stack = cdk.Stack(cdk.App(), "Llama", env=cdk.Environment(account="111122223333", region="us-west-2"))
    job = triage(stack, base_model=BaseModel.LLAMA_3_1_8B)
    with pytest.raises(InvalidJob, match=r"promote_if\.answers must be a model that can be deployed"):
        job.publish_model_arn("/m", promote_if=PromoteIf.answers(RECORDS))


def test_a_job_without_documented_losses_is_warned_about(stack: cdk.Stack) -> None:
    """Reinforcement fine-tuning may report none; then every model would be unsure."""
    customization = Customization.reinforcement_fine_tuning(
        grader="arn:aws:lambda:us-east-1:111122223333:function:Grader"
    )
    job = triage(stack, base_model=BaseModel.NOVA_2_LITE, customization=customization)
    deployment = serve(job, promote_if=PromoteIf.validation_loss())
    found = [one.data for one in deployment.node.metadata if "warning" in one.type]
    assert any("AWS documents no losses for reinforcement fine-tuning" in str(one) for one in found)
