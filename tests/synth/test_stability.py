"""The template is the same on every machine, small, and stable in its names."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from constructs_lib import AWS_OWNED_KEY, BaseModel, CustomizationDefaults, JobProvider, ModelCustomizationJob
from constructs_lib.job.asset import asset_files, asset_hash
from constructs_lib.job.handler_permissions import JobPermissions
from constructs_lib.job.stack_env import StackEnv
from constructs_lib.job.stack_jobs import StackJobs
from constructs_lib.testing import template_snapshot
from tests.synth.templates import OUTPUT

ROOT = Path(__file__).parents[2]
Make = Callable[..., ModelCustomizationJob]


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Return JSON snapshots."""
    return snapshot.use_extension(JSONSnapshotExtension)


def test_the_template_of_a_job_with_shared_data(
    stack: cdk.Stack, job: Make, snapshot: SnapshotAssertion
) -> None:
    """A job with given data and key has six resources."""
    job(output_data=OUTPUT, custom_model_kms_key=AWS_OWNED_KEY)
    assert template_snapshot(stack) == snapshot


def test_the_template_of_a_plain_job(stack: cdk.Stack, job: Make, snapshot: SnapshotAssertion) -> None:
    """A job has ten resources: bucket, bucket policy, key and policy are created too."""
    job()
    assert template_snapshot(stack) == snapshot


def _synthesized(folder: Path, seed: str) -> dict[str, bytes]:
    """Synthesize a copy of app and example in `folder`, in a process of its own."""
    out = folder / "cdk.out"
    (folder / "examples").mkdir(parents=True)
    for name in ("app.py", "examples/fine-tune-nova.yaml", "examples/fine-tune-nova.jsonl"):
        (folder / name).write_bytes((ROOT / name).read_bytes())
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed, "CDK_OUTDIR": str(out)}
    subprocess.run([sys.executable, "app.py"], cwd=folder, env=environment, check=True)
    return {path.name: path.read_bytes() for path in out.iterdir() if path.name.endswith(".template.json")}


def test_two_folders_give_byte_identical_templates(tmp_path: Path) -> None:
    """Neither the folder, nor the order of hashes, nor other files change the template."""
    first = _synthesized(tmp_path / "one", "1")
    second = _synthesized(tmp_path / "somewhere" / "else", "2")
    assert first == second
    assert list(first) == ["BedrockFineTuneNova.template.json"]


def test_the_asset_has_sources_only() -> None:
    """It has the handler, the shared rules and their data, and neither byte code nor other files."""
    assert {name.partition("/")[0] for name in asset_files()} == {"contract", "customization_job"}
    assert {Path(name).suffix for name in asset_files()} == {".py", ".json"}


def test_the_asset_is_named_by_its_content() -> None:
    """One changed byte changes the name; the order of the file system does not."""
    files = dict(asset_files())
    assert asset_hash(files) == asset_hash({name: files[name] for name in files})
    assert asset_hash(files) != asset_hash(files | {"customization_job/more.py": b""})


def test_the_zip_is_small(tmp_path: Path) -> None:
    """The asset is under 280 kB zipped: it holds no AWS SDK."""
    app = cdk.App(outdir=str(tmp_path))
    ModelCustomizationJob.from_request(
        cdk.Stack(app, "Tickets"), "Triage", ROOT / "examples" / "fine-tune-nova.yaml"
    )
    [archive] = tmp_path.glob("asset.*.zip")
    assert archive.stat().st_size < 280_000


@pytest.mark.parametrize("arguments", [{}, {"output_data": OUTPUT, "custom_model_kms_key": AWS_OWNED_KEY}])
def test_a_hundred_jobs_fit_into_a_stack(stack: cdk.Stack, job: Make, arguments: dict[str, Any]) -> None:
    """They stay within CloudFormation's 500 resources and IAM's sizes, with given and default storage."""
    for number in range(100):
        job(f"Job{number}", **arguments)
    resources = template_snapshot(stack)["Resources"]
    assert len(resources) < 500
    inline = [
        len(json.dumps(one["Properties"].get("Policies", []), separators=(",", ":")))
        for one in resources.values()
        if one["Type"] == "AWS::IAM::Role"
    ]
    assert max(inline) < 10_240


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the calls to the CDK's Node process from now on."""
    # Another test's: its suppressions need more calls.
    monkeypatch.delitem(sys.modules, "cdk_nag", raising=False)
    made: list[str] = []
    process = type(jsii.kernel.provider)  # jsii keeps the kernel's methods, but not the process's

    def counted(name: str) -> Callable[..., object]:
        original = getattr(process, name)

        def call(*given: object, **named: object) -> object:
            made.append(name)
            return original(*given, **named)

        return call

    for name in ("create", "get", "set", "sget", "sset", "invoke", "sinvoke"):
        monkeypatch.setattr(process, name, counted(name))
    return made


@pytest.mark.parametrize(("below", "most"), [("no defaults", 17), ("defaults", 20), ("many jobs", 18)])
def test_a_job_makes_few_jsii_calls(
    stack: cdk.Stack, job: Make, calls: list[str], below: str, most: int
) -> None:
    """Each call takes time; a further job with shared data stays within the budget, also with defaults.

    The second job reads what no further one reads again. Where the function has a policy besides its inline
    ones, as with a hundred jobs, the job waits for that.
    """
    if below == "defaults":
        defaults = CustomizationDefaults(job_tags={"team": "a"}, allowed_base_models=[BaseModel.NOVA_LITE])
        defaults.apply_to(stack.node.root)
    if below == "many jobs":
        for number in range(300):
            role = f"arn:aws:iam::111122223333:role/{number}"
            JobProvider.of(stack).allow(JobPermissions(logical_id=f"Before{number}", role_arn=role))
    job("First", output_data=OUTPUT, custom_model_kms_key=AWS_OWNED_KEY)
    job("Second", output_data=OUTPUT, custom_model_kms_key=AWS_OWNED_KEY)
    calls.clear()
    job("Third", output_data=OUTPUT, custom_model_kms_key=AWS_OWNED_KEY)
    assert 10 < len(calls) <= most


def test_the_validation_makes_two_jsii_calls_for_each_job(
    stack: cdk.Stack, job: Make, calls: list[str]
) -> None:
    """It reads the options of the job's resource, and whether its output has got an export name."""
    made = []
    for name in ("First", "Second", "Third", "Fourth"):
        job(name, output_data=OUTPUT, custom_model_kms_key=AWS_OWNED_KEY)
        calls.clear()
        assert StackJobs.of(StackEnv.of(stack)).validate() == []
        made.append(len(calls))
    assert made[3] - made[2] == 2
