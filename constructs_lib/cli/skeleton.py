"""`bedrock-customize skeleton`: a job file to start from."""

import json
import re
from collections.abc import Container, Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any

import typer

from ..contract import REQUEST, default_model

_RESPONSE = "CreateModelCustomizationJobResponse"
_EMPTY = {"boolean": True, "integer": 0, "float": 0.0}
# What YAML, the AWS CLI and a person read as a string without quotes.
_PLAIN = re.compile(
    r"(?!(?:true|false|null|yes|no|on|off)$)[a-zA-Z][a-zA-Z0-9_./:-]*[a-zA-Z0-9_/]", re.IGNORECASE
)
_INDEX = re.compile(r"\[\d+\]")

OPTIONAL = (
    "jobName",
    "customModelName",
    "roleArn",
    "customModelKmsKeyId",
    "jobTags",
    "customModelTags",
    "validationDataConfig",
    "outputDataConfig",
    "vpcConfig",
)
"""What a job file may leave out: the construct or the handler makes it, or the job does not need it."""

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


class Kind(StrEnum):
    """A customization type that a job file can be written for."""

    FINE_TUNING = "FINE_TUNING"
    CONTINUED_PRE_TRAINING = "CONTINUED_PRE_TRAINING"
    DISTILLATION = "DISTILLATION"
    REINFORCEMENT_FINE_TUNING = "REINFORCEMENT_FINE_TUNING"


class Format(StrEnum):
    """The format of the job file."""

    YAML = "yaml"
    JSON = "json"


def skeleton(
    kind: Annotated[
        Kind | None,
        typer.Option(
            "--type",
            help="Filled in for this type; left out: every field, as the AWS CLI writes it.",
            show_default=False,
        ),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="YAML has comments.")] = Format.YAML,
    *,
    output_form: Annotated[
        bool, typer.Option("--output-form", help="The fields of the response instead of the request's.")
    ] = False,
) -> None:
    """Write a job file to start from: the same fields as `aws ... --generate-cli-skeleton`.

    With --type the file can be deployed once it names your own buckets; optional fields are commented out.
    """
    value = _empty(_RESPONSE, named=True) if output_form else FILLED[kind.value] if kind else _empty(REQUEST)
    optional = OPTIONAL if kind else ()
    if form is Format.JSON:
        # JSON has no comments: what may be left out is left out.
        typer.echo(json.dumps({name: part for name, part in value.items() if name not in optional}, indent=2))
    else:
        typer.echo(_as_yaml(value, optional), nl=False)


def _empty(structure: str, *, named: bool = False) -> dict[str, Any]:
    """Return a structure with every member, empty as in `aws ... --generate-cli-skeleton`.

    Args:
        structure: the name of its shape in the service model.
        named: whether a string is its member's name, as the AWS CLI writes a response. Default: it is empty.
    """
    made: dict[str, Any] = {}
    for part in default_model().parts(structure):
        shape = default_model().shape(part.shape)
        match shape["type"]:
            case "structure" | "map":
                value: Any = {}
            case "list":
                value = []
            case "string":
                value = shape["enum"][0] if "enum" in shape else part.member if named else ""
            case kind:
                value = _EMPTY[kind]
        made[part.path] = value
        outer: Any = made[part.parent.path] if part.parent else None
        if isinstance(outer, list):
            outer.append(value)
        elif part.parent:
            outer[part.member or "KeyName"] = value
    return dict(made[""])


def _as_yaml(value: Mapping[str, object], optional: Container[str] = ()) -> str:
    """Return a request as YAML with a comment on every field.

    Args:
        value: the request.
        optional: names of top-level members that are commented out. Default: none.
    """
    comments = {path.removesuffix("{}"): comment for path, comment in COMMENTS.items()}
    lines = []
    for name, part in value.items():
        off = "# " if name in optional else ""
        for text, path in _member(name, part, name, ""):
            comment = comments.get(_INDEX.sub("[]", path), "")
            lines.append(f"{off}{text}  # {comment}" if comment else f"{off}{text}")
    return "\n".join(lines) + "\n"


