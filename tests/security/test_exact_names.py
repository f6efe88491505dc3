"""Every value from outside is checked before it enters a policy: it names exactly one thing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from constructs_lib import (
    Bake,
    BaseModel,
    Customization,
    EvaluationData,
    InvalidJob,
    JobNetwork,
    JobProvider,
    ModelCustomizationJob,
    OutputBucket,
    OutputData,
    PromoteIf,
    ServiceRole,
    TrainingData,
)
from tests.security.iam_evaluator import ACCOUNT, OTHER_ACCOUNT, OTHER_REGION, REGION, listed
from tests.security.mutations import resources
from tests.security.stacks import GRADER, PROFILE, add_job, new_stack, template_of
from tests.security.view import View

if TYPE_CHECKING:
    from collections.abc import Callable

ROLE = f"arn:aws:iam::{ACCOUNT}:role"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key"
KEY_ID = "0a1b2c3d-0000-1111-2222-333344445555"
DEPLOYMENT = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:custom-model-deployment/abcdefghijkl"
JOB = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:model-customization-job/amazon.nova-lite-v1:0:300k/abcdefghijkl"
VALIDATION = "s3://data/validation.jsonl"
# All of these match what Bedrock's own model, or IAM, takes.
WILD = ["*", "?", "a*", "${aws:username}"]


def graded(grader: str) -> dict[str, Any]:
    """Return a job with a grader."""
    kind = Customization.reinforcement_fine_tuning(grader=grader)
    return {"base_model": BaseModel.NOVA_2_LITE, "customization": kind}


def taught(teacher: str) -> dict[str, Any]:
    """Return a job with a teacher."""
    return {"customization": Customization.distillation(teacher=BaseModel.of(teacher))}


def read_under(key: object) -> dict[str, Any]:
    """Return a job whose data is encrypted with a key."""
    return {"training_data": TrainingData.from_s3_uri("s3://data/train.jsonl", encryption_key=key)}


def in_network(subnet: str, group: str = "sg-1") -> dict[str, Any]:
    """Return a job in a network that is given by ids."""
    return {"network": JobNetwork.from_ids(subnet_ids=[subnet], security_group_ids=[group])}


# Where values come in, each with what makes the rest of the value.
PLACES: dict[str, Callable[[cdk.Stack, str], dict[str, Any]]] = {
    "role": lambda _, wild: {"role": f"{ROLE}/{wild}"},
    "role that is imported": lambda stack, wild: {
        "role": iam.Role.from_role_arn(stack, "Known", f"{ROLE}/{wild}")
    },
    "role with a token in its ARN": lambda stack, wild: {"role": f"arn:aws:iam::{stack.account}:role/{wild}"},
    "boundary": lambda stack, wild: {
        "role": ServiceRole(
            permissions_boundary=iam.ManagedPolicy.from_managed_policy_arn(
                stack, "Bound", f"arn:aws:iam::{ACCOUNT}:policy/{wild}"
            )
        )
    },
    "model key": lambda _, wild: {"custom_model_kms_key": f"{KEY}/{wild}"},
    "model key that is imported": lambda stack, wild: {
        "custom_model_kms_key": kms.Key.from_key_arn(stack, "Known", f"{KEY}/{wild}")
    },
    "alias of the model key": lambda _, wild: {"custom_model_kms_key": f"alias/{wild}"},
    "alias of the model key that is imported": lambda stack, wild: {
        "custom_model_kms_key": kms.Alias.from_alias_name(stack, "Known", f"alias/{wild}")
    },
    "alias of the data key": lambda _, wild: read_under(f"alias/{wild}"),
    "data key": lambda _, wild: read_under(f"{KEY}/{wild}"),
    "data key that is nothing else": lambda _, wild: read_under(wild),
    "output key": lambda _, wild: {
        "output_data": OutputData.from_s3_uri("s3://results/x/", encryption_key=f"{KEY}/{wild}")
    },
    "bucket's key": lambda stack, wild: {
        "training_data": TrainingData.from_bucket(
            s3.Bucket.from_bucket_attributes(
                stack,
                "In",
                bucket_name="data",
                encryption_key=kms.Key.from_key_arn(stack, "Known", f"{KEY}/{wild}"),
            ),
            "train.jsonl",
        )
    },
    "grader": lambda _, wild: graded(f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{wild}"),
    "grader that is imported": lambda stack, wild: graded(
        lambda_.Function.from_function_arn(
            stack, "Known", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{wild}"
        ).function_arn
    ),
    "teacher": lambda _, wild: taught(f"arn:aws:bedrock:{REGION}::foundation-model/{wild}"),
    "base model": lambda _, wild: {"base_model": f"arn:aws:bedrock:{REGION}::foundation-model/{wild}"},
    "subnet": lambda _, wild: in_network(f"subnet-{wild}"),
    "security group": lambda _, wild: in_network("subnet-1", f"sg-{wild}"),
    "VPC": lambda _, wild: {"output_data": OutputBucket(only_from_vpc_id=f"vpc-{wild}")},
}


@pytest.mark.parametrize("wild", WILD)
@pytest.mark.parametrize("place", PLACES)
def test_wildcards_and_variables_are_refused(place: str, wild: str) -> None:
    """A wildcard or a policy variable never enters a policy, as a part of an ARN or as the whole."""
    stack = new_stack(with_env=place != "role with a token in its ARN")
    with pytest.raises(InvalidJob):
        add_job(stack, **PLACES[place](stack, wild))


def promoted(condition: PromoteIf, **more: Any) -> Callable[[cdk.Stack], object]:  # noqa: ANN401 - arguments
    """Return what publishes the model of a job on a condition."""
    return lambda stack: add_job(stack, validation_data=VALIDATION).publish_model_arn(
        "/tickets/model", promote_if=condition, **more
    )


def imported_key(stack: cdk.Stack, wild: str) -> kms.IKey:
    """Return a key of which only the ARN is known."""
    return kms.Key.from_key_arn(stack, "Known", f"{KEY}/{wild}")


def locked(stack: cdk.Stack, wild: str) -> EvaluationData:
    """Return records in a bucket with such a key."""
    key = imported_key(stack, wild)
    return EvaluationData.from_bucket(
        s3.Bucket.from_bucket_attributes(stack, "In", bucket_name="data", encryption_key=key), "eval.jsonl"
    )


def alarm(stack: cdk.Stack, wild: str) -> cloudwatch.IAlarm:
    """Return an alarm of which only the ARN is known."""
    return cloudwatch.Alarm.from_alarm_arn(stack, "Known", arn_of("cloudwatch", f"alarm:{wild}"))


def arn_of(service: str, resource: str) -> str:
    """Return an ARN of the account and Region."""
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


# What only the function uses: constructs whose ARNs are imported, or who have an imported key.
USED: dict[str, Callable[[cdk.Stack, str], object]] = {
    "function of a promotion": lambda stack, wild: promoted(
        PromoteIf.function(
            lambda_.Function.from_function_arn(stack, "Known", arn_of("lambda", f"function:{wild}"))
        )
    )(stack),
    "topic of an approval": lambda stack, wild: promoted(
        PromoteIf.approved(topic=sns.Topic.from_topic_arn(stack, "Known", arn_of("sns", wild)))
    )(stack),
    "key of such a topic": lambda stack, wild: promoted(
        PromoteIf.approved(topic=sns.Topic(stack, "Known topic", master_key=imported_key(stack, wild)))
    )(stack),
    "alarm of a bake": lambda stack, wild: promoted(
        PromoteIf.validation_loss(), bake=Bake(alarms=[alarm(stack, wild)])
    )(stack),
    "key of the records of an evaluation": lambda stack, wild: promoted(
        PromoteIf.answers(locked(stack, wild))
    )(stack),
    "dead-letter queue": lambda stack, wild: JobProvider.configure(
        stack, dead_letter_queue=sqs.Queue.from_queue_arn(stack, "Known", arn_of("sqs", wild))
    ),
    "key of a dead-letter queue": lambda stack, wild: JobProvider.configure(
        stack,
        dead_letter_queue=sqs.Queue(stack, "Dead", encryption_master_key=imported_key(stack, wild)),
    ),
    "dead-letter topic": lambda stack, wild: JobProvider.configure(
        stack, dead_letter_topic=sns.Topic.from_topic_arn(stack, "Known", arn_of("sns", wild))
    ),
    "key of the environment": lambda stack, wild: JobProvider.configure(
        stack, environment_encryption=imported_key(stack, wild)
    ),
}


@pytest.mark.parametrize("wild", WILD)
@pytest.mark.parametrize("place", USED)
def test_what_only_the_function_uses_has_no_wildcard(place: str, wild: str) -> None:
    """A construct that is imported has whatever ARN it was given."""
    stack = new_stack()
    with pytest.raises(InvalidJob) as caught:
        USED[place](stack, wild)
    assert {one.name for one in caught.value.findings} == {"exact-name"}


@pytest.mark.parametrize("target", ["*", f"{DEPLOYMENT[:-3]}*", "abcdefghijkl", f"arn:aws:s3:::{ACCOUNT}"])
def test_grant_invoke_refuses_wildcards(target: str) -> None:
    """The message has the argument, what it got and what to give."""
    stack = new_stack()
    job = add_job(stack)
    reader = iam.Role(stack, "Reader", assumed_by=iam.AccountRootPrincipal())
    with pytest.raises(InvalidJob, match=r"target_arn must be the ARN of a custom model deployment or of"):
        job.grant_invoke(reader, target_arn=target)
    job.grant_invoke(reader, target_arn=DEPLOYMENT).assert_success()
    job.grant_invoke(reader, target_arn=cdk.Fn.import_value("Deployment")).assert_success()


@pytest.mark.parametrize("arn", ["*", JOB.replace("abcdefghijkl", "*"), "arn:aws:iam::1:role/x"])
def test_the_arn_of_an_imported_job_has_no_wildcard(arn: str) -> None:
    """With a wildcard, grants on one imported job would be grants on all jobs."""
    with pytest.raises(InvalidJob, match="job_arn must be the ARN of a model customization job"):
        ModelCustomizationJob.from_job_arn(new_stack(), "Known", arn)


def test_an_error_is_one_sentence() -> None:
    """The message has the path, the rule, what it got and what to do."""
    with pytest.raises(InvalidJob) as caught:
        add_job(new_stack(), role=f"{ROLE}/*")
    [problem] = caught.value.findings
    assert str(problem) == (
        "role must not contain *, which IAM treats as a wildcard or variable in a policy, "
        f"got '{ROLE}/*'; name exactly one resource"
    )


def test_the_id_of_a_data_key_becomes_an_arn() -> None:
    """A policy needs an ARN: the key is one of the job's account and Region."""
    stack = new_stack()
    add_job(stack, **read_under(KEY_ID))
    view = View(template_of(stack))
    decrypted = {
        resource
        for one in view.statements_of(view.service_roles)
        if "kms:Decrypt" in listed(one.statement["Action"])
        for resource in listed(one.statement["Resource"])
    }
    assert f"{KEY}/{KEY_ID}" in decrypted
    assert KEY_ID not in decrypted


