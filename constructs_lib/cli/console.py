"""How commands print: as wide as the terminal or COLUMNS, in colours only where they are wanted.

Without a terminal and without COLUMNS a line is not broken, so that `grep` and editors find a finding whole.
"""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console
    from rich.text import Text

PIPE_WIDTH = 160
"""The width of a table that is written to a pipe or a file: that of the widest table of the catalogue."""

_GAP = 2
_INDENT = 2
_LEAST = 20
_WORD = re.compile(r"(?<!\s)\s*\S+")


def is_fixed(*, stderr: bool = False) -> bool:
    """Return whether lines should fit no width: no terminal shows them, and COLUMNS is not set.

    Args:
        stderr: whether it is printed on standard error. Default: on standard output.
    """
    stream = sys.stderr if stderr else sys.stdout
    return not stream.isatty() and not os.environ.get("COLUMNS", "").isdecimal()


def console_for(*, stderr: bool = False) -> Console:
    """Return the console that a command prints on; it reads nothing as markup or as an emoji.

    Args:
        stderr: whether it is standard error. Default: standard output.
    """
    from rich.console import Console

    return Console(
        stderr=stderr,
        width=PIPE_WIDTH if is_fixed(stderr=stderr) else None,
        color_system=None if os.environ.get("NO_COLOR") else "auto",
        markup=False,
        emoji=False,
        highlight=False,
    )


def print_lines(*lines: str | Text, stderr: bool = False, console: Console | None = None) -> None:
    """Print lines; one that is too long ends at a word, and its further lines are indented.

    A word that is too long, such as a URL or an ARN, stays whole.

    Args:
        lines: the lines.
        stderr: whether to print on standard error. Default: on standard output.
        console: where to instead. Default: what `console_for` returns.
    """
    from rich.text import Text

    to = console or console_for(stderr=stderr)
    is_whole = console is None and is_fixed(stderr=stderr)
    for line in lines:
        text = line if isinstance(line, Text) else Text(line)
        for one in [text] if is_whole else broken(text, max(to.width, _LEAST)):
            to.print(one, soft_wrap=True)


def broken(text: Text, width: int, *, indent: int | None = None) -> Iterator[Text]:
    """Yield a text as lines; one that is too long ends at a word, and a word that is too long stays whole.

    Args:
        text: one line.
        width: the most characters of a line.
        indent: by how much the further lines are indented. Default: a little more than the first one is.
    """
    from rich.cells import cell_len
    from rich.text import Text

    plain = text.plain
    indent = len(plain) - len(plain.lstrip()) + _INDENT if indent is None else indent
    begins, offsets = 0, list[int]()
    for word in _WORD.finditer(plain):
        room = width - (indent if offsets else 0)
        if cell_len(plain[begins : word.end()]) > room and plain[begins : word.start()].strip():
            begins = word.end() - len(word.group().lstrip())
            offsets.append(begins)
    for number, part in enumerate(text.divide(offsets)):
        part.rstrip()
        yield Text.assemble(" " * indent, part) if number else part


def print_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    stderr: bool = False,
    console: Console | None = None,
) -> None:
    """Print a table; where its words do not fit beside each other, each row as lines `column: value`.

    Args:
        columns: the titles.
        rows: the cells of each row; the first one names the row and is not broken.
        stderr: whether to print on standard error. Default: on standard output.
        console: where to instead. Default: `console_for`.
    """
    to = console or console_for(stderr=stderr)
    widths = _widths(columns, rows, to.width)
    if widths is None:
        print_lines(*_as_records(columns, rows), stderr=stderr, console=to)
        return
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for title, width in zip(columns, widths, strict=True):
        table.add_column(title, width=width, overflow="fold")
    for row in rows:
        table.add_row(*row)
    to.print(table)


def _widths(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[int] | None:
    """Return the widths of the columns, or None where a word would have to be broken."""
    from rich.cells import cell_len

    cells = [*zip(columns, *rows, strict=True)]
    wanted = [max(map(cell_len, column)) for column in cells]
    words = ([one for cell in column for one in cell.split()] or [""] for column in cells[1:])
    least = [wanted[0], *(max(map(cell_len, one)) for one in words)]
    room = width - _GAP * (len(columns) - 1)
    if sum(least) > room:
        return None
    while sum(wanted) > room:
        spare = [one - needed for one, needed in zip(wanted, least, strict=True)]
        widest = max((number for number, one in enumerate(spare) if one), key=lambda number: wanted[number])
        wanted[widest] -= 1
    return wanted


def _as_records(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[Text]:
    from rich.text import Text

    for number, (name, *cells) in enumerate(rows):
        if number:
            yield Text("")
        yield Text(name, style="bold")
        for title, cell in zip(columns[1:], cells, strict=True):
            yield Text(f"  {title}: {cell}")
