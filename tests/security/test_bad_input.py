"""What no policy could make right is said in one sentence: where, the rule, what it got, what to do."""

from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.permissions import (
    S3Location,
    ServiceRoleNeeds,
    bucket_problems,
    key_arn,
    key_problems,
    location_problems,
    overlap_problems,
    permission_doubts,
    role_problems,
    service_role_trust,
    trust_problems,
)
from tests.security.evaluator import ACCOUNT, OTHER_ACCOUNT, OTHER_REGION, REGION
from tests.security.scenario import PLACE

TOKEN = "${Token[AWS.Region.1]}"  # noqa: S105 - not a password, a value of the CDK that is not known yet
KEY_ID = "0a1b2c3d-0000-1111-2222-333344445555"


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (S3Location(uri="s3://data/a/*.jsonl"), True),
        (S3Location(uri="s3://data/a?.jsonl"), True),
        (S3Location(uri="s3://data/$a"), True),
        (S3Location(uri="s3://data/a.jsonl"), False),
        (S3Location(uri=f"s3://data/{TOKEN}"), False),
        (S3Location(uri="{{resolve:ssm:/where}}"), True),
        (S3Location(uri="s3://data/{{resolve:ssm:/where}}"), False),
        (S3Location(uri=TOKEN), False),
        (S3Location(uri="s3://data/a", owner="12345678901"), True),
        (S3Location(uri="s3://data/a", owner=OTHER_ACCOUNT), False),
        (S3Location(uri="s3://data/a", owner=TOKEN), False),
    ],
)
def test_places_that_a_policy_can_name(place: S3Location, *, wrong: bool) -> None:
    """No wildcard, no reference in the place of a whole URI, an owner of twelve digits."""
    assert bool(list(location_problems("trainingDataConfig.s3Uri", place))) == wrong


@pytest.mark.parametrize(
    ("read", "written", "wrong"),
    [
        ("s3://b/train.jsonl", "s3://b", True),
        ("s3://b/train.jsonl", "s3://b/", True),
        ("s3://b/out/train.jsonl", "s3://b/out/", True),
        ("s3://b/out/train.jsonl", "s3://b/out", True),
        ("s3://b/data/", "s3://b/data/out/", True),
        ("s3://b/data", "s3://b/data/out", True),
        ("s3://b", "s3://b/out", True),
        ("s3://b/out", "s3://b/out", True),
        ("s3://b/outer/train.jsonl", "s3://b/out/", False),
        ("s3://b/train.jsonl", "s3://b/out/", False),
        ("s3://b/data/train.jsonl", "s3://b/data/out/", False),
        ("s3://a/train.jsonl", "s3://b", False),
        (TOKEN, TOKEN, False),
    ],
)
def test_results_lie_apart_from_the_data(read: str, written: str, *, wrong: bool) -> None:
    """Bedrock must not be able to overwrite what it learns from."""
    found = list(
        overlap_problems({"trainingDataConfig.s3Uri": S3Location(uri=read)}, S3Location(uri=written))
    )
    assert bool(found) == wrong


