"""Files that the deployment uploads, the Lambda and local data, under names that follow from their content.

A data file is copied into the cloud assembly first: what is uploaded is exactly what was hashed and checked.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import zipfile
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ..findings import Finding, InvalidJob, error
from ..request.regular_files import open_regular

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from io import FileIO

    import aws_cdk as cdk
    from constructs import Construct

    from ..datasets import FileCopy
    from ..request import JobSpec
    from .stack_env import StackEnv

CA_BUNDLE_PATH = "/var/task/ca-bundle.pem"
"""Where the function finds the file that `add_lambda_asset` puts into its zip, as AWS_CA_BUNDLE names it."""

_PACKAGE = Path(__file__).parents[1]
_BLOCK = 1 << 20
_CHANGED = "it was written to while it was copied"
_NOT_BOUND = ("StackSynthesizerBoundStackFirst", "must be bound to a Stack first")
"""The name of the CDK's error, and its text in versions whose errors have no name."""
_COPIED: dict[tuple[Path, Path], FileCopy] = {}
"""The copies of this process by folder and source, each of which is checked again before it is used."""
_WITH_BUNDLE: set[str] = set()
"""The hashes of the zips of this process that hold a CA bundle."""
_ZIPS: dict[str, bytes] = {}
"""The zips of this process by the hash of their files: each stack needs one."""


@cache
def asset_files() -> Mapping[str, bytes]:
    """Return every file of the Lambda by its name in the zip: the handler, and the rules of synthesis."""
    in_wheel = _PACKAGE / "_lambda" / "customization_job"
    source = in_wheel if in_wheel.is_dir() else _PACKAGE.parent / "lambda" / "customization_job"
    roots = {"customization_job": source, "contract": _PACKAGE / "contract"}
    found = {
        f"{name}/{path.relative_to(root).as_posix()}": path
        for name, root in roots.items()
        for path in root.rglob("*")
        if path.suffix in {".py", ".json"}
    }
    return {name: _with_unix_line_ends(found[name].read_bytes()) for name in sorted(found)}


def asset_hash(files: Mapping[str, bytes]) -> str:
    """Return a hash of the names and contents of `files`, and of nothing that differs between machines."""
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedFile:
    """A file that the deployment uploads; the stack's synthesizer decides bucket and key, maybe as tokens.

    Args:
        bucket_name: the bootstrap bucket.
        object_key: the object's key there.
        sha256: the hash of the content, the same wherever the file is uploaded to.
    """

    bucket_name: str
    object_key: str
    sha256: str

    @property
    def s3_uri(self) -> str:
        """The object, as Bedrock takes it."""
        return f"s3://{self.bucket_name}/{self.object_key}"


@dataclass(frozen=True, slots=True)
class _StackFiles:
    """The files that the deployment of one stack uploads, each once."""

    scope: Construct
    by_name: dict[str, UploadedFile] = field(default_factory=dict)


def lambda_hashes() -> frozenset[str]:
    """Return the hashes of the Lambda's zip, without a CA bundle and with each bundle of this process.

    They change with every release of the Lambda's code.
    """
    return frozenset({asset_hash(asset_files()), *_WITH_BUNDLE})


def add_lambda_asset(env: StackEnv, ca_bundle: bytes | None = None) -> UploadedFile:
    """Let the deployment of a stack upload the Lambda as a zip.

    Args:
        env: the stack of the function.
        ca_bundle: certificates in PEM form, which the function finds at `CA_BUNDLE_PATH`. Default: none.

    Raises:
        InvalidJob: the stack's synthesizer accepts no files.
    """
    files = asset_files()
    if ca_bundle is not None:
        files = {**files, Path(CA_BUNDLE_PATH).name: _with_unix_line_ends(ca_bundle)}
    sha256 = asset_hash(files)
    if ca_bundle is not None:
        _WITH_BUNDLE.add(sha256)
    if known := _files_of(env).by_name.get(sha256):
        return known
    # Under the name that the CDK gives the asset, the zip is already in its place and is not copied.
    target = _staging_folder(env.stack) / staged_name(sha256, ".zip")
    if sha256 not in _ZIPS:
        _ZIPS[sha256] = _zipped(files)
    _publish(target, _ZIPS[sha256])
    return _add(env, target, name=sha256, sha256=sha256)


