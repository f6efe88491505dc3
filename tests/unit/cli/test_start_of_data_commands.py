"""The commands about models and data start fast, and without the CDK or an SDK."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SAMPLE = str(Path(__file__).parents[3] / "examples" / "fine-tune-nova.jsonl")
NOVA = ["--model", "amazon.nova-lite-v1:0:300k"]
COMMANDS = [["models"], ["models", *NOVA], ["validate", SAMPLE, *NOVA], ["estimate", SAMPLE, *NOVA]]
SCRIPT = """
import sys, time
from constructs_lib.cli.main import app
try:
    app(sys.argv[1:])
except SystemExit as stop:
    print(sorted({"aws_cdk", "jsii", "botocore", "boto3"} & set(sys.modules)), time.process_time())
    raise
"""


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_is_there_at_once_and_loads_little(command: list[str]) -> None:
    """Processor time rather than the clock's: other tests run beside this one."""
    seconds = []
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, *command], capture_output=True, text=True, check=True
        )
        loaded, spent = done.stdout.splitlines()[-1].rsplit(" ", 1)
        assert loaded == "[]"
        seconds.append(float(spent))
        if min(seconds) < 0.5:
            break
    assert min(seconds) < 0.5
