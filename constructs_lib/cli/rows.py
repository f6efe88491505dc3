"""Rows for people: a table where it fits into the terminal, else a few lines for each row."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from rich.table import Table

_WIDEST = 1000
_INDENT = "  "


def print_rows(rows: Sequence[Mapping[str, str]], *, is_table: bool) -> None:
    """Print rows with the same columns, of which the first names the row.

    Args:
        rows: the text of each column; what is not printable is escaped.
        is_table: whether to draw a table, also where its cells have to be folded.
    """
    from rich.console import Console
    from rich.measure import Measurement

    if not rows:
        return
    console = Console(highlight=False)
    table = _table(rows, is_drawn=is_table)
    wide = console.options.update(width=_WIDEST)
    if is_table or Measurement.get(console, wide, table).maximum <= console.width:
        console.print(table)
        return
    for row in rows:
        title, *others = row.items()
        said = ", ".join(f"{name} {text}" for name, text in others if text)
        print_entry(title[1], [said])


def print_entry(title: str, lines: Sequence[str], command: str = "") -> None:
    """Print one row as a title and lines below it, which are wrapped.

    Args:
        title: what names the row.
        lines: what else there is to say.
        command: a command to copy, which is not wrapped. Default: none.
    """
    from rich.console import Console

    from ..contract import printable

    width = Console().width
    typer.echo(printable(title))
    for line in lines:
        for part in textwrap.wrap(
            printable(line),
            width=width,
            initial_indent=_INDENT,
            subsequent_indent=_INDENT,
            break_long_words=False,
            break_on_hyphens=False,
        ):
            typer.echo(part)
    if command:
        typer.echo(f"{_INDENT}{printable(command)}")


def print_wrapped(text: str) -> None:
    """Print a paragraph in the width of the terminal.

    Args:
        text: the paragraph.
    """
    from rich.console import Console

    from ..contract import printable

    for line in textwrap.wrap(
        printable(text), width=Console().width, break_long_words=False, break_on_hyphens=False
    ):
        typer.echo(line)


def shown_time(time: datetime) -> str:
    """Return a time in the time zone of this machine, to the minute.

    Args:
        time: the time, with a time zone.
    """
    return time.astimezone().strftime("%Y-%m-%d %H:%M")


def _table(rows: Sequence[Mapping[str, str]], *, is_drawn: bool) -> Table:
    from rich.box import ASCII2
    from rich.table import Table
    from rich.text import Text

    from ..contract import printable

    table = Table(box=ASCII2 if is_drawn else None, header_style="bold", pad_edge=is_drawn)
    for name in rows[0]:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(text), overflow="fold") for text in row.values()))
    return table
