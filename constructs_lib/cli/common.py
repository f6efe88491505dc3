"""What several commands share: how to print, and the catalogue with a user's corrections."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from ..catalog import Catalog
    from ..datasets import WrittenFile


STYLES = {"error": "red", "warning": "yellow", "note": "blue"}
"""The colour of each severity, the most serious first."""


class Output(StrEnum):
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


ForceOption: TypeAlias = Annotated[
    bool, typer.Option("--force", help="Replace a file that exists.", show_default=False)
]


def catalog_of(corrections: Path | None) -> "Catalog":
    """Return the catalogue with a user's corrections.

    Args:
        corrections: the file that `--catalog` names. Default: none, the catalogue as it is.

    Raises:
        BadParameter: the file cannot be used; the message lists every problem.
    """
    from ..catalog import Catalog, CatalogError

    if corrections is None:
        return Catalog.default()
    try:
        return Catalog.from_file(corrections)
    except CatalogError as error:
        raise typer.BadParameter(str(error), param_hint="--catalog") from None


def many(number: int, word: str) -> str:
    """Return how many of something there are, as `1 error` or `1,200 records`.

    Args:
        number: how many.
        word: what, in the singular.
    """
    return f"{number:,} {word}{'s' * (number != 1)}"


def written(file: "WrittenFile") -> str:
    """Return what was written to a file, as one line.

    Args:
        file: the file.
    """
    from ..findings import printable

    return f"{printable(file.file)}: {many(file.records, 'record')}, {many(file.bytes, 'byte')}, written"
