"""`bedrock-customize skeleton`: the fields of the AWS CLI's own form."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from typer.testing import CliRunner

from constructs_lib.checks import Subject, check
from constructs_lib.cli.job_file_text import COMMENTS
from constructs_lib.cli.main import app
from constructs_lib.cli.skeleton import FILLED, OPTIONAL
from constructs_lib.request.reading import read_file

if TYPE_CHECKING:
    from pathlib import Path

REQUIRED = ["--job-name", "a", "--custom-model-name", "a", "--role-arn", "a", "--base-model-identifier", "a"]
REQUIRED += ["--training-data-config", "{}", "--output-data-config", "s3Uri=a"]


def _ours(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["skeleton", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def _theirs(*arguments: str) -> Any:  # noqa: ANN401 - JSON
    command = [sys.executable, "-m", "awscli", "bedrock", "create-model-customization-job", *arguments]
    environment = {**os.environ, "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
    return json.loads(subprocess.run(command, check=True, capture_output=True, env=environment).stdout)


def _keys(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {key: _keys(item) for key, item in value.items()}
    return [_keys(item) for item in value] if isinstance(value, list) else type(value)


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_it_has_the_same_keys_as_the_aws_cli(form: str) -> None:
    """The keys are in the same places, with values of the same types."""
    ours = yaml.safe_load(_ours("--format", form))
    assert _keys(ours) == _keys(_theirs("--generate-cli-skeleton"))


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_it_has_the_output_form_too(form: str) -> None:
    """With --output-form the fields are those of the response."""
    ours = yaml.safe_load(_ours("--output-form", "--format", form))
    assert ours == _theirs("--generate-cli-skeleton", "output", *REQUIRED)


def test_every_line_of_yaml_says_what_belongs_there() -> None:
    """The whole form has a comment for each field."""
    text = _ours()
    assert all(f"  # {comment}\n" in text for comment in COMMENTS.values())


@pytest.mark.parametrize("kind", FILLED)
def test_a_filled_form_can_be_deployed(kind: str, tmp_path: Path) -> None:
    """As it is, and with everything that is commented out."""
    text = _ours("--type", kind)
    file = tmp_path / "job.yaml"
    doubtful = {"continued-pre-training", "model-not-listed"} if kind.startswith("CONT") else set()
    for content, warnings in (
        (text, doubtful),
        ("\n".join(line.removeprefix("# ") for line in text.splitlines()), {*doubtful, "foreign-key"}),
    ):
        file.write_text(content, encoding="utf-8")
        document = read_file(file)
        assert not document.findings
        found = check(Subject(request=document.request, today=date(2026, 11, 23)))
        assert {(one.severity, one.name) for one in found} == {("warning", name) for name in warnings}
    assert document.request == FILLED[kind]
    assert yaml.safe_load(text).keys() == FILLED[kind].keys() - set(OPTIONAL)


@pytest.mark.parametrize("kind", FILLED)
def test_json_leaves_out_what_yaml_comments_out(kind: str) -> None:
    """JSON has no comments, and the role of an example cannot be deployed."""
    assert json.loads(_ours("--type", kind, "--format", "json")) == yaml.safe_load(_ours("--type", kind))


def test_an_unknown_type_is_wrong_usage() -> None:
    """Exit code 2, and the possible types."""
    result = CliRunner().invoke(app, ["skeleton", "--type", "TUNING"])
    assert result.exit_code == 2
    assert "DISTILLATION" in result.output
