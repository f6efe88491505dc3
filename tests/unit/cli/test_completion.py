"""Shell completion: commands, options, and the values that need no AWS; asked as bash asks."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MODEL = "amazon.nova-lite-v1:0:300k"
PROGRAM = Path(sys.executable).with_name("bedrock-customize")
COMPLETED = {
    "vali": "validate",
    "help local adv": "advance",
    "validate x.jsonl --model amazon.nova-li": MODEL,
    "models --model amazon.nova-lite-v1:0:3": "300k",
    "skeleton --type REIN": "REINFORCEMENT_FINE_TUNING",
    "check x.yaml --output js": "json",
    "convert faq.csv --from share": "sharegpt",
    "init tickets --example priv": "private-network",
}
"""What is typed, and what bash puts in the place of its last word, or of what follows a colon in it."""

_SCRIPT = """
eval "$1"; shift
for line in "$@"; do
  IFS=$'\\x1f' read -ra COMP_WORDS <<< "$line"
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  _bedrock_customize_completion bedrock-customize
  printf '%s\\n' "${COMPREPLY[*]}"
done
"""

pytestmark = pytest.mark.skipif(
    not PROGRAM.exists() or shutil.which("bash") is None, reason="needs bash and the installed command"
)


def _as_bash_splits(line: str) -> str:
    """Return the words of a line with a separator: spaces end words, and colons are words of their own."""
    words = ["bedrock-customize", *re.findall(r"[^\s:]+|:", line)]
    return "\x1f".join(words)


def test_bash_completes_what_is_typed() -> None:
    """By the script that --show-completion prints."""
    environment = os.environ | {"PATH": f"{PROGRAM.parent}:{os.environ['PATH']}"}
    shown = subprocess.run(
        ["bash", "-c", "bedrock-customize --show-completion; exit $?"],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    assert "complete -o default -F" in shown.stdout
    lines = [_as_bash_splits(one) for one in COMPLETED]
    asked = subprocess.run(
        ["bash", "-c", _SCRIPT, "bash", shown.stdout, *lines],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    assert asked.stderr == ""
    assert dict(zip(COMPLETED, asked.stdout.splitlines(), strict=True)) == COMPLETED


def test_another_shell_is_named() -> None:
    """The texts of typer would say that 'Shell sh not supported'."""
    result = subprocess.run(
        ["sh", "-c", f"{PROGRAM} --show-completion; exit $?"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"SHELL": "/bin/sh"},
    )
    assert result.returncode == 2
    said = " ".join(result.stderr.replace("│", " ").split())
    assert "must be used in bash, zsh, fish or PowerShell, got " in said
    assert result.stdout == ""
