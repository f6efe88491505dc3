"""`bedrock-customize validate`: what is wrong with training data, before a job waits an hour to say so."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer


class CustomizationType(Enum):
    """The API's customization types."""

    FINE_TUNING = "FINE_TUNING"
    DISTILLATION = "DISTILLATION"
    REINFORCEMENT_FINE_TUNING = "REINFORCEMENT_FINE_TUNING"
    CONTINUED_PRE_TRAINING = "CONTINUED_PRE_TRAINING"


class Output(Enum):
    """How to say it."""

    TEXT = "text"
    JSON = "json"


def validate(
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSON Lines: a path or an s3:// URI.")],
    *,
    model: Annotated[str, typer.Option(metavar="ID", help="The base model.", show_default=False)],
    customization_type: Annotated[
        CustomizationType, typer.Option("--type", case_sensitive=False, help="The customization type.")
    ] = CustomizationType.FINE_TUNING,
    validation: Annotated[
        str | None, typer.Option(metavar="FILE", help="The validation data.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many findings are shown; all are counted.")] = 20,
    output: Annotated[Output, typer.Option(help="Sentences for people, or JSON for machines.")] = Output.TEXT,
    catalog: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Corrections of the catalogue.", show_default=False)
    ] = None,
) -> None:
    """Judge training data by what AWS documents for its model.

    Exit code: 0 where there is no error (warnings may stand), 1 where there is one, 2 for wrong usage.
    """
    from constructs_lib.cli.common import catalog_of
    from constructs_lib.datasets import validate as judged

    from .report_view import as_json, print_report, progress_bar

    with progress_bar() as progress:
        report = judged(
            file,
            model=model,
            customization_type=customization_type.value,
            validation=validation,
            limit=limit,
            catalog=catalog_of(catalog),
            progress=progress,
        )
    if output is Output.JSON:
        typer.echo(as_json(report))
    else:
        print_report(report)
    raise typer.Exit(code=int(not report.ok))
