"""The plugin in other people's sessions of pytest."""

import os
import subprocess
import sys
from pathlib import Path

from constructs_lib.testing import DoubleControl

OWN_FIXTURE = """
import sys
import pytest

@pytest.fixture
def deploy():
    return "mine"

def test_the_fixture_of_the_project_wins(deploy):
    assert deploy == "mine"

def test_nothing_is_imported_that_is_not_used():
    assert {"aws_cdk", "botocore", "cdk_bedrock_customization.testing.bedrock"} & set(sys.modules) == set()

def test_the_double(bedrock):
    assert bedrock.client().list_model_customization_jobs()["modelCustomizationJobSummaries"] == []
"""


def run_pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a folder with one test file, with warnings as errors."""
    (folder / "test_own.py").write_text(OWN_FIXTURE, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-W", "error", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_it_does_not_disturb_a_project(tmp_path: Path) -> None:
    """Fixtures of the project win, nothing heavy is imported, and nothing warns."""
    done = run_pytest(tmp_path)

    assert "3 passed" in done.stdout, done.stdout


def test_it_can_be_turned_off(tmp_path: Path) -> None:
    """Its fixtures are then unknown."""
    done = run_pytest(tmp_path, "-p", "no:bedrock_customization")

    assert "fixture 'bedrock' not found" in done.stdout
    assert "2 passed, 1 error" in done.stdout


def test_a_missing_extra_is_one_sentence(tmp_path: Path) -> None:
    """It says what to install, and shows no code of the library."""
    (tmp_path / "test_own.py").write_text("def test_deploy(deploy): ...", encoding="utf-8")
    code = "import sys, pytest; sys.modules['ministack'] = None; pytest.main(['-p', 'no:cacheprovider'])"
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout

    assert "pip install" in shown
    assert "local_aws.py" not in shown


def test_each_test_has_a_double_of_its_own(bedrock: DoubleControl) -> None:
    """It is empty, boto3's own client is at hand, and its calls are recorded."""
    client = bedrock.client(region="eu-west-1")

    assert client.list_model_customization_jobs()["modelCustomizationJobSummaries"] == []
    assert [(one.operation, one.region) for one in bedrock.calls()] == [
        ("ListModelCustomizationJobs", "eu-west-1")
    ]
