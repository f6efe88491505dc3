"""`bedrock-customize validate`: checks training data before a job fails because of it."""

import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from . import completion
from .common import (
    CatalogOption,
    ForceOption,
    Output,
    OutputOption,
    catalog_of,
    refuse_second_stdin,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..catalog import Catalog

_MODEL = re.compile(r"arn:.+|[a-z0-9-]+\.[a-z][a-z0-9-]*(?:[.:][a-z0-9-]+)*")


class DataFormat(StrEnum):
    """Formats that belong to no model."""

    EVALUATION = "evaluation"


class EvaluationScore(StrEnum):
    """How answers are scored; the names are those of `contract.promotion`."""

    EXACT_MATCH = "ExactMatch"
    TOKEN_F1 = "TokenF1"  # noqa: S105 - not a secret
    JSON_EQUAL = "JsonEqual"
    JSON_VALID = "JsonValid"


class CustomizationType(StrEnum):
    """The API's customization types."""

    FINE_TUNING = "FINE_TUNING"
    DISTILLATION = "DISTILLATION"
    REINFORCEMENT_FINE_TUNING = "REINFORCEMENT_FINE_TUNING"
    CONTINUED_PRE_TRAINING = "CONTINUED_PRE_TRAINING"


ModelOption: TypeAlias = Annotated[
    str,
    typer.Option(
        metavar="ID",
        help="The base model: its ID or ARN.",
        show_default=False,
        autocompletion=completion.model_ids,
    ),
]
TypeOption: TypeAlias = Annotated[
    CustomizationType,
    typer.Option(
        "--type",
        metavar="TYPE",
        case_sensitive=False,
        help="The customization type: FINE_TUNING, DISTILLATION, REINFORCEMENT_FINE_TUNING or "
        "CONTINUED_PRE_TRAINING.",
    ),
]
LimitOption: TypeAlias = Annotated[
    int, typer.Option(min=1, help="How many findings are shown; all are counted.")
]


def validate(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE",
            help="JSON Lines: a path, a folder, an s3:// URI (a prefix if it ends in a slash), or - for "
            "standard input. Invocation logs may be gzip files.",
        ),
    ],
    *,
    model: ModelOption = "",
    customization_type: TypeOption = CustomizationType.FINE_TUNING,
    data_format: Annotated[
        DataFormat | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="`evaluation`: the data of PromoteIf.answers, which needs no --model.",
            show_default="training data in a format of the model",
        ),
    ] = None,
    score: Annotated[
        EvaluationScore | None,
        typer.Option(
            metavar="SCORE",
            case_sensitive=False,
            help="With --format evaluation: ExactMatch, TokenF1, JsonEqual or JsonValid.",
            show_default="any",
        ),
    ] = None,
    training: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="With --format evaluation: the training data, which should have no record of FILE.",
            show_default="not compared",
        ),
    ] = None,
    validation: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="The validation data; may be repeated.", show_default=False),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the records without errors to FILE.", show_default=False),
    ] = None,
    reject: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write the records with errors to FILE, with their lines and findings.",
            show_default=False,
        ),
    ] = None,
    force: ForceOption = False,
    limit: LimitOption = 20,
    output: OutputOption = Output.TEXT,
    catalog: CatalogOption = None,
) -> None:
    """Check training data against what AWS documents for the model.

    Exit code: 0 if there are no errors (there may be warnings), 1 if there are errors, 2 for wrong usage.
    """
    from ..datasets import OutputError, filter_records
    from .console import print_lines
    from .report_view import as_json, print_report, progress_bar

    given = [*files, *(validation or ()), *([training] if training else [])]
    refuse_second_stdin(given)
    if data_format is DataFormat.EVALUATION:
        _refuse_with_evaluation({"--validation": validation, "--keep": keep, "--reject": reject})
        return _validate_evaluation(files, score, training, limit, output)
    if score or training:
        raise typer.BadParameter("--score and --training need --format evaluation; add it, or leave them out")
    if not model:
        raise typer.BadParameter(
            "is missing; name the base model, or use --format evaluation", param_hint="--model"
        )
    known = catalog_of(catalog)
    require_model_id(model, known)
    try:
        with progress_bar() as progress:
            done = filter_records(
                files,
                model=model,
                keep=keep,
                reject=reject,
                force=force,
                customization_type=customization_type.value,
                validation=validation or None,
                limit=limit,
                catalog=known,
                progress=progress,
            )
    except OutputError as error:
        raise typer.BadParameter(str(error)) from None
    results = [one for one in (done.kept, done.rejected) if one is not None]
    if output is Output.JSON:
        typer.echo(as_json(done.report, written=results))
    else:
        print_report(done.report)
        print_lines(*map(written, results))
    raise typer.Exit(code=int(not done.report.ok))


def _refuse_with_evaluation(options: "Mapping[str, object]") -> None:
    if given := [name for name, value in options.items() if value]:
        raise typer.BadParameter("does not go with --format evaluation; leave it out", param_hint=given[0])


def _validate_evaluation(
    files: list[str],
    score: EvaluationScore | None,
    training: str | None,
    limit: int,
    output: Output,
) -> None:
    from ..datasets import validate_evaluation
    from .evaluation_view import evaluation_json, print_evaluation

    if len(files) > 1:
        raise typer.BadParameter(
            "must be one file with --format evaluation; check each file by itself", param_hint="FILE"
        )
    report = validate_evaluation(files[0], score=score.value if score else "", training=training)
    if output is Output.JSON:
        typer.echo(evaluation_json(report, limit))
    else:
        print_evaluation(report, limit)
    raise typer.Exit(code=int(not report.ok))


def require_model_id(model: str, catalog: "Catalog") -> None:
    """Reject a value that cannot be a base model, because data would be checked by no model's rules.

    An ID or ARN that the catalogue does not have may be a new model, and is accepted.

    Args:
        model: the value of `--model`.
        catalog: what is documented.
    """
    if _MODEL.fullmatch(model) or catalog.resolve(model):
        return
    near = " or ".join(catalog.nearest(model))
    advice = f"did you mean {near}?" if near else "`bedrock-customize models` lists the IDs"
    raise typer.BadParameter(f"must be a model ID or ARN, got {model!r}; {advice}", param_hint="--model")
