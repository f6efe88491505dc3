"""Only the file that was hashed and checked is uploaded as training data."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aws_cdk as cdk
import pytest

from constructs_lib import AWS_OWNED_KEY, BaseModel, InvalidJob, ModelCustomizationJob, TrainingData
from constructs_lib.job.asset import ChangedError, copy
from tests.synth.templates import OUTPUT, of_type

ROOT = Path(__file__).parents[2]


def _train(path: Path, rows: int = 8) -> Path:
    record = {
        "schemaVersion": "bedrock-conversation-2024",
        "messages": [
            {"role": "user", "content": [{"text": "hello"}]},
            {"role": "assistant", "content": [{"text": "yes"}]},
        ],
    }
    path.write_text(
        "".join(json.dumps({**record, "system": [{"text": str(row)}]}) + "\n" for row in range(rows))
    )
    return path


def _synthesized(folder: Path, file: Path) -> list[Path]:
    """Synthesize a job with a file, and return what would be uploaded as data."""
    app = cdk.App(outdir=str(folder))
    stack = cdk.Stack(app, "Tickets")
    given = {"output_data": OUTPUT, "custom_model_kms_key": AWS_OWNED_KEY}
    data = TrainingData.from_file(file)
    ModelCustomizationJob(stack, "Triage", base_model=BaseModel.NOVA_LITE, training_data=data, **given)
    app.synth()
    manifest = json.loads((folder / "Tickets.assets.json").read_text())
    sources = [folder / one["source"]["path"] for one in manifest["files"].values()]
    return [source for source in sources if source.suffix == ".jsonl"]


@pytest.mark.parametrize("left", [b"", b'{"half": "a rec', None], ids=["empty", "cut off", "same size"])
def test_the_file_of_an_interrupted_copy_is_replaced(tmp_path: Path, left: bytes | None) -> None:
    """The next synthesis replaces it, whatever its size."""
    file, folder = _train(tmp_path / "train.jsonl"), tmp_path / "out"
    [staged] = _synthesized(folder, file)
    staged.write_bytes(b" " * file.stat().st_size if left is None else left)
    assert _synthesized(folder, file) == [staged]
    assert staged.read_bytes() == file.read_bytes()


def test_the_zip_of_an_interrupted_synthesis_is_replaced(tmp_path: Path) -> None:
    """The same is true for the function's code."""
    file, folder = _train(tmp_path / "train.jsonl"), tmp_path / "out"
    _synthesized(folder, file)
    [archive] = folder.glob("asset.*.zip")
    whole = archive.read_bytes()
    archive.write_bytes(whole[:100])
    _synthesized(folder, file)
    assert archive.read_bytes() == whole


def test_a_failed_copy_leaves_no_file(tmp_path: Path) -> None:
    """If the disk is full, no file is left, also not under a temporary name."""
    file, folder = _train(tmp_path / "train.jsonl", 500), tmp_path / "out"
    folder.mkdir()
    code = (
        "import resource, signal, sys, pathlib; from constructs_lib.job.asset import copy_all;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000));"
        "made = copy_all([('training_data', pathlib.Path(sys.argv[1]))], pathlib.Path(sys.argv[2]));"
        "print(*made.found)"
    )
    ran = [sys.executable, "-c", code, str(file), str(folder)]
    shown = subprocess.run(ran, capture_output=True, text=True, check=True, cwd=ROOT)
    assert (
        "training_data must be copied into the cloud assembly, which failed: File too large" in shown.stdout
    )
    assert list(folder.iterdir()) == []


@contextmanager
def _written_to(path: Path) -> Iterator[None]:
    """Write to a file again and again without changing its size until the block ends."""
    ended = threading.Event()
    descriptor = os.open(path, os.O_WRONLY)

    def write() -> None:
        while not ended.is_set():
            os.pwrite(descriptor, b"{", 0)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        ended.set()
        writer.join()
        os.close(descriptor)


def _large(path: Path) -> Path:
    path.write_bytes(b"{}\n" * 16_000_000)
    return path


def test_a_file_that_changes_while_it_is_copied_is_refused(tmp_path: Path) -> None:
    """Half of it could be old and half new; nothing is left of the copy."""
    file, folder = _large(tmp_path / "train.jsonl"), tmp_path / "out"
    folder.mkdir()
    with _written_to(file), pytest.raises(ChangedError):
        copy(file, folder)
    assert list(folder.iterdir()) == []


def test_the_error_about_a_changing_file_names_the_argument(tmp_path: Path) -> None:
    """The message says what to do."""
    file = _large(tmp_path / "train.jsonl")
    with (
        _written_to(file),
        pytest.raises(InvalidJob, match="training_data must not change while it is copied"),
    ):
        _synthesized(tmp_path / "out", file)


def test_the_uploaded_file_is_the_one_that_was_checked(tmp_path: Path) -> None:
    """A file that is rewritten after its job was defined is uploaded as it was then."""
    file, folder = _train(tmp_path / "train.jsonl"), tmp_path / "out"
    checked = file.read_bytes()
    app = cdk.App(outdir=str(folder))
    stack = cdk.Stack(app, "Tickets")
    given = {"output_data": OUTPUT, "custom_model_kms_key": AWS_OWNED_KEY}
    for name in ("One", "Two"):
        data = TrainingData.from_file(file)
        ModelCustomizationJob(stack, name, base_model=BaseModel.NOVA_LITE, training_data=data, **given)
        _train(file, 9)
    app.synth()
    staged = {one.read_bytes() for one in folder.glob("asset.*.jsonl")}
    assert staged == {checked, file.read_bytes()}
    jobs = of_type(stack, "Custom::BedrockModelCustomizationJob")
    told = {one["Properties"]["UploadedFiles"][0]["Sha256"] for one in jobs}
    assert told == {hashlib.sha256(one).hexdigest() for one in staged}


def test_findings_name_the_file_and_not_its_copy(tmp_path: Path) -> None:
    """The user looks for the file that the job names."""
    file = _train(tmp_path / "train.jsonl")
    file.write_text(file.read_text().replace('"role": "user"', '"role": "usr"', 1))
    with pytest.raises(InvalidJob) as caught:
        _synthesized(tmp_path / "out", file)
    assert f"{file}:1: messages[0].role" in str(caught.value)
    assert "asset." not in str(caught.value)


def test_a_file_of_one_synthesis_is_copied_once(tmp_path: Path) -> None:
    """A second job uses the first copy if neither the file nor the copy has changed."""
    file = _train(tmp_path / "train.jsonl")
    first = copy(file, tmp_path)
    inode = first.path.stat().st_ino
    assert copy(file, tmp_path).path.stat().st_ino == inode
    first.path.write_bytes(b"other")
    assert copy(file, tmp_path).path.read_bytes() == file.read_bytes()
