"""Every option of the AWS CLI's command has a row that says what it is here."""

from __future__ import annotations

import re
from pathlib import Path

from awscli.clidriver import create_clidriver

PAGE = Path(__file__).parents[3] / "docs/cli-parity.md"
ROW = re.compile(r"^\| `(--[a-z0-9-]+)` \| (.+) \|$", re.MULTILINE)

# https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-options.html marks these "version 2 only".
ONLY_IN_VERSION_2 = {
    "--cli-input-yaml",
    "--cli-binary-format",
    "--no-cli-pager",
    "--cli-auto-prompt",
    "--no-cli-auto-prompt",
}


def _options_of_the_aws_cli() -> set[str]:
    driver = create_clidriver()
    service = driver._get_command_table()["bedrock"]
    command = service._get_command_table()["create-model-customization-job"]
    return {f"--{name}" for name in (*driver._get_argument_table(), *command.arg_table)}


def test_every_option_has_one_row() -> None:
    """No option of the AWS CLI is missing, and no row is about an option that does not exist."""
    rows = ROW.findall(PAGE.read_text(encoding="utf-8"))
    names = [name for name, _ in rows]
    assert len(names) == len(set(names))
    assert set(names) == _options_of_the_aws_cli() | ONLY_IN_VERSION_2


def test_what_is_refused_says_why() -> None:
    """Two options would make the call unsafe."""
    rows = dict(ROW.findall(PAGE.read_text(encoding="utf-8")))
    for name in ("--no-verify-ssl", "--no-sign-request"):
        assert rows[name].startswith("refused on purpose: ")
