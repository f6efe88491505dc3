"""`bedrock-customize diff` without arguments: the cloud assembly against what is deployed."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from constructs_lib.cli.main import app
from tests.unit.deployment.aws_endpoint import ACCOUNT, REGION, AwsEndpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

JOB = {
    "Type": "Custom::BedrockModelCustomizationJob",
    "Metadata": {"aws:cdk:path": "Tickets/Triage/Resource"},
    "Properties": {"ServiceToken": "arn:f", "Request": {"hyperParameters": {"epochCount": "2"}}},
}
TEMPLATE = {"Resources": {"Job": JOB}}
EMPTY: dict[str, Any] = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}}
EVIL = "\x1b]0;owned\x07\x1b[2J\u202e\u2028"


def changed(epochs: str = "3", **properties: object) -> dict[str, Any]:
    """The template with another epoch count."""
    copy = deepcopy(TEMPLATE)
    own: Any = copy["Resources"]["Job"]["Properties"]
    own["Request"]["hyperParameters"]["epochCount"] = epochs
    own.update(properties)
    return copy


def stack(
    template: str, environment: str = "aws://unknown-account/unknown-region", **more: object
) -> dict[str, Any]:
    """A stack's artifact in a manifest."""
    return {
        "type": "aws:cloudformation:stack",
        "environment": environment,
        "properties": {"templateFile": template, **more},
    }


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsEndpoint]:
    """An AWS that has nothing yet, to which this process's AWS SDK is sent."""
    for name in [name for name in os.environ if name.startswith("AWS_") or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    with AwsEndpoint() as endpoint:
        for name, value in endpoint.env().items():
            monkeypatch.setenv(name, value)
        yield endpoint


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder of the command."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, name: str = "cdk.out", artifacts: object = None, **templates: object) -> Path:
    """Write a cloud assembly with a stack for each template, or with these artifacts."""
    out = folder / name
    out.mkdir(exist_ok=True)
    for one, template in templates.items():
        (out / f"{one}.template.json").write_text(json.dumps(template))
    own = {one: stack(f"{one}.template.json") for one in templates}
    manifest = {"version": "55.0.0", "artifacts": own if artifacts is None else artifacts}
    (out / "manifest.json").write_text(json.dumps(manifest))
    return out


def diff(*options: str) -> Result:
    """Run the command."""
    result = CliRunner().invoke(app, ["diff", *options])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def sentences(result: Result) -> list[str]:
    """The lines after the one about the cloud assembly."""
    first, *others = filter(None, result.stdout.splitlines())
    assert first.startswith("cdk.out was written at ")
    return others


def test_a_stack_that_is_not_deployed_has_no_jobs(aws: AwsEndpoint, folder: Path) -> None:
    """Its jobs would all start; --exit-code shows it."""
    write(folder, Tickets=TEMPLATE)
    for status in (None, "REVIEW_IN_PROGRESS"):
        if status:
            aws.add("Tickets", EMPTY, status)
        result = diff("--exit-code")
        assert result.exit_code == 1
        assert sentences(result)[1] == (
            "  Tickets/Triage/Resource (Job): a deploy would start a job, because it is new in this stack."
        )
        assert "is not deployed." in sentences(result)[0]


def test_the_status_of_the_job_is_part_of_the_sentence(aws: AwsEndpoint, folder: Path) -> None:
    """Bedrock is asked for the job that the stack has."""
    write(folder, Tickets=changed())
    aws.add("Tickets", TEMPLATE, "UPDATE_COMPLETE", Job="InProgress")
    result = diff()
    assert result.exit_code == 0
    first, job = sentences(result)
    assert first == f"Tickets ({ACCOUNT}, {REGION}) is UPDATE_COMPLETE."
    assert job == (
        "  Tickets/Triage/Resource (Job): a deploy would start a job, because hyperParameters.epochCount "
        'changes from "2" to "3"; the job tickets, InProgress since 2026-11-26 22:05 UTC, is stopped.'
    )


def test_a_status_that_may_not_be_read_is_left_open(aws: AwsEndpoint, folder: Path) -> None:
    """The reason is printed once for the stack, and the job as without Bedrock."""
    write(folder, Tickets=changed())
    aws.add("Tickets", TEMPLATE, Job="InProgress", Other="InProgress")
    aws.errors["GetModelCustomizationJob"] = (403, "AccessDeniedException", f"not authorized {EVIL}")
    result = diff()
    assert result.exit_code == 0
    _, note, job = sentences(result)
    assert note.startswith(
        "  The status of its jobs could not be read. GetModelCustomizationJob is not permitted;"
    )
    assert "the old job is stopped if it still runs" in job
    assert aws.calls.count("GetModelCustomizationJob") == 1
    assert all(line.isprintable() for line in result.stdout.splitlines())


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("UPDATE_IN_PROGRESS", "CloudFormation rejects a deploy until that has ended"),
        ("UPDATE_ROLLBACK_FAILED", "CloudFormation rejects a deploy until somebody has repaired it"),
        ("DELETE_IN_PROGRESS", "CloudFormation rejects a deploy until that has ended"),
    ],
)
def test_a_stack_that_cannot_be_deployed(aws: AwsEndpoint, folder: Path, status: str, words: str) -> None:
    """Its status and what it means is said; --exit-code shows it although no job would start."""
    write(folder, Tickets=TEMPLATE)
    aws.add("Tickets", TEMPLATE, status, Job="Completed")
    result = diff("--exit-code")
    assert result.exit_code == 1
    assert f"is {status}: {words}." in sentences(result)[0]
    [one] = json.loads(diff("--output", "json").stdout)["stacks"]
    assert (one["status"], one["is_deployable"]) == (status, False)


