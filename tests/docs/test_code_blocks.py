"""Every code block of the documentation runs, or says on the line before it why it cannot."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import SkipTest

import markdown
import pytest
import yaml
from sybil import Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser

if TYPE_CHECKING:
    from sybil import Example

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*/README.md")],
    key=lambda page: page.relative_to(ROOT).as_posix(),
)
LANGUAGES = {"bash", "console", "hcl", "ini", "json", "mermaid", "python", "text", "toml", "yaml"}
"""`text` is what a command prints, `console` a session: commands and what they print."""

FENCE = re.compile(
    r"^(?P<indent> *)(?P<ticks>```+)(?P<language>[^\n`]*)\n.*?^(?P=indent)(?P=ticks) *$",
    re.DOTALL | re.MULTILINE,
)
DIGIT = re.compile(r"\d")
"""A word with one is not compared: times and ids are others in each run."""
MARK = re.compile(r"^ *<!--- skip: (next|start)(.*?) *-->$", re.MULTILINE)
REASON = re.compile(r' "([^"]{8,})"')


def run_commands(example: Example) -> None:
    """Run a bash block in the folder of the page, as a reader without AWS does; print what it prints."""
    folder = Path.cwd()
    path = [str(Path(sys.executable).parent), str(ROOT / "node_modules" / ".bin"), os.environ["PATH"]]
    environment = {
        "PATH": os.pathsep.join(path),
        "HOME": str(folder),
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CDK_VALIDATION": os.environ["CDK_VALIDATION"],
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(Path.home() / ".cache" / "aws" / "jsii" / "package-cache"),
        "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
    }
    done = subprocess.run(
        ["bash", "-e", "-u", "-o", "pipefail", "-c", example.parsed],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"exit status {done.returncode}\n{done.stdout}{done.stderr}"
    sys.stdout.write(f"{done.stdout}\n{done.stderr}")


def compare(shown: str, printed: str) -> None:
    """Check that each line of a `text` block is printed; `...` is anything, a word with a digit any word."""
    words = " ".join(printed.split())
    for line in shown.splitlines():
        parts = (r"\S+" if DIGIT.search(one) else re.escape(one) for one in line.split())
        form = " ".join(parts).replace(r"\.\.\.", ".*")
        assert re.search(form, words), f"this is not printed: {line}\n{printed}"


def check_yaml(example: Example) -> None:
    """Read a YAML block; a job file also passes the check."""
    yaml.safe_load(example.parsed)
    if re.search(r"^baseModelIdentifier:", example.parsed, re.MULTILINE):
        check_job(example.parsed)


def check_json(example: Example) -> None:
    """Read a JSON block, of one value or of a value a line; a job file also passes the check."""
    try:
        found = json.loads(example.parsed)
    except ValueError:
        found = [json.loads(line) for line in example.parsed.splitlines()]
    if isinstance(found, dict) and "baseModelIdentifier" in found:
        check_job(example.parsed)


def check_job(text: str) -> None:
    """Check a job file: warnings are allowed."""
    done = subprocess.run(
        [Path(sys.executable).parent / "bedrock-customize", "check", "-"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def sybil() -> Sybil:
    """Return what reads a page."""
    return Sybil(
        parsers=[
            SkipParser(),
            PythonCodeBlockParser(),
            CodeBlockParser("bash", run_commands),
            CodeBlockParser("yaml", check_yaml),
            CodeBlockParser("json", check_json),
            CodeBlockParser("text", lambda _example: None),
        ]
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_code_of_a_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of the page, in one namespace and one folder that has the examples."""
    shutil.copytree(
        ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns("cdk.out", "__pycache__")
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CDK_OUTDIR", str(tmp_path / "cdk.out"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    printed, end = "", 0
    for example in sybil().parse(page).examples():
        is_shown = example.document.text[example.start : example.end].lstrip().startswith("```text")
        try:
            is_next = not example.document.text[end : example.start].strip()
            # docs/start.md shows what depends on how long a deployment takes.
            if is_shown and printed and is_next and page.parent.name == "how-to":
                compare(example.parsed, printed)
            with contextlib.redirect_stdout(io.StringIO()) as stream:
                example.evaluate()
            printed, end = stream.getvalue(), example.end
        except SkipTest:
            printed = ""
        except Exception as error:
            raise AssertionError(f"{page.relative_to(ROOT)}:{example.line}: {error}") from error


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_block_has_a_language_and_every_skip_a_reason(page: Path) -> None:
    """A block without a language would neither be highlighted nor run."""
    text = page.read_text(encoding="utf-8")
    languages = [fence["language"].strip() for fence in FENCE.finditer(text)]
    assert [one for one in languages if one not in LANGUAGES] == []
    outside = re.sub(r"<!---.*?-->", "", FENCE.sub("", text), flags=re.DOTALL)
    assert "<pre>" not in markdown.markdown(outside), "an indented block has no language"
    reasons = [REASON.fullmatch(rest) for _, rest in MARK.findall(text)]
    assert all(reasons), "a block is skipped without a reason"
    named = {name for reason in reasons if reason for name in re.findall(r"tests/[\w/.]+\w", reason[1])}
    assert [name for name in named if not (ROOT / name).exists()] == []
    marks = re.findall(r"^ *<!--- skip:(?! end -->).*", text, re.MULTILINE)
    assert len(marks) == len(reasons), "a mark has another form than those that are read"
    for mark in MARK.finditer(text):
        after = text[mark.end() :].lstrip("\n")
        assert mark[1] == "start" or re.match(r" *```(python|bash|yaml|json)", after), "skips a later block"