def test_tokens_pass() -> None:
    """Parameters and imported values pass; the handler checks them with the same rules."""
    stack = new_stack()

    def later(id: str) -> str:
        return cdk.CfnParameter(stack, id, default="x").value_as_string

    training = TrainingData.from_s3_uri("s3://data/train.jsonl", encryption_key=later("DataKey"))
    network = JobNetwork.from_ids(subnet_ids=[later("Subnet")], security_group_ids=[later("Group")])
    kind = Customization.reinforcement_fine_tuning(grader=later("Grader"))
    add_job(
        stack,
        base_model=BaseModel.NOVA_2_LITE,
        training_data=training,
        network=network,
        customization=kind,
        role=later("Role"),
        custom_model_kms_key=later("Key"),
        output_data=OutputBucket(only_from_vpc_id=later("Vpc")),
    )
    assert "Custom::BedrockModelCustomizationJob" in json.dumps(template_of(stack))


ELSEWHERE = {
    "grader of another account": graded(GRADER.replace(ACCOUNT, OTHER_ACCOUNT)),
    "grader of another Region": graded(GRADER.replace(REGION, OTHER_REGION)),
    "profile of another account": taught(PROFILE.replace(ACCOUNT, OTHER_ACCOUNT)),
    "profile of another Region": taught(PROFILE.replace(REGION, OTHER_REGION)),
    "teacher of another Region": taught(
        f"arn:aws:bedrock:{OTHER_REGION}::foundation-model/amazon.nova-pro-v1:0"
    ),
}


