"""Everything that is wrong with a job, at once, in the words of whoever wrote it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from constructs_lib.request import (
    BaseModel,
    Customization,
    HyperParameters,
    InvalidJob,
    InvocationLogs,
    JobSpec,
    MetadataFilter,
    OutputData,
    RftHyperParameters,
    TrainingData,
    ValidationData,
    VpcConfig,
    check,
    from_request,
    to_request,
)

FILE = Path(__file__)
URI = "s3://my-bucket/train.jsonl"
MINIMAL = {"baseModelIdentifier": "amazon.nova-lite-v1:0:300k", "trainingDataConfig": {"s3Uri": URI}}


@dataclass(frozen=True)
class Bucket:
    """What the values need of an `IBucket`."""

    bucket_name: str


def _job(**changes: Any) -> JobSpec:  # noqa: ANN401 - any of the fields
    fields = {"base_model": BaseModel.NOVA_LITE, "training_data": TrainingData.from_s3_uri(URI)}
    return JobSpec(**(fields | changes))


def _filtered(chosen: MetadataFilter) -> TrainingData:
    return TrainingData.from_invocation_logs(InvocationLogs.from_s3_uri("s3://my-logs/").filtered_by(chosen))


EQUAL = MetadataFilter.equals("k", "v")
CASES = [
    ({"job_name": "a_b"}, "job_name"),
    ({"custom_model_name": "a.b"}, "custom_model_name"),
    ({"role_arn": "Role"}, "role"),
    ({"base_model": BaseModel.of("a b")}, "base_model"),
    ({"custom_model_kms_key": ""}, "custom_model_kms_key"),
    ({"job_tags": {"": "x"}}, "job_tags[0].key"),
    ({"job_tags": {"a": "x" * 257}}, "job_tags[0].value"),
    ({"job_tags": {"aws:a": "x"}}, "job_tags[0].key"),
    ({"custom_model_tags": {str(number): "" for number in range(51)}}, "custom_model_tags"),
    ({"custom_model_tags": {"a": "ä"}}, "custom_model_tags[0].value"),
    ({"custom_model_tags": {"ä": "a"}}, "custom_model_tags[0].key"),
    ({"training_data": TrainingData.from_s3_uri("s3://my-bucket/*")}, "training_data"),
    ({"training_data": TrainingData.from_s3_uri("https://my-bucket")}, "training_data"),
    ({"training_data": TrainingData.from_file("no/such/file.jsonl")}, "training_data"),
    ({"training_data": TrainingData.from_file("x" * 5000)}, "training_data"),
    ({"training_data": TrainingData.from_file("\0")}, "training_data"),
    ({"training_data": TrainingData.from_bucket(Bucket("my-bucket"), "/x")}, "training_data"),
    (
        {
            "training_data": TrainingData.from_invocation_logs(
                InvocationLogs(s3_uri="s3://my-logs", use_prompt_response=1)
            )
        },  # type: ignore[arg-type]  # the point
        "training_data.invocation_logs.use_prompt_response",
    ),
    (
        {"training_data": TrainingData.from_invocation_logs(InvocationLogs.from_s3_uri("s3://my-logs//"))},
        "training_data.invocation_logs",
    ),
    ({"training_data": _filtered(MetadataFilter())}, "training_data.invocation_logs.request_metadata_filter"),
    (
        {"training_data": _filtered(MetadataFilter.equals("é", "v"))},
        "training_data.invocation_logs.request_metadata_filter.equals",
    ),
    (
        {"training_data": _filtered(MetadataFilter.not_equals("k", "é"))},
        "training_data.invocation_logs.request_metadata_filter.not_equals",
    ),
    (
        {"training_data": _filtered(MetadataFilter.and_all())},
        "training_data.invocation_logs.request_metadata_filter.and_all",
    ),
    (
        {"training_data": _filtered(MetadataFilter.and_all(EQUAL, MetadataFilter.equals("", "v")))},
        "training_data.invocation_logs.request_metadata_filter.and_all[1].equals",
    ),
    (
        {"training_data": _filtered(MetadataFilter.and_all(MetadataFilter.not_equals("", "v")))},
        "training_data.invocation_logs.request_metadata_filter.and_all[0].not_equals",
    ),
    (
        {"training_data": _filtered(MetadataFilter.or_all(MetadataFilter.equals("", "v")))},
        "training_data.invocation_logs.request_metadata_filter.or_all[0].equals",
    ),
    (
        {"training_data": _filtered(MetadataFilter.or_all(MetadataFilter.not_equals("", "v")))},
        "training_data.invocation_logs.request_metadata_filter.or_all[0].not_equals",
    ),
    (
        {"validation_data": [ValidationData.from_s3_uri(URI), ValidationData.from_s3_uri("x")]},
        "validation_data[1]",
    ),
    ({"validation_data": [ValidationData.from_s3_uri(URI)] * 11}, "validation_data"),
    ({"output_data": OutputData.from_s3_uri(f"file://{FILE}")}, "output_data"),
    (
        {"customization": Customization.fine_tuning(HyperParameters(epoch_count=True))},
        "customization.hyper_parameters.epoch_count",
    ),
    (
        {"customization": Customization.fine_tuning(HyperParameters(other={"x": float("inf")}))},
        "customization.hyper_parameters.x",
    ),
    (
        {"customization": Customization.fine_tuning(HyperParameters(other={"Fn::Sub": "x"}))},
        "customization.hyper_parameters.Fn::Sub",
    ),
    (
        {"customization": Customization.fine_tuning(HyperParameters(batch_size=1, other={"batchSize": 2}))},
        "customization.hyper_parameters.other",
    ),
    ({"customization": Customization.of("TUNING")}, "customization"),
    ({"customization": Customization.distillation("x")}, "customization.teacher"),
    (
        {"customization": Customization.distillation("amazon.nova-pro-v1:0", 1.5)},  # type: ignore[arg-type]  # the point
        "customization.max_response_length",
    ),
    ({"customization": Customization.reinforcement_fine_tuning("grader")}, "customization.grader"),
    *(
        (
            {
                "customization": Customization.reinforcement_fine_tuning(
                    "arn:aws:lambda:us-east-1:123456789012:function:g", RftHyperParameters(**{name: value})
                )
            },
            f"customization.hyper_parameters.{name}",
        )
        for name, value in {
            "epoch_count": 51,
            "batch_size": 15,
            "learning_rate": 1.0,
            "max_prompt_length": "x",
            "training_sample_per_prompt": 17,
            "inference_max_tokens": 1.5,
            "reasoning_effort": "most",
            "eval_interval": 0,
        }.items()
    ),
    ({"vpc_config": VpcConfig(subnet_ids=[], security_group_ids=["sg-1"])}, "network.subnet_ids"),
    ({"vpc_config": VpcConfig(subnet_ids=["a b"], security_group_ids=["sg-1"])}, "network.subnet_ids[0]"),
    (
        {"vpc_config": VpcConfig(subnet_ids=["subnet-1"], security_group_ids=["sg-1", "x" * 33])},
        "network.security_group_ids[1]",
    ),
]


def _field(changes: dict[str, Any], place: str) -> str:
    """Name the leaf field that a case is about, as the docs do."""
    found = check(to_request(_job(**changes)))
    path = re.sub(r"\[\d+\]", "[]", found[0].path) if found else place
    return re.sub(r"^(hyperParameters|.*quals)\..*", r"\1{}", path)


WRONG = [(_field(changes, place), changes, place) for changes, place in CASES]
"""The field that is wrong in each case, the case, and the typed name that must be said."""


@pytest.mark.parametrize(
    ("changes", "place"),
    [case[1:] for case in WRONG],
    ids=[f"{one[0]}#{n}" if one[0] in [w[0] for w in WRONG[:n]] else one[0] for n, one in enumerate(WRONG)],
)
def test_values_are_judged_under_their_typed_names(changes: dict[str, Any], place: str) -> None:
    """Nobody who wrote Python has to know what the API calls it."""
    [one] = check(_job(**changes))
    assert one.path == place
    assert one.rule
    assert one.fix


def test_a_job_needs_a_model_and_data_only() -> None:
    """Names, role and output are made for whoever leaves them out."""
    assert check(_job()) == []
    assert check(MINIMAL) == []
    assert [one.path for one in check({})] == ["baseModelIdentifier", "trainingDataConfig"]


def test_a_request_is_refused_with_everything_that_is_wrong() -> None:
    """One exception, a ValueError, with a sentence for each problem."""
    with pytest.raises(InvalidJob, match="The request cannot be defined:\n  - ") as caught:
        from_request({"jobName": "a_b", "customizationType": "x", "hyperParameters": {"epochCount": True}})
    assert isinstance(caught.value, ValueError)
    assert [one.path for one in caught.value.findings] == [
        "baseModelIdentifier",
        "trainingDataConfig",
        "jobName",
        "customizationType",
        "hyperParameters.epochCount",
    ]
    assert str(caught.value).count("\n") == 5


@pytest.mark.parametrize("request_", [None, [], "x", 1])
def test_what_is_no_request_is_one_problem(request_: Any) -> None:  # noqa: ANN401 - whatever is handed in
    """A sentence, never a traceback."""
    [one] = check(request_)
    assert "must be a mapping" in str(one)


@pytest.mark.parametrize("key", ["Ref", "Condition", "Fn::GetAtt", "Fn::Transform"])
@pytest.mark.parametrize("member", ["equals", "notEquals"])
def test_a_key_that_cloudformation_reads_as_an_intrinsic_is_refused(key: str, member: str) -> None:
    """`{"equals": {"Ref": "x"}}` would break the deployment, or send something else."""
    source = {"s3Uri": "s3://my-logs"}
    logs = {"invocationLogSource": source, "requestMetadataFilters": {member: {key: "x"}}}
    [one] = check(MINIMAL | {"trainingDataConfig": {"invocationLogsConfig": logs}})
    assert "CloudFormation would read the map as an intrinsic function" in one.rule


@pytest.mark.parametrize("key", ["Reference", "FnSub", "condition"])
def test_a_key_that_only_looks_like_an_intrinsic_is_accepted(key: str) -> None:
    """The other side of the rule."""
    assert check(MINIMAL | {"hyperParameters": {key: "x"}}) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{resolve:ssm:/name}}", ""),
        ("{{resolve:secretsmanager:name}}", ""),
        ("{{resolve:ssm-secure:/name}}", "must not hold an ssm-secure reference"),
    ],
)
def test_a_dynamic_reference_is_left_to_cloudformation(text: str, said: str) -> None:
    """Except the one kind that it does not resolve in a custom resource."""
    found = check(MINIMAL | {"jobName": text})
    assert [said in one.rule for one in found] == ([True] if said else [])


TOKEN = cdk.Aws.ACCOUNT_ID


@pytest.mark.parametrize(
    "changes",
    [
        {"job_name": f"job_{TOKEN}"},
        {"role_arn": TOKEN},
        {"base_model": BaseModel.of(TOKEN)},
        {"custom_model_kms_key": TOKEN},
        {"job_tags": {"a": TOKEN}},
        {"training_data": TrainingData.from_bucket(Bucket(TOKEN), "train.jsonl")},
        {"training_data": TrainingData.from_s3_uri(TOKEN)},
        {"training_data": TrainingData.from_s3_uri(f"s3://my-{TOKEN}/x")},
        {"training_data": TrainingData.from_s3_uri(f"s3://my-bucket/{TOKEN}/x")},
        {"output_data": OutputData.from_bucket(Bucket(TOKEN))},
        {"vpc_config": VpcConfig(subnet_ids=cdk.Token.as_list({"Ref": "S"}), security_group_ids=[TOKEN])},
        {"customization": Customization.distillation(TOKEN)},
        {"customization": Customization.reinforcement_fine_tuning(TOKEN)},
        {"customization": Customization.fine_tuning(HyperParameters(epoch_count=TOKEN))},
        {
            "customization": Customization.fine_tuning(
                HyperParameters(epoch_count=cdk.Token.as_number({"Ref": "x"}))
            )
        },
        {"customization": Customization.of(TOKEN)},
    ],
)
def test_a_token_passes_every_rule(changes: dict[str, Any]) -> None:
    """It is judged by the Lambda, with the same rules, once it has a value."""
    assert check(_job(**changes)) == []
    request = to_request(_job(**changes))
    assert to_request(from_request(request)) == request


@pytest.mark.parametrize("key", ["x y", "a//b", "dt=2026/x", "/x", "x*"])
def test_the_known_part_of_a_place_is_judged(key: str) -> None:
    """A bucket of the CDK has a name that is not known; what stands behind it is."""
    found = check(_job(training_data=TrainingData.from_bucket(Bucket(TOKEN), key)))
    assert [one.path for one in found] == ["training_data"]


def test_what_the_construct_must_see_may_not_be_a_token() -> None:
    """Permissions follow from the places in it."""
    later: Any = cdk.Lazy.any(cdk.Token.as_any({}))
    found = check(MINIMAL | {"trainingDataConfig": later, "vpcConfig": later, "hyperParameters": later})
    assert {one.path for one in found} == {"trainingDataConfig", "vpcConfig", "hyperParameters"}
    assert all("must be known at synth" in one.rule for one in found)


def test_a_local_file_is_uploaded_where_it_can_be() -> None:
    """Training and validation data may lie beside the job file; logs and output lie in S3."""
    assert (
        check(
            _job(training_data=TrainingData.from_file(FILE), validation_data=[ValidationData.from_file(FILE)])
        )
        == []
    )
    logs = TrainingData.from_invocation_logs(InvocationLogs.from_s3_uri(f"file://{FILE}"))
    [one] = check(_job(training_data=logs))
    assert "only training and validation files are uploaded" in one.rule
    assert TrainingData.from_file(FILE).path == FILE
    assert TrainingData.from_s3_uri(URI).path is None


def test_a_number_in_a_request_is_a_hyper_parameter() -> None:
    """Both forms, one value: the request's number and the typed form's."""
    spec = from_request(MINIMAL | {"hyperParameters": {"learningRate": 1e-05, "epochCount": 2}})
    assert spec.customization.hyper_parameters == HyperParameters(learning_rate=1e-05, epoch_count=2)
    assert to_request(spec)["hyperParameters"] == {"learningRate": "0.00001", "epochCount": "2"}


@pytest.mark.parametrize(
    ("key", "is_right"),
    [
        ("1234abcd-12ab-34cd-56ef-1234567890ab", True),
        ("arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", True),
        ("alias/models", True),
        ("alias/team/models_2-x", True),
        ("arn:aws:kms:us-east-1:111122223333:alias/models", True),
        ("alias/", False),
        ("alias/models*", False),
        ("alias/${aws:username}", False),
        ("arn:aws:kms:us-east-1:111122223333:alias/model?", False),
        ("models", False),
    ],
)
def test_a_key_is_named_in_every_way_that_the_cli_takes(key: str, is_right: bool) -> None:  # noqa: FBT001 - a case
    """A key's id or ARN, an alias or its ARN; a wildcard or a variable is refused in an alias too."""
    found = check({**MINIMAL, "customModelKmsKeyId": key})
    assert {one.path for one in found} == (set() if is_right else {"customModelKmsKeyId"})
