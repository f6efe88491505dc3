"""What several commands share: how to print, and the catalogue with a user's corrections."""

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from constructs_lib.catalog import Catalog


class Output(Enum):
    """The form of the output."""

    TEXT = "text"
    JSON = "json"


OutputOption: TypeAlias = Annotated[
    Output, typer.Option("--output", help="Text for people, JSON for programs.")
]
CatalogOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--catalog", metavar="FILE", help="A JSON file of corrections to the catalogue.", show_default=False
    ),
]


def catalog_of(corrections: Path | None) -> "Catalog":
    """Return the catalogue with a user's corrections.

    Args:
        corrections: the file that `--catalog` names. Default: none, the catalogue as it is.

    Raises:
        BadParameter: the file cannot be used; the message lists every problem.
    """
    from constructs_lib.catalog import Catalog, CatalogError

    if corrections is None:
        return Catalog.default()
    try:
        return Catalog.from_file(corrections)
    except CatalogError as error:
        raise typer.BadParameter(str(error), param_hint="--catalog") from None
