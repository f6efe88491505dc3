"""The console and the construct say the same of every job file."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from shutil import copy
from typing import TYPE_CHECKING

import aws_cdk as cdk
import pytest
from hypothesis import given, settings

from constructs_lib import Catalog, Checks, InvalidJob, ModelCustomizationJob
from constructs_lib.checks.file_report import report_on
from tests.unit.checks.faults import VALID, few_faults, planted

if TYPE_CHECKING:
    from constructs_lib.findings import Finding

ROOT = Path(__file__).parents[2]
ACCOUNT, REGION = "111122223333", "us-east-1"
NOVA = "baseModelIdentifier: amazon.nova-lite-v1:0:300k\n"
DATA = "trainingDataConfig: {s3Uri: s3://my-bucket/tickets/train.jsonl}\n"
GOOD = NOVA + DATA
TEXTS = {
    "good": GOOD,
    "output over input": f"{GOOD}outputDataConfig: {{s3Uri: s3://my-bucket/tickets/}}\n",
    "broken data": f"{NOVA}trainingDataConfig: {{s3Uri: file://nova-conversation.jsonl}}\n",
    "broken data and a bad name": (
        f"{NOVA}jobName: bad_name\ntrainingDataConfig: {{s3Uri: file://nova-conversation.jsonl}}\n"
    ),
    "no such file": f"{NOVA}trainingDataConfig: {{s3Uri: file://no.jsonl}}\n",
    "a file outside the folder": f"{NOVA}trainingDataConfig: {{s3Uri: file:///etc/hostname}}\n",
    "bad name and epochs": f'{GOOD}jobName: bad_name\nhyperParameters: {{epochCount: "9"}}\n',
    "documented range": f"{GOOD}hyperParameters: {{epochCount: 9, unheardOf: 1}}\n",
    "warnings alone": f"{GOOD}hyperParameters: {{unheardOf: 1}}\nclientRequestToken: a\n",
    "alias": f"{GOOD}customModelKmsKeyId: alias/models\n",
    "wildcard in an alias": f"{GOOD}customModelKmsKeyId: alias/models*\n",
    "wildcard": GOOD.replace("train.jsonl", "t*.jsonl"),
    "role": f"{GOOD}roleArn: arn:aws:iam::{ACCOUNT}:role/Service\n",
    "role of another account": f"{GOOD}roleArn: arn:aws:iam::444455556666:role/Service\n",
    "key of another Region": f"{GOOD}customModelKmsKeyId: arn:aws:kms:eu-west-1:{ACCOUNT}:key/1a2b-3c4d\n",
    "model that is not known": GOOD.replace("amazon.nova-lite-v1:0:300k", "a-model-of-mine"),
    "model that only deployment knows": GOOD.replace("amazon.nova-lite-v1:0:300k", '"{{resolve:ssm:/x}}"'),
    "model of another API": GOOD.replace("amazon.nova-lite-v1:0:300k", "openai.gpt-oss-20b"),
    "model of another Region": GOOD.replace(
        "amazon.nova-lite-v1:0:300k", "meta.llama3-1-8b-instruct-v1:0:128k"
    ),
    "misspelt members": f"{GOOD}vpcConfig: {{subnets: [subnet-1]}}\nJobName: x\n",
    "misspelt type": f"{GOOD}customizationType: FINETUNING\nhyperParameters: {{epochCount: 2}}\n",
    "network": f"{GOOD}vpcConfig: {{subnetIds: [a], securityGroupIds: [sg-1]}}\n",
    "empty": "{}\n",
    "key twice": f"{GOOD}jobName: a\njobName: b\n",
    "null": f"{GOOD}customModelName:\njobName: null\n",
    "tags": f"{GOOD}jobTags: [{{key: a, value: b}}, {{key: a, value: c}}]\n",
    "not YAML": "jobName: [a\n",
}


_ACKNOWLEDGED = re.compile(r"(?s)(?P<said>.*) \[ack: (?P<id>bedrock-customization:\S+)\]")


def _on_the_console(file: Path) -> set[tuple[str, str, str]]:
    report = report_on(file, Checks(), Catalog.default(), region=REGION, account=ACCOUNT)
    errors = [one for one in report.findings if one.severity == "error"]
    return {_said(one, file) for one in errors or report.findings}


def _at_synthesis(file: Path) -> set[tuple[str, str, str]]:
    stack = cdk.Stack(cdk.App(), "Stack", env=cdk.Environment(account=ACCOUNT, region=REGION))
    try:
        job = ModelCustomizationJob.from_request(stack, "Job", file)
    except InvalidJob as error:
        return {_said(one, file) for one in error.findings}
    kinds = {"aws:cdk:warning": "warning", "aws:cdk:info": "note"}
    said = [(kinds[one.type], str(one.data)) for one in job.node.metadata if one.type in kinds]
    found = [(kind, _ACKNOWLEDGED.fullmatch(text)) for kind, text in said]
    return {(kind, one["id"], one["said"]) for kind, one in found if one}


def _said(finding: Finding, file: Path) -> tuple[str, str, str]:
    """Return severity, id, and the sentence with its line, less how to overrule it.

    What is about no line, such as the Region, has the file's name on the console only, which checks many.
    """
    said = str(replace(finding, overrule=""))
    return finding.severity, finding.id, said.removeprefix(f"{file}: ")


JOB_FILES = [*(ROOT / "examples").glob("*.yaml"), *(ROOT / "tests").glob("**/eight-mistakes.yaml")]


@pytest.mark.parametrize("file", JOB_FILES, ids=lambda file: file.name)
def test_job_files_of_this_repository(file: Path) -> None:
    """The examples, and the file with eight mistakes."""
    assert _at_synthesis(file) == _on_the_console(file)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_job_files_with_mistakes(text: str, tmp_path: Path) -> None:
    """Of every kind: of the service model, of policies and templates, of AWS's documents, of the data."""
    copy(ROOT / "examples/broken/nova-conversation.jsonl", tmp_path)
    file = tmp_path / "job.yaml"
    file.write_text(text, encoding="utf-8")
    assert _at_synthesis(file) == _on_the_console(file)


@settings(max_examples=40, deadline=None)
@given(few_faults())
def test_job_files_with_faults_planted(tmp_path_factory: pytest.TempPathFactory, chosen: set[str]) -> None:
    """Several mistakes at once, whichever they are."""
    request, _ = planted(chosen, VALID)
    file = tmp_path_factory.mktemp("job") / "job.json"
    file.write_text(json.dumps(request, indent=1), encoding="utf-8")
    assert _at_synthesis(file) == _on_the_console(file)
