"""An app that has a package `constructs_lib` of its own uses the library as `cdk_bedrock_customization`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
APP = """
import aws_cdk as cdk
from {name} import BaseModel, Customization, HyperParameters, ModelCustomizationJob, TrainingData
from {name}.findings import InvalidJob
from {name}.testing import LocalAws, template_snapshot

app = cdk.App()
stack = cdk.Stack(app, "Tickets")
job = ModelCustomizationJob(
    stack,
    "Triage",
    base_model=BaseModel.NOVA_LITE,
    customization=Customization.fine_tuning(HyperParameters(epoch_count=2)),
    training_data=TrainingData.from_file("train.jsonl"),
)
cdk.CfnOutput(stack, "Arn", value=job.job_arn)
"""
TYPED = """
from {name} import BaseModel, HyperParameters, ModelCustomizationJob, TrainingData, __version__
from {name}.findings import Finding
from {name}.testing import LocalAws

def of(job: ModelCustomizationJob, finding: Finding) -> list[str]:
    return [job.job_arn, finding.rule, __version__]

data: TrainingData = TrainingData.from_s3_uri("s3://amzn-s3-demo-bucket/train.jsonl")
model: BaseModel = BaseModel.NOVA_LITE
HyperParameters(epoch_count=[])  # type: ignore[arg-type]
LocalAws(port="4566")  # type: ignore[arg-type]
"""
OF_THE_APP = {
    "__init__.py": "",
    "job.py": "JOB = 'of the app'\n",
    "findings.py": "FINDINGS = []\n",
    "testing/__init__.py": "",
}


def _run(command: list[str | Path], folder: Path) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "CDK_VALIDATION")}
    environment = {**kept, "CDK_OUTDIR": str(folder / "cdk.out")}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def _write_package(folder: Path) -> None:
    for name, content in OF_THE_APP.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)


def _template(interpreter: Path, folder: Path, app: str) -> bytes:
    data = (ROOT / "examples" / "fine-tune-nova.jsonl").read_bytes()
    (folder / "train.jsonl").write_bytes(data)
    (folder / "app.py").write_text(app)
    done = _run([interpreter, "app.py"], folder)
    assert done.returncode == 0, done.stderr
    return (folder / "cdk.out" / "Tickets.template.json").read_bytes()


def test_an_app_with_a_constructs_lib_of_its_own(installed: Path, tmp_path: Path) -> None:
    """It synthesizes the same template, byte for byte, and keeps its own package."""
    usual, other = tmp_path / "usual", tmp_path / "other"
    usual.mkdir()
    _write_package(other / "constructs_lib")
    expected = _template(installed, usual, APP.format(name="constructs_lib") + "app.synth()\n")
    own = "from constructs_lib.job import JOB\nassert JOB == 'of the app'\napp.synth()\n"
    assert _template(installed, other, APP.format(name="cdk_bedrock_customization") + own) == expected


@pytest.mark.parametrize(
    "names",
    [
        ("constructs_lib", "cdk_bedrock_customization"),
        ("cdk_bedrock_customization", "constructs_lib"),
    ],
)
@pytest.mark.parametrize("where", ["wheel", "checkout"])
def test_both_names_are_the_same_modules(
    names: tuple[str, str], where: str, installed: Path, tmp_path: Path
) -> None:
    """A company's library may use one name and an app the other: classes and registries exist once."""
    first, second = names
    code = f"""
import sys, {first}.request, {second}.request.job_spec, {first}.job.defaults, {second}
from {first}.findings import InvalidJob
from {second} import InvalidJob as same
from importlib.util import find_spec
assert InvalidJob is same and {first} is {second} and {first}.request.job_spec is {second}.request.job_spec
assert sys.modules["{first}.job.defaults"] is {second}.job.defaults
assert {first}.request.__spec__.name == "cdk_bedrock_customization.request"
assert {first}.__version__ == {second}.__version__ != "unknown"
assert find_spec("{first}.absent") is None and find_spec("{second}.absent") is None
"""
    interpreter, folder = (installed, tmp_path) if where == "wheel" else (Path(sys.executable), ROOT)
    done = subprocess.run([interpreter, "-c", code], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["constructs_lib", "cdk_bedrock_customization"])
def test_modules_run_as_programs_under_both_names(name: str, installed: Path, tmp_path: Path) -> None:
    """`python -m` finds them, and what is not there is an ordinary error."""
    done = _run([installed, "-m", f"{name}.cli", "--version"], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    absent = _run([installed, "-m", f"{name}.absent"], tmp_path)
    assert "No module named" in absent.stderr
    assert "Traceback" not in absent.stderr


def test_the_console_starts_where_another_distribution_has_the_name(
    installed_again: Path, tmp_path: Path
) -> None:
    """Its files have replaced those of the same name; an import of them works, and so does the command."""
    [ours] = installed_again.parents[1].glob("lib/python*/site-packages/constructs_lib")
    _write_package(ours)
    command = "from importlib.metadata import entry_points as all_of\n"
    command += "[one] = all_of(group='console_scripts', name='bedrock-customize')\none.load()()"
    job = _run([installed_again, "-c", command, "skeleton"], tmp_path)
    assert "jobName" in job.stdout, job.stderr
    theirs = _run(
        [installed_again, "-c", "from constructs_lib.findings import FINDINGS; print(FINDINGS)"], tmp_path
    )
    assert theirs.stdout == "[]\n", theirs.stderr


@pytest.mark.thorough
def test_type_checkers_know_the_types_under_both_names(installed: Path, tmp_path: Path) -> None:
    """Strict mypy and strict pyright accept both apps, and find what is wrong in them."""
    for name in ("constructs_lib", "cdk_bedrock_customization"):
        (tmp_path / f"with_{name}.py").write_text(TYPED.format(name=name))
    # Without the CDK's own types, which take a minute to read.
    (tmp_path / "mypy.ini").write_text("[mypy]\nstrict = true\n[mypy-aws_cdk.*]\nfollow_imports = skip\n")
    done = _run([sys.executable, "-m", "mypy", "--python-executable", installed, "."], tmp_path)
    assert done.returncode == 0, done.stdout
    strict = {"typeCheckingMode": "strict", "reportUnnecessaryTypeIgnoreComment": True}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(strict))
    done = _run([ROOT / "node_modules" / ".bin" / "pyright", "--pythonpath", installed], tmp_path)
    assert done.returncode == 0, done.stdout
