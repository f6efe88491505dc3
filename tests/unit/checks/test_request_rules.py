"""What the service model, a policy or a template forbids: every mistake at once, one finding for each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest

from constructs_lib.checks.subject import OUTPUT, TRAINING
from constructs_lib.request import (
    BaseModel,
    Customization,
    HyperParameters,
    InvocationLogs,
    JobSpec,
    MetadataFilter,
    OutputData,
    RftHyperParameters,
    TrainingData,
    ValidationData,
    VpcConfig,
    from_request,
    to_request,
)
from constructs_lib.request.fields import typed_path
from tests.unit.checks.subjects import MINIMAL, TOKEN, URI, at, errors, found, names

if TYPE_CHECKING:
    from constructs_lib.findings import Finding

FILE = Path(__file__)


@dataclass(frozen=True)
class Bucket:
    """What the values need of an `IBucket`."""

    bucket_name: str


def _job(**changes: Any) -> JobSpec:  # noqa: ANN401 - any of the fields
    fields = {"base_model": BaseModel.NOVA_LITE, "training_data": TrainingData.from_s3_uri(URI)}
    return JobSpec(**(fields | changes))


def _errors(spec: JobSpec) -> list[Finding]:
    parameters = spec.customization.hyper_parameters
    repeated = parameters.repeated() if parameters else ()
    return errors(to_request(spec), repeated_hyper_parameters=repeated)


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
        "customization.hyper_parameters.batch_size",
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
    wrong = _errors(_job(**changes))
    path = re.sub(r"\[\d+\]", "[]", wrong[0].path) if wrong else place
    return re.sub(r"^(hyperParameters|.*quals)\..*", r"\1{}", path)


WRONG = [(_field(changes, place), changes, place) for changes, place in CASES]
"""The field that is wrong in each case, the case, and the typed name that must be said."""


@pytest.mark.parametrize(
    ("changes", "place"),
    [case[1:] for case in WRONG],
    ids=[f"{one[0]}#{n}" if one[0] in [w[0] for w in WRONG[:n]] else one[0] for n, one in enumerate(WRONG)],
)
def test_a_wrong_value_is_one_error_with_a_typed_name(changes: dict[str, Any], place: str) -> None:
    """Who writes Python need not know what the API calls it."""
    [one] = _errors(_job(**changes))
    assert typed_path(one.path) == place
    assert one.rule
    assert one.fix


def test_a_job_needs_a_model_and_data_only() -> None:
    """Names, role and output are made for whoever leaves them out."""
    assert found(MINIMAL) == []
    assert [one.path for one in errors({})] == ["baseModelIdentifier", "trainingDataConfig"]


def test_everything_is_reported_at_once() -> None:
    """One mistake does not hide another, whatever rule finds it."""
    request = MINIMAL | {"jobName": "bad_name", "hyperParameters": {"epochCount": "9", "batchSize": True}}
    assert [(one.name, one.path) for one in errors(request)] == [
        ("request-pattern", "jobName"),
        ("request-type", "hyperParameters.batchSize"),
        ("hyper-parameter-range", "hyperParameters.epochCount"),
    ]


@pytest.mark.parametrize("request_", [None, [], "x", 1])
def test_what_is_no_request_is_one_error(request_: Any) -> None:  # noqa: ANN401 - whatever is handed in
    """A sentence, never a traceback."""
    [one] = found(request_)
    assert "must be a mapping" in str(one)


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("s3://my-bucket/t*.jsonl", "wildcard"),
        ("s3://my-bucket/t?.jsonl", "request-pattern"),
        ("s3://my-bucket/a b*", "request-pattern"),
        (f"s3://my-bucket/{TOKEN}/*", "wildcard"),
    ],
)
def test_a_wrong_uri_is_one_error(uri: str, name: str) -> None:
    """The service model, the safeguards and the policies do not each report the same mistake."""
    found_here = found(
        MINIMAL | {"trainingDataConfig": {"s3Uri": uri}, "outputDataConfig": {"s3Uri": "s3://my-bucket/"}}
    )
    assert names(found_here) == [("error", name)]


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"customizationType": "DISTILL"}, "customizationType"),
        ({"customisationType": "DISTILLATION"}, "customisationType"),
        ({"customizationType": None}, "customizationType"),
    ],
)
def test_what_is_refused_is_not_known_to_other_rules(wrong: dict[str, Any], path: str) -> None:
    """A refused customization type is not taken for fine-tuning, to which no teacher would belong."""
    teacher = {"teacherModelConfig": {"teacherModelIdentifier": "amazon.nova-pro-v1:0"}}
    request = MINIMAL | {"customizationConfig": {"distillationConfig": teacher}} | wrong
    assert [one.path for one in found(request)] == [path]


def test_a_refused_role_is_not_a_missing_role() -> None:
    """The output may overlap the data of a job that has a role of its own, however that is misspelled."""
    request = MINIMAL | {"roleArn": "Role", "outputDataConfig": {"s3Uri": "s3://my-bucket/"}}
    assert [one.path for one in found(request)] == ["roleArn"]


def test_the_items_of_a_list_of_the_wrong_length_are_checked_too() -> None:
    """Eleven validation files are too many, and one of them does not exist."""
    uris = [*[URI] * 10, "file:///no/such/file.jsonl"]
    wrong = errors(MINIMAL | {"validationDataConfig": {"validators": [{"s3Uri": uri} for uri in uris]}})
    assert [(one.name, one.path) for one in wrong] == [
        ("request-count", "validationDataConfig.validators"),
        ("local-file", "validationDataConfig.validators[10].s3Uri"),
    ]


def test_a_tag_is_refused_once() -> None:
    """A reserved key that is given twice is wrong in both places, and once in each."""
    wrong = errors(MINIMAL | {"jobTags": [{"key": "aws:a", "value": ""}] * 2})
    assert [one.path for one in wrong] == ["jobTags[0].key", "jobTags[1].key"]


@pytest.mark.parametrize("key", ["Ref", "Condition", "Fn::GetAtt", "Fn::Transform"])
@pytest.mark.parametrize("member", ["equals", "notEquals"])
def test_a_key_that_cloudformation_reads_as_an_intrinsic_is_refused(key: str, member: str) -> None:
    """`{"equals": {"Ref": "x"}}` would break the deployment, or send something else."""
    source = {"s3Uri": "s3://my-logs"}
    logs = {"invocationLogSource": source, "requestMetadataFilters": {member: {key: "x"}}}
    [one] = errors(MINIMAL | {"trainingDataConfig": {"invocationLogsConfig": logs}})
    assert "CloudFormation would read the map as an intrinsic function" in one.rule


@pytest.mark.parametrize("key", ["Reference", "FnSub", "condition"])
def test_a_key_that_only_looks_like_an_intrinsic_is_accepted(key: str) -> None:
    """The other side of the rule."""
    assert errors(MINIMAL | {"hyperParameters": {key: "x"}}) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{resolve:ssm:/name}}", ""),
        ("{{resolve:secretsmanager:name}}", ""),
        ("{{resolve:ssm-secure:/name}}", "must not contain an ssm-secure reference"),
    ],
)
def test_a_dynamic_reference_is_left_to_cloudformation(text: str, said: str) -> None:
    """Except the one kind that it does not resolve in a custom resource."""
    assert [said in one.rule for one in found(MINIMAL | {"jobName": text})] == ([True] if said else [])


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
        {"vpc_config": VpcConfig(subnet_ids=[TOKEN], security_group_ids=[TOKEN])},
        {
            "vpc_config": VpcConfig(subnet_ids=cdk.Token.as_list({"Ref": "S"}), security_group_ids=[TOKEN]),
            "role_arn": TOKEN,
        },
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
    """The custom resource's function checks it, with the same service model, once it has a value."""
    assert _errors(_job(**changes)) == []
    request = to_request(_job(**changes))
    assert to_request(from_request(request)) == request


