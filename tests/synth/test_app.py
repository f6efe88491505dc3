"""`app.py`: one stack for each job file, and no deployment to a Region without the model."""

import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "fine-tune-nova.yaml"
DATA = EXAMPLE.with_suffix(".jsonl")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a folder with a copy of the app."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "app.py").write_bytes((ROOT / "app.py").read_bytes())
    return folder


def job_file(path: Path) -> Path:
    """Write the example there, with its data."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(EXAMPLE.read_bytes())
    path.with_name(DATA.name).write_bytes(DATA.read_bytes())
    return path


def run(checkout: Path, region: str = "", **context: str) -> tuple[list[str], str]:
    """Run the app as the CDK CLI does; return its stacks and its messages."""
    out = checkout / "cdk.out"
    around = {name: value for name, value in os.environ.items() if not name.startswith("CDK_DEFAULT_")}
    around |= {"CDK_OUTDIR": str(out), "CDK_CONTEXT_JSON": json.dumps(context), "PYTHONPATH": str(ROOT)}
    if region:
        around |= {"CDK_DEFAULT_REGION": region, "CDK_DEFAULT_ACCOUNT": "111122223333"}
    for old in out.glob("*.template.json"):
        old.unlink()
    command = [sys.executable, "app.py"]
    done = subprocess.run(command, cwd=checkout, env=around, capture_output=True, text=True, check=False)
    made = [path.name.removesuffix(".template.json") for path in out.glob("*.template.json")]
    said = "\n".join(
        line for line in done.stderr.splitlines() if not line.startswith("b'")
    )  # less jsii's own
    assert (done.returncode == 0) is bool(made), done.stderr
    assert "Traceback" not in said
    return made, said


def name_of(checkout: Path, file: Path | str, asked: object = None) -> str:
    """Return the name of a job file's stack, or the message with which the app stops."""
    try:
        return str(runpy.run_path(str(checkout / "app.py"), run_name="app")["stack_name"](Path(file), asked))
    except SystemExit as stopped:
        return str(stopped)


def test_the_stack_name_of_the_example_is_stable(checkout: Path) -> None:
    """With another stack name the job would be trained again."""
    job_file(checkout / "examples" / "fine-tune-nova.yaml")
    assert run(checkout) == (["BedrockFineTuneNova"], "")


@pytest.mark.parametrize(
    ("file", "stack"), [("jobs/Tick_ets.yaml", "BedrockTickEts"), ("job1.json", "BedrockJob1")]
)
def test_the_stack_name_of_a_job_file_is_stable(checkout: Path, file: str, stack: str) -> None:
    """It follows from the file's name, in any folder below the app."""
    assert name_of(checkout, job_file(checkout / file)) == stack


@pytest.mark.parametrize("other", ["b/train.yaml", "a/Train.yml", "a/train.json"])
def test_two_job_files_do_not_share_a_stack(checkout: Path, other: str) -> None:
    """Two files with one stack name need `-c stack=`: otherwise one would stop the other's training."""
    first, second = job_file(checkout / "a" / "train.yaml"), job_file(checkout / other)
    for mine, others in ((first, second), (second, first)):
        said = name_of(checkout, mine)
        assert f"stack name BedrockTrain as {others.relative_to(checkout)}" in said
        assert "-c stack=BedrockTrain" in said
        assert name_of(checkout, mine, "Mine") == "Mine"


def test_files_without_another_job_do_not_collide(checkout: Path) -> None:
    """Links to the file itself, files of tools and files without a job are ignored."""
    mine = job_file(checkout / "a" / "train.yaml")
    (checkout / "link").symlink_to(checkout / "a")
    (checkout / "train.yml").symlink_to(mine)
    (checkout / "train.json").write_text("[]")
    job_file(checkout / "node_modules" / "train.yaml")
    job_file(checkout / ".venv" / "train.yaml")
    job_file(checkout / "environment" / "train.yaml")
    (checkout / "environment" / "pyvenv.cfg").touch()
    assert name_of(checkout, mine) == "BedrockTrain"
    assert name_of(checkout, checkout / "link" / "train.yaml") == "BedrockTrain"


def test_job_files_outside_the_app_have_different_stacks(checkout: Path, tmp_path: Path) -> None:
    """The name has a hash of the relative path, which is the same on each machine."""
    one, two = (job_file(tmp_path / folder / "train.yaml") for folder in ("one", "two"))
    assert len({name_of(checkout, one), name_of(checkout, two), "BedrockTrain"}) == 3
    moved = tmp_path / "moved"
    moved.mkdir()
    before = name_of(checkout, one)
    there = [path.rename(moved / path.name) for path in (checkout, one.parent)]
    assert name_of(there[0], there[1] / one.name) == before


@pytest.mark.parametrize("name", ["job_v1.2.yaml", "2026 job.yaml", "job ü.yaml", f"{'long' * 40}.yaml"])
def test_any_file_name_gives_a_stack_name(checkout: Path, name: str) -> None:
    """A file name that is no stack name is changed, and has a hash so that it stays unique."""
    alike = f"{Path(name).stem}!.yaml"
    made = [name_of(checkout, job_file(checkout / one)) for one in (name, alike)]
    assert len(set(made)) == 2
    assert all(re.fullmatch(r"Bedrock[A-Za-z0-9]*-[0-9a-f]{8}", one) for one in made)
    assert all(len(one) <= 128 for one in made)


def test_a_file_name_with_other_characters_is_synthesized(checkout: Path) -> None:
    """The app is synthesized without a traceback of jsii."""
    [made], _ = run(checkout, job=str(job_file(checkout / "job ü v1.2.yaml")))
    assert made.startswith("BedrockJobv12-")


def test_a_wrong_stack_name_is_reported(checkout: Path) -> None:
    """The message has the name that was passed, and what is allowed."""
    said = name_of(checkout, "job.yaml", "no name")
    assert said.startswith("-c stack= must be at most 128 letters, digits and hyphens")


def test_a_region_without_the_model_stops_the_app(checkout: Path) -> None:
    """The message says how to continue; in a Region with the model there is no message."""
    job_file(checkout / "examples" / "fine-tune-nova.yaml")
    made, said = run(checkout, region="eu-central-1")
    assert made == []
    assert "AWS lists us-east-1" in said
    assert "-c any-region=true" in said
    assert run(checkout, region="eu-central-1", **{"any-region": "true"})[0] == ["BedrockFineTuneNova"]


def test_the_environment_is_that_of_the_cli(checkout: Path) -> None:
    """The checks see the account and Region of the CLI."""
    job_file(checkout / "examples" / "fine-tune-nova.yaml")
    assert run(checkout, region="us-east-1") == (["BedrockFineTuneNova"], "")
    manifest = json.loads((checkout / "cdk.out" / "manifest.json").read_text())
    home = manifest["artifacts"]["BedrockFineTuneNova"]["environment"]
    assert home == "aws://111122223333/us-east-1"


def test_the_key_of_the_bootstrap_bucket_can_be_given(checkout: Path) -> None:
    """The job's role may decrypt the uploaded file with it; a key that is none stops the app."""
    job_file(checkout / "examples" / "fine-tune-nova.yaml")
    assert run(checkout, bootstrap_kms_key="alias/bootstrap") == (["BedrockFineTuneNova"], "")
    template = (checkout / "cdk.out" / "BedrockFineTuneNova.template.json").read_text()
    assert '"kms:ResourceAliases": "alias/bootstrap"' in template
    made, said = run(checkout, bootstrap_kms_key="alias/*")
    assert (made, said.splitlines()[0]) == ([], "CustomizationDefaults cannot be defined:")