def add_data_asset(env: StackEnv, copy: FileCopy) -> UploadedFile:
    """Let the deployment of a stack upload a data file, under a name that changes with its content.

    Args:
        env: the stack whose deployment uploads the file to the bootstrap bucket.
        copy: the copy of the file in the cloud assembly.

    Raises:
        InvalidJob: the stack's synthesizer accepts no files.
    """
    name = asset_name(copy.sha256, copy.path)
    known = _files_of(env).by_name.get(name)
    return known or _add(env, copy.path, name=name, sha256=copy.sha256)


class ChangedError(OSError):
    """A file was written to while it was copied."""


@dataclass(frozen=True, slots=True)
class Copies:
    """The copies of the local files of one job, or of the trials of one sweep.

    Args:
        by_path: the copy of each file.
        found: why other files could not be copied.
    """

    by_path: dict[Path, FileCopy] = field(default_factory=dict)
    found: list[Finding] = field(default_factory=list)


def copy_data(env: StackEnv, *specs: JobSpec) -> Copies:
    """Copy every local file of jobs into the cloud assembly of their stack.

    Args:
        env: the stack whose deployment uploads the files.
        *specs: the jobs.
    """
    data = (item for spec in specs for item in spec.data.items())
    return copy_files(env, [(path, one.path) for path, one in data if one.path is not None])


def copy_files(env: StackEnv, files: Iterable[tuple[str, Path]]) -> Copies:
    """Copy local files into the cloud assembly of a stack.

    Args:
        env: the stack whose deployment uploads them.
        files: each file, after the path of the argument that names it.
    """
    files = list(files)
    return copy_all(files, _staging_folder(env.stack)) if files else Copies()


def copy_all(files: Iterable[tuple[str, Path]], folder: Path) -> Copies:
    """Copy local files into a folder, each once; other rules report a path that is not a file.

    Args:
        files: each file, after its path in the request.
        folder: where the cloud assembly keeps its files.
    """
    made = Copies()
    for where, path in files:
        if path in made.by_path or not _is_file(path):
            continue
        try:
            made.by_path[path] = copy(path, folder)
        except OSError as problem:
            made.found.append(_not_copied(where, path, problem))
    return made


def copy(source: Path, folder: Path) -> FileCopy:
    """Copy a file into the cloud assembly, under the name that the CDK gives an asset with this content.

    The copy is written under a temporary name: an incomplete one is never used as the file, and what an
    earlier synthesis left under the file's name is replaced and not trusted.

    Args:
        source: the file.
        folder: where the cloud assembly keeps its files.

    Raises:
        ChangedError: the file was changed while it was copied, so that the copy may be inconsistent.
        OSError: the file cannot be read, or the copy cannot be written.
    """
    from ..datasets import FileCopy, content_hash

    key = (folder, source.absolute())
    known = _COPIED.get(key)
    if known and known.path.is_file() and content_hash(source) == known.sha256 == content_hash(known.path):
        return known
    descriptor, name = tempfile.mkstemp(prefix="unfinished-", suffix=".tmp", dir=folder)
    try:
        with open_regular(source) as opened, os.fdopen(descriptor, "wb", buffering=0) as target:
            sha256 = _copied(opened, target)
        path = folder / staged_name(asset_name(sha256, source))
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    _COPIED[key] = FileCopy(name=str(source), path=path, sha256=sha256)
    return _COPIED[key]


def asset_name(sha256: str, source: Path) -> str:
    """Return the name of a file: its hash, and its extension, which the assembly's manifest would not notice.

    Args:
        sha256: the hash of its content.
        source: the file.
    """
    return f"{sha256}{source.suffix}"


def staged_name(asset_hash: str, extension: str | None = None) -> str:
    """Return the name that `aws_cdk.AssetStaging` gives an asset: a file that has it is not copied again.

    Args:
        asset_hash: the asset's own hash, with the file's extension unless `extension` is given.
        extension: the extension of the file's name. Default: that of `asset_hash`.
    """
    found = Path(asset_hash).suffix if extension is None else extension
    return f"asset.{hashlib.sha256(asset_hash.encode()).hexdigest()}{found}"


