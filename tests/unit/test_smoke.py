"""The smoke test for AWS, as far as it needs no AWS: its plan, its policy, its data and what it hides."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.datasets import estimate, validate
from tests.security.authorization_reference import privilege
from tools.smoke import data, plan
from tools.smoke.__main__ import main
from tools.smoke.policy import policy
from tools.smoke.questions import FREE_PARTS, PARTS
from tools.smoke.report import Redactor

ROOT = Path(__file__).parents[2]
CALLER = "arn:aws:sts::111122223333:assumed-role/Admin/jane.doe-of-acme"
HIDE = Redactor(
    account="111122223333", caller=CALLER, secrets=["an-external-id"], prefix="bedrock-smoke-0a1b2c3d"
)


def statements(*parts: str) -> list[dict[str, Any]]:
    """Return the statements of the policy for some parts."""
    found: list[dict[str, Any]] = policy(parts, account="111122223333", region="us-east-1")["Statement"]
    return found


def test_the_data_is_valid_and_the_least_that_aws_takes(tmp_path: Path) -> None:
    """Nova's minimum is 8 records."""
    path = tmp_path / "train.jsonl"
    path.write_text(data.records(), encoding="utf-8")
    report = validate(path, model=data.BASE_MODEL)
    assert report.ok
    assert estimate(report, epochs=1).records == 8
    path.write_text("".join(data.records().splitlines(keepends=True)[1:]), encoding="utf-8")
    assert not validate(path, model=data.BASE_MODEL).ok


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"User: {CALLER} is not authorized", "User: <principal> is not authorized"),
        (
            "arn:aws:iam::111122223333:role/bedrock-smoke-0a1b2c3d-probe may not",
            "<principal bedrock-smoke-0a1b2c3d…> may not",
        ),
        (
            "on resource: arn:aws:bedrock:us-east-1:111122223333:custom-model/abc",
            "on resource: arn:aws:bedrock:us-east-1:<account>:custom-model/abc",
        ),
        ("account 444455556666, a stranger's", "account <account>, a stranger's"),
        ("the key AKIAIOSFODNN7EXAMPLE", "the key <id>"),
        ("https://b.s3.amazonaws.com/k?X-Amz-Signature=aa&b=c then", "<signed URL> then"),
        ("mail jane.doe@example.com now", "mail <e-mail> now"),
        ("jane.doe-of-acme and an-external-id", "<hidden> and <hidden>"),
        ("the job bedrock-smoke-0a1b2c3d-trained", "the job bedrock-smoke-0a1b2c3d-trained"),
    ],
)
def test_what_identifies_somebody_is_hidden(text: str, shown: str) -> None:
    """What is not of a person or an account stays."""
    assert HIDE(text) == shown


def test_parts_bring_what_they_need() -> None:
    """A deployment needs the model of a job; whoever leaves the job out leaves the deployment out."""
    assert plan.chosen([], []) == PARTS
    assert plan.chosen(["deployment"], []) == ("job", "deployment")
    assert plan.chosen([], ["job"]) == (*FREE_PARTS, "refusals")
    with pytest.raises(ValueError, match="there is no part jobs; the parts are quotas"):
        plan.chosen(["jobs"], [])
    with pytest.raises(ValueError, match="the part job is skipped, and another part needs it"):
        plan.chosen(["deployment"], ["job"])


def test_parts_without_a_job_cost_no_training() -> None:
    """Neither tokens nor a model are spoken of."""
    free = plan.described(FREE_PARTS, prefix="p", run_id="r", region="us-east-1", hours=4)
    assert "training" not in free
    assert "on-demand" not in free
    assert plan.costs(["quotas", "simulator"]) == ["nothing: the calls of these parts have no price"]


def test_every_action_of_the_policy_exists() -> None:
    """In the Service Authorization Reference."""
    actions = {action for one in statements(*PARTS) for action in one["Action"]}
    assert len(actions) > 60
    assert [action for action in sorted(actions) if not privilege(action)] == []


def test_the_policy_names_what_the_smoke_test_creates() -> None:
    """Only lists, and what has no resource, are permitted on everything; only own roles are passed."""
    wide = {action for one in statements(*PARTS) if one["Resource"] == "*" for action in one["Action"]}
    assert wide == {
        "bedrock:ListCustomModelDeployments",
        "bedrock:ListCustomModels",
        "bedrock:ListModelCustomizationJobs",
        "cloudformation:DescribeStacks",
        "iam:SimulateCustomPolicy",
        "logs:DescribeLogGroups",
        "servicequotas:ListServiceQuotas",
    }
    [passed] = [one for one in statements(*PARTS) if one["Action"] == ["iam:PassRole"]]
    assert "iam:PassedToService" in json.dumps(passed["Condition"])
    unnamed = [
        one
        for one in statements("names", "signals", "stacks")
        if "bedrock-smoke-" not in str(one["Resource"])
    ]
    assert {action.partition(":")[0] for one in unnamed for action in one["Action"]} <= {
        "bedrock",
        "cloudformation",
        "logs",
    }


def test_parts_without_a_stack_create_nothing() -> None:
    """Their policy has only reading actions."""
    actions = {action for one in statements("quotas", "simulator") for action in one["Action"]}
    assert {action.partition(":")[2][:4] for action in actions} == {"Desc", "List", "Simu"}


@pytest.mark.parametrize("words", [[], ["--profile", "dev"], ["--region", "us-east-1"], ["--policy"]])
def test_nothing_has_a_default(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Neither the account nor the Region."""
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "--region" in capsys.readouterr().err


def test_it_needs_only_boto3_and_the_library() -> None:
    """Whoever has an account does not need the tools of this repository."""
    code = "import sys, tools.smoke.__main__; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    others = {
        "aws_cdk",
        "constructs",
        "hypothesis",
        "jsii",
        "ministack",
        "policy_sentry",
        "pytest",
        "rich",
        "typer",
    }
    assert not others & set(loaded.stdout.split())
