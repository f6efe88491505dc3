"""Constructs of other stacks: of another account, of another Region, or of a stack that states neither."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3

from constructs_lib import (
    AWS_OWNED_KEY,
    BaseModel,
    Customization,
    InvalidJob,
    InvocationLogs,
    JobNetwork,
    MediaData,
    ModelCustomizationJob,
    OutputBucket,
    OutputData,
    ServiceRole,
    TrainingData,
    ValidationData,
)
from tests.synth.templates import OUTPUT, TRAIN, template, the_job

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs_lib.findings import Finding

    Construct = Any
    Make = Callable[[cdk.Stack], Construct]

ACCOUNT, REGION = "111122223333", "us-east-1"
HOME = cdk.Environment(account=ACCOUNT, region=REGION)
ENVS = {
    "account": cdk.Environment(account="444455556666", region=REGION),
    "Region": cdk.Environment(account=ACCOUNT, region="eu-west-1"),
    "nothing": None,
    "same": HOME,
}
ARN = "arn:aws:{}:{}:{}:{}"


def _bucket(**settings: Any) -> Make:  # noqa: ANN401 - the construct's own
    return lambda stack: s3.Bucket(stack, "It", **settings)


def _role(**settings: Any) -> Make:  # noqa: ANN401 - the construct's own
    principal = iam.ServicePrincipal("bedrock.amazonaws.com")
    return lambda stack: iam.Role(stack, "It", assumed_by=principal, **settings)


def _grader(**settings: Any) -> Make:  # noqa: ANN401 - the construct's own
    return lambda stack: lambda_.Function(
        stack,
        "It",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("handler = print"),
        **settings,
    )


def _boundary(**settings: Any) -> Make:  # noqa: ANN401 - the construct's own
    allowed = [iam.PolicyStatement(actions=["s3:GetObject"], resources=["arn:aws:s3:::a/b"])]
    return lambda stack: iam.ManagedPolicy(stack, "It", statements=allowed, **settings)


def _key(stack: cdk.Stack) -> Construct:
    return kms.Key(stack, "It")


def _alias(stack: cdk.Stack) -> Construct:
    return kms.Alias(stack, "Alias", alias_name="alias/models", target_key=_key(stack))


def _rewarded(grader: Construct) -> dict[str, Any]:
    customization = Customization.reinforcement_fine_tuning(grader)
    return {"base_model": BaseModel.NOVA_2_LITE, "customization": customization}


def _in_groups(vpc: Construct) -> dict[str, Any]:
    group = ec2.SecurityGroup(cdk.Stack.of(vpc), "Group", vpc=vpc)
    return {"network": JobNetwork.from_vpc(vpc, security_groups=[group])}


PLACES: dict[str, tuple[Make, Callable[[Construct], dict[str, Any]], str]] = {
    "key": (_key, lambda it: {"custom_model_kms_key": it}, "custom_model_kms_key"),
    "alias": (_alias, lambda it: {"custom_model_kms_key": it}, "custom_model_kms_key"),
    "key of a bucket": (
        _key,
        lambda it: {
            "training_data": TrainingData.from_s3_uri("s3://my-bucket/train.jsonl", encryption_key=it)
        },
        "training_data",
    ),
    "role": (_role(), lambda it: {"role": it}, "role"),
    "named role": (_role(role_name="given"), lambda it: {"role": it}, "role"),
    "training data": (
        _bucket(),
        lambda it: {"training_data": TrainingData.from_bucket(it, "train.jsonl")},
        "training_data",
    ),
    "validation data": (
        _bucket(),
        lambda it: {"validation_data": [ValidationData.from_bucket(it, "valid.jsonl")]},
        "validation_data[0]",
    ),
    "invocation logs": (
        _bucket(),
        lambda it: {"training_data": InvocationLogs.from_bucket(it), "customization": "DISTILLATION"},
        "training_data.invocation_logs",
    ),
    "media data": (
        _bucket(),
        lambda it: {"media_data": [MediaData.from_bucket(it, "images/")]},
        "media_data[0]",
    ),
    "output": (_bucket(), lambda it: {"output_data": OutputData.from_bucket(it, "out/")}, "output_data"),
    "URI with a bucket": (
        _bucket(),
        lambda it: {"training_data": f"s3://{it.bucket_name}/train.jsonl"},
        "training_data",
    ),
    "access logs": (
        _bucket(),
        lambda it: {"output_data": OutputBucket(access_logs=it)},
        "output_data.access_logs",
    ),
    "grader": (_grader(), _rewarded, "customization.grader"),
    "named grader": (_grader(function_name="grader"), _rewarded, "customization.grader"),
    "boundary": (
        _boundary(),
        lambda it: {"role": ServiceRole(permissions_boundary=it)},
        "role.permissions_boundary",
    ),
    "named boundary": (
        _boundary(managed_policy_name="limit"),
        lambda it: {"role": ServiceRole(permissions_boundary=it)},
        "role.permissions_boundary",
    ),
    "VPC": (lambda stack: ec2.Vpc(stack, "It"), _in_groups, "network"),
    "isolated VPC": (
        lambda stack: ec2.Vpc(stack, "It"),
        lambda it: {"network": JobNetwork.isolated(it)},
        "network",
    ),
    "tag": (_bucket(), lambda it: {"job_tags": {"data": it.bucket_name}}, "job_tags"),
    "revision": (_bucket(), lambda it: {"revision": it.bucket_name}, "revision"),
}
OWNER = ["bucket-owner", "cross-stack-reference"]
OUTSIDE: dict[str, dict[str, list[str]]] = {
    "key": {"Region": ["key-region"], "nothing": ["cross-stack-reference"]},
    "alias": {"Region": ["key-region"], "nothing": ["cross-stack-reference"]},
    "key of a bucket": {"Region": ["key-region"], "nothing": ["cross-stack-reference"]},
    "role": {
        "account": ["role-account"],
        "Region": ["cross-stack-reference"],
        "nothing": ["cross-stack-reference"],
    },
    "named role": {"account": ["role-account"]},
    **{
        name: {"account": OWNER, "Region": ["bucket-region"], "nothing": ["cross-stack-reference"]}
        for name in ("training data", "validation data", "invocation logs", "media data", "output")
    },
    **{
        name: {env: ["cross-stack-reference"] for env in ("account", "Region", "nothing")}
        for name in ("URI with a bucket", "boundary", "tag", "revision")
    },
    "named boundary": {},
    "access logs": {
        "account": ["access-logs-elsewhere"],
        "Region": ["access-logs-elsewhere"],
        "nothing": ["cross-stack-reference"],
    },
    "grader": {
        "account": ["called-elsewhere"],
        "Region": ["called-elsewhere"],
        "nothing": ["cross-stack-reference"],
    },
    "named grader": {"account": ["called-elsewhere"], "Region": ["called-elsewhere"]},
    "VPC": {"Region": ["network-region"], "nothing": ["cross-stack-reference"]},
    "isolated VPC": {"Region": ["network-region"], "nothing": ["cross-stack-reference"]},
}


def _defined(scope: cdk.Stack, **arguments: Any) -> ModelCustomizationJob:  # noqa: ANN401 - the job's own
    given = {
        "base_model": BaseModel.NOVA_LITE,
        "training_data": TRAIN,
        "output_data": OUTPUT,
        "custom_model_kms_key": AWS_OWNED_KEY,
    }
    return ModelCustomizationJob(scope, "Triage", **(given | arguments))


def _refused(app: cdk.App, home: cdk.Stack, arguments: dict[str, Any]) -> tuple[Finding, ...]:
    """Return why a job is refused, after a synthesis where it is not."""
    try:
        _defined(home, **arguments)
    except InvalidJob as error:
        return error.findings
    app.synth()
    return ()


@pytest.mark.parametrize("env", ENVS)
@pytest.mark.parametrize("name", PLACES)
def test_a_construct_of_another_stack_works_or_is_refused_at_once(name: str, env: str) -> None:
    """It is one finding per cause with the name of the argument, never an error of the CDK at the end."""
    app = cdk.App()
    far, home = cdk.Stack(app, "Far", env=ENVS[env]), cdk.Stack(app, "Home", env=HOME)
    make, use, path = PLACES[name]
    found = _refused(app, home, use(make(far)))
    assert [one.name for one in found] == OUTSIDE[name].get(env, [])
    assert all(one.path.startswith(path) for one in found)
    assert not any("Token[" in str(one) for one in found)


@pytest.mark.parametrize("name", ["key", "named role", "training data", "named grader", "VPC"])
def test_what_is_not_known_is_not_compared(name: str) -> None:
    """Two stacks that state no environment are deployed together, and refer to each other as ever."""
    app = cdk.App()
    make, use, _ = PLACES[name]
    assert _refused(app, cdk.Stack(app, "Home"), use(make(cdk.Stack(app, "Far")))) == ()


STRINGS = {
    "key": (
        "custom_model_kms_key",
        ARN.format("kms", "eu-west-1", ACCOUNT, "key/1234abcd-12ab-34cd-56ef-1234567890ab"),
    ),
    "named role": ("role", ARN.format("iam", "", "444455556666", "role/given")),
}


@pytest.mark.parametrize(("name", "env"), [("key", "Region"), ("named role", "account")])
def test_a_construct_and_its_arn_are_refused_with_one_sentence(name: str, env: str) -> None:
    """They differ in what was found only: the ARN, or the construct's path."""
    app = cdk.App()
    far, home = cdk.Stack(app, "Far", env=ENVS[env]), cdk.Stack(app, "Home", env=HOME)
    make, use, _ = PLACES[name]
    argument, arn = STRINGS[name]
    [construct], [string] = _refused(app, home, use(make(far))), _refused(app, home, {argument: arn})
    assert (construct.id, construct.path, construct.rule, construct.fix) == (
        string.id,
        string.path,
        string.rule,
        string.fix,
    )
    assert (str(construct.got), string.got) == ("Far/It", arn)


