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
    from ..catalog import Catalog

_MODEL = re.compile(r"arn:.+|[a-z0-9-]+\.[a-z][a-z0-9-]*(?:[.:][a-z0-9-]+)*")


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
    model: ModelOption,
    customization_type: TypeOption = CustomizationType.FINE_TUNING,
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

    refuse_second_stdin([*files, *(validation or ())])
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
