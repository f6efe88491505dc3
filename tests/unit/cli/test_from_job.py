"""`bedrock-customize from-job`: a job file from a job that exists."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from typer.testing import CliRunner, Result

from constructs_lib.cli.main import app
from constructs_lib.request.reading import read_file
from constructs_lib.testing.bedrock import BedrockDouble, BedrockServer, Clock, Refuse
from tests.unit.request.strategies import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SENT = {
    "roleArn": "arn:aws:iam::000000000000:role/Svc",
    "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
    "customizationType": "FINE_TUNING",
    "trainingDataConfig": {"s3Uri": "s3://my-bucket/train.jsonl"},
    "outputDataConfig": {"s3Uri": "s3://my-bucket/out/"},
    "hyperParameters": {"epochCount": "3", "batchSize": "1", "learningRate": "0.00002"},
    "customModelKmsKeyId": "arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "jobTags": [{"key": "team", "value": "1"}],
    "customModelTags": [{"key": "stage", "value": "yes"}],
    "vpcConfig": {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]},
}
NAMES = {"jobName": "job", "customModelName": "model"}


@pytest.fixture(scope="module")
def server() -> Iterator[BedrockServer]:
    """Return a double of Bedrock with a still clock, where boto3 and the AWS CLI find it."""
    with (
        BedrockServer(BedrockDouble(clock=Clock.still())) as server,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("AWS_ENDPOINT_URL_BEDROCK", server.url)
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_CONFIG_FILE", "/nonexistent")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
            patch.delenv(name, raising=False)
        yield server


@pytest.fixture
def double(server: BedrockServer) -> BedrockDouble:
    """Return the double without jobs."""
    server.double.reset()
    return server.double


def _create(**request: Any) -> str:  # noqa: ANN401 - members of the request
    with closing(boto3.client("bedrock", region_name="us-east-1")) as client:
        return str(client.create_model_customization_job(**request)["jobArn"])


def _run(*arguments: str, stdin: str | None = None) -> Result:
    result = CliRunner().invoke(app, ["from-job", *arguments], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_a_finished_job_is_made_into_a_job_file(double: BedrockDouble, tmp_path: Path) -> None:
    """Everything that was sent is in it, except the names and the token."""
    arn = _create(**NAMES, **SENT)
    double.clock.advance(100_000)
    file = tmp_path / "job.yaml"
    result = _run(arn, "--out", str(file))
    assert result.exit_code == 0, result.output
    document = read_file(file)
    assert not document.findings
    assert document.request == SENT
    text = file.read_text()
    model = double.models()[0].arn
    assert text.startswith("# Deploying this file trains a new model, which is billed.\n")
    assert "# To use the model that exists without training, do not deploy this file:" in text
    assert f"create-custom-model-deployment --model-arn {model})" in text
    assert f'ModelCustomizationJob.from_job_arn(stack, "Job", "{arn}")' in text
    assert "The names of job and model are left out, because a name cannot be used again" in text
    lines = {line.split(":")[0].strip(): line for line in text.splitlines() if "#" in line}
    assert lines["epochCount"].endswith("# the documented default is 2")
    assert "batchSize" not in lines, "it equals the documented default"
    assert "# Bedrock returns the hyperparameters that the job used, its own defaults among them;" in text


def test_a_running_job_has_no_model_yet(double: BedrockDouble) -> None:
    """The tags of its model are not known; a name is accepted with a Region."""
    _create(**NAMES, **SENT)
    result = _run("job", "--region", "us-east-1", "--format", "json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {key: one for key, one in SENT.items() if key != "customModelTags"}
    assert "the model has no tags that are known, because it does not exist" in result.stderr
    assert double.jobs()[0].status == "InProgress"


@settings(
    max_examples=15,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # too slow to shrink with
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.data_too_large,
        HealthCheck.function_scoped_fixture,
    ],
)
@given(requests())
def test_create_and_from_job_give_the_same_request(
    server: BedrockServer, tmp_path_factory: pytest.TempPathFactory, request: dict[str, Any]
) -> None:
    """Of generated requests: all but names, token, what is empty, and what Bedrock writes as ARNs or adds."""
    server.double.reset()
    request |= {"baseModelIdentifier": "amazon.nova-lite-v1:0:300k"}
    arn = _create(
        **{"roleArn": SENT["roleArn"], "outputDataConfig": {"s3Uri": "s3://b-b"}, **request, **NAMES}
    )
    server.double.clock.advance(100_000)
    file = tmp_path_factory.mktemp("job") / "job.json"
    _run(arn, "--out", str(file))
    got = dict(read_file(file).request)
    for member, value in request.items():
        if member in ("jobName", "customModelName", "clientRequestToken", "customModelKmsKeyId"):
            continue
        if member == "hyperParameters":
            assert value.items() <= got.get(member, {}).items()
        elif member in ("jobTags", "customModelTags"):
            tags, sent = ({one["key"]: one["value"] for one in of} for of in (got.get(member, []), value))
            assert tags == sent
        elif value and value != {"validators": []}:
            assert got[member] == value


def test_an_answer_in_a_file_is_enough(double: BedrockDouble, tmp_path: Path) -> None:
    """As the AWS CLI prints it, in JSON or YAML, from a file or from stdin; the tags are not in it."""
    arn = _create(**NAMES, **SENT)
    double.clock.advance(100_000)
    with closing(boto3.client("bedrock", region_name="us-east-1")) as client:
        answer = client.get_model_customization_job(jobIdentifier=arn)
    text = json.dumps(answer, default=str)
    (tmp_path / "answer.json").write_text(text)
    (tmp_path / "answer.txt").write_text(yaml.safe_dump(json.loads(text)))
    expected = {key: one for key, one in SENT.items() if not key.endswith("Tags")}
    for arguments, stdin in (
        ([str(tmp_path / "answer.json")], None),
        ([str(tmp_path / "answer.txt")], None),
        (["-"], text),
        ([], text),
    ):
        result = _run(*arguments, "--format", "json", stdin=stdin)
        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout) == expected
        assert f"see aws bedrock list-tags-for-resource --resource-arn {arn}" in result.stderr


def test_an_event_of_cloudtrail_is_enough() -> None:
    """It contains the request as it was sent."""
    event = {
        "eventName": "CreateModelCustomizationJob",
        "requestParameters": {**NAMES, **SENT, "clientRequestToken": "t"},
        "responseElements": {"jobArn": ARN},
    }
    for document in (event, {"detail": event}):
        result = _run("--format", "json", stdin=json.dumps(document))
        assert json.loads(result.stdout) == SENT
        assert "hyperparameters" not in result.stderr, "CloudTrail has what was sent, without defaults"


ARN = "arn:aws:bedrock:us-east-1:000000000000:model-customization-job/amazon.nova-lite-v1:0:300k/abcdefabcdef"
OTHER = {
    "of create": ({"jobArn": ARN}, f"run bedrock-customize from-job {ARN}"),
    "a list": ({"modelCustomizationJobSummaries": []}, "got a list of jobs"),
    "a model": ({"modelArn": "x", "jobArn": ARN}, f"got a model; run bedrock-customize from-job {ARN}"),
    "a request": ({**NAMES, **SENT}, "it is a job file already"),
    "of another event": ({"eventName": "X", "requestParameters": {}}, "got something else"),
    "something else": ({"a": 1}, "got something else"),
    "hostile": ({"baseModelArn": {"a": "b"}, "trainingDataConfig": 3, "jobArn": []}, "a job's ARN without"),
}


@pytest.mark.parametrize(("answer", "expected"), OTHER.values(), ids=OTHER.keys())
def test_another_answer_is_one_sentence(answer: dict[str, Any], expected: str) -> None:
    """It says what was given, and what to do."""
    result = _run(stdin=json.dumps(answer))
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.count("error: ") == 1
    assert expected in result.stderr


def test_what_is_no_answer_is_one_sentence(tmp_path: Path) -> None:
    """A table, nothing, a list, a file that does not exist."""
    for text in ("----\n| a |\n", "", "[1]", "{", "\x00"):
        result = _run(stdin=text)
        assert (result.exit_code, result.stdout) == (1, "")
        assert "stdin" in result.stderr
        assert "the answer must" in result.stderr
    assert "the answer must exist" in _run(str(tmp_path / "no.json")).stderr


def test_parts_of_the_wrong_type_are_findings(tmp_path: Path) -> None:
    """A file comes from others."""
    answer = {
        "baseModelArn": "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k",
        "trainingDataConfig": [1],
        "hyperParameters": "x",
        "validationDataConfig": 3,
        "vpcConfig": "a",
        "status": {"a": "\x1b[2J"},
        "jobArn": 3,
    }
    result = _run("--out", str(tmp_path / "job.yaml"), stdin=json.dumps(answer))
    assert result.exit_code == 1
    assert "trainingDataConfig must be a mapping" in result.stderr
    assert "\x1b" not in (tmp_path / "job.yaml").read_text()


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "access": (
        lambda: Refuse("AccessDeniedException"),
        f"bedrock:GetModelCustomizationJob on {ARN} is not permitted",
    ),
    "expired": (lambda: Refuse("ExpiredTokenException"), "The AWS credentials have expired"),
}


@pytest.mark.parametrize(("refusal", "expected"), REFUSED.values(), ids=REFUSED.keys())
def test_a_refusal_is_one_sentence(double: BedrockDouble, refusal: Callable[[], Any], expected: str) -> None:
    """It says which permission or which credentials are missing."""
    double.faults.add("GetModelCustomizationJob", refusal())
    result = _run(ARN)
    assert (result.exit_code, result.stdout) == (1, "")
    assert expected in result.stderr


def test_a_job_that_cannot_be_found_is_one_sentence(
    double: BedrockDouble, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Not there, no Region, another Region, no profile, no credentials, no network."""
    assert not double.jobs()
    assert "must be a job of this account and Region, got none" in _run(ARN).stderr
    assert "No Region is set; name one with --region" in _run("job").stderr
    with monkeypatch.context() as patch:
        patch.setenv("AWS_REGION", "us-east-1")  # which boto3 does not read, but the AWS CLI does
        assert "must be a job of this account and Region, got none" in _run("job").stderr
    wrong = _run(ARN, "--region", "eu-west-1")
    assert wrong.exit_code == 2
    assert "must be the Region of the job, us-east-1" in " ".join(wrong.stderr.replace("│", "").split())
    assert "`aws configure list-profiles` lists" in _run(ARN, "--profile", "nobody").stderr
    assert _run("no such job").exit_code == 2
    model = ARN.replace("model-customization-job", "custom-model")
    assert "take the jobArn that aws" in " ".join(_run(model).stderr.replace("│", "").split())
    with monkeypatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_BEDROCK", "http://127.0.0.1:1")
        assert "AWS cannot be reached" in _run(ARN).stderr
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    assert "There are no AWS credentials" in _run(ARN).stderr


def test_tags_that_cannot_be_read_are_a_note(double: BedrockDouble) -> None:
    """The job file is written without them."""
    arn = _create(**NAMES, **SENT)
    double.faults.add("ListTagsForResource", Refuse("AccessDeniedException"))
    result = _run(arn, "--format", "json")
    assert result.exit_code == 0
    assert "jobTags" not in json.loads(result.stdout)
    assert "the tags of the job cannot be read (AccessDeniedException)" in result.stderr