def test_a_stack_that_could_not_be_created_is_created_anew(aws: AwsEndpoint, folder: Path) -> None:
    """The CDK CLI deletes it first, so its jobs are new."""
    write(folder, Tickets=TEMPLATE)
    aws.add("Tickets", TEMPLATE, "ROLLBACK_COMPLETE", Job="Stopped")
    first, job = sentences(diff())
    assert "is ROLLBACK_COMPLETE: `cdk deploy` deletes it first, and creates it again." in first
    assert "it is new in this stack" in job


@pytest.mark.parametrize("text", ["yaml", "json"])
def test_a_template_that_was_deployed_in_yaml(aws: AwsEndpoint, folder: Path, text: str) -> None:
    """The CDK CLI deploys small templates in YAML; functions may have their short form."""
    write(folder, Tickets=changed("2", ServiceToken={"Fn::GetAtt": ["F", "Arn"]}))
    deployed = json.dumps(changed("2", ServiceToken={"Fn::GetAtt": ["F", "Arn"]}))
    if text == "yaml":
        deployed = """
            Resources:
              Job:
                Type: Custom::BedrockModelCustomizationJob
                Properties:
                  ServiceToken: !GetAtt F.Arn
                  Request: {hyperParameters: {epochCount: "2"}}"""
    aws.add("Tickets", deployed, Job="Completed")
    assert "a deploy would start no job, because nothing changes" in sentences(diff())[1]


def test_no_jobs_at_all(aws: AwsEndpoint, folder: Path) -> None:
    """A sentence says so."""
    write(folder, Tickets=EMPTY, Other=EMPTY)
    aws.add("Tickets", EMPTY)
    [only] = sentences(diff("--exit-code"))
    assert only.startswith("Compared 2 stacks: neither the templates nor what is deployed have a model")


def test_a_sweep_is_compared_with_the_one_that_is_deployed(aws: AwsEndpoint, folder: Path) -> None:
    """Its trials are in the templates; it has no job of its own."""

    def sweep(*epochs: str) -> dict[str, Any]:
        trials = [{"hyperParameters": {"epochCount": one}} for one in epochs]
        properties = {"ServiceToken": "arn:f", "Request": {}, "Trials": trials}
        return {
            "Resources": {"Search": {"Type": "Custom::BedrockCustomizationSweep", "Properties": properties}}
        }

    write(folder, Tickets=sweep("1", "2", "3"))
    aws.add("Tickets", sweep("1", "2"))
    result = diff("--exit-code")
    assert result.exit_code == 1
    assert sentences(result)[1] == (
        "  Search: a deploy would train 1 trial, because trial 2 (epochCount=3) is new; 2 trials keep their "
        "jobs and results."
    )
    [one] = json.loads(diff("--output", "json").stdout)["stacks"]
    assert one["sweeps"][0]["trains"] == ["trial 2 (epochCount=3)"]


