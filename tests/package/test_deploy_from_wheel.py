"""The two commands of the README with pip alone: a job file, and its deployment to a local AWS."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
SCRIPT = "import sys; sys.argv[0] = 'bedrock-customize'; from constructs_lib.cli.main import app; app()"

pytestmark = [pytest.mark.local, pytest.mark.thorough]  # `make newcomer` deploys from the wheel, too


def test_a_job_file_is_deployed_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    """The lines of the README, in an empty folder with an empty HOME, with a CDK CLI on the PATH."""
    section = README.partition("With pip alone, in a virtual environment")[2].partition("\n## ")[0]
    commands = re.findall(r"^bedrock-customize (\S.*)$", section, re.MULTILINE)
    assert [one.split()[0] for one in commands] == ["skeleton", "deploy"]
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "cdk").symlink_to(ROOT / "node_modules" / ".bin" / "cdk")
    (tools / "bedrock-customize").write_text(f'#!/bin/sh\nexec "{installed}" -c "{SCRIPT}" "$@"\n')
    (tools / "bedrock-customize").chmod(0o755)
    folder, home = tmp_path / "jobs", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    # As for the other tests; with the CDK's defaults tests/newcomer does the same.
    cache = str(Path.home() / ".cache" / "aws" / "jsii" / "package-cache")
    around = {"JSII_RUNTIME_PACKAGE_CACHE_ROOT": cache, "CDK_VALIDATION": os.environ["CDK_VALIDATION"]}
    done = subprocess.run(
        ["sh", "-eu", "-c", "\n".join(f"bedrock-customize {one}" for one in commands)],
        cwd=folder,
        env={"PATH": f"{tools}:{os.environ['PATH']}", "HOME": str(home), **around},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert re.search(
        r"^  \S+JobArn = arn:aws:bedrock:us-east-1:000000000000:model-custom", done.stdout, re.MULTILINE
    )
    assert re.search(r"^  status +InProgress$", done.stdout, re.MULTILINE)
    assert "The local AWS ends with this command" in done.stdout
    assert list((folder / ".local-aws").iterdir()) == []
