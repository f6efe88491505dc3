"""Everything the service model states, on both sides of each bound."""

from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.contract import violations
from constructs_lib.findings import NOTHING, Finding

GOOD: dict[str, Any] = {
    "jobName": "tickets-1",
    "customModelName": "tickets-1",
    "roleArn": "arn:aws:iam::123456789012:role/Customization",
    "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
    "trainingDataConfig": {"s3Uri": "s3://my-bucket/train.jsonl"},
    "outputDataConfig": {"s3Uri": "s3://my-bucket/out/"},
}
TEACHER = {"teacherModelIdentifier": "amazon.nova-pro-v1:0"}


def _found(path: str, value: object) -> list[Finding]:
    """Check a good request with `value` put at a place in it."""
    request: dict[str, Any] = dict(GOOD)
    part = request
    *steps, last = path.split(".")
    for step in steps:
        part[step] = dict(part.get(step, {}))
        part = part[step]
    part[last] = value
    return list(violations(request))


def _logs(**filters: object) -> dict[str, object]:
    source = {"s3Uri": "s3://my-logs/"}
    return {"invocationLogSource": source, "requestMetadataFilters": filters}


LOGS = "trainingDataConfig.invocationLogsConfig"
RFT = "customizationConfig.rftConfig.hyperParameters"
ACCEPTED = [
    ("jobName", "a" * 63),
    ("jobName", "a+b.c-d--e"),
    ("customModelName", "a_b-c"),
    ("customModelName", "a" * 63),
    ("roleArn", "arn:aws-us-gov:iam::123456789012:role/path/Name"),
    ("clientRequestToken", "a-b"),
    ("baseModelIdentifier", "my-tuned-model"),
    ("baseModelIdentifier", "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k"),
    (
        "baseModelIdentifier",
        "arn:aws:bedrock:us-east-1:123456789012:custom-model/amazon.nova-lite-v1:0:300k/abcdefghijkl",
    ),
    ("customizationType", "IMPORTED"),
    ("customModelKmsKeyId", "alias/models"),
    ("jobTags", [{"key": "k", "value": ""}] * 200),
    ("jobTags", []),
    ("trainingDataConfig", {}),
    (LOGS, _logs(equals={"k": "v"})),
    (LOGS, _logs(andAll=[{"equals": {"k": "v"}, "notEquals": {"k": "w"}}] * 16)),
    (LOGS, _logs(orAll=[{}])),
    ("validationDataConfig", {"validators": []}),
    ("validationDataConfig", {"validators": [{"s3Uri": "s3://my-bucket"}] * 10}),
    ("hyperParameters", {}),
    ("hyperParameters", {"": ""}),
    ("vpcConfig", {"subnetIds": ["s"] * 16, "securityGroupIds": ["g"] * 5}),
    ("customizationConfig", {"rftConfig": {}}),
    ("customizationConfig", {"distillationConfig": {"teacherModelConfig": TEACHER}}),
    (f"{RFT}.epochCount", 1),
    (f"{RFT}.epochCount", 50),
    (f"{RFT}.batchSize", 512),
    (f"{RFT}.learningRate", 1e-07),
    (f"{RFT}.learningRate", 0.001),
    (f"{RFT}.maxPromptLength", -1),
]
REFUSED = [
    ("jobName", "", "jobName", "1 to 63 characters"),
    ("jobName", "a" * 64, "jobName", "shorten it by 1"),
    ("jobName", "a_b", "jobName", "no underscore"),
    ("jobName", "a" + "-" * 61 + "_", "jobName", "no underscore"),
    ("jobName", "a\n", "jobName", "remove '\\n'"),
    ("jobName", 5, "jobName", 'must be a string, got 5; put it in quotes: "5"'),
    ("jobName", True, "jobName", 'put it in quotes: "true"'),
    ("jobName", None, "jobName", "leave it out"),
    ("roleArn", {"Ref": "Role"}, "roleArn", "the token of a CDK construct"),
    ("roleArn", ["x"], "roleArn", "write one string"),
    ("customModelName", "a--b", "customModelName", "no '--'"),
    ("clientRequestToken", "a-", "clientRequestToken", "at both ends"),
    ("baseModelIdentifier", "a b", "baseModelIdentifier", "write it like amazon.nova-lite"),
    ("customizationType", "fine-tuning", "customizationType", "write FINE_TUNING"),
    ("customizationType", "OTHER", "customizationType", "choose one of them"),
    ("customModelKmsKeyId", "key", "customModelKmsKeyId", "KMS key's id or ARN"),
    ("jobTags", [{"key": "k", "value": ""}] * 201, "jobTags", "remove 1"),
    ("jobTags", {"k": "v"}, "jobTags", "must be a list"),
    ("jobTags", None, "jobTags", "write []"),
    ("jobTags", [{"key": "k"}], "jobTags[0].value", "is required, got nothing"),
    ("jobTags", [{"key": "ä", "value": ""}], "jobTags[0].key", "letters, digits, spaces"),
    ("trainingDataConfig", "s3://b/k", "trainingDataConfig", "must be a mapping"),
    ("trainingDataConfig", None, "trainingDataConfig", "must be a mapping"),
    (
        "trainingDataConfig.s3Uri",
        "s3://my-bucket/dt=2026/x",
        "trainingDataConfig.s3Uri",
        "does not accept '='",
    ),
    ("trainingDataConfig.s3Uri", "s3://my-bucket//x", "trainingDataConfig.s3Uri", "single slashes"),
    (
        LOGS,
        _logs(equals={"k": "v"}) | {"usePromptResponse": "true"},
        f"{LOGS}.usePromptResponse",
        "without quotes",
    ),
    (
        LOGS,
        _logs(),
        f"{LOGS}.requestMetadataFilters",
        "must have exactly one of equals, notEquals, andAll, orAll",
    ),
    (LOGS, _logs(equals={"k": "v"}, orAll=[{}]), f"{LOGS}.requestMetadataFilters", "keep one and remove"),
    (LOGS, _logs(equals={}), f"{LOGS}.requestMetadataFilters.equals", "must contain exactly 1 entry"),
    (LOGS, _logs(andAll=[]), f"{LOGS}.requestMetadataFilters.andAll", "add at least 1"),
    (LOGS, _logs(andAll=[{}] * 17), f"{LOGS}.requestMetadataFilters.andAll", "remove 1"),
    (
        "validationDataConfig",
        {"validators": [{"s3Uri": "s3://b-b"}] * 11},
        "validationDataConfig.validators",
        "remove 1",
    ),
    ("hyperParameters", {"epochCount": 2}, "hyperParameters.epochCount", 'put it in quotes: "2"'),
    (
        "vpcConfig",
        {"subnetIds": [], "securityGroupIds": ["g"]},
        "vpcConfig.subnetIds",
        "1 to 16 items, got 0",
    ),
    ("vpcConfig", {"subnetIds": ["s"] * 17, "securityGroupIds": ["g"]}, "vpcConfig.subnetIds", "remove 1"),
    ("vpcConfig", {"subnetIds": "s", "securityGroupIds": ["g"]}, "vpcConfig.subnetIds", "brackets"),
    ("customizationConfig", {}, "customizationConfig", "got nothing; add one of them"),
    (f"{RFT}.epochCount", 0, f"{RFT}.epochCount", "raise it to 1"),
    (f"{RFT}.epochCount", 51, f"{RFT}.epochCount", "lower it to 50"),
    (f"{RFT}.epochCount", True, f"{RFT}.epochCount", "must be a whole number, got True"),
    (f"{RFT}.epochCount", "3", f"{RFT}.epochCount", "without quotes"),
    (f"{RFT}.epochCount", 3.0, f"{RFT}.epochCount", "write 3"),
    (f"{RFT}.epochCount", None, f"{RFT}.epochCount", "leave it out"),
    (f"{RFT}.learningRate", 9e-08, f"{RFT}.learningRate", "raise it to 1e-07"),
    (f"{RFT}.learningRate", 0.0011, f"{RFT}.learningRate", "lower it to 0.001"),
    (f"{RFT}.learningRate", float("nan"), f"{RFT}.learningRate", "must be a number"),
    (f"{RFT}.learningRate", float("inf"), f"{RFT}.learningRate", "must be a number"),
    (f"{RFT}.reasoningEffort", "High", f"{RFT}.reasoningEffort", "write high"),
]
MISTAKEN = [
    ("vpcConfig", {"subnets": ["s"], "securityGroupIds": ["g"]}, "vpcConfig.subnets", "write subnetIds"),
    (
        "validationDataConfig",
        {"s3Uri": "s3://b/k"},
        "validationDataConfig.s3Uri",
        "write validators: [{s3Uri: ...}]",
    ),
    ("trainingData", {}, "trainingData", "write trainingDataConfig"),
    ("job_name", "x", "job_name", "write jobName"),
    ("HyperParameters", {}, "HyperParameters", "write hyperParameters"),
    ("tags", [], "tags", "jobTags for the job or customModelTags for the model"),
    ("teacherModelIdentifier", "x", "teacherModelIdentifier", "customizationConfig.distillationConfig"),
    ("subnetIds", [], "subnetIds", "move it to vpcConfig.subnetIds"),
    ("outputDataConfig.kmsKeyId", "x", "outputDataConfig.kmsKeyId", "customModelKmsKeyId"),
    ("nonsense", 1, "nonsense", "remove it; the members are jobName"),
    (1, 1, "1", "remove it"),
]