def test_stacks_are_chosen_by_name_or_path(aws: AwsEndpoint, folder: Path) -> None:
    """A stage's stacks are in an assembly of their own."""
    write(folder, artifacts={"Prod": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "prod"}}})
    inner = {"A": {**stack("A.template.json", stackName="Prod-Tickets"), "displayName": "Prod/Tickets"}}
    write(folder / "cdk.out", "prod", artifacts=inner | {"B": stack("A.template.json")}, A=TEMPLATE)
    inner["B"] = stack("A.template.json")
    aws.add("Prod-Tickets", TEMPLATE, Job="Completed")
    for name in ("Prod/Tickets", "Prod-Tickets"):
        first, job = sentences(diff("--stack", name))
        assert first.startswith("Prod/Tickets (")
        assert "would start no job" in job
    assert len(sentences(diff())) == 4
    wrong = diff("--stack", "Nope")
    assert wrong.exit_code == 2
    assert "got Nope; it has Prod/Tickets, B" in " ".join(wrong.stderr.replace("│", " ").split())


def test_stacks_of_other_accounts_are_shown_as_not_compared(aws: AwsEndpoint, folder: Path) -> None:
    """The others are compared; the exit code is 2."""
    own, other = f"aws://{ACCOUNT}/{REGION}", "aws://444455556666/eu-west-1"
    artifacts = {"Own": stack("T.json", own), "Other": stack("T.json", other)}
    out = write(folder, artifacts=artifacts)
    (out / "T.json").write_text(json.dumps(TEMPLATE))
    result = diff()
    assert result.exit_code == 2
    assert f"Own ({ACCOUNT}, {REGION}) is not deployed." in result.stdout
    assert (
        "Other (444455556666, eu-west-1) could not be compared: it is in the account 444455556666, and the "
        f"credentials are of {ACCOUNT}; compare with a profile of its account (--profile)." in result.stdout
    )
    assert aws.calls.count("GetCallerIdentity") == 1


def test_jobs_of_nested_stacks(aws: AwsEndpoint, folder: Path) -> None:
    """Their templates are files that are uploaded; a parameter of theirs may change in the parent."""
    inner = changed("2", Revision={"Ref": "Wanted"})
    inner["Parameters"] = {"Wanted": {"Type": "String"}}

    def parent(value: str) -> dict[str, Any]:
        properties = {"TemplateURL": {"Fn::Join": ["", ["https://s3/", "/abc.json"]]}}
        resource = {"Type": "AWS::CloudFormation::Stack", "Properties": properties}
        properties["Parameters"] = {"Wanted": value}
        return {"Resources": {"Inner": resource}}

    artifact = stack("P.template.json") | {"dependencies": ["P.assets"]}
    assets = {"type": "cdk:asset-manifest", "properties": {"file": "P.assets.json"}}
    out = write(folder, artifacts={"P": artifact, "P.assets": assets}, P=parent("1"))
    (out / "I.nested.template.json").write_text(json.dumps(inner))
    file = {"source": {"path": "I.nested.template.json"}, "destinations": {"x": {"objectKey": "abc.json"}}}
    (out / "P.assets.json").write_text(json.dumps({"files": {"abc": file}}))
    assert "it is new in this stack" in sentences(diff())[1]

    arn = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/Inner/1"
    aws.add("P", parent("1"))
    aws.stacks["P"]["resources"] = [("AWS::CloudFormation::Stack", "Inner", arn)]
    aws.add(arn, inner, Job="Completed")
    assert "would start no job" in sentences(diff())[1]
    aws.stacks["P"]["template"] = json.dumps(parent("0"))
    job = sentences(diff())[1]
    assert "a deploy may start a job" in job
    assert 'the parameter Wanted changes from "0" to "1"' in job

    (out / "P.assets.json").write_text('{"files": {}}')
    assert "The template of its nested stack Inner was not found; its jobs are not known." in diff().stdout


def test_a_job_that_moves_to_a_nested_stack(aws: AwsEndpoint, folder: Path) -> None:
    """It is another stack for CloudFormation; a job with other inputs is not said to be the same."""
    inner = {"Type": "AWS::CloudFormation::Stack", "Metadata": {"aws:asset:path": "I.nested.template.json"}}
    out = write(folder, P={"Resources": {"Inner": inner}})
    (out / "I.nested.template.json").write_text(json.dumps(TEMPLATE))
    aws.add("P", TEMPLATE, Job="Completed")
    moved = "its inputs are those of Tickets/Triage/Resource (Job), which is removed there: a deploy"
    assert moved in diff().stdout
    aws.add("P", changed(), Job="Completed")
    assert moved not in diff().stdout


