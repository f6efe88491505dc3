"""What docs/testing.md shows; `make newcomer` runs the tests of its project as they are written."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"`(\w+\.py)`:\n\n```python\n(.*?)```\n", re.DOTALL)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder with the files of the page, and the CDK CLI that `npm install` puts there."""
    for name, code in BLOCK.findall(PAGE):
        (tmp_path / name).write_text(code, encoding="utf-8")
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    return tmp_path


def run(interpreter: Path, project: Path, *arguments: str) -> str:
    """Run a command in the folder, and return what it prints."""
    path = os.pathsep.join([str(interpreter.parent), os.environ["PATH"]])
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [interpreter, *arguments],
        cwd=project,
        env=environment | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_example_is_a_file_of_the_project() -> None:
    """So that `make newcomer` runs each of them."""
    assert PAGE.count("```python") == len(BLOCK.findall(PAGE))


def test_an_app_for_containers_is_synthesized(installed: Path, project: Path) -> None:
    """The function gets the URL of the double as a container sees it."""
    code = "import runpy; print(runpy.run_path('emulated_app.py')['app'].synth().stacks[0].template)"

    assert "'AWS_ENDPOINT_URL_BEDROCK': 'http://host.docker.internal:4570'" in run(
        installed, project, "-c", code
    )


def test_a_project_with_a_constructs_lib_of_its_own_has_the_fixtures(installed: Path, tmp_path: Path) -> None:
    """Pytest loads the plugin in every session, so it must not need the name that such a project shadows."""
    (tmp_path / "constructs_lib").mkdir()
    (tmp_path / "constructs_lib" / "__init__.py").write_text("MINE = True", encoding="utf-8")
    test = "from constructs_lib import MINE\ndef test_it(bedrock): assert MINE and bedrock.jobs() == ()"
    (tmp_path / "test_mine.py").write_text(test, encoding="utf-8")

    assert "1 passed" in run(installed, tmp_path, "-m", "pytest", "-W", "error", "-p", "no:cacheprovider")
