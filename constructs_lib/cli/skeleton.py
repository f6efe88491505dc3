"""`bedrock-customize skeleton`: a job file to start from."""

import json
from enum import StrEnum
from typing import Annotated, Any

import typer

from ..contract import REQUEST, default_model
from .job_file_text import Format, as_yaml

_RESPONSE = "CreateModelCustomizationJobResponse"
_EMPTY = {"boolean": True, "integer": 0, "float": 0.0}

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


class Kind(StrEnum):
    """A customization type that a job file can be written for."""

    FINE_TUNING = "FINE_TUNING"
    CONTINUED_PRE_TRAINING = "CONTINUED_PRE_TRAINING"
    DISTILLATION = "DISTILLATION"
    REINFORCEMENT_FINE_TUNING = "REINFORCEMENT_FINE_TUNING"


def skeleton(
    kind: Annotated[
        Kind | None,
        typer.Option(
            "--type",
            metavar="TYPE",
            help="Filled in for this type: FINE_TUNING, DISTILLATION, REINFORCEMENT_FINE_TUNING or "
            "CONTINUED_PRE_TRAINING; left out: every field, as the AWS CLI writes it.",
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
        typer.echo(as_yaml(value, optional=optional), nl=False)


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