@pytest.mark.parametrize("what", ELSEWHERE)
def test_grader_and_teacher_must_be_of_the_jobs_account_and_region(what: str) -> None:
    """A role that is created here gives no other account access to the data; a given role may."""
    account = "belong to the job's account, because it receives training data"
    rule = account if "account" in what else "be in the job's Region"
    with pytest.raises(InvalidJob, match=f"must {rule}.*or pass a role that permits the call"):
        add_job(new_stack(), **ELSEWHERE[what])
    assert add_job(new_stack(), role=f"{ROLE}/Given", **ELSEWHERE[what])


@pytest.mark.parametrize(
    ("conditions", "open_"),
    [
        (None, True),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, True),
        ({"StringEquals": {"aws:SourceAccount": ACCOUNT}}, False),
        ({"ArnLike": {"AWS:SourceArn": f"arn:aws:bedrock:{REGION}:{ACCOUNT}:*"}}, False),
    ],
)
def test_a_role_that_trusts_bedrock_without_a_condition_is_warned_about(
    conditions: Any,  # noqa: ANN401 - a policy's conditions
    *,
    open_: bool,
) -> None:
    """The confused deputy is a warning that can be acknowledged; the role is not changed."""
    stack = new_stack()
    bedrock = iam.ServicePrincipal("bedrock.amazonaws.com", conditions=conditions)
    job = add_job(stack, role=iam.Role(stack, "Mine", assumed_by=bedrock))
    said = [entry.data for entry in job.node.metadata if "open-trust" in str(entry.data)]
    assert bool(said) == open_


