"""From a path to a request. Nothing that a file can be or hold ends in a traceback."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from os import PathLike, fspath
from pathlib import Path
from typing import Any, TypeAlias

from constructs_lib.findings import Finding, InvalidJob, error
from constructs_lib.request.regular_files import NotRegularError, open_regular
from constructs_lib.request.s3_data import FILE

from .document import MOST_BYTES, Document, unreadable

_INSIDE = (
    "must lie in the job file's folder or below it, because what a check says of a file shows parts of it"
)
_MOVE = "move or copy the file there, or give it in Python with TrainingData.from_file"

Source: TypeAlias = str | PathLike[str] | Mapping[str, Any]


def read_request(source: Source) -> dict[str, Any]:
    """Read a request: what `aws bedrock create-model-customization-job --cli-input-json/-yaml` takes.

    A local training or validation file (`file://data/train.jsonl`) is relative to the job file.

    Args:
        source: A `.json`, `.yaml` or `.yml` file's path (the AWS CLI's `file://` before it does no harm),
            or a mapping, which is taken as it is.

    Raises:
        InvalidJob: The file cannot be read. Whether the request is valid is `check`'s to say.
    """
    if isinstance(source, Mapping):
        return dict(source)
    document = read_file(source)
    if document.findings:
        raise InvalidJob(document.name, document.findings)
    return dict(document.request)


def read_file(path: str | PathLike[str]) -> Document:
    """Read a job file, with the line of every part.

    Args:
        path: A `.json`, `.yaml` or `.yml` file.
    """
    name = fspath(path).removeprefix(FILE)
    file = Path(name)
    text = _text(file, name)
    if isinstance(text, Document):
        return text
    match file.suffix.lower():
        case ".json":
            from .json_text import read_json

            document = read_json(text, name)
        case ".yaml" | ".yml":
            from .yaml_text import read_yaml

            document = read_yaml(text, name)
        case _:
            return unreadable(name, "must end in .json, .yaml or .yml", file.suffix, "rename it")
    request, outside = _beside(document.request, file.parent)
    return replace(document, request=request, findings=(*document.findings, *outside))


def _text(file: Path, name: str) -> str | Document:
    try:
        with open_regular(file) as stream:
            content = stream.read(MOST_BYTES + 1)
    except NotRegularError as error:
        return unreadable(name, "must be a file", str(error.strerror), "save the job file, and name it")
    except FileNotFoundError:
        return unreadable(name, "must exist", "no such file", "correct the path")
    except (OSError, ValueError) as error:
        return unreadable(name, "must be readable", str(error), "correct the path or the permissions")
    if len(content) > MOST_BYTES:
        return unreadable(
            name, f"must be at most {MOST_BYTES} bytes", "more", "name the job file, not the data"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = f"byte {error.start} is {content[error.start]:#04x}"
        return unreadable(name, "must be UTF-8", where, "save it as UTF-8")


def _beside(request: Mapping[str, Any], folder: Path) -> tuple[dict[str, Any], list[Finding]]:
    """Make the local files of a request relative to the job file's folder; say which lie elsewhere."""
    found = dict(request)
    outside: list[Finding] = []
    training, validation = found.get("trainingDataConfig"), found.get("validationDataConfig")
    if isinstance(training, Mapping):
        found["trainingDataConfig"] = _located(training, folder, "trainingDataConfig.s3Uri", outside)
    if isinstance(validation, Mapping) and isinstance(validation.get("validators"), list):
        validators = [
            _located(one, folder, f"validationDataConfig.validators[{number}].s3Uri", outside)
            for number, one in enumerate(validation["validators"])
        ]
        found["validationDataConfig"] = {**validation, "validators": validators}
    return found, outside


def _located(part: Any, folder: Path, path: str, outside: list[Finding]) -> Any:  # noqa: ANN401 - whatever the file holds there
    uri = part.get("s3Uri") if isinstance(part, Mapping) else None
    if not isinstance(uri, str) or not uri.startswith(FILE):
        return part
    file = folder.absolute() / uri.removeprefix(FILE)
    if not _is_inside(file, folder):
        outside.append(error("job-file-outside", path, _INSIDE, uri, _MOVE))
    return {**part, "s3Uri": f"{FILE}{file}"}


def _is_inside(file: Path, folder: Path) -> bool:
    """Tell whether a file lies in a folder, or below it, wherever links lead."""
    try:
        return file.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):  # a loop of links, or a name that no file can have
        return True  # the rules of the request say that there is no such file
