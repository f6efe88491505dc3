"""The files of the Lambda and of the training data, staged so that their names follow from their content."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import zipfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import constructs_lib
from constructs_lib.job.copies import Copies, asset_name, copy_all, staged_name
from constructs_lib.request import InvalidJob, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    import aws_cdk as cdk
    from constructs import Construct

    from constructs_lib.datasets import FileCopy
    from constructs_lib.request import JobSpec

_PACKAGE = Path(constructs_lib.__file__).parent


@cache
def asset_files() -> Mapping[str, bytes]:
    """Every file of the Lambda by its name in the zip: the handler and the rules it shares with synthesis."""
    roots = {"customization_job": _lambda_source(), "contract": _PACKAGE / "contract"}
    found = {
        f"{name}/{path.relative_to(root).as_posix()}": path
        for name, root in roots.items()
        for path in root.rglob("*")
        if path.suffix in {".py", ".json"}
    }
    return {name: _with_unix_line_ends(found[name]) for name in sorted(found)}


def asset_hash(files: Mapping[str, bytes]) -> str:
    """Name `files` by their names and contents, and by nothing that differs between machines."""
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedFile:
    """A file that the deployment uploads; where to may be tokens, and follows from the stack's synthesizer.

    Args:
        bucket_name: The bootstrap bucket.
        object_key: The object's key there.
        sha256: The hash of the content, the same wherever the file is uploaded to.
    """

    bucket_name: str
    object_key: str
    sha256: str

    @property
    def s3_uri(self) -> str:
        """The object, as Bedrock takes it."""
        return f"s3://{self.bucket_name}/{self.object_key}"


@dataclass(frozen=True, slots=True)
class _Files:
    """The files that the deployment of one stack uploads, each once."""

    scope: Construct
    by_name: dict[str, UploadedFile] = field(default_factory=dict)


_OF_STACK: WeakKeyDictionary[cdk.Stack, _Files] = WeakKeyDictionary()


def add_lambda_asset(stack: cdk.Stack) -> UploadedFile:
    """Let the deployment of `stack` upload the Lambda as a zip.

    Args:
        stack: The stack of the function.

    Raises:
        InvalidJob: The stack's synthesizer takes no files.
    """
    files = asset_files()
    sha256 = asset_hash(files)
    if known := _files_of(stack).by_name.get(sha256):
        return known
    # Under the very name that the CDK gives the asset, the zip lies where it belongs and is not copied.
    target = _staging_folder(stack) / staged_name(sha256, ".zip")
    _publish(target, _zipped(files))
    return _add(stack, target, name=sha256, sha256=sha256)


def copy_data(stack: cdk.Stack, spec: JobSpec) -> Copies:
    """Copy every local file of a job into the cloud assembly of `stack`.

    Args:
        stack: The stack whose deployment uploads the files.
        spec: The job.
    """
    validation = enumerate(spec.validation_data or ())
    data = {
        "trainingDataConfig.s3Uri": spec.training_data,
        **{f"validationDataConfig.validators[{number}].s3Uri": one for number, one in validation},
    }
    files = [(place, one.path) for place, one in data.items() if one.path is not None]
    return copy_all(files, _staging_folder(stack))


def add_data_asset(stack: cdk.Stack, copy: FileCopy) -> UploadedFile:
    """Let the deployment of `stack` upload a data file, under a name that changes with its content.

    Args:
        stack: The stack whose deployment uploads the file to the bootstrap bucket.
        copy: The copy of the file in the cloud assembly.

    Raises:
        InvalidJob: The stack's synthesizer takes no files.
    """
    name = asset_name(copy.sha256, copy.path)
    known = _files_of(stack).by_name.get(name)
    return known or _add(stack, copy.path, name=name, sha256=copy.sha256)


def _lambda_source() -> Path:
    carried = _PACKAGE / "_lambda" / "customization_job"  # in an installed wheel
    return carried if carried.is_dir() else _PACKAGE.parent / "lambda" / "customization_job"


def _with_unix_line_ends(path: Path) -> bytes:
    return path.read_bytes().replace(b"\r\n", b"\n")


def _zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _publish(target: Path, content: bytes) -> None:
    # Written anew by each synthesis: what lies there may come from a synthesis that was interrupted.
    descriptor, unfinished = tempfile.mkstemp(prefix="unfinished-", suffix=".tmp", dir=target.parent)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
    Path(unfinished).chmod(0o644)
    Path(unfinished).replace(target)


def _staging_folder(stack: cdk.Stack) -> Path:
    from aws_cdk import Stage

    return Path(Stage.of(stack).asset_outdir)  # type: ignore[union-attr]  # every stack has a stage


def _add(stack: cdk.Stack, path: Path, *, name: str, sha256: str) -> UploadedFile:
    from aws_cdk import AssetHashType
    from aws_cdk.aws_s3_assets import Asset

    files = _files_of(stack)
    try:
        # An Asset and not `stack.synthesizer.add_file_asset`: a synthesizer that was made in Python comes
        # back over jsii as it was made, and not as the copy of it that the stack has bound.
        asset = Asset(
            files.scope,
            f"File{len(files.by_name)}",
            path=str(path),
            asset_hash=name,
            asset_hash_type=AssetHashType.CUSTOM,
        )
    except RuntimeError as error:
        if "Cannot add assets" not in str(error):
            raise
        raise InvalidJob(stack.node.path, [_no_files(error)]) from None
    added = UploadedFile(bucket_name=asset.s3_bucket_name, object_key=asset.s3_object_key, sha256=sha256)
    files.by_name[name] = added
    return added


def _files_of(stack: cdk.Stack) -> _Files:
    if stack not in _OF_STACK:
        from constructs import Construct

        _OF_STACK[stack] = _Files(Construct(stack, "BedrockModelCustomizationFiles"))
    return _OF_STACK[stack]


def _no_files(error: RuntimeError) -> Problem:
    rule = "must take files, because the deployment uploads the function of the job"
    fix = "leave the stack its default synthesizer, and bootstrap the environment"
    return Problem("synthesizer", rule, str(error), fix)
