"""`bedrock-customize diff`: whether a deploy would start a job, in one sentence for each job."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from constructs_lib.cli.main import app

if TYPE_CHECKING:
    from pathlib import Path

REQUEST = {
    "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
    "roleArn": {"Fn::GetAtt": ["Role", "Arn"]},
    "trainingDataConfig": {"s3Uri": {"Fn::Sub": "s3://assets-${AWS::AccountId}/one.jsonl"}},
    "outputDataConfig": {"s3Uri": {"Fn::Join": ["", ["s3://", {"Ref": "Bucket"}, "/out"]]}},
    "hyperParameters": {"epochCount": "2"},
}
TOKEN = {"Fn::GetAtt": ["Function", "Arn"]}
LENGTH = "maxResponseLengthForInference"
JOB = {
    "Type": "Custom::BedrockModelCustomizationJob",
    "Metadata": {"aws:cdk:path": "Training/Tickets/Resource"},
    "Properties": {"ServiceToken": TOKEN, "Request": REQUEST, "OnDelete": "StopJob"},
}
OLD = {"Resources": {"Job": JOB, "Bucket": {"Type": "AWS::S3::Bucket"}}}
NAME = "Training/Tickets/Resource (Job)"
STOPPED = "; the old job is stopped if it still runs, and its model is kept."


def template(request: dict[str, Any] | None = None, **properties: object) -> dict[str, Any]:
    """The template with some properties of the job changed; None takes a field out."""
    changed = deepcopy(OLD)
    own: Any = changed["Resources"]["Job"]["Properties"]
    own.update(properties)
    own["Request"].update(request or {})
    own["Request"] = {name: value for name, value in own["Request"].items() if value is not None}
    return changed


def run(folder: Path, new: object, *options: str, old: object = OLD) -> Result:
    """Write both templates, and run the command."""
    for name, content in (("old", old), ("new", new)):
        (folder / f"{name}.json").write_text(json.dumps(content))
    return CliRunner().invoke(app, ["diff", str(folder / "old.json"), str(folder / "new.json"), *options])


NO, YES = "a deploy would start no job, because ", "a deploy would start a job, because "
MAYBE = "a deploy would start a job unless the old one is Completed, because "
NOT_TRAINED = "what changes needs no new training: "
SAME = f"{NO}nothing changes that its training depends on."
RETRAIN = "RetrainOnInfrastructureChange"
FORCED = "and RetrainOnInfrastructureChange is set"
ONE = '{"Fn::Sub": "s3://assets-${AWS::AccountId}/one.jsonl"}'
ROLE = '{"Fn::GetAtt": ["Role", "Arn"]}'
TAGS = [{"key": "a", "value": "b"}]


@pytest.mark.parametrize(
    ("new", "sentence", "code"),
    [
        (OLD, SAME, 0),
        (template({"customizationType": "FINE_TUNING"}), SAME, 0),
        (template({"validationDataConfig": {"validators": []}}), SAME, 0),
        (template(ServiceTimeout="3600"), SAME, 0),
        (
            template(OnDelete="Retain", RetrainOnInfrastructureChange="true"),
            f'{NO}{NOT_TRAINED}OnDelete changes from "StopJob" to "Retain" and {RETRAIN} is added as "true".',
            0,
        ),
        (template(JobTags=TAGS), f'{NO}{NOT_TRAINED}JobTags.a is added as "b".', 0),
        (template(JobTags=[]), SAME, 0),
        (
            template(JobTags=TAGS, CustomModelTags=TAGS),
            f'{NO}{NOT_TRAINED}JobTags.a is added as "b" and CustomModelTags.a is added as "b".',
            0,
        ),
        (
            template({"hyperParameters": {"epochCount": "3"}}),
            f'{YES}hyperParameters.epochCount changes from "2" to "3"{STOPPED}',
            1,
        ),
        (
            template({"hyperParameters": None}),
            f'{YES}hyperParameters is removed, it was {{"epochCount": "2"}}{STOPPED}',
            1,
        ),
        (
            template({"trainingDataConfig": {"s3Uri": {"Fn::Sub": "s3://a/two.jsonl"}}}),
            f'{YES}trainingDataConfig.s3Uri changes from {ONE} to {{"Fn::Sub": "s3://a/two.jsonl"}}{STOPPED}',
            1,
        ),
        (template(Revision="2"), f'{YES}Revision is added as "2"{STOPPED}', 1),
        (
            template({"jobName": "mails"}, Revision="2"),
            f'{YES}jobName is added as "mails" and Revision is added as "2"{STOPPED}',
            1,
        ),
        (
            template({"roleArn": {"Fn::GetAtt": ["Other", "Arn"]}}),
            f'{MAYBE}roleArn changes from {ROLE} to {{"Fn::GetAtt": ["Other", "Arn"]}}{STOPPED}',
            1,
        ),
        (
            template({"vpcConfig": {"subnetIds": ["subnet-1"]}}, RetrainOnInfrastructureChange="true"),
            f'{YES}vpcConfig is added as {{"subnetIds": ["subnet-1"]}}, {FORCED}{STOPPED}',
            1,
        ),
        ({"Resources": {}}, f"{NO}it is removed from the stack{STOPPED}", 0),
    ],
)
def test_sentences(tmp_path: Path, new: dict[str, Any], sentence: str, code: int) -> None:
    """Each change has its consequence and its reason, and with --exit-code the exit code shows it."""
    result = run(tmp_path, new, "--exit-code")
    assert result.stdout == f"{NAME}: {sentence}\n"
    assert result.exit_code == code
    assert run(tmp_path, new).exit_code == 0


@pytest.mark.parametrize("more", [{}, {"Revision": "2"}, {"JobTags": TAGS}])
def test_another_service_token_cannot_be_deployed(tmp_path: Path, more: dict[str, object]) -> None:
    """CloudFormation refuses it, whatever else changes; the sentence names the job and what works."""
    result = run(tmp_path, template(ServiceToken={"Fn::GetAtt": ["Other", "Arn"]}, **more), "--exit-code")
    assert result.exit_code == 1
    assert result.stdout.startswith(
        f"{NAME}: a deploy would fail, because ServiceToken changes from {json.dumps(TOKEN)} to "
        '{"Fn::GetAtt": ["Other", "Arn"]}, and CloudFormation rejects that with '
    )
    assert '"Modifying service token is not allowed"' in result.stdout
    assert "JobProvider.configure" in result.stdout
    assert "another construct id" in result.stdout
    assert result.stdout.count("\n") == 1


def test_a_service_token_that_cannot_be_deployed_in_json(tmp_path: Path) -> None:
    """`starts` is `fails`, which is neither yes nor no."""
    result = run(tmp_path, template(ServiceToken="arn:other"), "--output", "json")
    assert [job["starts"] for job in json.loads(result.stdout)["jobs"]] == ["fails"]


def test_another_bootstrap_bucket_is_no_change(tmp_path: Path) -> None:
    """An uploaded file counts by its content, not by its bucket."""
    both = []
    for qualifier in ("hnb659fds", "acme"):
        uri = {"Fn::Sub": f"s3://cdk-{qualifier}-assets-${{AWS::AccountId}}/one.jsonl"}
        uploads = [{"S3Uri": uri, "Sha256": "0" * 64}]
        both.append(template({"trainingDataConfig": {"s3Uri": uri}}, UploadedFiles=uploads))
    assert SAME in run(tmp_path, both[0], old=both[1]).stdout


def test_a_new_job(tmp_path: Path) -> None:
    """A job that the old template does not have is started."""
    result = run(tmp_path, OLD, old={"Resources": {}})
    assert result.stdout == f"{NAME}: {YES}it is new in this stack.\n"


@pytest.mark.parametrize(
    ("on_delete", "fate"),
    [
        ("StopJob", "stopped if it still runs, and its model is kept"),
        ("DeleteModel", "stopped if it still runs, and its model is kept until the stack is deleted"),
        ("Retain", "the old job and its model are kept as they are"),
    ],
)
def test_what_becomes_of_the_old_job(tmp_path: Path, on_delete: str, fate: str) -> None:
    """The sentence ends with what happens to the job that is replaced."""
    old = template(OnDelete=on_delete)
    result = run(tmp_path, template({"hyperParameters": {"epochCount": "3"}}, OnDelete=on_delete), old=old)
    assert result.stdout.endswith(f"{fate}.\n")


def test_a_removed_job_loses_its_model_only_with_delete_model(tmp_path: Path) -> None:
    """A replaced job keeps its model until its successor has one; a removed job has none."""
    removed = run(tmp_path, {"Resources": {}}, old=template(OnDelete="DeleteModel"))
    assert "its model is deleted, unless something serves it" in removed.stdout
    replaced = run(tmp_path, template({"hyperParameters": {}}), old=template(OnDelete="DeleteModel"))
    assert replaced.stdout.endswith("is stopped if it still runs, and its model is kept.\n")


def test_numbers_and_strings_are_the_same(tmp_path: Path) -> None:
    """CloudFormation turns every number into a string, so the two are equal."""
    config = {"teacherModelIdentifier": "amazon.nova-pro-v1:0", "maxResponseLengthForInference": 1000}
    both = [
        template(
            {"customizationConfig": {"distillationConfig": {"teacherModelConfig": config | {name: value}}}}
        )
        for name, value in (
            ("maxResponseLengthForInference", 1000),
            ("maxResponseLengthForInference", "1000"),
        )
    ]
    assert SAME in run(tmp_path, both[0], old=both[1]).stdout


def test_several_jobs_and_none(tmp_path: Path) -> None:
    """Every job has its sentence, and so has a stack without jobs."""
    old = {"Resources": {"A": JOB, "B": JOB}}
    new = {"Resources": {"B": JOB, "C": {**JOB, "Metadata": {}}}}
    names = [line.split(": ")[0] for line in run(tmp_path, new, old=old).stdout.splitlines()]
    assert names == ["Training/Tickets/Resource (B)", "C", "Training/Tickets/Resource (A)"]
    empty = {"Resources": {"X": {"Type": "AWS::S3::Bucket"}}}
    assert run(tmp_path, empty, old=empty).stdout == "Neither template has a model customization job.\n"


def test_json(tmp_path: Path) -> None:
    """The JSON output has what would start, and why."""
    result = run(tmp_path, template(Revision="2"), "--output", "json")
    [job] = json.loads(result.stdout)["jobs"]
    assert (job["job"], job["logical_id"], job["starts"], job["stops"]) == (NAME, "Job", "yes", "if-running")
    assert job["why"].startswith("Revision is added")


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "3", '{"Resources": []}', "AWSTemplateFormatVersion: x", None]
)
def test_what_is_not_a_template(tmp_path: Path, content: str | None) -> None:
    """A file that is not a template in JSON ends with exit code 2 and a sentence."""
    (tmp_path / "old.json").write_text(json.dumps(OLD))
    if content is not None:
        (tmp_path / "new.json").write_text(content)
    result = CliRunner().invoke(app, ["diff", str(tmp_path / "old.json"), str(tmp_path / "new.json")])
    assert result.exit_code == 2
    assert "NEW" in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            '{"Resources": {\n "A": [1}',
            "line 2, column 7: the [ that is opened here is not closed before the }",
        ),
        ("Resources:\n\tA: x\n", "line 2, column 1: line 2 is indented with a tab"),
        ("Resources:\n  A: 'x\n", "line 2, column 6: the ' that is opened here is not closed"),
    ],
)
def test_a_mistake_in_a_template_is_named_where_it_begins(tmp_path: Path, content: str, said: str) -> None:
    """As in a job file."""
    file = tmp_path / "new.json"
    file.write_text(content)
    command = ["diff", str(file), str(file)]
    result = CliRunner(env={"COLUMNS": "300"}).invoke(app, command)
    assert result.exit_code == 2
    assert f"must be a template in JSON or YAML ({said}" in result.stderr


@pytest.mark.parametrize(
    "resource", [{"Properties": None}, {"Properties": {"Request": "x"}}, {"Metadata": 3}, {"Properties": []}]
)
def test_odd_resources_do_not_raise(tmp_path: Path, resource: dict[str, object]) -> None:
    """A job resource of the wrong shape is compared as far as possible."""
    new = {"Resources": {"Job": {"Type": JOB["Type"], **resource}}}
    assert run(tmp_path, new).exit_code == 0
    assert run(tmp_path, OLD, old=new).exit_code == 0
