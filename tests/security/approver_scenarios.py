"""What is permitted to a person who approves models: the policy that docs/promotion.md shows."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

from constructs_lib.contract.promotion import APPROVAL_NOTE_TAG, APPROVED_TAG
from tests.security.iam_evaluator import ACCOUNT, OTHER_ACCOUNT, OTHER_REGION, REGION, Call, Statement
from tests.security.scenario import BEDROCK, JOB, MODEL, Scenario

DEPLOYMENT = f"{BEDROCK}:custom-model-deployment/abcdefghijkl"
PARAMETER = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/tickets/model"
STACK = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/Tickets/6dce3755"
BUCKET = "arn:aws:s3:::OUTPUT-BUCKET"
RECORD = f"{BUCKET}/PREFIX/abcdefghijkl.json"
TAG = "bedrock:TagResource"
LIST = "s3:ListBucket"


def statements() -> list[Statement]:
    """Return the statements of the policy on the page."""
    page = (Path(__file__).parents[2] / "docs" / "promotion.md").read_text(encoding="utf-8")
    [policy] = re.findall(r'```json\n(\{\n  "Version".*?)```', page, re.DOTALL)
    found: list[Statement] = json.loads(policy)["Statement"]
    return found


def approver() -> Scenario:
    """Return what a person needs who approves and rejects models, and sees why they wait."""
    reads = [
        Call(name="read the model", action="bedrock:GetCustomModel", resource=MODEL),
        Call(name="read its tags", action="bedrock:ListTagsForResource", resource=MODEL),
        Call(name="read its job", action="bedrock:GetModelCustomizationJob", resource=JOB),
        Call(name="read the deployment", action="bedrock:GetCustomModelDeployment", resource=DEPLOYMENT),
        Call(name="read the parameter", action="ssm:GetParameter", resource=PARAMETER),
        *(
            Call(name=f"{one} of the stack", action=f"cloudformation:{one}", resource=STACK)
            for one in ("DescribeStacks", "GetTemplate", "ListStackResources")
        ),
        Call(name="read a record", action="s3:GetObject", resource=RECORD),
    ]
    listed = Call(
        name="look for a record", action=LIST, resource=BUCKET, keys={"s3:prefix": "PREFIX/abcdefghijkl.json"}
    )
    approvals = [
        _tag("approve", APPROVED_TAG),
        _tag("approve with a note", APPROVED_TAG, APPROVAL_NOTE_TAG),
    ]
    return Scenario(
        name="person who approves models",
        statements=statements(),
        needed=[*approvals, *reads, listed, Call(name="find the stack", action="cloudformation:ListStacks")],
        forbidden=[
            _tag("another tag", "team"),
            _tag("another tag beside it", APPROVED_TAG, "team"),
            Call(
                name="no tag", action=TAG, resource=MODEL, keys={"aws:TagKeys": None}
            ),  # a request without tags
            *(
                replace(approvals[0], name=f"tag {name}", resource=resource)
                for name, resource in (
                    ("a job", JOB),
                    ("a deployment", DEPLOYMENT),
                    ("elsewhere", MODEL.replace(REGION, OTHER_REGION)),
                    ("for others", MODEL.replace(ACCOUNT, OTHER_ACCOUNT)),
                )
            ),
            replace(approvals[0], name="take an approval back", action="bedrock:UntagResource"),
            Call(name="delete the model", action="bedrock:DeleteCustomModel", resource=MODEL),
            Call(name="swap", action="bedrock:UpdateCustomModelDeployment", resource=DEPLOYMENT),
            Call(name="force", action="s3:PutObject", resource=RECORD),
            Call(name="publish", action="ssm:PutParameter", resource=PARAMETER),
            Call(name="read the output", action="s3:GetObject", resource=f"{BUCKET}/metrics.csv"),
            Call(name="list the output", action=LIST, resource=BUCKET, keys={"s3:prefix": "metrics"}),
            Call(name="list everything", action=LIST, resource=BUCKET),
            Call(
                name="read another stack", action="cloudformation:GetTemplate", resource=f"{STACK[:-17]}X/6"
            ),
            Call(name="update the stack", action="cloudformation:UpdateStack", resource=STACK),
        ],
    )


def _tag(name: str, *keys: str) -> Call:
    return Call(name=name, action=TAG, resource=MODEL, keys={"aws:TagKeys": list(keys)})


SCENARIOS = (approver(),)
