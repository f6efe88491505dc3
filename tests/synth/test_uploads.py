"""Uploaded files: with every synthesizer, once each, and identified by their content."""

import hashlib
import json
import os
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
from constructs_lib.job.asset import add_lambda_asset, asset_files
from constructs_lib.job.stack_env import StackEnv
from constructs_lib.testing import template_snapshot
from tests.synth.templates import OUTPUT, of_type, template, the_job


def _conversations(path: Path, text: str, rows: int = 8) -> Path:
    """Write a valid training file."""
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
def test_every_synthesizer_with_file_assets_works(
    make: Callable[[], cdk.Stack], bucket: str, file: Path
) -> None:
    """Function and data are uploaded to the location of the stack's synthesizer."""
    stack = make()
    _job(stack, file)
    [function] = of_type(stack, "AWS::Lambda::Function")
    assert bucket in json.dumps(function["Properties"]["Code"])
    assert bucket in json.dumps(the_job(stack)["Properties"]["Request"]["trainingDataConfig"])


def test_another_bootstrap_bucket_starts_no_training(file: Path) -> None:
    """The fingerprint has the content of an uploaded file, and not its bucket."""
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


def test_changed_content_starts_a_training(tmp_path: Path) -> None:
    """A file with one more record and the same name has another fingerprint."""
    found = []
    for rows in (8, 9):
        stack = _plain()
        _job(stack, _conversations(tmp_path / "train.jsonl", "hello", rows))
        found.append(training_inputs(the_job(stack)["Properties"]))
    assert found[0] != found[1]


def test_uploaded_files_are_listed_once_with_their_uri(tmp_path: Path) -> None:
    """The entries are distinct, and each has the URI that is in `Request`."""
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
    """The property is absent if nothing is uploaded."""
    job()
    assert "UploadedFiles" not in the_job(stack)["Properties"]


def test_the_same_file_of_two_jobs_is_one_asset(file: Path, tmp_path: Path) -> None:
    """It is copied into the assembly once and uploaded once."""
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
    """The manifest identifies a file by its hash alone; the second would not be uploaded."""
    app = cdk.App(outdir=str(tmp_path / "out"))
    stack = cdk.Stack(app, "Tickets")
    for name in ("one.jsonl", "two.txt"):
        _job(stack, _conversations(tmp_path / name, "hello"), name[:3])
    app.synth()
    manifest = json.loads((tmp_path / "out" / "Tickets.assets.json").read_text())
    names = sorted(Path(one["source"]["path"]).suffix for one in manifest["files"].values())
    assert names == [".json", ".jsonl", ".txt", ".zip"]


def test_providers_of_a_stack_share_one_asset(tmp_path: Path) -> None:
    """The function's code is staged once."""
    stack = cdk.Stack(cdk.App(outdir=str(tmp_path)), "Tickets")
    JobProvider(stack, "One")
    JobProvider(stack, "Two")
    template(stack)
    assert len(list(tmp_path.glob("asset.*"))) == 1


def test_a_nested_stack_uses_the_assets_of_its_parent(file: Path) -> None:
    """A nested stack and its parent, each with a job, are synthesized in a stage."""
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


def test_a_synthesizer_without_file_assets_is_refused(file: Path) -> None:
    """The job's own function must be uploaded, which `BootstraplessSynthesizer` cannot do."""
    stack = _of_the_stack(cdk.BootstraplessSynthesizer())
    with pytest.raises(InvalidJob) as caught:
        _job(stack, file)
    assert str(caught.value).startswith(
        "Tickets cannot be defined:\n  - synthesizer must accept files, because"
    )


def test_the_template_has_no_local_path(file: Path, tmp_path: Path) -> None:
    """It has neither the folder of the data nor that of the zip."""
    app = cdk.App(outdir=str(tmp_path / "out"))
    stack = cdk.Stack(app, "Tickets")
    _job(stack, file)
    app.synth()
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    for artifact in manifest["artifacts"].values():
        artifact.pop("metadata", None)  # warnings, in versions of the CDK before they had a file of their own
    assert str(tmp_path) not in json.dumps(manifest)
    for name in ("Tickets.template.json", "Tickets.assets.json"):
        assert str(tmp_path) not in (tmp_path / "out" / name).read_text(), name


def test_no_staging_still_copies_the_files(file: Path, tmp_path: Path) -> None:
    """With `cdk synth --no-staging`, data and zip are copied all the same, so that they cannot change."""
    app = cdk.App(outdir=str(tmp_path / "out"), context={"aws:cdk:disable-asset-staging": True})
    stack = cdk.Stack(app, "Tickets")
    _job(stack, file)
    app.synth()
    manifest = json.loads((tmp_path / "out" / "Tickets.assets.json").read_text())
    sources = [tmp_path / "out" / one["source"]["path"] for one in manifest["files"].values()]
    assert all(source.is_file() for source in sources)
    assert file not in sources