@pytest.mark.parametrize(("path", "value"), ACCEPTED)
def test_what_the_model_accepts_is_accepted(path: str, value: object) -> None:
    """The last value that is still right."""
    assert _found(path, value) == []


@pytest.mark.parametrize(("path", "value", "place", "said"), REFUSED)
def test_what_the_model_refuses_is_one_useful_sentence(
    path: str, value: object, place: str, said: str
) -> None:
    """The first value that is wrong: where, what the rule is, what was found, what to do."""
    [one] = _found(path, value)
    assert one.path == place
    assert said in str(one)


@pytest.mark.parametrize(("name", "value", "place", "said"), MISTAKEN)
def test_an_unknown_member_is_one_error_with_the_right_name(
    name: str, value: object, place: str, said: str
) -> None:
    """A misspelled member is not reported a second time as missing."""
    [one] = _found(name, value) if isinstance(name, str) else violations(GOOD | {name: value})
    assert one.path == place
    assert "is not a member of" in one.rule
    assert said in one.fix


def test_all_errors_are_reported_at_once() -> None:
    """An empty request lacks six members; each is reported with what to add."""
    found = list(violations({}))
    assert [one.path for one in found] == [
        "jobName",
        "customModelName",
        "roleArn",
        "baseModelIdentifier",
        "trainingDataConfig",
        "outputDataConfig",
    ]
    assert all(one.got is NOTHING for one in found)
    assert str(found[0]) == "jobName is required, got nothing; add jobName, for example tickets-2026-11"
    assert found[-1].fix == "add outputDataConfig with s3Uri"