def test_an_imported_construct_is_where_its_arn_is() -> None:
    """Not where the stack is that imports it; and it is one finding."""
    app = cdk.App()
    home = cdk.Stack(app, "Home", env=HOME)
    key = kms.Key.from_key_arn(home, "Key", STRINGS["key"][1])
    role = iam.Role.from_role_arn(home, "Role", STRINGS["named role"][1])
    found = _refused(app, home, {"custom_model_kms_key": key, "role": role})
    assert [one.name for one in found] == ["key-region", "role-account"]


def test_the_owner_of_a_key_of_the_app_in_another_account_gets_statements() -> None:
    """As for the ARN of such a key: its policy must permit the roles of this account."""
    app = cdk.App()
    far, home = cdk.Stack(app, "Far", env=ENVS["account"]), cdk.Stack(app, "Home", env=HOME)
    job = _defined(home, custom_model_kms_key=_key(far))
    assert any("foreign-key" in str(one.data) for one in job.node.metadata)
    assert "kms:CreateGrant" in json.dumps(template(home)["Outputs"]["TriageKeyPolicy"]["Value"])


def test_a_bucket_with_a_name_can_be_used_from_another_account() -> None:
    """What the findings ask for is enough: an owner, and a name that is known."""
    app = cdk.App()
    far, home = cdk.Stack(app, "Far", env=ENVS["account"]), cdk.Stack(app, "Home", env=HOME)
    buckets = [
        s3.Bucket(far, "Named", bucket_name="data-of-tickets"),
        s3.Bucket(far, "Generated", bucket_name=cdk.PhysicalName.GENERATE_IF_NEEDED),
    ]
    job = _defined(
        home,
        training_data=TrainingData.from_bucket(buckets[0], "train.jsonl", bucket_owner="444455556666"),
        output_data=OutputData.from_bucket(buckets[1], "out/", bucket_owner="444455556666"),
    )
    request = the_job(home)["Properties"]["Request"]
    assert request["trainingDataConfig"] == {"s3Uri": "s3://data-of-tickets/train.jsonl"}
    assert request["outputDataConfig"]["s3Uri"].startswith("s3://far")
    assert "444455556666" in json.dumps(home.resolve(job.required_service_role_statements))


