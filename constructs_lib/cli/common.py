"""What several commands share: options, standard input, and the catalogue with a user's corrections."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..catalog import Catalog
    from ..datasets import WrittenFile


STDIN = "-"
"""The name of standard input where a file is read, and of standard output where one is written."""

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


def read_stdin(what: str, most: int) -> bytes:
    """Read standard input; in a terminal, print how to end the input first.

    Args:
        what: how a person calls it, such as `the command`.
        most: the most bytes to read.
    """
    if sys.stdin.isatty():
        typer.echo(f"Paste {what}, then press Enter and Ctrl-D (Windows: Ctrl-Z, Enter).", err=True)
    return typer.get_binary_stream("stdin").read(most)


def refuse_second_stdin(files: "Iterable[str | Path | None]") -> None:
    """Refuse standard input in two places: it can be read once.

    Args:
        files: what the command line names.

    Raises:
        BadParameter: more than one is `-`.
    """
    if [str(one) for one in files].count(STDIN) > 1:
        raise typer.BadParameter("- (standard input) must be given only once; save one of them as a file")


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


def many(number: int, word: str, plural: str = "") -> str:
    """Return how many of something there are, as `1 error` or `1,200 records`.

    Args:
        number: how many.
        word: what, in the singular.
        plural: the same in the plural. Default: with an `s` at its end.
    """
    return f"{number:,} {word if number == 1 else plural or f'{word}s'}"


def written(file: "WrittenFile") -> str:
    """Return what was written to a file, as one line.

    Args:
        file: the file.
    """
    from ..findings import printable

    return f"{printable(file.file)}: {many(file.records, 'record')}, {many(file.bytes, 'byte')}, written"
