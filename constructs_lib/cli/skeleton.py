"""`bedrock-customize skeleton`: a job file to start from."""

from enum import Enum
from typing import Annotated

import typer


class Kind(Enum):
    """A customization type that a job file can be written for."""

    FINE_TUNING = "FINE_TUNING"
    CONTINUED_PRE_TRAINING = "CONTINUED_PRE_TRAINING"
    DISTILLATION = "DISTILLATION"
    REINFORCEMENT_FINE_TUNING = "REINFORCEMENT_FINE_TUNING"


class Format(Enum):
    """How to write it."""

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
        bool, typer.Option("--output-form", help="What the call answers, rather than what it takes.")
    ] = False,
) -> None:
    """Write a job file to start from: the same fields as `aws ... --generate-cli-skeleton`.

    With --type the file can be deployed once its buckets are yours; what may be left out is commented out.
    """
    from .forms import FILLED, OPTIONAL, answer, whole
    from .yaml_form import as_yaml

    filled = FILLED[kind.value] if kind else whole()
    value = answer() if output_form else filled
    optional = OPTIONAL if kind else ()
    if form is Format.JSON:
        from json import dumps

        # JSON has no comments: what may be left out is left out.
        typer.echo(dumps({name: part for name, part in value.items() if name not in optional}, indent=2))
    else:
        typer.echo(as_yaml(value, optional), nl=False)
