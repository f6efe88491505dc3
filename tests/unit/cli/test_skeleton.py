"""`bedrock-customize skeleton`: the fields of the AWS CLI's own form."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from typer.testing import CliRunner

from constructs_lib.cli.comments import COMMENTS
from constructs_lib.cli.forms import FILLED, OPTIONAL
from constructs_lib.cli.main import app
from constructs_lib.request.reading import read_file
from tests.unit.checks.subjects import errors, found

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
    """In the same places, with values of the same types."""
    ours = yaml.safe_load(_ours("--format", form))
    assert _keys(ours) == _keys(_theirs("--generate-cli-skeleton"))


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_it_has_the_output_form_too(form: str) -> None:
    """What the call answers."""
    ours = yaml.safe_load(_ours("--output-form", "--format", form))
    assert ours == _theirs("--generate-cli-skeleton", "output", *REQUIRED)


def test_every_line_of_yaml_says_what_belongs_there() -> None:
    """The whole form has a comment for each field."""
    text = _ours()
    assert all(f"  # {comment}\n" in text for comment in COMMENTS.values())


OF_MODEL = ("model-not-listed",)
"""AWS lists no model any more for continued pre-training."""


@pytest.mark.parametrize("kind", FILLED)
def test_a_filled_form_can_be_deployed(kind: str, tmp_path: Path) -> None:
    """As it is, and with everything that is commented out put in."""
    text = _ours("--type", kind)
    file = tmp_path / "job.yaml"
    type_ = ["continued-pre-training"] if kind.startswith("CONT") else []
    whole = "\n".join(line.removeprefix("# ") for line in text.splitlines())
    for content, expected in ((text, type_), (whole, [*type_, "foreign-key"])):
        file.write_text(content, encoding="utf-8")
        document = read_file(file)
        assert not document.findings
        assert errors(document.request) == []
        assert [one.name for one in found(document.request) if one.name not in OF_MODEL] == expected
    assert document.request == FILLED[kind]
    assert yaml.safe_load(text).keys() == FILLED[kind].keys() - set(OPTIONAL)


@pytest.mark.parametrize("kind", FILLED)
def test_json_leaves_out_what_yaml_comments_out(kind: str) -> None:
    """JSON has no comments, and an example's role must not be deployed."""
    assert json.loads(_ours("--type", kind, "--format", "json")) == yaml.safe_load(_ours("--type", kind))


def test_an_unknown_type_is_wrong_usage() -> None:
    """Exit code 2, and the types there are."""
    result = CliRunner().invoke(app, ["skeleton", "--type", "TUNING"])
    assert result.exit_code == 2
    assert "DISTILLATION" in result.output
