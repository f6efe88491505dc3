"""The text of job files: every field with a comment that says what belongs there."""

import json
import math
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, TypeAlias

import typer

from ..findings import printable
from .common import STDIN

# What YAML 1.1, YAML 1.2, the AWS CLI and a person read as a string without quotes.
_PLAIN = re.compile(
    r"(?!(?:true|false|null|yes|no|on|off)\Z)[a-zA-Z][a-zA-Z0-9_./:-]*[a-zA-Z0-9_/]", re.IGNORECASE | re.ASCII
)
_SURROGATES = re.compile(r"(?<!\\)((?:\\\\)*)\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})")
_INDEX = re.compile(r"\[\d+\]")

_UNIQUE = "left out: a unique one is made, because Bedrock never frees a name"
_TAG_VALUE = "up to 256 letters, digits, spaces and . _ : / = + @ -"
_METADATA = "one key and one value, up to 256 characters each"
_FILTERS = "trainingDataConfig.invocationLogsConfig.requestMetadataFilters"
_TEACHER = "customizationConfig.distillationConfig.teacherModelConfig"
_GRADER = "customizationConfig.rftConfig.graderConfig.lambdaGrader"
_RFT = "customizationConfig.rftConfig.hyperParameters"

COMMENTS = MappingProxyType(
    {
        "jobName": f"up to 63 letters, digits and + - . ; {_UNIQUE}",
        "customModelName": f"up to 63 letters, digits and single - _ ; {_UNIQUE}",
        "roleArn": "left out: a role with the least permissions is made; given: nothing is attached to it",
        "clientRequestToken": "is not sent: the deployment makes its own, so that no job starts twice",
        "baseModelIdentifier": "a model's id or ARN, or a custom model's name or ARN to continue tuning it",
        "customizationType": "FINE_TUNING, CONTINUED_PRE_TRAINING, DISTILLATION or REINFORCEMENT_FINE_TUNING",
        "customModelKmsKeyId": "a key's ARN or id; left out: a key that AWS owns",
        "jobTags[].key": "up to 128 letters, digits, spaces and . _ : / = + @ - ; up to 50 tags, no aws:",
        "jobTags[].value": _TAG_VALUE,
        "customModelTags[].key": "as for jobTags",
        "customModelTags[].value": _TAG_VALUE,
        "trainingDataConfig.s3Uri": "a JSON Lines object; file://train.jsonl beside this file is uploaded",
        "trainingDataConfig.invocationLogsConfig.usePromptResponse": "learn from the logged responses too",
        "trainingDataConfig.invocationLogsConfig.invocationLogSource.s3Uri": (
            "where model invocation logging writes; for distillation and reinforcement fine-tuning"
        ),
        f"{_FILTERS}.equals{{}}": f"{_METADATA}; keep one of equals, notEquals, andAll, orAll",
        f"{_FILTERS}.notEquals{{}}": _METADATA,
        f"{_FILTERS}.andAll[].equals{{}}": f"{_METADATA}; 1 to 16 filters",
        f"{_FILTERS}.andAll[].notEquals{{}}": _METADATA,
        f"{_FILTERS}.orAll[].equals{{}}": f"{_METADATA}; 1 to 16 filters",
        f"{_FILTERS}.orAll[].notEquals{{}}": _METADATA,
        "validationDataConfig.validators[].s3Uri": "up to 10 files, in S3 or file://; some models take none",
        "outputDataConfig.s3Uri": "where metrics and copies of the data go; left out: a bucket is made",
        "hyperParameters{}": "strings, which the model's page lists; 1e-5 without quotes is sent as 0.00001",
        "vpcConfig.subnetIds[]": "1 to 16",
        "vpcConfig.securityGroupIds[]": "1 to 5",
        f"{_TEACHER}.teacherModelIdentifier": "a model's id or ARN, or an inference profile's ARN",
        f"{_TEACHER}.maxResponseLengthForInference": "tokens",
        f"{_GRADER}.lambdaArn": "the function that scores the answers",
        f"{_RFT}.epochCount": "1 to 50",
        f"{_RFT}.batchSize": "16 to 512",
        f"{_RFT}.learningRate": "1e-07 to 0.001",
        f"{_RFT}.maxPromptLength": "tokens",
        f"{_RFT}.trainingSamplePerPrompt": "2 to 16",
        f"{_RFT}.inferenceMaxTokens": "tokens",
        f"{_RFT}.reasoningEffort": "low, medium or high",
        f"{_RFT}.evalInterval": "1 to 100 steps",
    }
)
"""A short comment for each field of a job file, by the field's path in the request."""


class Format(StrEnum):
    """The format of the job file."""

    YAML = "yaml"
    JSON = "json"


OutOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--out", metavar="FILE", help="The job file to write; left out, or -: stdout.", show_default=False
    ),
]
FormatOption: TypeAlias = Annotated[
    Format | None,
    typer.Option(
        "--format", help="YAML has comments; left out: as FILE ends, else YAML.", show_default=False
    ),
]


def format_of(out: str | None, form: Format | None) -> Format:
    """Return the format to write.

    Args:
        out: what `--out` names.
        form: what `--format` names.

    Raises:
        BadParameter: no job file may end like that, or the two differ.
    """
    if out in (None, STDIN):
        return form or Format.YAML
    suffix = Path(out or "").suffix
    by_suffix = {".json": Format.JSON, ".yaml": Format.YAML, ".yml": Format.YAML}.get(suffix.lower())
    if by_suffix is None or form not in (None, by_suffix):
        ends = f".{form.value}" if form else ".yaml, .yml or .json"
        got = printable(suffix) or "no suffix"
        raise typer.BadParameter(f"must end in {ends}, got {got}; rename it", param_hint="--out")
    return by_suffix


def write_job_file(text: str, out: str | None, *, force: bool) -> None:
    """Write a job file, or print it.

    Args:
        text: the file's text.
        out: the file. Default: stdout.
        force: whether to replace a file that exists.

    Raises:
        BadParameter: the file exists, or cannot be written.
    """
    if out is None or out == STDIN:
        typer.echo(text, nl=False)
        return
    try:
        with Path(out).open("w" if force else "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        rule = f"must not exist, got {printable(out)}; choose another name, or replace it with --force"
        raise typer.BadParameter(rule, param_hint="--out") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no file can have this name"
        rule = f"must be a file that can be written, got {printable(out)} ({reason}); correct it"
        raise typer.BadParameter(rule, param_hint="--out") from None
    typer.echo(f"{printable(out)}: written", err=True)


def as_json(request: Mapping[str, object]) -> str:
    """Return a request as JSON, which has no comments.

    Args:
        request: the request.
    """
    return json.dumps(request, indent=2) + "\n"


def as_yaml(
    request: Mapping[str, object],
    *,
    head: Iterable[str] = (),
    comments: Mapping[str, str] = MappingProxyType({}),
    optional: Container[str] = (),
) -> str:
    """Return a request as YAML with a comment on every field; YAML 1.1 and 1.2 read the same values from it.

    Args:
        request: the request.
        head: the lines of the comment above the fields. Default: none.
        comments: comments by path that replace those of `COMMENTS`. Default: none.
        optional: names of top-level members that are commented out. Default: none.
    """
    known = {path.removesuffix("{}"): comment for path, comment in COMMENTS.items()}
    lines = [f"# {printable(line)}".rstrip() for line in head]
    explained: set[str] = set()
    for name, part in request.items():
        off = "# " if name in optional else ""
        for text, path in _member(name, part, name, ""):
            kind = _INDEX.sub("[]", path)
            # The items of a list share one comment.
            comment = comments.get(path) or ("" if kind in explained else known.get(kind, ""))
            explained.add(kind)
            lines.append(f"{off}{text}  # {printable(comment)}" if comment else f"{off}{text}")
    return "\n".join(lines) + "\n" if request else "\n".join([*lines, "{}"]) + "\n"


def _member(name: str, value: object, path: str, pad: str) -> Iterator[tuple[str, str]]:
    if _has_lines(value):
        yield f"{pad}{_scalar(name)}:", path
        yield from _inner(value, path, f"{pad}  ")
    else:
        yield f"{pad}{_scalar(name)}: {_scalar(value)}", path


def _inner(value: object, path: str, pad: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _member(name, part, f"{path}.{name}", pad)
        return
    for index, item in enumerate(value if isinstance(value, list) else ()):
        inside = f"{path}[{index}]"
        if _has_lines(item):
            for number, (text, at) in enumerate(_inner(item, inside, f"{pad}  ")):
                yield (f"{pad}- {text.lstrip()}" if number == 0 else text), at
        else:
            yield f"{pad}- {_scalar(item)}", inside


def _has_lines(value: object) -> bool:
    """Return whether a value has lines of its own: a list or a mapping that is not empty."""
    return isinstance(value, Mapping | list) and bool(value)


def _scalar(value: object) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
        # YAML 1.1 reads 1e-05, without a point, as a string.
        mantissa, exponent, power = repr(value).partition("e")
        return f"{mantissa}{'' if '.' in mantissa else '.0'}{exponent}{power}"
    text = json.dumps(value)
    return _SURROGATES.sub(_whole_character, text) if isinstance(value, str) else text


def _whole_character(found: re.Match[str]) -> str:
    """Return a character above U+FFFF as YAML escapes it; JSON escapes it as two."""
    character = json.loads(f'"\\u{found[2]}\\u{found[3]}"')
    return f"{found[1]}\\U{ord(character):08x}"
