"""Reads a job file; every error in it is a finding, never a traceback."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from os import PathLike, fspath
from pathlib import Path
from typing import Any, TypeAlias

from ...findings import Described, Finding, InvalidJob, error
from ..data import FILE
from ..regular_files import NotRegularError, open_regular
from .document import JOB_FILE, MOST_BYTES, Document, UnreadableError, position_of

_INSIDE = "must be in the job file's folder or below it, because findings show parts of the file"
_MOVE = "move or copy the file there, or pass it in Python with TrainingData.from_file"

_STDIN = "stdin"
_VALIDATE = "name the job file; bedrock-customize validate checks training data"
_NO_JOB_FILES = {
    **dict.fromkeys((".jsonl", ".csv", ".tsv", ".parquet", ".xlsx", ".gz"), _VALIDATE),
    ".py": "name the job file; cdk synth checks an app",
    ".tf": "write a job file with bedrock-customize skeleton",
}
"""What to do about other files, by their suffix."""

Source: TypeAlias = str | PathLike[str] | Mapping[str, Any]
"""A request, or the path of a job file."""


def read_request(source: Source) -> dict[str, Any]:
    """Read a request: what `aws bedrock create-model-customization-job --cli-input-json/-yaml` takes.

    The path of a local training or validation file (`file://data/train.jsonl`) is relative to the job file.

    Args:
        source: the path of a `.json`, `.yaml` or `.yml` file (with or without the AWS CLI's `file://`), or a
            mapping, which is returned as it is.

    Raises:
        InvalidJob: the file cannot be read. Whether the request is valid is not checked here.
    """
    if isinstance(source, Mapping):
        return dict(source)
    document = read_file(source)
    if document.findings:
        raise InvalidJob(document.name, document.findings)
    return dict(document.request)


def read_file(path: str | PathLike[str]) -> Document:
    """Read a job file, with the position of every part.

    Args:
        path: a `.json`, `.yaml` or `.yml` file.
    """
    name = fspath(path).removeprefix(FILE)
    file = Path(name)
    try:
        document = _parsed(read_text(file), name, file.suffix)
    except UnreadableError as error:
        return error.document(name)
    return _located(document, file.parent)


def read_bytes(content: bytes) -> Document:
    """Read a job file that has no name, with the position of every part: JSON, or YAML.

    The path of a local training or validation file is relative to the current folder.

    Args:
        content: the job file; findings name it `stdin`.
    """
    try:
        text = decoded(content, JOB_FILE)
        return _located(
            _parsed(text, _STDIN, ".json" if text.lstrip()[:1] in ("{", "[") else ".yaml"), Path()
        )
    except UnreadableError as error:
        return error.document(_STDIN)


def _located(document: Document, folder: Path) -> Document:
    """Return a job file with paths of local files relative to a folder, and every finding at its position."""
    request, outside = _beside(document.request, folder)
    located = tuple(document.located(one) for one in (*document.findings, *outside))
    return replace(document, request=request, findings=located)


def _parsed(text: str, name: str, suffix: str) -> Document:
    match suffix.lower():
        case ".json":
            from .json_file import read_json

            return read_json(text, name)
        case ".yaml" | ".yml":
            from .yaml_file import read_yaml

            return read_yaml(text, name)
    rule = "the job file must end in .json, .yaml or .yml"
    fix = _NO_JOB_FILES.get(suffix.lower(), "rename it")
    raise UnreadableError(rule, got=Described(suffix or "no suffix"), fix=fix)


def read_text(file: Path, what: str = JOB_FILE) -> str:
    """Return the text of a regular file.

    Args:
        file: the file.
        what: how an error names it. Default: `the job file`.

    Raises:
        UnreadableError: there is no such file, it is no regular file, too long, or not UTF-8.
    """
    try:
        with open_regular(file) as stream:
            content = stream.read(MOST_BYTES + 1)
    except NotRegularError as error:
        rule = f"{what} must be a file ({error.strerror})"
        raise UnreadableError(rule, fix="correct the path") from None
    except FileNotFoundError:
        raise UnreadableError(
            f"{what} must exist", got=Described("no such file"), fix="correct the path"
        ) from None
    except (OSError, ValueError) as error:
        fix = "correct the path or the permissions"
        got = Described(getattr(error, "strerror", None) or "a name that no file can have")
        raise UnreadableError(f"{what} must be readable", got=got, fix=fix) from None
    return decoded(content, what)


def decoded(content: bytes, what: str) -> str:
    """Return bytes as text.

    Args:
        content: UTF-8, with or without a byte order mark.
        what: how an error names it.

    Raises:
        UnreadableError: it is too long, or not UTF-8.
    """
    if len(content) > MOST_BYTES:
        rule = f"{what} must have at most {MOST_BYTES} bytes"
        raise UnreadableError(rule, got=Described("more"), fix="name the job file, not the training data")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode()
        got = Described(f"the byte {error.object[error.start]:#04x}")
        at = position_of(before, len(before))
        raise UnreadableError(f"{what} must be UTF-8", got=got, fix="save it as UTF-8", at=at) from None


def _beside(request: Mapping[str, Any], folder: Path) -> tuple[dict[str, Any], list[Finding]]:
    """Return the request with paths of local files relative to a folder, and which files are not in it."""
    found = dict(request)
    outside: list[Finding] = []

    def resolved(part: object, path: str) -> object:
        if not isinstance(part, Mapping):
            return part
        uri = part.get("s3Uri")
        if not isinstance(uri, str) or not uri.startswith(FILE):
            return part
        file = folder / uri.removeprefix(FILE)
        if not _is_inside(file, folder):
            outside.append(error("job-file-outside", path, _INSIDE, uri, _MOVE))
        return {**part, "s3Uri": f"{FILE}{file}"}

    training, validation = found.get("trainingDataConfig"), found.get("validationDataConfig")
    if isinstance(training, Mapping):
        found["trainingDataConfig"] = resolved(training, "trainingDataConfig.s3Uri")
    if isinstance(validation, Mapping) and isinstance(validation.get("validators"), list):
        validators = [
            resolved(one, f"validationDataConfig.validators[{number}].s3Uri")
            for number, one in enumerate(validation["validators"])
        ]
        found["validationDataConfig"] = {**validation, "validators": validators}
    return found, outside


def _is_inside(file: Path, folder: Path) -> bool:
    """Return whether a file is in a folder or below it, after links are resolved."""
    try:
        return file.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):  # a loop of links, or a name that no file can have
        return True  # the checks report that there is no such file
