"""Calls that trust, key, bucket and endpoint policies must allow, and calls that grants must allow."""

from __future__ import annotations

from dataclasses import replace

from constructs_lib import permissions
from constructs_lib.permissions import S3Location
from tests.security.iam_evaluator import (
    ACCOUNT,
    OTHER_ACCOUNT,
    OTHER_REGION,
    REGION,
    Call,
    resource_allows,
    resource_does_not_deny,
)
from tests.security.scenario import (
    BEDROCK,
    JOB,
    KMS,
    MODEL,
    PLACE,
    VIA_BEDROCK,
    Scenario,
    key_call,
    list_by,
    read,
    renamed,
    served_by_bedrock,
    served_otherwise,
    write,
)
from tests.security.scenario_calls import alias_calls

SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/Service/bedrock"
STRANGER = f"arn:aws:sts::{OTHER_ACCOUNT}:assumed-role/Service/bedrock"


def trust() -> Scenario:
    """Return the trust policy of a service role, with its protection against the confused deputy."""

    def assume(
        name: str, account: str | None, source: str | None, service: str = "bedrock.amazonaws.com"
    ) -> Call:
        sent = {"aws:SourceAccount": account, "aws:SourceArn": source}
        keys = {key: value for key, value in sent.items() if value is not None}
        return Call(name=name, action="sts:AssumeRole", keys=keys, caller="a service", service=service)

    return Scenario(
        name="trust of a service role",
        statements=permissions.service_role_trust(**PLACE)["Statement"],
        needed=[assume("a customization job", ACCOUNT, JOB)],
        forbidden=[
            assume("a job of another account", OTHER_ACCOUNT, JOB.replace(ACCOUNT, OTHER_ACCOUNT)),
            assume("another account with our ARN", OTHER_ACCOUNT, JOB),
            assume("our account with another's ARN", ACCOUNT, JOB.replace(ACCOUNT, OTHER_ACCOUNT)),
            assume("a job of another Region", ACCOUNT, JOB.replace(REGION, OTHER_REGION)),
            assume("another kind of job", ACCOUNT, f"{BEDROCK}:model-evaluation-job/abcdefghijkl"),
            assume("another service", ACCOUNT, JOB, "sagemaker.amazonaws.com"),
            assume("a call without account", None, JOB),
            assume("a call without ARN", ACCOUNT, None),
            Call(
                name="a person",
                action="sts:AssumeRole",
                keys={"aws:SourceAccount": ACCOUNT, "aws:SourceArn": JOB},
            ),
        ],
        decide=resource_allows,
    )


def own_key() -> Scenario:
    """Return the policy of a key that the library creates."""
    root = f"arn:aws:iam::{ACCOUNT}:root"
    put = Call(name="the account changes the policy", action="kms:PutKeyPolicy", caller=root)
    return Scenario(
        name="key policy",
        statements=permissions.key_policy_statements(partition="aws", account=ACCOUNT),
        needed=[
            put,
            Call(name="the account leaves it to IAM", action="kms:Decrypt", caller=SESSION),
            *served_by_bedrock(),
        ],
        forbidden=[
            Call(name="another account decrypts", action="kms:Decrypt", caller=STRANGER),
            *served_otherwise(),
        ],
        decide=resource_allows,
    )


def endpoint() -> Scenario:
    """Return the policy of the S3 endpoint in an isolated network."""
    data = S3Location(uri="s3://data/train.jsonl")
    statements = permissions.endpoint_statements(
        inputs=[data, S3Location(uri="s3://theirs/valid.jsonl", owner=OTHER_ACCOUNT)],
        outputs=[S3Location(uri="s3://out/metrics/")],
        partition="aws",
        account=ACCOUNT,
    )
    return Scenario(
        name="policy of the S3 endpoint",
        statements=statements,
        needed=[
            read("data", "train.jsonl"),
            read("theirs", "valid.jsonl", owner=OTHER_ACCOUNT),
            read("out", "metrics/x"),
            write("out", "metrics/x"),
            list_by("data", "train.jsonl"),
            list_by("theirs", "valid.jsonl", owner=OTHER_ACCOUNT),
            list_by("out", "metrics/"),
        ],
        forbidden=[
            read("other", "train.jsonl"),
            write("data", "train.jsonl"),
            write("other", "stolen"),
            *(
                renamed(call, "of a bucket that was registered again", owner=OTHER_ACCOUNT)
                for call in (read("data", "train.jsonl"), write("out", "metrics/x"), list_by("data", ""))
            ),
            *(
                renamed(call, "in an account that does not own it")
                for call in (read("theirs", "valid.jsonl"), list_by("theirs", ""))
            ),
        ],
        decide=resource_allows,
    )