@pytest.mark.parametrize("key", ["x y", "a//b", "dt=2026/x", "/x", "x*"])
def test_the_known_part_of_a_uri_is_checked(key: str) -> None:
    """The name of a bucket of the CDK is not known; the key after it is."""
    wrong = _errors(_job(training_data=TrainingData.from_bucket(Bucket(TOKEN), key)))
    assert [one.path for one in wrong] == ["trainingDataConfig.s3Uri"]


def test_what_the_construct_must_see_may_not_be_a_token() -> None:
    """Permissions are made from what it holds."""
    later: Any = cdk.Lazy.any(cdk.Token.as_any({}))
    wrong = errors(MINIMAL | {"trainingDataConfig": later, "vpcConfig": later, "hyperParameters": later})
    assert {one.path for one in wrong} == {"trainingDataConfig", "vpcConfig", "hyperParameters"}
    assert all("must be known at synth" in one.rule for one in wrong)
    subnets = {"vpcConfig": {"subnetIds": cdk.Token.as_list({"Ref": "S"}), "securityGroupIds": ["sg-1"]}}
    [one] = errors(MINIMAL | subnets)
    assert (one.path, one.name) == ("vpcConfig.subnetIds", "unknown-at-synth")


def test_a_local_file_is_uploaded_where_it_can_be() -> None:
    """Training and validation data may lie beside the job file; logs and output lie in S3."""
    local = "file://no/such/file.jsonl"
    request = MINIMAL | {"trainingDataConfig": {"s3Uri": local}, "outputDataConfig": {"s3Uri": local}}
    assert [one.rule for one in errors(request)] == [
        "must name a file that exists",
        "must be in S3, because only training and validation files are uploaded",
    ]
    logs = TrainingData.from_invocation_logs(InvocationLogs.from_s3_uri(f"file://{FILE}"))
    [one] = _errors(_job(training_data=logs))
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
    wrong = errors({**MINIMAL, "customModelKmsKeyId": key})
    assert [one.path for one in wrong] == ([] if is_right else ["customModelKmsKeyId"])


