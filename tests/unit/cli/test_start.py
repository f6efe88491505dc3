"""The commands start fast, and without the CDK."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from constructs_lib.cli.main import app

EIGHT = Path(__file__).parent / "eight-mistakes.yaml"
FROM_CLI = (
    "aws bedrock create-model-customization-job --base-model-identifier amazon.nova-lite-v1:0:300k "
    "--training-data-config s3Uri=s3://amzn-s3-demo-bucket/train.jsonl"
)
COMMANDS = [
    ["--help"],
    ["init", "--list"],
    ["skeleton"],
    ["skeleton", "--type", "DISTILLATION"],
    ["from-cli", FROM_CLI],
    ["check", str(EIGHT)],
    ["models"],
    ["models", "--output", "json"],
    ["--version"],
    ["watch", "--help"],  # the help of each command loads the same
]
FASTEST = 0.5  # seconds of processor time
SCRIPT = """
import sys
from constructs_lib.cli.main import app
try:
    app(sys.argv[1:])
except SystemExit as stop:
    loaded = {"aws_cdk", "jsii", "botocore", "boto3"} & set(sys.modules)
    assert not loaded, loaded
    raise
"""


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_starts_fast_and_loads_neither_the_cdk_nor_botocore(command: list[str]) -> None:
    """Each runs in a process of its own; it is processor time, because other tests run at the same time."""
    result, first = _run(*command)
    assert result.stderr == ""
    assert result.returncode == (1 if "check" in command else 0)
    assert first < FASTEST or any(_run(*command)[1] < FASTEST for _ in range(4))


def _run(*command: str) -> tuple[subprocess.CompletedProcess[str], float]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT, *command], capture_output=True, text=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return result, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_no_arguments_print_the_help() -> None:
    """Without arguments the commands are listed."""
    result = CliRunner().invoke(app, [])
    assert "skeleton" in result.output
    assert "check" in result.output


def test_the_version_is_the_packages() -> None:
    """--version prints the version only, for scripts."""
    result = CliRunner().invoke(app, ["--version"])
    assert result.exit_code == 0
    assert result.stdout.strip().count(".") == 2
