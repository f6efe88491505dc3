"""Every command on the pages for operators exists, with its options, and every link leads somewhere."""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer.main
from awscli.clidriver import create_clidriver

from constructs_lib.cli.main import app

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("runbook.md", "cost.md", "faq.md", "comparison.md", "upgrading.md", "permissions.md")
_COMMAND = re.compile(r"(?:aws|bedrock-customize) [a-z][^\n]*")


def _commands(page: str) -> list[str]:
    """Return the commands of a page, from its code blocks and its text, each in one line."""
    text = (DOCS / page).read_text(encoding="utf-8").replace("\\\n", " ")
    blocks = re.findall(r"^```bash\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    lines = [line.split(" && ")[-1] for block in blocks for line in block.splitlines()]
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))
    return [one for one in (*lines, *inline) if _COMMAND.match(one)]


COMMANDS = sorted({(page, one) for page in PAGES for one in _commands(page)})


@cache
def _ours() -> dict[str, frozenset[str]]:
    """Return the options of each command of the console."""
    group: Any = typer.main.get_command(app)
    return {
        name: frozenset(one for param in command.params for one in (*param.opts, *param.secondary_opts))
        for name, command in group.commands.items()
    }


@cache
def _aws_options(service: str, operation: str) -> frozenset[str] | None:
    commands = create_clidriver()._get_command_table()[service]._get_command_table()
    found = commands.get(operation)
    return None if found is None else frozenset(found.arg_table)


def _options(words: list[str]) -> set[str]:
    return {word.partition("=")[0] for word in words if word.startswith("--")}


@pytest.mark.parametrize(("page", "command"), COMMANDS)
def test_every_command_exists(page: str, command: str) -> None:
    """Nobody should have to guess an option at night."""
    words = shlex.split(re.sub("[…<>()]", "", command), comments=True)
    if words[0] == "bedrock-customize":
        assert words[1] in _ours(), f"{page}: {command}"
        assert _options(words) <= _ours()[words[1]] | {"--help"}, f"{page}: {command}"
    elif words[1] not in {"s3", "configure", "sso"} and words[2:3] != ["wait"]:
        known_to_aws = _aws_options(words[1], words[2])
        assert known_to_aws is not None, f"{page}: {command}"
        ours = {one.removeprefix("--") for one in _options(words)}
        assert ours <= known_to_aws | {"query", "output", "region", "profile"}, f"{page}: {command}"


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).strip().replace(" ", "-")


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_a_heading(page: str) -> None:
    """A link into another page names a heading that it has."""
    text = (DOCS / page).read_text(encoding="utf-8")
    for path, anchor in re.findall(r"\]\(([\w./-]*)#([\w-]+)\)", text):
        target = (DOCS / (path or page)).read_text(encoding="utf-8")
        headings = re.findall(r"^#+ (.*)$", target, re.MULTILINE)
        assert anchor in {_anchor(one) for one in headings}, f"{path}#{anchor}"
