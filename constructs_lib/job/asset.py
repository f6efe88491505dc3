"""The files of the Lambda and of the training data, staged so that their names follow from their content."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import zipfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import constructs_lib

if TYPE_CHECKING:
    from collections.abc import Mapping

    import aws_cdk as cdk

_PACKAGE = Path(constructs_lib.__file__).parent


@cache
def asset_files() -> Mapping[str, bytes]:
    """Every file of the Lambda by its name in the zip: the handler and the rules it shares with synthesis."""
    roots = {"customization_job": _lambda_source(), "service_model": _PACKAGE / "spec" / "service_model"}
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


def add_lambda_asset(stack: cdk.Stack) -> cdk.FileAssetLocation:
    """Stage the Lambda as a zip in the cloud assembly of `stack`."""
    files = asset_files()
    name = asset_hash(files)
    target = _staging_folder(stack) / f"asset.{name}.zip"
    if not target.exists():
        _publish(target, _zipped(files))
    return _add(stack, target, name)


def add_data_asset(stack: cdk.Stack, path: str | os.PathLike[str]) -> cdk.FileAssetLocation:
    """Stage a data file in the cloud assembly of `stack`, under a name that changes with its content.

    Args:
        stack: The stack whose deployment uploads the file to the bootstrap bucket.
        path: The file. It is copied into the cloud assembly.
    """
    from constructs_lib.datasets import content_hash

    source = Path(path)
    name = content_hash(source)
    target = _staging_folder(stack) / f"asset.{name}{source.suffix}"
    if not target.exists():
        shutil.copyfile(source, target)
    return _add(stack, target, name)


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
    unfinished = target.with_suffix(f".{os.getpid()}.tmp")
    unfinished.write_bytes(content)
    unfinished.replace(target)


def _staging_folder(stack: cdk.Stack) -> Path:
    from aws_cdk import Stage

    return Path(Stage.of(stack).asset_outdir)  # type: ignore[union-attr]  # every stack has a stage


def _add(stack: cdk.Stack, target: Path, name: str) -> cdk.FileAssetLocation:
    from aws_cdk import FileAssetPackaging, Stage

    assembly = Stage.of(stack).outdir  # type: ignore[union-attr]  # every stack has a stage
    return stack.synthesizer.add_file_asset(
        source_hash=name,
        file_name=os.path.relpath(target, assembly),
        packaging=FileAssetPackaging.FILE,
    )
