"""The app of one job file, from `app.py` and from the wheel: one stack for each job file."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk.cx_api import CloudFormationStackArtifact

from constructs_lib.deployment.annotations import annotations_of
from constructs_lib.deployment.job_file_app import define
from constructs_lib.deployment.stack_names import SharedNameError, stack_name_in

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "fine-tune-nova.yaml"
DATA = EXAMPLE.with_suffix(".jsonl")
PACKAGED = ("-P", "-m", "constructs_lib.deployment.job_file_app")


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


def run(
    checkout: Path, region: str = "", started: tuple[str, ...] = ("app.py",), **context: str
) -> tuple[list[str], str]:
    """Run the app as the CDK CLI does; return its stacks and its messages."""
    out = checkout / "cdk.out"
    around = {name: value for name, value in os.environ.items() if not name.startswith("CDK_DEFAULT_")}
    around |= {"CDK_OUTDIR": str(out), "CDK_CONTEXT_JSON": json.dumps(context), "PYTHONPATH": str(ROOT)}
    if region:
        around |= {"CDK_DEFAULT_REGION": region, "CDK_DEFAULT_ACCOUNT": "111122223333"}
    for old in out.glob("*.template.json"):
        old.unlink()
    command = [sys.executable, *started]
    done = subprocess.run(command, cwd=checkout, env=around, capture_output=True, text=True, check=False)
    made = [path.name.removesuffix(".template.json") for path in out.glob("*.template.json")]
    said = "\n".join(
        line for line in done.stderr.splitlines() if not line.startswith("b'")
    )  # less jsii's own
    assert (done.returncode == 0) is bool(made), done.stderr
    assert "Traceback" not in said
    return made, said


def synthesized(folder: Path | None = None, **context: object) -> CloudFormationStackArtifact:
    """Return the only stack of the app of a context."""
    app = cdk.App(context=context)
    define(app, folder=folder)
    [stack] = app.synth().stacks
    return stack


def stopped(default_job: str | None = None, **context: object) -> str:
    """Return the message with which the app of a context stops."""
    with pytest.raises(SystemExit) as stop:
        define(cdk.App(context=context), default_job=default_job)
    assert isinstance(stop.value.code, str)
    return stop.value.code


def name_of(checkout: Path, file: Path) -> str:
    """Return the name of a job file's stack, or the message with which the app stops."""
    try:
        return stack_name_in(checkout, file)
    except SharedNameError as stopped:
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
    app = cdk.App(context={"job": str(first), "stack": "Mine"})
    define(app, folder=checkout)
    assert [one.stack_name for one in app.synth().stacks] == ["Mine"]


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
    """The app is synthesized without an error of jsii."""
    made = synthesized(checkout, job=str(job_file(checkout / "job ü v1.2.yaml")))
    assert made.stack_name.startswith("BedrockJobv12-")


def test_everything_that_is_wrong_with_the_context_is_reported_at_once() -> None:
    """Each with what was passed and what to do, and what is wrong with the job file as well."""
    context = {"revision": "", "any-region": "yes", "bootstrap_kms_key": ["a"], "revison": "2"}
    name = "must be at most 128 letters, digits and hyphens, the first one a letter"
    assert stopped(job="no.yaml", stack="no name", **context).splitlines() == [
        "-c revison= is not read; write -c revision=",
        f"-c stack= {name}, got 'no name'; choose another name",
        "-c revision= must be a text of printable characters, got ''; pass -c revision=2, or any other text",
        "-c any-region= must be true or false, got 'yes'; pass -c any-region=true, or leave it out",
        "-c bootstrap_kms_key= must be a KMS key, got ['a']; pass its ARN or id, or alias/NAME",
        "no.yaml: the job file must exist, got no such file; correct the path",
    ]