def _member(name: str, value: object, path: str, pad: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping | list):
        yield f"{pad}{name}:", path
        yield from _inner(value, path, f"{pad}  ")
    else:
        yield f"{pad}{name}: {_scalar(value)}", path


def _inner(value: Mapping[str, object] | list[object], path: str, pad: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _member(name, part, f"{path}.{name}", pad)
        return
    for index, item in enumerate(value):
        inside = f"{path}[{index}]"
        if isinstance(item, Mapping | list):
            for number, (text, at) in enumerate(_inner(item, inside, f"{pad}  ")):
                yield (f"{pad}- {text.lstrip()}" if number == 0 else text), at
        else:
            yield f"{pad}- {_scalar(item)}", inside


def _scalar(value: object) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return value
    return json.dumps(value)


_SHARED = {
    "jobName": "tickets-1",
    "customModelName": "tickets-1",
    "roleArn": "arn:aws:iam::123456789012:role/Customization",
    "customModelKmsKeyId": "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "jobTags": [{"key": "project", "value": "tickets"}],
    "customModelTags": [{"key": "project", "value": "tickets"}],
    "validationDataConfig": {"validators": [{"s3Uri": "s3://my-bucket/tickets/valid.jsonl"}]},
    "outputDataConfig": {"s3Uri": "s3://my-bucket/tickets/output/"},
    "vpcConfig": {"subnetIds": ["subnet-0a1b2c3d"], "securityGroupIds": ["sg-0a1b2c3d"]},
}
_LOGS = {
    "usePromptResponse": True,
    "invocationLogSource": {"s3Uri": "s3://my-log-bucket/AWSLogs/"},
    "requestMetadataFilters": {"equals": {"project": "tickets"}},
}
_FILE = {"s3Uri": "s3://my-bucket/tickets/train.jsonl"}


def _filled(kind: str, model: str, training: dict[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    names = {key: _SHARED[key] for key in ("jobName", "customModelName", "roleArn")}
    model_and_data = {"baseModelIdentifier": model, "customizationType": kind, "trainingDataConfig": training}
    return {**names, **model_and_data, **more, **_SHARED}


FILLED = {
    "FINE_TUNING": _filled(
        "FINE_TUNING",
        "amazon.nova-lite-v1:0:300k",
        _FILE,
        hyperParameters={"epochCount": "2", "learningRate": "0.00001", "learningRateWarmupSteps": "10"},
    ),
    "CONTINUED_PRE_TRAINING": _filled(
        "CONTINUED_PRE_TRAINING",
        "amazon.titan-text-express-v1:0:8k",
        _FILE,
        hyperParameters={"epochCount": "1", "batchSize": "1", "learningRate": "0.00001"},
    ),
    "DISTILLATION": _filled(
        "DISTILLATION",
        "amazon.nova-lite-v1:0:300k",
        {"invocationLogsConfig": _LOGS},
        customizationConfig={
            "distillationConfig": {
                "teacherModelConfig": {
                    "teacherModelIdentifier": "amazon.nova-pro-v1:0",
                    "maxResponseLengthForInference": 1000,
                }
            }
        },
    ),
    "REINFORCEMENT_FINE_TUNING": _filled(
        "REINFORCEMENT_FINE_TUNING",
        "amazon.nova-2-lite-v1:0:256k",
        _FILE,
        customizationConfig={
            "rftConfig": {
                "graderConfig": {
                    "lambdaGrader": {
                        "lambdaArn": "arn:aws:lambda:us-east-1:123456789012:function:grade-tickets"
                    }
                },
                "hyperParameters": {"epochCount": 2, "batchSize": 64, "reasoningEffort": "medium"},
            }
        },
    ),
}
"""For each customization type a request in which `check` finds no error."""
