"""Write the tables of `docs/platform.md`: public names from the code, permissions from templates.

python -m tools.update_platform_page
"""

from __future__ import annotations

from pathlib import Path

from tools import needed_permissions, public_names

PAGE = Path(__file__).parent.parent / "docs/platform.md"


def with_tables(page: str) -> str:
    """Return the page with its tables as they must be.

    Args:
        page: the page; each table begins with its head and ends before the first line that is no row.
    """
    for head, rows in (
        (public_names.HEAD, public_names.rows()),
        (public_names.MODULES_HEAD, public_names.module_rows()),
        (needed_permissions.DEPLOYER_HEAD, needed_permissions.deployer_rows()),
        (needed_permissions.FUNCTION_HEAD, needed_permissions.function_rows()),
        (needed_permissions.SERVICE_HEAD, needed_permissions.service_rows()),
    ):
        before, found, rest = page.partition(head)
        lines = rest.splitlines(keepends=True)
        while lines and lines[0].startswith("|"):
            del lines[0]
        page = before + found + "".join([*rows, *lines])
    return page


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
