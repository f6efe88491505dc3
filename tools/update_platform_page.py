"""Write the tables of `docs/platform.md`: the public names of the code.

python -m tools.update_platform_page
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tools import public_names

if TYPE_CHECKING:
    from collections.abc import Iterable

PAGE = Path(__file__).parent.parent / "docs/platform.md"


def with_tables(page: str) -> str:
    """Return the page with its tables as they must be.

    Args:
        page: the page; each table begins with its head and ends before the first line that is no row.
    """
    page = with_rows(page, public_names.HEAD, public_names.rows())
    return with_rows(page, public_names.MODULES_HEAD, public_names.module_rows())


def with_rows(page: str, head: str, rows: Iterable[str]) -> str:
    """Return the page with other rows in one of its tables.

    Args:
        page: the page.
        head: the head of the table.
        rows: its rows.
    """
    before, found, rest = page.partition(head)
    if not found:
        message = f"The page has no table with the head {head!r}."
        raise ValueError(message)
    lines = rest.splitlines(keepends=True)
    while lines and lines[0].startswith("|"):
        del lines[0]
    return before + found + "".join([*rows, *lines])


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
