"""`bedrock-customize diff`: whether a deploy would start a job, in one sentence for each job."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ..contract import printable
from ..deployment.consequences import consequences
from ..deployment.templates import Template
from .common import Output, OutputOption

_MOST_BYTES = 8 << 20  # CloudFormation takes one megabyte


def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The template that is deployed (JSON).")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The template to be deployed (JSON).")],
    *,
    output: OutputOption = Output.TEXT,
    exit_code: Annotated[
        bool,
        typer.Option(
            "--exit-code", help="Exit with 1 where a deploy would fail, or would or could start a job."
        ),
    ] = False,
) -> None:
    """Print for each job whether deploying NEW over OLD would start it, and why.

    `cdk synth` writes the new template to cdk.out/STACK.template.json;
    `aws cloudformation get-template --query TemplateBody` gives the old one.

    Exit code: 0, or 1 with --exit-code where the deploy would fail or a job would or could start, 2 where a
    template cannot be read.
    """
    found = consequences(_read(old, "OLD"), _read(new, "NEW"))
    if output is Output.JSON:
        typer.echo(json.dumps({"jobs": [asdict(one) for one in found]}, indent=2))
    else:
        for one in found:
            typer.echo(str(one))
        if not found:
            typer.echo("Neither template has a model customization job.")
    raise typer.Exit(code=int(exit_code and any(one.starts != "no" for one in found)))


def _read(path: Path, name: str) -> Template:
    """Return a template.

    Args:
        path: the file.
        name: the name of the argument.

    Raises:
        BadParameter: the file is not a template in JSON.
    """
    from ..request.regular_files import open_regular

    try:
        with open_regular(path) as stream:
            content = stream.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise _unusable(name, f"be at most {_MOST_BYTES:,} bytes, got {path}; name a template file")
        template = json.loads(content)
    except OSError as error:
        raise _unusable(
            name, f"be a file that can be read, got {path} ({error.strerror}); check the path"
        ) from None
    except (ValueError, RecursionError):
        raise _unusable(name, f"be a template in JSON, got {path}; convert it to JSON") from None
    if not isinstance(template, dict) or not isinstance(template.get("Resources"), dict):
        raise _unusable(name, f"be a template with Resources, got {path}; name one of `cdk synth`")
    return template


def _unusable(name: str, rule: str) -> typer.BadParameter:
    return typer.BadParameter(printable(f"must {rule}"), param_hint=name)
