"""Every argument with every kind of token: the template has the reference, or the job is refused at once."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_ssm as ssm

from constructs_lib import (
    BaseModel,
    Customization,
    HyperParameters,
    InvalidJob,
    InvocationLogs,
    JobNetwork,
    JobProvider,
    Keep,
    MetadataFilter,
    ModelCustomizationJob,
    OutputBucket,
    RftHyperParameters,
    ServiceRole,
    TrainingData,
)
from tests.synth.templates import TRAIN, template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ENV = cdk.Environment(account="111122223333", region="us-east-1")
ROLE = "arn:aws:iam::111122223333:role/given"
WRITTEN_BY_THE_CDK = re.compile(r"Token\[|e\+289| object at 0x")
"""What a value is in Python that only the deployment knows; it differs from run to run."""
GRADER = "arn:aws:lambda:us-east-1:111122223333:function:grader"


@jsii.implements(cdk.IStableStringProducer)
class _Text:
    def produce(self) -> str:
        return "known-later"


@jsii.implements(cdk.IStableListProducer)
class _Lines:
    def produce(self) -> list[str]:
        return ["known-later"]


@jsii.implements(cdk.IStableNumberProducer)
class _Number:
    def produce(self) -> int:
        return 7391


@pytest.fixture
def stack() -> cdk.Stack:
    """Return an empty stack."""
    return cdk.Stack(cdk.App(), "Stack", env=ENV)


def _parameter(stack: cdk.Stack, kind: str = "String") -> cdk.CfnParameter:
    return cdk.CfnParameter(stack, "Parameter", type=kind)


def _conditional(stack: cdk.Stack) -> Any:  # noqa: ANN401 - an `IResolvable` of two classes
    cdk.CfnCondition(stack, "Large", expression=cdk.Fn.condition_equals(cdk.Aws.REGION, "us-east-1"))
    return cdk.Fn.condition_if("Large", "one", "other")


TEXTS: dict[str, Callable[[cdk.Stack], Any]] = {
    "parameter": lambda stack: _parameter(stack).value_as_string,
    "lazy": lambda _: cdk.Lazy.string(_Text()),
    "import": lambda _: cdk.Fn.import_value("exported"),
    "join": lambda stack: cdk.Fn.join("-", ["a", _parameter(stack).value_as_string]),
    "condition": lambda stack: cdk.Token.as_string(_conditional(stack)),
    "ssm parameter": lambda stack: ssm.StringParameter.value_for_string_parameter(stack, "/name"),
    "pseudo parameter": lambda _: cdk.Aws.REGION,
    "attribute": lambda stack: s3.Bucket(stack, "Bucket").bucket_name,
    "lookup": lambda stack: ssm.StringParameter.value_from_lookup(stack, "/name"),
}
REFERENCES: dict[str, Callable[[cdk.Stack], Any]] = {
    "ssm reference": lambda _: "{{resolve:ssm:/name}}",
    "secret": lambda _: cdk.SecretValue.secrets_manager("name").unsafe_unwrap(),
}
NUMBERS: dict[str, Callable[[cdk.Stack], Any]] = {
    "number": lambda stack: _parameter(stack, "Number").value_as_number,
    "lazy number": lambda _: cdk.Lazy.number(_Number()),
}
LISTS: dict[str, Callable[[cdk.Stack], Any]] = {
    "list": lambda stack: _parameter(stack, "CommaDelimitedList").value_as_list,
}
OBJECTS: dict[str, Callable[[cdk.Stack], Any]] = {
    "condition object": _conditional,
    "secret object": lambda _: cdk.SecretValue.secrets_manager("name"),
}
NEVER: dict[str, Callable[[cdk.Stack], Any]] = {
    "construct": _parameter,
    "secure reference": lambda _: "{{resolve:ssm-secure:/name}}",
    "secure secret": lambda _: cdk.SecretValue.ssm_secure("/name").unsafe_unwrap(),
}
CLASSES = (TEXTS, REFERENCES, NUMBERS, LISTS, OBJECTS, NEVER)
KINDS = TEXTS | REFERENCES | NUMBERS | LISTS | OBJECTS | NEVER
TEXT = {*TEXTS, *REFERENCES}
VALUE = {*TEXT, *NUMBERS, *OBJECTS}
KNOWN = {"lookup"}
"""What the CDK CLI knows in the second pass; nothing else can be the path of a file or the key of a map."""


def _logs(chosen: MetadataFilter) -> dict[str, Any]:
    logs = InvocationLogs.from_s3_uri("s3://my-bucket/logs/").filtered_by(chosen)
    return {"training_data": logs, "customization": "DISTILLATION"}


def _tuned(**parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - what is tried
    return {"customization": Customization.fine_tuning(HyperParameters(**parameters))}


def _rewarded(*arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - what is tried
    customization = Customization.reinforcement_fine_tuning(*arguments)
    return {"base_model": BaseModel.NOVA_2_LITE, "customization": customization}


def _ids(subnets: Any, groups: Any, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - what is tried
    return {"network": JobNetwork.from_ids(subnet_ids=subnets, security_group_ids=groups), **more}


def _taught(*arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - what is tried
    return {"base_model": BaseModel.NOVA_MICRO, "customization": Customization.distillation(*arguments)}


URI = "s3://my-bucket/train.jsonl"
ARGUMENTS: dict[str, tuple[Callable[[Any], dict[str, Any]], set[str]]] = {
    "base_model": (lambda value: {"base_model": value}, TEXT),
    "base_model: id": (lambda value: {"base_model": BaseModel(value)}, TEXT),
    "training_data": (lambda value: {"training_data": value}, {*TEXTS}),
    "training_data: bucket": (lambda value: {"training_data": f"s3://{value}/train.jsonl"}, TEXT),
    "training_data: key": (lambda value: {"training_data": f"s3://my-bucket/{value}/train.jsonl"}, TEXT),
    "training_data: file": (lambda value: {"training_data": TrainingData.from_file(value)}, KNOWN),
    "training_data: owner": (
        lambda value: {"training_data": TrainingData.from_s3_uri(URI, bucket_owner=value)},
        TEXT,
    ),
    "training_data: encryption key": (
        lambda value: {"training_data": TrainingData.from_s3_uri(URI, encryption_key=value)},
        TEXT,
    ),
    "training_data: logs": (
        lambda value: {"training_data": InvocationLogs.from_s3_uri(value), "customization": "DISTILLATION"},
        {*TEXTS},
    ),
    "training_data: filter": (lambda value: _logs(MetadataFilter.equals("project", value)), VALUE),
    "training_data: key of a filter": (lambda value: _logs(MetadataFilter.equals(value, "x")), KNOWN),
    "customization": (lambda value: {"customization": value}, TEXT),
    "customization: epochs": (lambda value: _tuned(epoch_count=value), VALUE),
    "customization: another parameter": (lambda value: _tuned(other={"x": value}), VALUE),
    "customization: another name": (lambda value: _tuned(other={value: "1"}), KNOWN),
    "customization: teacher": (_taught, TEXT),
    "customization: length": (lambda value: _taught("amazon.nova-pro-v1:0", value), VALUE),
    "customization: grader": (_rewarded, TEXT),
    "customization: rewards": (
        lambda value: _rewarded(GRADER, RftHyperParameters(epoch_count=value)),
        VALUE,
    ),
    "validation_data": (lambda value: {"validation_data": value}, {*TEXTS}),
    "validation_data: item": (lambda value: {"validation_data": [value]}, {*TEXTS}),
    "output_data": (lambda value: {"output_data": value}, {*TEXTS}),
    "output_data: bucket": (lambda value: {"output_data": f"s3://{value}/out/"}, TEXT),
    "output_data: days": (lambda value: {"output_data": OutputBucket(expire_after_days=value)}, {*NUMBERS}),
    "output_data: VPC": (lambda value: {"output_data": OutputBucket(only_from_vpc_id=value)}, TEXT),
    "media_data": (lambda value: {"media_data": value}, {*TEXTS}),
    "media_data: item": (lambda value: {"media_data": [value]}, {*TEXTS}),
    "job_name": (lambda value: {"job_name": value}, TEXT),
    "job_name: part": (lambda value: {"job_name": f"tickets-{value}"}, TEXT),
    "custom_model_name": (lambda value: {"custom_model_name": value}, TEXT),
    "custom_model_kms_key": (lambda value: {"custom_model_kms_key": value}, TEXT),
    "custom_model_kms_key: id": (
        lambda value: {"custom_model_kms_key": f"arn:aws:kms:us-east-1:111122223333:key/{value}"},
        TEXT,
    ),
    "custom_model_kms_key: alias": (lambda value: {"custom_model_kms_key": f"alias/{value}"}, TEXT),
    "role": (lambda value: {"role": value}, TEXT),
    "role: name in an ARN": (lambda value: {"role": f"arn:aws:iam::111122223333:role/{value}"}, TEXT),
    "role: account in an ARN": (lambda value: {"role": f"arn:aws:iam::{value}:role/given"}, TEXT),
    "role: name": (lambda value: {"role": ServiceRole(role_name=value)}, TEXT),
    "role: path": (lambda value: {"role": ServiceRole(path=value)}, TEXT),
    "job_tags": (lambda value: {"job_tags": value}, set()),
    "job_tags: value": (lambda value: {"job_tags": {"project": value}}, VALUE),
    "job_tags: key": (lambda value: {"job_tags": {value: "x"}}, VALUE),
    "custom_model_tags: value": (lambda value: {"custom_model_tags": {"project": value}}, VALUE),
    "network": (lambda value: {"network": value}, set()),
    "network: subnets": (lambda value: _ids(value, ["sg-1"]), VALUE),
    "network: subnet": (lambda value: _ids([value], ["sg-1"]), VALUE),
    "network: groups": (lambda value: _ids(["subnet-1"], value), VALUE),
    "network: lists with a role": (lambda value: _ids(value, value, role=ROLE), {*VALUE, *LISTS}),
    "on_delete": (lambda value: {"on_delete": value}, set()),
    "revision": (lambda value: {"revision": value}, {*TEXT, *NUMBERS}),
    "revision: part": (lambda value: {"revision": f"round {value}"}, TEXT),
    "retrain_on_infrastructure_change": (
        lambda value: {"retrain_on_infrastructure_change": value},
        set(),
    ),
    "max_training_tokens": (lambda value: {"max_training_tokens": value}, set()),
    "job_arn_export_name": (lambda value: {"job_arn_export_name": value}, TEXT),
    "provider": (lambda value: {"provider": value}, set()),
    "checks": (lambda value: {"checks": value}, set()),
    "catalog": (lambda value: {"catalog": value}, set()),
}
UNHASHABLE = {"job_tags: key": LISTS, "customization: another name": LISTS}
"""No mapping of Python has a list as a key."""
IN_ROLES = ("media_data",)
"""Arguments that only policies name, which a lookup enters in the second pass."""


@pytest.mark.parametrize("argument", ARGUMENTS)
def test_each_class_of_tokens_is_in_the_template_or_refused(argument: str) -> None:
    """No token is an error of the CDK, a text that nobody wrote, or a wrong refusal.

    Each argument has another kind of each class, and all have the lookup, which has a value later.
    """
    at = list(ARGUMENTS).index(argument)
    check_kinds(argument, {*KNOWN, *(list(kinds)[at % len(kinds)] for kinds in CLASSES)})


@pytest.mark.thorough
@pytest.mark.parametrize("argument", ARGUMENTS)
def test_every_kind_of_token_is_in_the_template_or_refused(argument: str) -> None:
    """The same with every kind."""
    check_kinds(argument, KINDS.keys())


def check_kinds(argument: str, kinds: Iterable[str]) -> None:
    """Use tokens of some kinds as an argument of a job each: each is in the template, or refused at once."""
    use, accepted = ARGUMENTS[argument]
    name = argument.split(":", maxsplit=1)[0]
    tried = {*kinds} - UNHASHABLE.get(argument, {}).keys()
    app, expected, found = cdk.App(), {}, {}
    for number, kind in enumerate(one for one in KINDS if one in tried):
        stack = cdk.Stack(app, f"Stack{number}", env=ENV)
        value = KINDS[kind](stack)
        given = {"base_model": BaseModel.NOVA_LITE, "training_data": TRAIN} | use(value)
        try:
            job = ModelCustomizationJob(stack, "Job", **given)
        except InvalidJob as error:
            found[kind] = error.findings
        else:
            expected[kind] = (stack, json.dumps(stack.resolve(value)))
            assert not any(WRITTEN_BY_THE_CDK.search(str(one.data)) for one in job.node.metadata), kind
    assert expected.keys() == accepted & tried
    for kind, findings in found.items():
        assert all(one.path.startswith(name) for one in findings), (kind, findings)
        assert not any(WRITTEN_BY_THE_CDK.search(str(one)) for one in findings), kind
    app.synth()
    for kind, (stack, reference) in expected.items():
        if kind != "lookup" or name not in IN_ROLES:
            assert reference.strip('"') in json.dumps(template(stack)), kind


STRUCTURES = [
    "jobTags",
    "customModelTags",
    "validationDataConfig",
    "validationDataConfig.validators",
    "vpcConfig",
    "trainingDataConfig",
    "hyperParameters",
    "customizationConfig",
    "outputDataConfig",
    "trainingDataConfig.invocationLogsConfig.requestMetadataFilters",
    "trainingDataConfig.invocationLogsConfig.requestMetadataFilters.andAll",
]


@pytest.mark.parametrize("path", STRUCTURES)
def test_a_structure_of_a_request_is_not_a_token(path: str) -> None:
    """Its members decide what is made and permitted, so it is refused by its path."""
    for kind in ("parameter", "lookup", "number", "list", "condition object"):
        stack = cdk.Stack(cdk.App(), "Stack", env=ENV)
        request: dict[str, Any] = {
            "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
            "customizationType": "DISTILLATION",
            "trainingDataConfig": {
                "invocationLogsConfig": {"invocationLogSource": {"s3Uri": "s3://my-bucket/logs/"}}
            },
        }
        part = request
        *steps, last = path.split(".")
        for step in steps:
            part = part.setdefault(step, {})
        part[last] = KINDS[kind](stack)
        with pytest.raises(InvalidJob) as caught:
            ModelCustomizationJob.from_request(stack, "Job", request)
        assert (path, "unknown-at-synth") in [(one.path, one.name) for one in caught.value.findings]
        assert " object at 0x" not in str(caught.value)


@pytest.mark.parametrize("kind", ["parameter", "import", "ssm parameter", "lookup", "ssm reference"])
def test_a_job_is_imported_by_an_arn_that_is_not_known(kind: str) -> None:
    """A grant names it, as it would name a literal ARN."""
    stack = cdk.Stack(cdk.App(), "Stack", env=ENV)
    arn = KINDS[kind](stack)
    job = ModelCustomizationJob.from_job_arn(stack, "Job", arn)
    job.grant_read(iam.User(stack, "Reader")).assert_success()
    assert json.dumps(stack.resolve(arn)) in json.dumps(template(stack))


def test_what_a_number_in_a_text_needs() -> None:
    """The fix that the finding states is one that works."""
    stack = cdk.Stack(cdk.App(), "Stack", env=ENV)
    number = _parameter(stack, "Number").value_as_number
    with pytest.raises(InvalidJob, match="stringify_number"):
        ModelCustomizationJob(stack, "Job", base_model="m", training_data=TRAIN, job_name=f"round-{number}")
    text = cdk.Tokenization.stringify_number(number)
    ModelCustomizationJob(
        stack, "Job", base_model=BaseModel.NOVA_LITE, training_data=TRAIN, job_name=f"round-{text}"
    )
    assert '"Fn::Join": ["", ["round-", {"Ref": "Parameter"}]]' in json.dumps(template(stack))


def test_a_message_names_no_token(stack: cdk.Stack) -> None:
    """Neither alone, nor as a number, nor in a longer text that is shortened."""
    longer = f"s3://{cdk.Aws.ACCOUNT_ID}{cdk.Aws.REGION}/{'x' * 60}{cdk.Aws.REGION}"
    number = _parameter(stack, "Number").value_as_number
    for given, shown in (
        ({"job_name": number}, "a token of a number"),
        ({"keep": Keep.newest(number)}, "keep 1 to 100 models, got <token>"),
        ({"max_training_tokens": cdk.Aws.REGION}, "got '<token>'"),
    ):
        with pytest.raises(InvalidJob, match=shown) as refused:
            ModelCustomizationJob(stack, "Job", base_model="m", training_data=TRAIN, **given)
        assert not WRITTEN_BY_THE_CDK.search(str(refused.value))
    with pytest.raises(InvalidJob, match=r"got 's3://<token><token>/xxx.*x<token>'"):
        JobProvider.configure(stack, role_path=longer)


def test_what_is_no_request_is_a_finding(stack: cdk.Stack) -> None:
    """The path of a job file is known at synthesis, and nothing but a mapping or a path is a request."""
    given: Any
    for given in (None, 5, [], {"a"}, cdk.Aws.REGION, cdk.Lazy.list(_Lines()), b"job.yaml"):
        with pytest.raises(InvalidJob, match="Stack/Job cannot be defined") as refused:
            ModelCustomizationJob.from_request(stack, "Job", given)
        [found] = refused.value.findings
        assert (found.name, found.path) == ("argument-type", "request")


@pytest.mark.parametrize("name", ["", "with space", "x" * 256, "a_b"])
def test_an_export_name_that_the_cdk_refuses_is_a_finding(name: str) -> None:
    """The CDK would raise its own error at the end of the synthesis."""
    stack = cdk.Stack(cdk.App(), "Stack", env=ENV)
    with pytest.raises(InvalidJob, match="job_arn_export_name must be 1 to 255 letters"):
        ModelCustomizationJob(
            stack, "Job", base_model=BaseModel.NOVA_LITE, training_data=TRAIN, job_arn_export_name=name
        )
