"""Files that the deployment uploads: with every synthesizer, once each, and counted by their content."""

import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from constructs_lib import (
    AWS_OWNED_KEY,
    BaseModel,
    InvalidJob,
    JobProvider,
    ModelCustomizationJob,
    TrainingData,
    ValidationData,
)
from constructs_lib.contract import typed
from constructs_lib.contract.replacement import infrastructure, training_inputs
from constructs_lib.job.asset import asset_files
from tests.synth.templates import OUTPUT, of_type, template, the_job


def _conversations(path: Path, text: str, rows: int = 8) -> Path:
    """Write a training file that the data check takes."""
    lines = [
        {
            "schemaVersion": "bedrock-conversation-2024",
            "messages": [
                {"role": "user", "content": [{"text": f"{text} {row}"}]},
                {"role": "assistant", "content": [{"text": "yes"}]},
            ],
        }
        for row in range(rows)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a training file."""
    return _conversations(tmp_path / "train.jsonl", "hello")


def _job(stack: cdk.Stack, path: Path, id: str = "Triage", **more: Any) -> ModelCustomizationJob:  # noqa: ANN401 - the construct's own arguments
    given = {"output_data": OUTPUT, "custom_model_kms_key": AWS_OWNED_KEY} | more
    data = TrainingData.from_file(path)
    return ModelCustomizationJob(stack, id, base_model=BaseModel.NOVA_LITE, training_data=data, **given)


def _plain() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "Tickets")


def _of_the_stack(synthesizer: cdk.IStackSynthesizer) -> cdk.Stack:
    return cdk.Stack(cdk.App(), "Tickets", synthesizer=synthesizer)


def _of_the_app(synthesizer: cdk.IReusableStackSynthesizer) -> cdk.Stack:
    return cdk.Stack(cdk.App(default_stack_synthesizer=synthesizer), "Tickets")


SYNTHESIZERS = {
    "default": (_plain, "cdk-hnb659fds-assets"),
    "qualifier of the stack": (
        lambda: _of_the_stack(cdk.DefaultStackSynthesizer(qualifier="acme")),
        "cdk-acme-assets",
    ),
    "qualifier of the app": (
        lambda: _of_the_app(cdk.DefaultStackSynthesizer(qualifier="acme")),
        "cdk-acme-assets",
    ),
    "bucket of the company": (
        lambda: _of_the_stack(cdk.DefaultStackSynthesizer(file_assets_bucket_name="amzn-s3-demo-bucket")),
        "amzn-s3-demo-bucket",
    ),
    "credentials of the CLI": (
        lambda: _of_the_stack(cdk.CliCredentialsStackSynthesizer(qualifier="acme")),
        "cdk-acme-assets",
    ),
    "legacy": (lambda: _of_the_stack(cdk.LegacyStackSynthesizer()), "AssetParameters"),
}


@pytest.mark.parametrize(("make", "bucket"), SYNTHESIZERS.values(), ids=SYNTHESIZERS.keys())
def test_every_synthesizer_that_takes_files_works(
    make: Callable[[], cdk.Stack], bucket: str, file: Path
) -> None:
    """Function and data go where the stack's synthesizer says."""
    stack = make()
    _job(stack, file)
    [function] = of_type(stack, "AWS::Lambda::Function")
    assert bucket in json.dumps(function["Properties"]["Code"])
    assert bucket in json.dumps(the_job(stack)["Properties"]["Request"]["trainingDataConfig"])


def test_another_bootstrap_retrains_nothing(file: Path) -> None:
    """The fingerprint knows an uploaded file by its content, the infrastructure does not know it at all."""
    parts = []
    for make, _ in SYNTHESIZERS.values():
        stack = make()
        _job(stack, file, validation_data=[ValidationData.from_file(file)])
        properties = dict(the_job(stack)["Properties"])
        properties["Request"] = {**typed(properties["Request"]), "roleArn": "the same"}
        parts.append((training_inputs(properties), infrastructure(properties)))
    assert all(part == parts[0] for part in parts)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert digest in json.dumps(parts[0][0]["trainingDataConfig"])
    assert digest in json.dumps(parts[0][0]["validationDataConfig"])


def test_another_content_is_another_training(tmp_path: Path) -> None:
    """One record more, under the same name."""
    found = []
    for rows in (8, 9):
        stack = _plain()
        _job(stack, _conversations(tmp_path / "train.jsonl", "hello", rows))
        found.append(training_inputs(the_job(stack)["Properties"]))
    assert found[0] != found[1]


def test_uploaded_files_are_told_once_each_with_the_uri_of_the_request(tmp_path: Path) -> None:
    """Distinct entries; the very value that stands in `Request`."""
    train = _conversations(tmp_path / "train.jsonl", "hello")
    same = _conversations(tmp_path / "same.jsonl", "hello")
    other = _conversations(tmp_path / "other.jsonl", "good-bye")
    stack = _plain()
    _job(stack, train, validation_data=[ValidationData.from_file(one) for one in (same, other)])
    properties = the_job(stack)["Properties"]
    request = properties["Request"]
    [first, second] = request["validationDataConfig"]["validators"]
    assert first["s3Uri"] == request["trainingDataConfig"]["s3Uri"]
    assert properties["UploadedFiles"] == [
        {"S3Uri": one["s3Uri"], "Sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        for one, path in ((request["trainingDataConfig"], train), (second, other))
    ]


def test_data_in_s3_is_no_uploaded_file(stack: cdk.Stack, job: Callable[..., object]) -> None:
    """The property is left out where nothing is uploaded."""
    job()
    assert "UploadedFiles" not in the_job(stack)["Properties"]


def test_the_same_file_of_two_jobs_is_one_asset(file: Path, tmp_path: Path) -> None:
    """Copied once into the assembly, uploaded once."""
    app = cdk.App(outdir=str(tmp_path / "out"))
    stack = cdk.Stack(app, "Tickets")
    for name in ("One", "Two"):
        _job(stack, file, name)
    app.synth()
    manifest = json.loads((tmp_path / "out" / "Tickets.assets.json").read_text())
    names = sorted(Path(one["source"]["path"]).suffix for one in manifest["files"].values())
    assert names == [".json", ".jsonl", ".zip"]
    assert len(list((tmp_path / "out").glob("asset.*"))) == 2


def test_the_same_content_under_two_suffixes_is_uploaded_under_both(tmp_path: Path) -> None:
    """The manifest knows a file by its hash alone; the second would never be uploaded."""
    app = cdk.App(outdir=str(tmp_path / "out"))
    stack = cdk.Stack(app, "Tickets")
    for name in ("one.jsonl", "two.txt"):
        _job(stack, _conversations(tmp_path / name, "hello"), name[:3])
    app.synth()
    manifest = json.loads((tmp_path / "out" / "Tickets.assets.json").read_text())
    names = sorted(Path(one["source"]["path"]).suffix for one in manifest["files"].values())
    assert names == [".json", ".jsonl", ".txt", ".zip"]


def test_providers_of_a_stack_share_one_file(tmp_path: Path) -> None:
    """The function's code is staged once for all."""
    stack = cdk.Stack(cdk.App(outdir=str(tmp_path)), "Tickets")
    JobProvider(stack, "One")
    JobProvider(stack, "Two")
    template(stack)
    assert len(list(tmp_path.glob("asset.*"))) == 1


def test_the_function_of_a_nested_stack_lies_with_the_parents_files(file: Path) -> None:
    """A nested stack and its parent with a job each, in a stage."""
    app = cdk.App()
    parent = cdk.Stack(cdk.Stage(app, "Production"), "Tickets")
    nested = cdk.NestedStack(parent, "Nested")
    _job(parent, file)
    _job(nested, file)
    assembly = app.synth().nested_assemblies[0].nested_assembly
    [artifact] = assembly.stacks
    folder = Path(assembly.directory)
    inner = json.loads((folder / f"{nested.template_file}").read_text())
    [job] = [one for one in inner["Resources"].values() if one["Type"].startswith("Custom::Bedrock")]
    assert "cdk-hnb659fds-assets" in json.dumps(job["Properties"]["UploadedFiles"])
    manifest = json.loads((folder / f"{artifact.id}.assets.json").read_text())
    sources = [folder / one["source"]["path"] for one in manifest["files"].values()]
    assert all(source.is_file() for source in sources)
    assert {source.suffix for source in sources} == {".json", ".jsonl", ".zip"}


def test_a_synthesizer_that_takes_no_files_is_refused_in_one_sentence(file: Path) -> None:
    """Bootstrapless: the job's own function has to be uploaded."""
    stack = _of_the_stack(cdk.BootstraplessSynthesizer())
    with pytest.raises(InvalidJob) as caught:
        _job(stack, file)
    assert str(caught.value).startswith(
        "Tickets cannot be defined:\n  - synthesizer must accept files, because"
    )


def test_no_folder_of_this_machine_reaches_the_template(file: Path, tmp_path: Path) -> None:
    """Neither where the file lies nor where the zip is made."""
    app = cdk.App(outdir=str(tmp_path / "out"))
    stack = cdk.Stack(app, "Tickets")
    _job(stack, file)
    app.synth()
    for name in ("Tickets.template.json", "Tickets.assets.json", "manifest.json"):
        assert str(tmp_path) not in (tmp_path / "out" / name).read_text(), name


def test_without_staging_the_assembly_still_names_files_that_exist(file: Path, tmp_path: Path) -> None:
    """`cdk synth --no-staging`: data and zip are copied all the same: nobody changes them."""
    app = cdk.App(outdir=str(tmp_path / "out"), context={"aws:cdk:disable-asset-staging": True})
    stack = cdk.Stack(app, "Tickets")
    _job(stack, file)
    app.synth()
    manifest = json.loads((tmp_path / "out" / "Tickets.assets.json").read_text())
    sources = [tmp_path / "out" / one["source"]["path"] for one in manifest["files"].values()]
    assert all(source.is_file() for source in sources)
    assert file not in sources


def test_the_zip_holds_the_sources_byte_by_byte(tmp_path: Path) -> None:
    """The asset that is deployed is the one that is tested."""
    stack = cdk.Stack(cdk.App(outdir=str(tmp_path)), "Tickets")
    JobProvider(stack, "Mine")
    [archive] = tmp_path.glob("asset.*.zip")
    with zipfile.ZipFile(archive) as opened:
        assert {name: opened.read(name) for name in opened.namelist()} == dict(asset_files())


def test_looking_at_the_files_does_not_load_the_cdk() -> None:
    """`run_handler` and the tools lay them out without Node."""
    code = (
        "import sys; from constructs_lib.job.asset import *; asset_files(); print('aws_cdk' in sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "False\n"
