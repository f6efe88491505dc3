"""docs/platform.md: every setting is in the table, and what the page shows can be run."""

from __future__ import annotations

import re
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from constructs_lib import BaseModel, JobProvider, ModelCustomizationJob, ProviderSettings
from tests.synth.templates import TRAIN, template

PAGE = (Path(__file__).parents[2] / "docs" / "platform.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("## The function behind the jobs\n")[2].partition("\n## ")[0]
BLOCKS = re.findall(r"^```python\n(.*?)^```", SECTION, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("name", sorted(ProviderSettings.__optional_keys__))
def test_every_setting_is_in_the_table(name: str) -> None:
    """What it becomes, and what it permits."""
    assert any(f"`{name}`" in line for line in SECTION.splitlines() if line.startswith("| `"))


def test_the_page_shows_something() -> None:
    """Settings, a role, precreated roles and a key."""
    assert len(BLOCKS) == 4


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_what_the_page_shows_can_be_synthesized(number: int) -> None:
    """In an app with a role and a key."""
    app = cdk.App()
    if "customize_roles" in BLOCKS[number]:
        exec(BLOCKS[number], {"app": app, "iam": iam})  # noqa: S102 - the page of this repository
        stack = cdk.Stack(app, "Tickets")
        ModelCustomizationJob(stack, "Triage", base_model=BaseModel.NOVA_LITE, training_data=TRAIN)
        assert not [one for one in template(stack)["Resources"].values() if "IAM" in one["Type"]]
        return
    stack = cdk.Stack(app, "Tickets", env=cdk.Environment(account="111122223333", region="us-east-1"))
    role = iam.Role(stack, "Handler", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    names = {"app": app, "stack": stack, "role": role, "key": kms.Key(stack, "Key"), "iam": iam}
    exec(BLOCKS[number], {**names, "JobProvider": JobProvider})  # noqa: S102 - the page of this repository
    assert template(stack)["Resources"]
