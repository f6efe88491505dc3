"""The lowest versions that the metadata permits: requirements-lowest.lock."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).parents[2]
APP = """
import sys
import aws_cdk as cdk
from cdk_bedrock_customization import BaseModel, ModelCustomizationJob, TrainingData

app = cdk.App()
ModelCustomizationJob(
    cdk.Stack(app, "Tickets"),
    "Triage",
    base_model=BaseModel.NOVA_LITE,
    training_data=TrainingData.from_file("train.jsonl"),
)
app.synth()
assert not {"typer", "rich", "boto3", "botocore", "ministack"} & set(sys.modules)
"""
DEPLOY = f"""
import sys
from pathlib import Path
from cdk_bedrock_customization.testing import LocalAws

with LocalAws(cdk_cli=Path({str(ROOT / "node_modules" / ".bin" / "cdk")!r})) as aws:
    aws.bootstrap()
    aws.cdk("deploy", "--require-approval", "never", "--output", "deployed", app=f"{{sys.executable}} app.py")
    [job] = aws.client("bedrock").list_model_customization_jobs()["modelCustomizationJobSummaries"]
    print(job["status"])
"""
HELP = """
import sys
from typer.testing import CliRunner
from cdk_bedrock_customization.cli.main import app

for name in sys.argv[1:]:
    shown = CliRunner().invoke(app, [name, "--help"], prog_name="bedrock-customize")
    assert shown.exit_code == 0, shown.output
    print(shown.stdout)
"""
ESTIMATED = "--model amazon.nova-lite-v1:0:300k"


def _run(interpreter: Path, folder: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ["HOME"],
        "CDK_OUTDIR": str(folder / "cdk.out"),
        "CDK_VALIDATION": os.environ["CDK_VALIDATION"],
    }
    return subprocess.run(
        [interpreter, *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def _console(interpreter: Path, folder: Path, command: str) -> str:
    done = _run(interpreter, folder, interpreter.with_name("bedrock-customize"), *command.split())
    assert (done.returncode, done.stderr) == (0, ""), f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with an app and its data."""
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "deploy.py").write_text(DEPLOY)
    (tmp_path / "train.jsonl").write_bytes((ROOT / "examples" / "fine-tune-nova.jsonl").read_bytes())
    return tmp_path


@pytest.mark.parametrize("environment", ["lowest", "lowest_console"])
def test_every_command_of_the_console_runs(
    environment: str, folder: Path, request: pytest.FixtureRequest
) -> None:
    """With the lowest versions, and with those of click and boto3 that other packages hold."""
    interpreter: Path = request.getfixturevalue(environment)
    names = re.findall(r"^[│ ]*([a-z][a-z-]+)  ", _console(interpreter, folder, "--help"), re.MULTILINE)
    assert {"skeleton", "check", "models", "validate", "estimate", "diff"} <= set(names)
    shown = _run(interpreter, folder, "-c", HELP, *names)  # in one process, which is what takes the time
    assert (shown.returncode, shown.stderr) == (0, "")
    assert [name for name in names if f"bedrock-customize {name}" not in shown.stdout] == []
    (folder / "job.yaml").write_text(_console(interpreter, folder, "skeleton"))
    assert "jobName" in json.loads(_console(interpreter, folder, "skeleton --format json"))
    assert _console(interpreter, folder, f"check {ROOT}/examples/fine-tune-nova.yaml")
    assert json.loads(_console(interpreter, folder, "models --output json"))
    assert _console(interpreter, folder, f"validate train.jsonl {ESTIMATED} --type FINE_TUNING")
    assert _console(interpreter, folder, f"convert train.jsonl {ESTIMATED} -o converted.jsonl")
    assert _console(interpreter, folder, f"estimate train.jsonl {ESTIMATED} --epochs 2")
    (folder / "old.json").write_text('{"Resources": {}}')
    assert _console(interpreter, folder, "diff old.json old.json")
    refused = _run(
        interpreter, folder, interpreter.with_name("bedrock-customize"), "models", "--output", "xml"
    )
    assert (refused.returncode, "Traceback" in refused.stderr) == (2, False)


@pytest.mark.local
def test_an_app_is_deployed(lowest: Path, installed: Path, folder: Path) -> None:
    """By the CDK CLI of the checkout to the local AWS; its template is that of the newest versions."""
    done = _run(lowest, folder, "deploy.py")
    assert done.stdout == "InProgress\n", done.stderr
    done = _run(installed, folder, "app.py")
    assert done.returncode == 0, done.stderr
    assert _properties(folder / "deployed") == _properties(folder / "cdk.out")


def _properties(assembly: Path) -> dict[str, object]:
    resources = json.loads((assembly / "Tickets.template.json").read_text())["Resources"]
    # The CDK CLI has the app add metadata.
    return {name: one["Properties"] for name, one in resources.items() if name != "CDKMetadata"}
