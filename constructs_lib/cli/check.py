"""`bedrock-customize check`: everything that is wrong with job files, before anything is deployed."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer


class Output(Enum):
    """How to say it."""

    TEXT = "text"
    JSON = "json"


def check(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Job files: .json, .yaml or .yml.", show_default=False),
    ],
    *,
    output: Annotated[Output, typer.Option(help="Sentences for people, or JSON for machines.")] = Output.TEXT,
    catalog: Annotated[
        bool, typer.Option("--catalog/--no-catalog", help="Judge by what AWS documents for the model, too.")
    ] = True,
) -> None:
    """Judge job files without AWS: every problem with its place, its rule, what was found and what to do.

    Exit code: 0 where every file can be deployed (warnings may stand), 1 where one cannot, 2 for wrong usage.
    """
    from .verdict import judge

    verdicts = [judge(file, documented=catalog) for file in files]
    if output is Output.JSON:
        from json import dumps

        typer.echo(dumps({"files": [one.as_json() for one in verdicts]}, indent=2))
    else:
        from .printing import print_verdicts

        print_verdicts(verdicts)
    raise typer.Exit(code=int(any(one.problems for one in verdicts)))