WRONG = {
    "endpoint_url": [
        "http://evil.example",
        "file:///x",
        "https://",
        "https://user:secret@bedrock.example",
        "https://bedrock.example:99999",
        "bedrock.example",
        "ftp://localhost",
        "http://localhost.evil.example",
        "",
    ],
    "runtime_endpoint_url": ["http://evil.example", "https://user:secret@bedrock.example", ""],
    "connect_timeout": [-5, 0, 601, 1.5, "5", True],
    "read_timeout": [-5, 0, 601, 1.5, "30", True],
    "log_retention_days": [91, 0, -1, "7"],
    "permissions_boundary": ["nonsense", f"{ROLE}/x", f"arn:aws:iam::{ACCOUNT}:policy/*", "*"],
}
RIGHT = {
    "endpoint_url": [
        "https://vpce-1.bedrock.us-east-1.vpce.amazonaws.com",
        "http://localhost:4566",
        "http://host.docker.internal:4566",
    ],
    "runtime_endpoint_url": ["https://vpce-1.bedrock-runtime.us-east-1.vpce.amazonaws.com"],
    "connect_timeout": [1, 600],
    "read_timeout": [1, 600],
    "log_retention_days": [1, 90, 3653],
    "permissions_boundary": [
        f"arn:aws:iam::{ACCOUNT}:policy/path/Bound",
        "arn:aws:iam::aws:policy/PowerUserAccess",
    ],
}


def cases(table: dict[str, list[Any]]) -> Any:  # noqa: ANN401 - pytest's own decorator
    """Return one case for each value of each setting."""
    return pytest.mark.parametrize(
        ("name", "value"), [(name, value) for name, values in table.items() for value in values]
    )


@cases(WRONG)
def test_an_invalid_setting_is_refused(name: str, value: Any) -> None:  # noqa: ANN401 - any value
    """Otherwise the deployment would fail late, or requests would go to another host."""
    stack = new_stack()
    with pytest.raises(InvalidJob) as caught:
        JobProvider.configure(stack, **{name: value})
    assert [problem.path for problem in caught.value.findings] == [name]
    assert stack.node.children == []


@cases(RIGHT)
def test_a_valid_setting_is_accepted(name: str, value: Any) -> None:  # noqa: ANN401 - any value
    """The limits of each rule are accepted."""
    assert JobProvider.configure(new_stack(), **{name: value}).service_token


def test_all_settings_are_checked_at_once() -> None:
    """One error names all of them, and a token is not an error."""
    with pytest.raises(InvalidJob) as caught:
        JobProvider(new_stack(), "Own", **{name: values[0] for name, values in WRONG.items()})
    assert [problem.path for problem in caught.value.findings] == list(WRONG)
    stack = new_stack()
    later = cdk.CfnParameter(stack, "Later", type="Number", default=90)
    JobProvider(
        stack,
        "Own",
        endpoint_url=later.value_as_string,
        read_timeout=later.value_as_number,
        log_retention_days=later.value_as_number,
        permissions_boundary=later.value_as_string,
    )
    [function] = resources(template_of(stack), "AWS::Lambda::Function")
    variables = function["Properties"]["Environment"]["Variables"]
    assert variables["BEDROCK_READ_TIMEOUT"] == variables["AWS_ENDPOINT_URL_BEDROCK"] == {"Ref": "Later"}
