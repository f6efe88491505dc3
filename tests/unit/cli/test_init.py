"""`bedrock-customize init`: a new app, written from an example."""

from __future__ import annotations

import re
import resource
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version
from typer.testing import CliRunner, Result

from constructs_lib.cli.init import examples
from constructs_lib.cli.main import app

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NAMES = sorted(examples())


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder, in which each command runs."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def init(*arguments: str) -> Result:
    """Run the command in a terminal of 200 columns."""
    return CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"}).invoke(app, ["init", *arguments])


def said(result: Result) -> str:
    """Return what a command wrote, on one line and without the frame of an error."""
    return " ".join(result.output.replace("│", " ").split())


@pytest.mark.parametrize("name", NAMES)
def test_an_app_is_written(folder: Path, name: str) -> None:
    """Every file of the example, with another name of the stack and nothing that only this library needs."""
    result = init("ticket-triage", "--example", name)
    assert result.exit_code == 0, result.output
    written = {file.name: file.read_text() for file in (folder / "ticket-triage").iterdir()}
    assert set(written) == {file.name for file in examples()[name].iterdir() if file.is_file()} | {
        ".gitignore"
    }
    stack = "".join(part.capitalize() for part in name.split("-"))
    assert 'Stack(app, "TicketTriage' in written["app.py"]
    everything = "".join(written.values())
    assert f'Stack(app, "{stack}' not in everything
    assert f"--stack {stack}" not in everything
    assert "<!---" not in everything
    assert re.findall(r"\]\(\.\.", everything) == []
    for data in (one for one in written if one.endswith(".jsonl")):
        assert (folder / "ticket-triage" / data).read_bytes() == (examples()[name] / data).read_bytes()


def test_the_next_commands_are_printed() -> None:
    """They can be copied; the folder is quoted where a shell needs it."""
    result = init("my tickets")
    assert "the stack is MyTickets." in result.output
    assert "  cd 'my tickets'\n" in result.output
    assert result.output.count("local cdk deploy\n") == 1


def test_the_examples_are_listed() -> None:
    """Each with the title of its README."""
    lines = init("--list").output.splitlines()
    assert [line.split()[0] for line in lines] == NAMES
    assert "fine-tune        Fine-tune a model with records of your own" in lines


def test_an_empty_folder_is_used_and_another_one_is_not(folder: Path) -> None:
    """Nothing is written over; a file is no folder."""
    (folder / "empty").mkdir()
    (folder / "file").touch()
    assert init("empty").exit_code == 0
    before = (folder / "empty" / "app.py").stat().st_mtime_ns
    for name in ("empty", "file"):
        result = init(name, "--example", "sweep")
        assert result.exit_code == 1
        assert f"{name} must be a new or an empty folder; name another one." in result.output
    assert (folder / "empty" / "app.py").stat().st_mtime_ns == before


@pytest.mark.parametrize("is_new", [True, False])
def test_an_app_that_cannot_be_written_leaves_nothing(folder: Path, is_new: bool) -> None:  # noqa: FBT001 - a case
    """As on a full disk: otherwise the next attempt would find a folder that is not empty."""
    if not is_new:
        (folder / "tickets").mkdir()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        result = init("tickets")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert result.exit_code == 1
    assert "tickets cannot be used: File too large; check the path, its permissions and the disk." in said(
        result
    )
    assert [*folder.rglob("*")] == ([] if is_new else [folder / "tickets"])


@pytest.mark.parametrize(
    ("name", "stack"),
    [("tickets_2026", "Tickets2026"), ("apps/ticketTriage", "TicketTriage"), ("v1.2-beta", "V12Beta")],
)
def test_the_stack_is_named_after_the_folder(folder: Path, name: str, stack: str) -> None:
    """By a name that CloudFormation accepts."""
    assert init(name).exit_code == 0
    assert f'"{stack}"' in (folder / name / "app.py").read_text()


@pytest.mark.parametrize("name", ["2026", "übung", "_", "x" * 129, ".."])
def test_a_name_of_which_no_stack_can_have_one_is_refused(folder: Path, name: str) -> None:
    """Before anything is written."""
    where = folder / "0"
    where.mkdir()
    result = init(str(where / "1" / name) if name == ".." else name)
    assert result.exit_code in (1, 2)
    assert result.exit_code == 2 or "must be a new or an empty folder" in said(result)
    assert sorted(folder.iterdir()) == [where]


def test_an_unknown_example_names_the_nearest_one(folder: Path) -> None:
    """All are named."""
    result = init("tickets", "--example", "fine-tuning")
    assert result.exit_code == 2
    assert "got 'fine-tuning'; did you mean fine-tune?" in said(result)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_requirements_are_those_of_this_version(name: str) -> None:
    """They accept this version and no later minor one, and what it needs of the CDK."""
    files = ("requirements.txt", "requirements-dev.txt")
    lines = [line for file in files for line in (examples()[name] / file).read_text().splitlines()]
    found = [Requirement(line) for line in lines if not line.startswith(("#", "-r"))]
    of_the_project = {one.name: one for one in map(Requirement, PROJECT["dependencies"])}
    version = Version(PROJECT["version"])
    assert {one.name for one in found} == {"aws-cdk-lib", "cdk-bedrock-customization", "pytest"}
    for one in found:
        if one.name == PROJECT["name"]:
            assert version in one.specifier
            assert Version(f"{version.major}.{version.minor + 1}.0") not in one.specifier
            assert one.extras <= set(PROJECT["optional-dependencies"])
        elif one.name in of_the_project:
            assert one.specifier == of_the_project[one.name].specifier


@pytest.mark.parametrize("name", NAMES)
def test_the_data_is_that_of_the_job_files(name: str) -> None:
    """An app has a copy of its own, so that it can be written as it is; the copies stay equal."""
    data = examples()[name] / "train.jsonl"
    if name == "throughput":
        assert not data.exists()
    else:
        file = f"{name if name in ('distill', 'reinforce') else 'fine-tune'}-nova.jsonl"
        assert data.read_bytes() == (ROOT / "examples" / file).read_bytes()
