"""Everything in examples/ meets the baseline, and cdk-nag finds nothing."""

from __future__ import annotations

import re
import runpy
from typing import TYPE_CHECKING

import cdk_nag
import pytest

from tests.security.baseline import findings
from tests.security.stacks import JOB_FILES, ROOT, job_file_stack, template_of

if TYPE_CHECKING:
    from pathlib import Path

    from aws_cdk import cx_api
    from constructs import IConstruct

APPS = [ROOT / "app.py", *sorted((ROOT / "examples").glob("*.py"))]
# Resources that an app creates to show how a job uses them; the library does not change or check them.
THE_APPS_OWN = {"reinforce.py": "Grader"}
PACKS = (cdk_nag.AwsSolutionsChecks, cdk_nag.NIST80053R5Checks, cdk_nag.ServerlessChecks)


@pytest.mark.parametrize("path", APPS, ids=lambda path: path.name)
def test_apps_meet_the_baseline(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every stack of every example app has no finding."""
    monkeypatch.chdir(ROOT)
    app = runpy.run_path(str(path), run_name="__main__")["app"]
    stacks: list[cx_api.CloudFormationStackArtifact] = app.synth().stacks
    found = [finding.partition(": ")[2] for stack in stacks for finding in findings(stack.template)]
    found += _violations(app, app)
    own = THE_APPS_OWN.get(path.name, "nothing")
    assert [one for one in found if not re.match(rf"(\w+/)?{own}", one)] == []


@pytest.mark.parametrize("path", JOB_FILES, ids=lambda path: path.name)
def test_job_files_meet_the_baseline(path: Path) -> None:
    """Every job file becomes a stack without a finding."""
    stack = job_file_stack(path)
    assert _violations(stack.node.root, stack) == []
    assert findings(template_of(stack)) == []


def _violations(app: IConstruct, scope: IConstruct) -> list[str]:
    return [
        f"{place.construct_path}: {one.rule_name}"
        for pack in PACKS
        for one in pack(app).validate_scope(scope).violations
        for place in one.violating_resources
    ]