@pytest.mark.parametrize("value", ["${Token[TOKEN.1]}", " ", "a\nb", True, ["2"], {}])
def test_a_value_of_another_kind_is_a_sentence(value: object) -> None:
    """`cdk.json` may hold anything, and a token of nobody would be an error of the CDK."""
    assert stopped(job=str(EXAMPLE), revision=value).startswith("-c revision= must be a text of printable")


def test_keys_of_other_apps_are_ignored() -> None:
    """A `cdk.json` around may have them."""
    app = cdk.App(context={"job": str(EXAMPLE), "jobs": 1, "stage": "prod", "@aws-cdk/core:x": True})
    define(app)
    assert [one.stack_name for one in app.synth().stacks] == ["BedrockFineTuneNova"]


def test_an_empty_job_deploys_nothing() -> None:
    """As after `-c job=$JOB` without JOB: the example would be trained otherwise."""
    rule = "-c job= must be the path of a job file, got ''; pass a .json, .yaml or .yml file"
    assert stopped(str(EXAMPLE), job="") == stopped(job="") == rule
    assert stopped() == "-c job= is missing; pass -c job=FILE, the path of a job file"


def test_another_revision_trains_again() -> None:
    """Only the job's `Revision` changes; a number in `cdk.json` is the same text."""
    found = []
    for context in ({}, {"revision": "2"}, {"revision": 2}):
        app = cdk.App(context={"job": str(EXAMPLE), **context})
        define(app)
        resources = app.synth().stacks[0].template["Resources"]
        [job] = [one for one in resources.values() if one["Type"].startswith("Custom::Bedrock")]
        found.append((job["Properties"].pop("Revision", None), resources))
    without = found[0][1]
    assert found == [(None, without), ("2", without), ("2", without)]


def test_the_packaged_app_makes_the_same_template_in_every_folder(checkout: Path, tmp_path: Path) -> None:
    """Another stack, or another template, would be another training."""
    file = job_file(checkout / "examples" / "fine-tune-nova.yaml")
    made = []
    for folder, started in ((checkout, ("app.py",)), (tmp_path, PACKAGED)):
        assert run(folder, "us-east-1", started, job=str(file)) == (["BedrockFineTuneNova"], "")
        made.append((folder / "cdk.out" / "BedrockFineTuneNova.template.json").read_bytes())
    assert made[0] == made[1]


def test_the_packaged_app_names_a_stack_after_the_name_of_the_file(checkout: Path) -> None:
    """It knows no other job files."""
    mine = job_file(checkout / "a" / "train.yaml")
    job_file(checkout / "b" / "train.yaml")
    app = cdk.App(context={"job": str(mine)})
    define(app)
    assert [one.stack_name for one in app.synth().stacks] == ["BedrockTrain"]


def broken(folder: Path, how: str) -> Path:
    """Make a job file that cannot be deployed; return its path."""
    file = job_file(folder / "job.yaml")
    match how:
        case "missing" | "link to nothing":
            file.unlink()
            if how != "missing":
                file.symlink_to("nothing.yaml")
        case "folder":
            file = folder
        case "link to itself":
            file.unlink()
            file.symlink_to(file)
        case "pipe":
            file.unlink()
            os.mkfifo(file)
        case "no YAML":
            file.write_text("jobName: [a\n")
        case "bytes":
            file.write_bytes(b"\xff\xfe\x00")
        case "name of data":
            file = file.rename(folder / "job.jsonl")
        case "without its data":
            (folder / DATA.name).unlink()
    return file


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ("missing", "the job file must exist, got no such file"),
        ("link to nothing", "the job file must exist, got no such file"),
        ("folder", "the job file must be a file (it is a directory"),
        ("link to itself", "the job file must be readable"),
        ("pipe", "the job file must be a file (it is a named pipe"),
        ("no YAML", "must be YAML"),
        ("bytes", "the job file must be UTF-8"),
        ("name of data", "the job file must end in .json, .yaml or .yml"),
        ("without its data", "trainingDataConfig.s3Uri"),
    ],
)
def test_a_broken_job_file_is_a_sentence(checkout: Path, how: str, text: str) -> None:
    """Whatever is wrong, it is no traceback, and nothing is synthesized."""
    assert text in stopped(job=str(broken(checkout, how)))


