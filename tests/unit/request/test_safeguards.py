"""What Bedrock would take, and a deployment must not."""

from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.contract import safeguards

S3_PLACES = [
    ({"trainingDataConfig": {"s3Uri": "URI"}}, "trainingDataConfig.s3Uri"),
    (
        {"trainingDataConfig": {"invocationLogsConfig": {"invocationLogSource": {"s3Uri": "URI"}}}},
        "trainingDataConfig.invocationLogsConfig.invocationLogSource.s3Uri",
    ),
    (
        {"validationDataConfig": {"validators": [{"s3Uri": "s3://b"}, {"s3Uri": "URI"}]}},
        "validationDataConfig.validators[1].s3Uri",
    ),
    ({"outputDataConfig": {"s3Uri": "URI"}}, "outputDataConfig.s3Uri"),
]


def _with(value: Any, uri: str) -> Any:  # noqa: ANN401 - JSON of any type
    if isinstance(value, dict):
        return {key: _with(item, uri) for key, item in value.items()}
    if isinstance(value, list):
        return [_with(item, uri) for item in value]
    return uri if value == "URI" else value


@pytest.mark.parametrize("char", ["*", "?", "$"])
@pytest.mark.parametrize(("request_", "place"), S3_PLACES)
def test_a_wildcard_or_variable_never_gets_into_a_policy(request_: object, place: str, char: str) -> None:
    """`*` is in the service's own pattern, and in an IAM policy it would open the whole bucket."""
    [one] = safeguards(_with(request_, f"s3://b/{char}"))
    assert one.path == place
    assert f"must not contain {char}" in one.rule
    assert not [*safeguards(_with(request_, "s3://b/k"))]


def test_only_what_is_known_of_an_uri_is_judged() -> None:
    """A token's own text holds a `$`, which is no variable of a policy."""
    request = {"outputDataConfig": {"s3Uri": "s3://${Token[A]}/x"}}
    assert not [*safeguards(request, literal=lambda text: text.replace("${Token[A]}", ""))]
    assert [*safeguards(request)]


_TEACHER = {"distillationConfig": {"teacherModelConfig": {"teacherModelIdentifier": "URI"}}}
NAME_PLACES = [
    ({"roleArn": "URI"}, "roleArn"),
    ({"customModelKmsKeyId": "URI"}, "customModelKmsKeyId"),
    ({"baseModelIdentifier": "URI"}, "baseModelIdentifier"),
    (
        {"customizationConfig": _TEACHER},
        "customizationConfig.distillationConfig.teacherModelConfig.teacherModelIdentifier",
    ),
    (
        {"customizationConfig": {"rftConfig": {"graderConfig": {"lambdaGrader": {"lambdaArn": "URI"}}}}},
        "customizationConfig.rftConfig.graderConfig.lambdaGrader.lambdaArn",
    ),
    ({"vpcConfig": {"subnetIds": ["subnet-1", "URI"]}}, "vpcConfig.subnetIds[1]"),
    ({"vpcConfig": {"securityGroupIds": ["URI"]}}, "vpcConfig.securityGroupIds[0]"),
]


@pytest.mark.parametrize("name", ["arn:aws:iam::111122223333:role/*", "a?", "x/${aws:username}", "*", "a$b"])
@pytest.mark.parametrize(("request_", "place"), NAME_PLACES)
def test_whatever_a_policy_names_is_one_resource(request_: object, place: str, name: str) -> None:
    """`iam:PassRole` on `role/*` would hand every role of the account to Bedrock."""
    [one] = safeguards(_with(request_, name))
    assert one.path == place
    assert "a wildcard or variable in a policy" in one.rule
    assert "name exactly one resource" in one.fix
    assert not [*safeguards(_with(request_, "arn:aws:x:eu-west-1:111122223333:y/z"))]


def test_the_latest_version_of_a_grader_is_an_exact_name() -> None:
    """`$LATEST` is in the service's own pattern, and no variable."""
    function = "arn:aws:lambda:eu-west-1:111122223333:function:grader"
    grader, _ = NAME_PLACES[4]
    assert not [*safeguards(_with(grader, f"{function}:$LATEST"))]
    assert [*safeguards(_with(grader, f"{function}*:$LATEST"))]


@pytest.mark.parametrize("member", ["jobTags", "customModelTags"])
@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ([{"key": "awsome", "value": ""}], []),
        ([{"key": "aws:x", "value": ""}], ["[0].key must not start with aws:"]),
        ([{"key": "AWS:x", "value": ""}], ["[0].key must not start with aws:"]),
        (
            [{"key": "cdk-bedrock-customization:approved", "value": "approved"}],
            ["[0].key must not be cdk-bedrock-customization:approved, by which a person"],
        ),
        ([{"key": "cdk-bedrock-customization:approvedby", "value": ""}], []),
        ([{"key": "k"}, {"key": "K"}], []),
        ([{"key": "k"}, {"key": "j"}, {"key": "k"}], ["[2].key must not be given twice"]),
        ([{"key": str(number)} for number in range(50)], []),
        ([{"key": str(number)} for number in range(51)], [" must contain at most 50 tags"]),
        ("nonsense", []),
        (["nonsense", {"key": 1}], []),
    ],
)
def test_tags_that_aws_would_refuse_later(member: str, tags: object, said: list[str]) -> None:
    """The service takes 50 tags and keeps aws: for itself; only a person approves a model."""
    found = [str(one) for one in safeguards({member: tags})]
    assert len(found) == len(said)
    assert all(one.startswith(f"{member}{start}") for one, start in zip(found, said, strict=True))