@pytest.mark.parametrize("value", [None, [], "text", 3])
def test_what_is_no_request_is_one_error(value: object) -> None:
    """Whatever stands there, the answer is a sentence."""
    [one] = violations(value)
    assert str(one).startswith("the request must be a mapping")


def test_what_is_not_known_passes() -> None:
    """A token is checked by the Lambda, once it has a value; the rest is checked now."""
    request = GOOD | {"jobName": "later", "roleArn": "nonsense", "vpcConfig": "later"}
    [one] = violations(request, is_known=lambda value: value != "later")
    assert one.path == "roleArn"


def test_metadata_filters_are_not_shown() -> None:
    """The model marks them as sensitive: neither keys nor values get into a sentence."""
    found = _found(LOGS, _logs(equals={"sécret": "hidden!"}))
    assert [one.path.removeprefix(f"{LOGS}.requestMetadataFilters.") for one in found] == [
        "equals.key",
        "equals.value",
    ]
    assert "cret" not in str(found)
    assert "hidden" not in str(found)


def test_a_sentence_stays_short_and_printable() -> None:
    """What was found may be a megabyte, and a key may hold control characters."""
    [one] = _found("jobName", "x" * 1_000_000)
    assert len(str(one)) < 300
    [one] = violations(GOOD | {"\x1b[31m\n" + "k" * 1_000_000: 1})
    assert str(one).isprintable()
    assert len(str(one)) < 700