def test_a_folder_that_cannot_be_written_to_is_a_sentence(checkout: Path) -> None:
    """The reason of the CDK, without the stacks of Node and Python."""
    job_file(checkout / "examples" / "fine-tune-nova.yaml")
    around = {**os.environ, "CDK_OUTDIR": "/dev/null/cdk.out", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "app.py"], cwd=checkout, env=around, capture_output=True, text=True, check=False
    )
    said = done.stderr.splitlines()[-1]
    assert done.returncode == 1
    assert said.startswith("The CDK could not synthesize the app: ENOTDIR")
    assert "Traceback" not in done.stderr


def test_a_missing_node_is_a_sentence(checkout: Path) -> None:
    """The CDK would end with a traceback that names neither Node.js nor where to get it."""
    around = {**os.environ, "PATH": str(checkout), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "app.py"], cwd=checkout, env=around, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Node.js was not found, which the CDK needs; install Node.js 22 or newer")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("known", "unknown"),
    [
        ({}, "the account and the Region"),
        ({"CDK_DEFAULT_REGION": "us-east-1"}, "the account"),
        ({"CDK_DEFAULT_REGION": "us-east-1", "CDK_DEFAULT_ACCOUNT": "111122223333"}, None),
    ],
)
def test_what_is_not_checked_without_credentials_is_a_warning(
    known: dict[str, str], unknown: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The CDK CLI knows no account then."""
    for name in ("CDK_DEFAULT_ACCOUNT", "CDK_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in known.items():
        monkeypatch.setenv(name, value)
    app = cdk.App(context={"job": str(EXAMPLE)})
    define(app)
    said = [str(one) for one in annotations_of(Path(app.synth().directory)) if one.level == "warning"]
    if unknown is None:
        assert said == []
    else:
        [one] = said
        assert one.startswith(f"warning: what depends on {unknown} is not checked")


def test_a_region_without_the_model_stops_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says how to continue."""
    monkeypatch.setenv("CDK_DEFAULT_REGION", "eu-central-1")
    said = stopped(job=str(EXAMPLE))
    assert "AWS lists us-east-1" in said
    assert "-c any-region=true" in said
    made = synthesized(job=str(EXAMPLE), **{"any-region": "true"})
    assert made.stack_name == "BedrockFineTuneNova"


def test_the_environment_is_that_of_the_cli(monkeypatch: pytest.MonkeyPatch) -> None:
    """The checks see the account and Region of the CLI."""
    monkeypatch.setenv("CDK_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("CDK_DEFAULT_ACCOUNT", "111122223333")
    home = synthesized(job=str(EXAMPLE)).environment
    assert (home.account, home.region) == ("111122223333", "us-east-1")


def test_the_account_of_the_cli_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A role of another account would fail the deployment after everything else was made."""
    monkeypatch.setenv("CDK_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("CDK_DEFAULT_ACCOUNT", "111122223333")
    file = job_file(tmp_path / "job.yaml")
    file.write_text(f"{file.read_text()}roleArn: arn:aws:iam::444455556666:role/Service\n")
    assert "roleArn must be a role of the job's account" in stopped(job=str(file))


def test_the_key_of_the_bootstrap_bucket_can_be_given() -> None:
    """The job's role may decrypt the uploaded file with it; a key that is none stops the app."""
    made = synthesized(job=str(EXAMPLE), bootstrap_kms_key="alias/bootstrap")
    assert '"kms:ResourceAliases": "alias/bootstrap"' in json.dumps(made.template)
    said = stopped(job=str(EXAMPLE), bootstrap_kms_key="alias/*")
    assert said.splitlines()[0] == "CustomizationDefaults cannot be defined:"
