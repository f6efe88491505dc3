"""Everything in examples/ meets the baseline, and cdk-nag finds nothing."""

from __future__ import annotations

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

PACKS = (cdk_nag.AwsSolutionsChecks, cdk_nag.NIST80053R5Checks, cdk_nag.ServerlessChecks)


def test_the_app_of_job_files_meets_the_baseline(monkeypatch: pytest.MonkeyPatch) -> None:
    """`app.py` has no finding; tests/local/test_gallery.py does the same for the apps of examples."""
    monkeypatch.chdir(ROOT)
    app = runpy.run_path(str(ROOT / "app.py"), run_name="__main__")["app"]
    stacks: list[cx_api.CloudFormationStackArtifact] = app.synth().stacks
    assert [finding for stack in stacks for finding in findings(stack.template)] == []
    assert _violations(app, app) == []


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
