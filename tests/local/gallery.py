"""Runs every app of the gallery as the CDK CLI does: `python -m tests.local.gallery FOLDER`.

One process for all, because to load the CDK takes longer than an app. Each app's cloud assembly is a folder
below FOLDER with the name of the example; `report.json` has what cdk-nag and the example's test have found.
"""

from __future__ import annotations

import json
import os
import runpy
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cdk_nag

from constructs_lib.cli.init import examples

if TYPE_CHECKING:
    from collections.abc import Iterator

    import aws_cdk as cdk

ROOT = Path(__file__).parents[2]
DATA = "s3://amzn-s3-demo-tickets/tickets/"
CONTEXT = {
    "data": DATA,
    "logs": "amzn-s3-demo-logs",
    "model": "arn:aws:bedrock:us-east-1:000000000000:custom-model/amazon.nova-lite-v1:0:300k/abcdefghijkl",
    "revision": "1",
}
NEVER_IN_THE_GALLERY = "continued-pre-training"
PACKS = (cdk_nag.AwsSolutionsChecks, cdk_nag.NIST80053R5Checks, cdk_nag.ServerlessChecks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found in one app.

    Args:
        violations: what cdk-nag has found, each as `Stack/Path/Of/Construct: rule`.
        tests: the names of the tests that have passed.
    """

    violations: list[str]
    tests: list[str]


def run_all(folder: Path) -> dict[str, Report]:
    """Run every app and return what was found, by the names of the examples.

    Args:
        folder: where the cloud assemblies go.
    """
    around = {name: value for name, value in os.environ.items() if not name.startswith("CDK_")}
    around |= {"CDK_CONTEXT_JSON": json.dumps(CONTEXT), "CDK_VALIDATION": "true"}
    command = [sys.executable, "-m", "tests.local.gallery", str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=around, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return {name: Report(**one) for name, one in found.items()}


def stacks(folder: Path) -> Iterator[tuple[str, str, Any]]:
    """Yield name, environment and template of every stack.

    Args:
        folder: where `run_all` has put the cloud assemblies.
    """
    for manifest in sorted(folder.glob("*/manifest.json")):
        for name, one in json.loads(manifest.read_text(encoding="utf-8"))["artifacts"].items():
            if one["type"] == "aws:cloudformation:stack":
                file = manifest.with_name(one["properties"]["templateFile"])
                yield name, one["environment"], json.loads(file.read_text(encoding="utf-8"))


def _run(name: str, example: Path, folder: Path) -> Report:
    app: cdk.App = runpy.run_path(str(example / "app.py"), run_name="__main__")["app"]
    shutil.copytree(app.synth().directory, folder / name)
    violations = [
        f"{place.construct_path}: {one.rule_name}"
        for pack in PACKS
        for one in pack(app).validate_scope(app).violations
        for place in one.violating_resources
    ]
    with _imported(example):
        tests = runpy.run_path(str(example / "test_app.py"))
    mine = [one for one in tests if one.startswith("test_")]
    for one in mine:
        tests[one]()
    return Report(violations=violations, tests=mine)


@contextmanager
def _imported(example: Path) -> Iterator[None]:
    """Let `import app` find the app of an example, as pytest does for a test beside it."""
    sys.path.insert(0, str(example))
    try:
        yield
    finally:
        sys.path.remove(str(example))
        sys.modules.pop("app", None)


def _run_here(folder: Path) -> None:
    shown = {**examples(), NEVER_IN_THE_GALLERY: ROOT / "examples" / NEVER_IN_THE_GALLERY}
    reports = {name: asdict(_run(name, example, folder)) for name, example in shown.items()}
    (folder / "report.json").write_text(json.dumps(reports), encoding="utf-8")


if __name__ == "__main__":
    _run_here(Path(sys.argv[1]))