def test_a_nested_stack_is_where_its_parent_is() -> None:
    """References between a nested stack and the stacks around it are the CDK's own."""
    app = cdk.App()
    home = cdk.Stack(app, "Home", env=HOME)
    inner = cdk.NestedStack(home, "Inner")
    arguments = {"custom_model_kms_key": _key(home), "role": _role()(cdk.NestedStack(home, "Other"))}
    assert _refused(app, inner, arguments) == ()


@pytest.mark.parametrize(("between", "says"), [("stage", "in one stage"), ("app", "in one app")])
def test_a_construct_of_another_stage_or_app_is_refused(between: str, says: str) -> None:
    """The CDK cannot refer to it; its ARN as a string is what works."""
    app = cdk.App()
    outer = cdk.Stage(app, "Prod") if between == "stage" else cdk.App()
    home = cdk.Stack(app, "Home", env=HOME)
    [found] = _refused(app, home, {"custom_model_kms_key": _key(cdk.Stack(outer, "Far", env=HOME))})
    assert found.name == "cross-stack-reference"
    assert says in found.fix


def test_a_value_of_another_stack_is_named_once() -> None:
    """A stack without an environment is one cause, however many of its values a job uses."""
    app = cdk.App()
    far, home = cdk.Stack(app, "Far"), cdk.Stack(app, "Home", env=HOME)
    arguments = {"custom_model_kms_key": _key(far)} | _in_groups(ec2.Vpc(far, "Vpc"))
    [found] = _refused(app, home, arguments)
    assert (found.path, str(found.got)) == ("custom_model_kms_key", "Far")