def shared_endpoint() -> Scenario:
    """Return the policy of an S3 endpoint that not only jobs use."""
    roles = [f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("Service", "models/Other")]
    alone = endpoint()
    others = (f"arn:aws:iam::{ACCOUNT}:role/Website", f"arn:aws:iam::{ACCOUNT}:role/Service2", "")
    theirs = [
        read("packages", "repodata/repomd.xml", owner=OTHER_ACCOUNT),
        write("website", "index.html"),
        Call(name="list all buckets", action="s3:ListAllMyBuckets"),
    ]

    def by(role: str, call: Call) -> Call:
        return renamed(call, f"by {role}", caller=role)

    return Scenario(
        name="policy of an S3 endpoint that others use",
        statements=[*alone.statements, permissions.others_statement(roles)],
        needed=[
            *(by(role, call) for call in alone.needed for role in roles),
            *(by(caller, call) for call in theirs for caller in others),
        ],
        forbidden=[by(role, call) for call in (*alone.forbidden, *theirs) for role in roles],
        decide=resource_allows,
    )


def vpc_only() -> Scenario:
    """Return the optional bucket policy that denies every call from outside the VPC."""
    inside, outside = {"aws:SourceVpc": "vpc-1"}, {"aws:SourceVpc": "vpc-2"}
    calls = (read("out", "x"), write("out", "x"), list_by("out", ""))
    return Scenario(
        name="bucket policy that admits one VPC",
        statements=[permissions.vpc_only_statement(bucket_arn="arn:aws:s3:::out", vpc_id="vpc-1")],
        needed=[replace(one, keys={**one.keys, **inside}) for one in calls],
        forbidden=[
            *(renamed(one, "from another VPC", keys={**one.keys, **outside}) for one in calls),
            *(renamed(one, "from the internet") for one in calls),
        ],
        decide=resource_does_not_deny,
    )


def all_grants() -> Scenario:
    """Return what all grants of one job permit together."""
    deployment = f"{BEDROCK}:custom-model-deployment/abcdefghijkl"
    actions = ["GetModelCustomizationJob", "StopModelCustomizationJob"]
    actions += ["ListTagsForResource", "TagResource", "UntagResource"]
    on_job = [Call(name=one, action=f"bedrock:{one}", resource=JOB) for one in actions]
    on_model = [
        Call(name=one, action=f"bedrock:{one}", resource=deployment)
        for one in ("InvokeModel", "InvokeModelWithResponseStream")
    ]
    model_use = ("Decrypt", "GenerateDataKey")
    use = [key_call(one, "model", VIA_BEDROCK) for one in model_use]
    by_alias, by_another_alias = alias_calls(model_use, "alias/models", VIA_BEDROCK)
    keys = [f"{KMS}/model", f"{KMS.removesuffix('key')}alias/models"]
    return Scenario(
        name="grants of a job",
        statements=[
            permissions.read_statement(JOB),
            permissions.stop_statement(JOB),
            permissions.tag_statement(JOB),
            permissions.invoke_statement(deployment),
            *permissions.model_key_user_statements(keys, region=REGION),
        ],
        needed=[*on_job, *on_model, *use, *by_alias],
        forbidden=[
            *(renamed(one, "on another job", resource=f"{JOB}x") for one in on_job),
            *(renamed(one, "on another deployment", resource=f"{deployment}x") for one in on_model),
            renamed(on_model[0], "on the model itself", resource=MODEL),
            *(renamed(one, "directly", keys={}) for one in use),
            *by_another_alias,
            renamed(use[0], "to grant on", action="kms:CreateGrant"),
        ],
    )


SCENARIOS = (
    trust(),
    own_key(),
    endpoint(),
    shared_endpoint(),
    vpc_only(),
    all_grants(),
)
