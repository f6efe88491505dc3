"""`bedrock-customize models`: what is documented of the models that Bedrock customizes."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer


class Output(Enum):
    """How to say it."""

    TABLE = "table"
    JSON = "json"


def models(
    model: Annotated[
        str | None, typer.Option(metavar="ID", help="Show one model in detail.", show_default=False)
    ] = None,
    output: Annotated[Output, typer.Option(help="Tables for people, or JSON for machines.")] = Output.TABLE,
    catalog: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A file of corrections.", show_default=False)
    ] = None,
) -> None:
    """Print what AWS documents of the models that Bedrock customizes.

    Every figure carries its source, unverified ones a mark; a dash is undocumented, never unlimited.

    Exit code: 0, or 1 where the model is not known or the file of corrections is wrong, 2 for wrong usage.
    """
    from .catalog_view import catalog_of, show, show_one

    chosen = catalog_of(catalog)
    if model is None:
        show(chosen, as_json=output is Output.JSON)
    elif not show_one(chosen, model, as_json=output is Output.JSON):
        raise typer.Exit(code=1)
