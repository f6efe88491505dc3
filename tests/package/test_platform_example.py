"""The repository of a platform team, with the wheel instead of this checkout."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a copy of `examples/platform` in a folder that has the CDK CLI."""
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    ignored = shutil.ignore_patterns("__pycache__", "cdk.out", ".pytest_cache", ".mypy_cache", "node_modules")
    return shutil.copytree(ROOT / "examples" / "platform", tmp_path / "platform", ignore=ignored)


def run_tests(interpreter: Path, repository: Path, *arguments: str) -> str:
    """Run the tests of the repository as its developers do, and return what they print."""
    path = os.pathsep.join([str(interpreter.parent), os.environ["PATH"]])
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [interpreter, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=repository,
        env=environment | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_its_tests_pass_with_the_wheel(installed: Path, repository: Path) -> None:
    """Its snapshot, its rules, and five packs of cdk-nag 3."""
    assert "passed" in run_tests(installed, repository, "--ignore", "tests/test_deploy.py")


@pytest.mark.local
@pytest.mark.thorough
def test_its_app_is_deployed_with_the_wheel(installed: Path, repository: Path) -> None:
    """As the project of docs/testing.md, which `make newcomer` deploys with the wheel."""
    assert "passed" in run_tests(installed, repository, "tests/test_deploy.py")


@pytest.mark.thorough
def test_cdk_nag_2_finds_nothing_either(installed_with_cdk_nag_2: Path, repository: Path) -> None:
    """Cdk-nag 2 is an aspect, and reads suppressions from other metadata than cdk-nag 3."""
    version = [
        installed_with_cdk_nag_2,
        "-c",
        "from importlib.metadata import version; print(version('cdk-nag'))",
    ]
    found = subprocess.run(version, capture_output=True, text=True, check=True).stdout
    assert found.startswith("2.")
    assert "5 passed" in run_tests(installed_with_cdk_nag_2, repository, "tests/test_scanners.py")