def test_a_job_that_moves_to_another_stack(aws: AwsEndpoint, folder: Path) -> None:
    """It trains again, and the sentence says which job it was."""
    write(folder, One=EMPTY, Two=TEMPLATE)
    aws.add("One", TEMPLATE, Job="Completed")
    said = diff().stdout
    assert "its inputs are those of Tickets/Triage/Resource (Job) of the stack One, which is removed" in said
    assert "it trains again" in said


def test_hostile_content_reaches_no_terminal(aws: AwsEndpoint, folder: Path) -> None:
    """Names, values and messages of others are escaped."""
    job = deepcopy(JOB) | {"Metadata": {"aws:cdk:path": EVIL}}
    artifact = stack("T.template.json", stackName="T") | {"displayName": EVIL}
    write(folder, artifacts={"T": artifact}, T={"Resources": {EVIL: job}})
    aws.add("T", {"Resources": {EVIL: changed(EVIL)["Resources"]["Job"]}}, "UPDATE_COMPLETE")
    aws.stacks["T"]["template"] = json.dumps({"Resources": {EVIL: changed(EVIL)["Resources"]["Job"]}})
    for said in (diff().output, diff("--stack", EVIL + "x").output):
        assert all(line.isprintable() for line in said.split("\n"))


ASSEMBLIES: dict[str, tuple[Callable[[Path], object], str]] = {
    "none": (lambda _: None, "There is no cdk.out here; write it with `cdk synth`, or name another one"),
    "empty": (lambda out: out.mkdir(), "cdk.out has no manifest.json, so it is no cloud assembly"),
    "a file": (lambda out: out.write_text("x"), "cdk.out is not a folder"),
    "broken": (
        lambda out: (out.mkdir(), (out / "manifest.json").write_text("{")),
        "cdk.out/manifest.json is not an object in JSON",
    ),
    "other": (
        lambda out: (out.mkdir(), (out / "manifest.json").write_text("{}")),
        "cdk.out/manifest.json is not the manifest of a cloud assembly",
    ),
    "no template": (
        lambda out: write(out.parent, artifacts={"T": stack("T.template.json")}),
        "cdk.out/T.template.json cannot be read (No such file or directory); write it again",
    ),
    "another's file": (
        lambda out: write(out.parent, artifacts={"T": stack("../../../etc/passwd")}),
        "names '../../../etc/passwd', which is not in cdk.out",
    ),
    "not a template": (
        lambda out: write(out.parent, T=[]),
        "cdk.out/T.template.json is not a template with Resources",
    ),
}


@pytest.mark.parametrize(("make", "sentence"), ASSEMBLIES.values(), ids=ASSEMBLIES.keys())
def test_a_cloud_assembly_that_cannot_be_read(
    aws: AwsEndpoint, folder: Path, make: Callable[[Path], object], sentence: str
) -> None:
    """One sentence, exit code 2, and no call."""
    make(folder / "cdk.out")
    result = diff()
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1
    assert aws.calls == []


REFUSED = {
    "expired": (403, "ExpiredToken", "The AWS credentials have expired; sign in again with `aws sso login`"),
    "invalid": (403, "InvalidClientTokenId", "AWS does not accept the credentials (InvalidClientTokenId)"),
    "denied": (403, "AccessDenied", "DescribeStacks is not permitted; ask whoever manages the permissions"),
    "throttled": (400, "Throttling", "AWS limits the rate of DescribeStacks now; run the command again"),
    "other": (400, "Odd", "DescribeStacks failed with Odd; AWS: because"),
}


