"""The distribution: what a user installs is what was tested."""

import json
import os
import re
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import CliRunner

from constructs_lib.cli.init import examples
from constructs_lib.cli.main import app
from constructs_lib.job.asset import asset_files

ROOT = Path(__file__).parents[2]
LINES = [f"init my-{one} --example {one}" for one in examples()]
APP = """
import aws_cdk as cdk
from constructs_lib import BaseModel, ModelCustomizationJob, TrainingData

app = cdk.App()
ModelCustomizationJob(
    cdk.Stack(app, "Tickets"),
    "Triage",
    base_model=BaseModel.NOVA_LITE,
    training_data=TrainingData.from_s3_uri("s3://amzn-s3-demo-bucket/train.jsonl"),
)
app.synth()
"""


def _run(interpreter: Path, folder: Path, *command: str) -> str:
    kept = {name: os.environ[name] for name in ("PATH", "CDK_VALIDATION")}
    environment = {**kept, "CDK_OUTDIR": str(folder / "cdk.out")}
    done = subprocess.run(
        [interpreter, *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_holds_the_library_and_the_lambda(wheel: Path) -> None:
    """Sources, data, type marker, licence: and nothing else."""
    names = zipfile.ZipFile(wheel).namelist()
    assert {"constructs_lib/py.typed", "cdk_bedrock_customization/py.typed"} <= set(names)
    assert "cdk_bedrock_customization/_lambda/customization_job/handler.py" in names
    examples = (
        r"cdk_bedrock_customization/_examples/[a-z-]+/(\w+\.(py|sh|jsonl)|README\.md|cdk\.json|[a-z-]+\.txt)"
    )
    library = rf"{examples}|cdk_bedrock_customization/.+\.(py|json|typed)|constructs_lib/.+\.(py|typed)"
    allowed = re.compile(rf"{library}|[^/]+\.dist-info/.+")
    assert [name for name in names if not allowed.fullmatch(name)] == []


def test_an_installed_wheel_synthesizes_the_same_template(installed: Path, tmp_path: Path) -> None:
    """From another folder, with the Lambda that the wheel carries."""
    (tmp_path / "app.py").write_text(APP)
    _run(installed, tmp_path, "app.py")
    found = json.loads((tmp_path / "cdk.out" / "Tickets.template.json").read_text())
    [function] = [one for one in found["Resources"].values() if one["Type"] == "AWS::Lambda::Function"]
    where = _run(installed, tmp_path, "-c", "import constructs_lib; print(constructs_lib.__file__)")
    assert str(ROOT) not in where
    code = "from constructs_lib.job.asset import *; print(asset_hash(asset_files()))"
    sources = _run(installed, tmp_path, "-c", code).strip()
    # The CDK hashes the hash that it is given.
    assert function["Properties"]["Code"]["S3Key"] == f"{sha256(sources.encode()).hexdigest()}.zip"


def test_the_wheel_carries_the_same_lambda(installed: Path, tmp_path: Path) -> None:
    """Byte for byte what the checkout's tests have tried."""
    code = (
        "import hashlib; from constructs_lib.job.asset import asset_files;"
        "print({name: hashlib.sha256(data).hexdigest() for name, data in asset_files().items()})"
    )
    here = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert _run(installed, tmp_path, "-c", code) == here.stdout
    assert "customization_job/handler.py" in asset_files()


@pytest.mark.parametrize("name", ["cdk_bedrock_customization", "constructs_lib"])
def test_an_installed_wheel_writes_the_apps_of_this_checkout(
    installed: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By either name of the library, in somebody else's folder, without the network."""
    write = f"from {name}.cli.main import app; [app(line.split(), standalone_mode=False) for line in {LINES}]"
    _run(installed, tmp_path, "-c", write)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for line in LINES:
        assert CliRunner().invoke(app, line).exit_code == 0
    for example in examples():
        assert _files(tmp_path / f"my-{example}") == _files(tmp_path / "here" / f"my-{example}")


def test_an_app_that_an_installed_wheel_has_written_synthesizes(installed: Path, tmp_path: Path) -> None:
    """As `cdk.json` says, in its folder."""
    _run(installed, tmp_path, "-m", "constructs_lib.cli", "init", "tickets")
    _run(installed, tmp_path / "tickets", "app.py")
    assert (tmp_path / "tickets" / "cdk.out" / "Tickets.template.json").exists()


def _files(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*")}