def test_the_zip_has_the_tested_sources(tmp_path: Path) -> None:
    """The deployed asset is byte by byte the source that is tested."""
    stack = cdk.Stack(cdk.App(outdir=str(tmp_path)), "Tickets")
    JobProvider(stack, "Mine")
    [archive] = tmp_path.glob("asset.*.zip")
    with zipfile.ZipFile(archive) as opened:
        assert {name: opened.read(name) for name in opened.namelist()} == dict(asset_files())


def _zip_with(folder: Path, bundle: bytes | None) -> tuple[str, dict[str, bytes]]:
    """Return the name and the files of the function's zip with a CA bundle."""
    added = add_lambda_asset(StackEnv.of(cdk.Stack(cdk.App(outdir=str(folder)), "Tickets")), bundle)
    [archive] = folder.glob("asset.*.zip")
    with zipfile.ZipFile(archive) as opened:
        return added.sha256, {name: opened.read(name) for name in opened.namelist()}


def test_a_ca_bundle_is_in_the_zip_and_in_its_name(tmp_path: Path) -> None:
    """Another bundle is another zip; other line ends are not, and without a bundle nothing changes."""
    plain, files = _zip_with(tmp_path / "plain", None)
    assert files == dict(asset_files())
    unix, with_bundle = _zip_with(tmp_path / "unix", b"one\ntwo\n")
    assert with_bundle == {**files, "ca-bundle.pem": b"one\ntwo\n"}
    assert _zip_with(tmp_path / "windows", b"one\r\ntwo\r\n") == (unix, with_bundle)
    assert len({plain, unix, _zip_with(tmp_path / "other", b"three\n")[0]}) == 3


def test_a_function_with_a_ca_bundle_is_masked_in_snapshots() -> None:
    """Its hash changes with every release of the handler, as that of every other function."""
    stack = cdk.Stack(cdk.App(), "Tickets")
    added = add_lambda_asset(StackEnv.of(stack), b"certificates\n")
    cdk.CfnResource(stack, "It", type="A::B::C", properties={"Key": added.object_key})
    assert template_snapshot(stack)["Resources"]["It"]["Properties"] == {"Key": "<handler hash>.zip"}


def test_listing_the_asset_files_does_not_import_aws_cdk() -> None:
    """`run_handler` and the tools read the files without Node."""
    code = (
        "import sys; from constructs_lib.job.asset import *; asset_files(); print('aws_cdk' in sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "False\n"


@pytest.mark.parametrize(
    ("key", "rule"),
    [
        ("*", "exact-name"),
        ("alias/*", "exact-name"),
        ("arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", "key-region"),
        ("alias/bootstrap", ""),
    ],
)
@pytest.mark.parametrize("kind", [TrainingData, ValidationData])
def test_the_key_of_an_uploaded_file_is_one_key_of_the_region(
    file: Path, kind: type[Any], key: str, rule: str
) -> None:
    """It enters the role's policy like every other key: `*` would let the role decrypt all of S3."""
    stack = cdk.Stack(cdk.App(), "Tickets", env=cdk.Environment(account="111122223333", region="us-east-1"))
    data = kind.from_file(file, encryption_key=key)
    given = {"validation_data": [data]} if kind is ValidationData else {"training_data": data}
    found = []
    try:
        ModelCustomizationJob(
            stack, "Triage", **({"base_model": BaseModel.NOVA_LITE, "training_data": file} | given)
        )
    except InvalidJob as problem:
        found = [one.name for one in problem.findings]
    assert found == ([rule] if rule else [])


def test_an_app_with_a_synthesizer_of_its_own_prints_nothing(tmp_path: Path) -> None:
    """The kernel of jsii prints a warning about each object of Python's that is read back from Node."""
    app = """
import aws_cdk as cdk
from constructs_lib import ModelCustomizationJob

app = cdk.App()
stack = cdk.Stack(app, "Tickets", synthesizer=cdk.DefaultStackSynthesizer(qualifier="acme"))
data = "s3://amzn-s3-demo-bucket/train.jsonl"
ModelCustomizationJob(stack, "Triage", base_model="amazon.nova-lite-v1:0:300k", training_data=data)
app.synth()
"""
    done = subprocess.run(
        [sys.executable, "-c", app],
        env={**os.environ, "CDK_OUTDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("", "")