@pytest.mark.parametrize(("status", "code", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_call_is_one_sentence(
    aws: AwsEndpoint, folder: Path, status: int, code: str, sentence: str
) -> None:
    """It says what to do; exit code 2."""
    write(folder, Tickets=TEMPLATE)
    aws.errors["DescribeStacks"] = (status, code, "because")
    result = diff()
    assert result.exit_code == 2
    assert sentence in result.output


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("variables", "options", "sentence"),
    [
        (
            {"AWS_ACCESS_KEY_ID": None},
            [],
            "There are no AWS credentials; set them up with `aws configure sso`",
        ),
        ({"AWS_SECRET_ACCESS_KEY": None}, [], "The AWS credentials cannot be used: Partial credentials"),
        ({}, ["--profile", "nobody"], "The config profile (nobody) could not be found; `aws configure list"),
        ({"AWS_PROFILE": "nobody"}, [], "The config profile (nobody) could not be found"),
        ({"AWS_REGION": None, "AWS_DEFAULT_REGION": None}, [], "No Region is set; name one with --region"),
        ({"AWS_REGION": "us east"}, [], "name a Region such as us-east-1"),
    ],
)
def test_a_call_that_cannot_be_sent_is_one_sentence(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str | None],
    options: list[str],
    sentence: str,
) -> None:
    """It says what to do; exit code 2."""
    write(folder, Tickets=TEMPLATE)
    for name, value in variables.items():
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name)
    if variables.get("AWS_ACCESS_KEY_ID", "") is None:
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    result = diff(*options)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_region_that_cannot_be_reached_is_tried_once(
    aws: AwsEndpoint, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of its stacks has the sentence; the exit code is 2."""
    write(folder, One=TEMPLATE, Two=TEMPLATE)
    with socket.socket() as port:
        port.bind(("127.0.0.1", 0))  # and does not listen
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port.getsockname()[1]}")
        result = diff()
    assert result.exit_code == 2
    first, second = sentences(result)
    assert first.startswith(
        "One could not be compared: AWS cannot be reached: there is no connection to http://"
    )
    assert second.endswith("Check the network, the proxy (HTTPS_PROXY), and that the Region exists.")
    assert aws.calls == []


def test_a_name_that_bedrock_does_not_free_fails_the_first_deploy(aws: AwsEndpoint, folder: Path) -> None:
    """As after a first deploy that failed: the stack is created anew, and the job's name is taken."""
    named = deepcopy(TEMPLATE)
    request: Any = named["Resources"]["Job"]["Properties"]["Request"]  # type: ignore[index]
    request.update(jobName="tickets-1", customModelName="tickets-model")
    write(folder, Tickets=named)
    aws.add("Tickets", EMPTY, "ROLLBACK_COMPLETE")
    assert "a deploy would start a job" in sentences(diff())[1]
    aws.models.add("tickets-model")
    assert "a deploy would fail" in sentences(diff())[1]
    assert "the custom model name tickets-model is taken by arn:tickets-model" in sentences(diff())[1]
    aws.jobs["tickets-1"] = "Stopped"
    said = diff("--exit-code")
    assert said.exit_code == 1
    assert "the job name tickets-1 belongs to tickets-1 (Stopped), and Bedrock never frees" in said.stdout
    aws.add("Tickets", EMPTY)
    assert "a deploy may start a job" in sentences(diff())[1]


def test_the_command_starts_without_the_cdk(aws: AwsEndpoint, folder: Path) -> None:
    """What is compared is read from files, so no Node is started."""
    write(folder, Tickets=TEMPLATE)
    script = (
        "import sys; from constructs_lib.cli.main import app\n"
        "try: app(['diff'])\n"
        "except SystemExit as stop: assert not stop.code, stop.code\n"
        "assert not {'aws_cdk', 'jsii'} & set(sys.modules)"
    )
    environment = {**os.environ, **aws.env()}
    subprocess.run([sys.executable, "-c", script], check=True, env=environment, capture_output=True)
    assert aws.calls == ["DescribeStacks"]


def test_one_template_is_not_enough(folder: Path) -> None:
    """Both are named, or none."""
    (folder / "one.json").write_text(json.dumps(TEMPLATE))
    result = diff("one.json")
    assert result.exit_code == 2
    assert "name both templates" in result.stderr


def test_a_template_as_the_aws_cli_prints_it(folder: Path) -> None:
    """`--query TemplateBody` prints a template in YAML as a JSON string."""
    (folder / "new.json").write_text(json.dumps(TEMPLATE))
    (folder / "old.json").write_text(json.dumps("Resources: {}"))
    assert "it is new in this stack" in diff("old.json", "new.json").stdout


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    "artifact",
    [
        3,
        {"type": "aws:cloudformation:stack"},
        {"type": "aws:cloudformation:stack", "properties": {"templateFile": ["x"]}},
        {"type": "cdk:cloud-assembly", "properties": {"directoryName": "/etc"}},
        {"type": "cdk:cloud-assembly", "properties": {"directoryName": "."}},
        stack("T.template.json") | {"dependencies": ["A"], "environment": 3},
    ],
)
def test_an_odd_manifest_does_not_raise(folder: Path, artifact: object) -> None:
    """It is compared as far as it can be, or a sentence says what is wrong with it."""
    assets = {"type": "cdk:asset-manifest", "properties": {"file": "assets.json"}}
    out = write(folder, artifacts={"T": artifact, "A": assets}, T=TEMPLATE)
    (out / "assets.json").write_text('{"files": {"x": [], "y": {"source": 3, "destinations": {"z": 3}}}}')
    assert diff().exit_code in (0, 2)
