"""Synthesizes the examples and `apps.py`: `python -m tests.upgrade.synthesis FOLDER` writes their templates.

That runs in a process of its own, because Node takes context and temporary folder from the environment in
which it starts.
"""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path

import aws_cdk as cdk

from tests.upgrade.apps import APPS, EXAMPLES, HOME

ROOT = EXAMPLES.parent
CONTEXT = {"logs": "amzn-s3-demo-logs"}
BASELINE_APPS = ("continued_pre_training.py", "distill.py", "fine_tune.py", "reinforce.py")
"""The names under which the baseline has the apps of these examples."""
_ENDING = ".template.json"


def synthesize(folder: Path) -> dict[str, str]:
    """Synthesize every app anew, as a user does; give the text of each template by its path in `folder`.

    Args:
        folder: Where the templates go: one folder for each app, one file for each stack.
    """
    with tempfile.TemporaryDirectory() as temporary:
        around = {name: value for name, value in os.environ.items() if not name.startswith("CDK_")}
        around |= {
            "CDK_CONTEXT_JSON": json.dumps(CONTEXT),
            "CDK_DEFAULT_ACCOUNT": str(HOME.account),
            "CDK_DEFAULT_REGION": str(HOME.region),
            "CDK_VALIDATION": "false",
            "TMPDIR": temporary,
        }
        command = [sys.executable, "-m", "tests.upgrade.synthesis", str(folder.resolve())]
        subprocess.run(command, cwd=ROOT, env=around, check=True)
    return templates(folder)


def templates(folder: Path) -> dict[str, str]:
    """Read the templates that were synthesized into a folder, in the order of their paths.

    Args:
        folder: Where they are.
    """
    found = sorted(folder.rglob(f"*{_ENDING}"))
    return {one.relative_to(folder).as_posix(): one.read_bytes().decode() for one in found}


def stack_name(path: str) -> str:
    """Name the stack of a template after its file; CloudFormation would name a nested one otherwise.

    Args:
        path: The template's path, as `templates` gives it.
    """
    return Path(path).name.partition(".")[0]


def _synthesize_here(folder: Path) -> None:
    define = runpy.run_path(str(ROOT / "app.py"), run_name="app")["define"]
    for file in sorted(EXAMPLES.glob("*.yaml")):
        app = cdk.App(context={"job": str(file)})
        define(app)
        _keep(app, folder / file.name)
    for name in BASELINE_APPS:
        app = EXAMPLES / name.removesuffix(".py").replace("_", "-") / "app.py"
        _keep(runpy.run_path(str(app), run_name="__main__")["app"], folder / name)
    for name, make in APPS.items():
        _keep(make(), folder / name)


def _keep(app: cdk.App, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in Path(app.synth().directory).glob(f"*{_ENDING}"):
        (folder / file.name).write_bytes(file.read_bytes())


if __name__ == "__main__":
    _synthesize_here(Path(sys.argv[1]))