@pytest.mark.parametrize(
    ("account", "region", "owner", "rules"),
    [
        (ACCOUNT, REGION, None, []),
        (ACCOUNT, OTHER_REGION, None, ["must name a bucket in the job's Region"]),
        (OTHER_ACCOUNT, REGION, None, ["must name the owner of a bucket in another account"]),
        (OTHER_ACCOUNT, REGION, OTHER_ACCOUNT, []),
        (TOKEN, TOKEN, None, []),
    ],
)
def test_buckets_are_near_and_their_owner_named(
    account: str, region: str, owner: str | None, rules: list[str]
) -> None:
    """A bucket in another Region is refused, one in another account only where nobody says whose it is."""
    found = bucket_problems(
        "outputDataConfig.s3Uri",
        S3Location(uri="s3://b", owner=owner),
        bucket_account=account,
        bucket_region=region,
        account=ACCOUNT,
        region=REGION,
    )
    assert [problem.rule for problem in found] == rules


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("alias/models", False),
        (f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/models", False),
        (f"arn:aws:kms:{REGION}:{OTHER_ACCOUNT}:alias/models", False),
        (f"arn:aws:kms:{OTHER_REGION}:{ACCOUNT}:alias/models", True),
        (f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/*", True),
        (f"arn:aws:kms:{TOKEN}:{ACCOUNT}:alias/model?", True),
        ("alias/${aws:username}", True),
        ("alias/", True),
        (f"alias/{TOKEN}", False),
        (f"arn:aws:kms:{OTHER_REGION}:{ACCOUNT}:alias/{TOKEN}", True),
        (f"arn:aws:kms:{OTHER_REGION}:{ACCOUNT}:key/{KEY_ID}", True),
        (f"arn:aws:kms:{REGION}:{OTHER_ACCOUNT}:key/{KEY_ID}", False),
        (f"arn:aws:kms:{TOKEN}:{ACCOUNT}:key/{KEY_ID}", False),
        (KEY_ID, False),
        (f"mrk-{KEY_ID.replace('-', '')}", False),
        (TOKEN, False),
        ("*", True),
        ("a-key", True),
        (f"arn:aws:kms:{REGION}:{ACCOUNT}:key/*", True),
        (f"arn:aws:kms:{TOKEN}:{ACCOUNT}:key/*", True),
        (f"arn:aws:kms:{TOKEN}:{ACCOUNT}:alias/models", False),
    ],
)
def test_keys_have_a_name_for_iam(key: str, *, wrong: bool) -> None:
    """One key or alias, of the job's own Region."""
    assert bool(list(key_problems("customModelKmsKeyId", key, region=REGION))) == wrong


@pytest.mark.parametrize(
    ("arn", "wrong"),
    [
        (f"arn:aws:iam::{ACCOUNT}:role/Service", False),
        (f"arn:aws:iam::{ACCOUNT}:role/path/Service", False),
        (f"arn:aws:iam::{OTHER_ACCOUNT}:role/Service", True),
        (f"arn:aws:iam::{ACCOUNT}:user/Somebody", True),
        ("Service", True),
        (TOKEN, False),
        (f"arn:aws:iam::{ACCOUNT}:role/*", True),
        (f"arn:aws:iam::{ACCOUNT}:role/Servic?", True),
        (f"arn:aws:iam::{ACCOUNT}:role/${{aws:username}}", True),
        (f"arn:aws:iam::{TOKEN}:role/*", True),
    ],
)
def test_roles_can_be_passed(arn: str, *, wrong: bool) -> None:
    """IAM passes roles of the job's own account only."""
    assert bool(list(role_problems("roleArn", arn, account=ACCOUNT))) == wrong


BEDROCK = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "bedrock.amazonaws.com"}}


@pytest.mark.parametrize(
    ("trust", "wrong"),
    [
        (service_role_trust(**PLACE), False),
        ({"Statement": BEDROCK}, False),
        ({"Statement": [BEDROCK | {"Principal": {"Service": ["x", "bedrock.amazonaws.com"]}}]}, False),
        ({"Statement": [BEDROCK | {"Principal": {"Service": "lambda.amazonaws.com"}}]}, True),
        ({"Statement": [BEDROCK | {"Effect": "Deny"}]}, True),
        ({"Statement": [BEDROCK | {"Action": "sts:TagSession"}]}, True),
        ({"Statement": [BEDROCK | {"Principal": "*"}]}, True),
        ({}, True),
    ],
)
def test_roles_trust_bedrock(trust: dict[str, Any], *, wrong: bool) -> None:
    """A role that Bedrock may not assume is of no use to a job."""
    assert bool(list(trust_problems("roleArn", "Stack/Role", trust))) == wrong


def test_a_problem_is_one_sentence() -> None:
    """Where, the rule, what it got, what to do."""
    [problem] = location_problems("trainingDataConfig.s3Uri", S3Location(uri="s3://data/*"))
    assert str(problem) == (
        "trainingDataConfig.s3Uri must not contain '*', '?' or '$', got 's3://data/*'; "
        "name the object or the prefix itself: a policy would read the sign as any name"
    )


@pytest.mark.parametrize(
    ("needs", "ids"),
    [
        ({}, []),
        ({"inputs": [S3Location(uri=TOKEN)]}, ["bedrock-customization:deploy-time-uri"]),
        ({"output": S3Location(uri=TOKEN)}, ["bedrock-customization:deploy-time-uri"]),
        ({"inputs": [S3Location(uri=f"s3://{TOKEN}")]}, []),
        ({"teacher": TOKEN}, ["bedrock-customization:deploy-time-teacher"]),
        ({"teacher": "amazon.nova-pro-v1:0"}, []),
        ({"teacher": f"us.{TOKEN}"}, []),
    ],
)
def test_what_deployment_alone_knows_is_doubted(needs: dict[str, Any], ids: list[str]) -> None:
    """A policy that has to guess says so, under an id that can be acknowledged."""
    assert [doubt.id for doubt in permission_doubts(ServiceRoleNeeds(**PLACE, **needs))] == ids


def test_a_key_is_named_by_its_arn() -> None:
    """IAM knows keys by ARN; an id and an alias become one, an ARN and a token stay."""
    arn, alias = (f"arn:aws:kms:{REGION}:{ACCOUNT}:{name}" for name in (f"key/{KEY_ID}", "alias/x"))
    assert [key_arn(one, **PLACE) for one in (KEY_ID, arn, TOKEN)] == [arn, arn, TOKEN]
    assert [key_arn(one, **PLACE) for one in ("alias/x", alias)] == [alias, alias]
    assert key_arn(f"alias/{TOKEN}", **PLACE) == f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/{TOKEN}"