@pytest.mark.parametrize(
    ("path", "value", "fix"),
    [
        (TRAINING, "https://my-data.s3.us-east-1.amazonaws.com/a/t.jsonl", "write s3://my-data/a/t.jsonl"),
        (TRAINING, "https://s3.us-east-1.amazonaws.com/my-data/t.jsonl", "write s3://my-data/t.jsonl"),
        (TRAINING, "arn:aws:s3:::my-data/t.jsonl", "write s3://my-data/t.jsonl"),
        (TRAINING, "S3://my-data/t.jsonl", "write s3://my-data/t.jsonl"),
        (TRAINING, "s3:/my-data/t.jsonl", "write s3://my-data/t.jsonl"),
        (TRAINING, "'s3://my-data/t.jsonl'", "write s3://my-data/t.jsonl"),
        (TRAINING, "./t.jsonl", "file://train.jsonl for a local file, which is uploaded"),
        (OUTPUT, "./results/", "write s3://bucket/key for an object in S3"),
        (TRAINING, "s3://<your-bucket>/t.jsonl", "write the value in the place of <your-bucket>"),
        (TRAINING, "s3://{{my-bucket}}/t.jsonl", "write the value in the place of {{my-bucket}}"),
        (TRAINING, "s3://My_Data/t.jsonl", "correct the name of the bucket, which cannot have M _ D"),
        (TRAINING, "s3:///t.jsonl", "correct the name of the bucket"),
        (TRAINING, "s3://my-data/date=1 2/t.jsonl", "copy the data to a key without = a space"),
        (TRAINING, "s3://my-data//t.jsonl", "copy the data to a key without //"),
        (
            "trainingDataConfig",
            "s3://my-data/t.jsonl",
            "write s3Uri: s3://my-data/t.jsonl below it, indented",
        ),
        ("trainingDataConfig", None, "indent its members below it, or leave it out"),
        ("hyperParameters", [{"epochCount": "2"}], "write its members without dashes (-) and brackets"),
        ("jobTags", {"team": "support"}, "a key and a value for each tag: [{key: ..., value: ...}]"),
        (
            "customModelKmsKeyId",
            "AWS_OWNED_KEY",
            "leave it out: the model is then encrypted with a key that AWS",
        ),
        ("s3Uri", URI, "indent it below trainingDataConfig or outputDataConfig"),
        ("request", {"jobName": "a"}, "write its members without request around them"),
        ("region", "us-east-1", "name it where you deploy the job: --region"),
        ("revision", 2, "name it where you deploy the job: --revision"),
        ("jobArn", "arn:aws:bedrock:us-east-1:1:x", "`bedrock-customize from-job` makes a job file"),
        ("baseModelArn", "arn:aws:bedrock:us-east-1:1:x", "`bedrock-customize from-job` makes a job file"),
    ],
)
def test_a_value_that_shows_what_is_meant_says_what_to_write(path: str, value: object, fix: str) -> None:
    """Of what newcomers write: one error, whose advice is about the value and not about its kind."""
    [one] = errors(at(path, value))
    assert (one.path, fix in one.fix) == (path, True), one.fix


def test_a_uri_that_is_advised_is_accepted() -> None:
    """What the advice says to write has no finding."""
    [one] = errors(at(TRAINING, "https://my-data.s3.amazonaws.com/a/t.jsonl?versionId=null"))
    assert "write s3://bucket/key" in one.fix, "a URL with a query is not guessed"
    [one] = errors(at(TRAINING, "https://my-data.s3.amazonaws.com/a/t.jsonl"))
    assert errors(at(TRAINING, one.fix.removeprefix("write "))) == []


def test_a_local_output_is_one_error() -> None:
    """And not also a location that only deployment knows."""
    assert names(found(at(OUTPUT, "file://results/"))) == [("error", "local-file")]


def test_a_folder_as_data_is_one_error() -> None:
    """And not also a file with another suffix."""
    assert names(found(at(TRAINING, "file://."))) == [("error", "local-file")]


@pytest.mark.parametrize("name", ["distillationConfig", "teacherModelConfig", "teacherModelIdentifier"])
def test_a_misplaced_configuration_is_not_missing_too(name: str) -> None:
    """It is one mistake."""
    request = MINIMAL | {"customizationType": "DISTILLATION", name: {}}
    assert names(found(request)) == [("error", "request-member")]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("alias/aws/s3", [("warning", "aws-managed-key")]),
        ("arn:aws:kms:us-east-1:111122223333:alias/aws/bedrock", [("warning", "aws-managed-key")]),
        ("alias/aws", [("warning", "foreign-key")]),
        ("alias/my/alias/aws/s3", [("warning", "foreign-key")]),
    ],
)
def test_a_key_that_aws_manages_is_named(key: str, expected: list[tuple[str, str]]) -> None:
    """Its owner could add no statement to its policy, so nobody is asked to."""
    assert names(found(MINIMAL | {"customModelKmsKeyId": key})) == expected