def _with_unix_line_ends(content: bytes) -> bytes:
    """Return a text such that its hash is the same on every machine."""
    return content.replace(b"\r\n", b"\n")


def _copied(source: FileIO, target: FileIO) -> str:
    """Copy an open file, and return the hash of what was written."""
    before, digest, size = os.fstat(source.fileno()), hashlib.sha256(), 0
    while block := source.read(_BLOCK):
        digest.update(block)
        size += len(block)
        rest = memoryview(block)
        while rest:
            rest = rest[target.write(rest) :]
    after = os.fstat(source.fileno())
    # Size and modification time show a change; a second reading would not, because a writer may continue.
    if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size) or size != after.st_size:
        raise ChangedError(_CHANGED)
    return digest.hexdigest()


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _not_copied(where: str, path: Path, problem: OSError) -> Finding:
    if isinstance(problem, ChangedError):
        rule = "must not change while it is copied, because a job must never train on a part of it"
        return error(
            "file-changed", where, rule, str(path), "wait until it is complete, and synthesize again"
        )
    rule = f"must be copied into the cloud assembly, which failed: {problem.strerror or problem}"
    fix = "check the file's permissions, and the free space of the assembly's folder"
    return error("file-unreadable", where, rule, str(path), fix)


def _zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, compresslevel=9)
    return buffer.getvalue()


def _publish(target: Path, content: bytes) -> None:
    # Each synthesis writes it again: a file with this name may come from a synthesis that was interrupted.
    descriptor, unfinished = tempfile.mkstemp(prefix="unfinished-", suffix=".tmp", dir=target.parent)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
    Path(unfinished).chmod(0o644)
    Path(unfinished).replace(target)


def _staging_folder(stack: cdk.Stack) -> Path:
    from aws_cdk import Stage

    stage = cast("Stage", Stage.of(stack))  # every stack has one
    return Path(stage.asset_outdir)


def _add(env: StackEnv, path: Path, *, name: str, sha256: str) -> UploadedFile:
    from aws_cdk import AssetHashType
    from aws_cdk.aws_s3_assets import Asset

    files = _files_of(env)
    try:
        # An Asset and not `stack.synthesizer.add_file_asset`: jsii returns a synthesizer that was made in
        # Python as it was made, and not the copy of it that the stack has bound.
        asset = Asset(
            files.scope,
            f"File{len(files.by_name)}",
            path=str(path),
            asset_hash=name,
            asset_hash_type=AssetHashType.CUSTOM,
        )
    except RuntimeError as problem:
        found = _not_accepted(str(problem))
        if found is None:
            raise
        raise InvalidJob(env.path, [found]) from None
    added = UploadedFile(bucket_name=asset.s3_bucket_name, object_key=asset.s3_object_key, sha256=sha256)
    files.by_name[name] = added
    return added


def _not_accepted(problem: str) -> Finding | None:
    """Return what is wrong with a synthesizer that accepts no file, if that is the CDK's problem."""
    rule = "must accept files, because the deployment uploads the function of the job"
    if "Cannot add assets" in problem:
        fix = "leave the stack its default synthesizer, and bootstrap the environment"
    elif "Asset Bucket must be provided" in problem:
        fix = "give the ProductStack of Service Catalog an asset_bucket"
    elif any(text in problem for text in _NOT_BOUND):
        # jsii calls a method that is overridden in Python on the synthesizer as Python made it.
        fix = (
            "do not override methods of a synthesizer of the CDK in Python, because the CDK binds a copy of "
            "it to the stack: give it arguments instead, or extend aws_cdk.StackSynthesizer"
        )
    else:
        return None
    return error("synthesizer-without-files", "synthesizer", rule, problem, fix)


def _files_of(env: StackEnv) -> _StackFiles:
    def make() -> _StackFiles:
        from constructs import Construct

        return _StackFiles(Construct(env.stack, "BedrockModelCustomizationFiles"))

    return env.find_or_make(_StackFiles, make)
