"""`bedrock-customize diff`: whether a deploy would start a job, in one sentence for each job."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer


class Output(Enum):
    """How to say it."""

    TEXT = "text"
    JSON = "json"


def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The template that is deployed (JSON).")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The template to be deployed (JSON).")],
    *,
    output: Annotated[Output, typer.Option(help="Sentences for people, or JSON for machines.")] = Output.TEXT,
    exit_code: Annotated[
        bool,
        typer.Option(
            "--exit-code", help="Exit with 1 where a deploy would fail, or would or could start a job."
        ),
    ] = False,
) -> None:
    """Say for each job whether deploying NEW over OLD would start it, and why.

    `cdk synth` writes the new template to cdk.out/STACK.template.json;
    `aws cloudformation get-template --query TemplateBody` gives the old one.

    Exit code: 0, or 1 with --exit-code where the deploy would fail or a job would or could start, 2 where a
    template cannot be read.
    """
    from .template_diff import consequences, read_template

    found = consequences(read_template(old, "OLD"), read_template(new, "NEW"))
    if output is Output.JSON:
        from dataclasses import asdict
        from json import dumps

        typer.echo(dumps({"jobs": [asdict(one) for one in found]}, indent=2))
    else:
        for one in found:
            typer.echo(str(one))
        if not found:
            typer.echo("Neither template has a model customization job.")
    raise typer.Exit(code=int(exit_code and any(one.starts != "no" for one in found)))
