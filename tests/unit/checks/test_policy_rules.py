"""What no policy could make right: roles, keys, buckets, networks, graders and teachers."""

from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.checks import BrokenReference, ConstructFacts, NetworkFacts, RoleFacts
from constructs_lib.permissions import S3Location, key_arn, service_role_trust
from tests.unit.checks.subjects import (
    ACCOUNT,
    MINIMAL,
    OTHER_ACCOUNT,
    OTHER_REGION,
    REGION,
    TOKEN,
    URI,
    at,
    found,
    names,
)

OUTPUT = "outputDataConfig.s3Uri"
TRAINING = "trainingDataConfig.s3Uri"
KEY_ID = "0a1b2c3d-0000-1111-2222-333344445555"
HERE = {"account": ACCOUNT, "region": REGION}


def _wrong(request: dict[str, Any], **facts: Any) -> list[str]:  # noqa: ANN401 - any of a subject's
    return [one.name for one in found(request, **(HERE | facts)) if one.severity == "error"]


@pytest.mark.parametrize(
    ("location", "wrong"),
    [
        (S3Location(uri="s3://data/a/*.jsonl"), ["media-uri"]),
        (S3Location(uri="s3://data/a?.jsonl"), ["media-uri"]),
        (S3Location(uri="s3://data/$a"), ["media-uri"]),
        (S3Location(uri="data/images"), ["media-uri"]),
        (S3Location(uri=f"s3://data/{TOKEN}/*"), ["media-uri"]),
        (S3Location(uri="s3://data/a.jsonl"), []),
        (S3Location(uri=f"s3://data/{TOKEN}"), []),
        (S3Location(uri="{{resolve:ssm:/where}}"), ["deploy-time-location"]),
        (S3Location(uri="s3://data/{{resolve:ssm:/where}}"), []),
        (S3Location(uri=TOKEN), []),
        (S3Location(uri="s3://data/a", owner="12345678901"), ["bucket-owner"]),
        (S3Location(uri="s3://data/a", owner=OTHER_ACCOUNT), []),
        (S3Location(uri="s3://data/a", owner=TOKEN), []),
    ],
)
def test_locations_that_a_policy_can_name(location: S3Location, wrong: list[str]) -> None:
    """No wildcard, no reference in the place of a whole URI, an owner of twelve digits."""
    inputs = {TRAINING: S3Location(uri=URI), "media_data[0]": location}
    assert _wrong(dict(MINIMAL), inputs=inputs) == wrong


@pytest.mark.parametrize(
    ("read", "written", "wrong"),
    [
        ("s3://data/train.jsonl", "s3://data", True),
        ("s3://data/train.jsonl", "s3://data/", True),
        ("s3://data/out/train.jsonl", "s3://data/out/", True),
        ("s3://data/out/train.jsonl", "s3://data/out", True),
        ("s3://data/in/", "s3://data/in/out/", True),
        ("s3://data/in", "s3://data/in/out", True),
        ("s3://data", "s3://data/out", True),
        ("s3://data/out", "s3://data/out", True),
        ("s3://data/outer/train.jsonl", "s3://data/out/", False),
        ("s3://data/train.jsonl", "s3://data/out/", False),
        ("s3://data/in/train.jsonl", "s3://data/in/out/", False),
        ("s3://other/train.jsonl", "s3://data", False),
        (TOKEN, TOKEN, False),
    ],
)
@pytest.mark.parametrize("path", [TRAINING, "validationDataConfig.validators[0].s3Uri"])
def test_results_are_written_apart_from_the_data(read: str, written: str, path: str, *, wrong: bool) -> None:
    """Bedrock must not be able to overwrite what it trains with; a role of your own may allow it."""
    uri = read if path == TRAINING else "s3://elsewhere/train.jsonl"
    request = at(OUTPUT, written, at(TRAINING, uri))
    if path != TRAINING:
        request["validationDataConfig"] = {"validators": [{"s3Uri": read}]}
    assert _wrong(request) == (["output-overlaps-input"] if wrong else [])
    assert _wrong(request | {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/Mine"}) == []


@pytest.mark.parametrize(
    ("account", "region", "owner", "rules"),
    [
        (ACCOUNT, REGION, None, []),
        (ACCOUNT, OTHER_REGION, None, [("error", "bucket-region")]),
        (OTHER_ACCOUNT, REGION, None, [("error", "bucket-owner")]),
        (OTHER_ACCOUNT, OTHER_REGION, None, [("error", "bucket-owner"), ("error", "bucket-region")]),
        (OTHER_ACCOUNT, REGION, OTHER_ACCOUNT, [("warning", "foreign-bucket")]),
        (TOKEN, TOKEN, None, []),
        (None, None, None, []),
    ],
)
def test_buckets_are_near_and_their_owner_is_given(
    account: str | None, region: str | None, owner: str | None, rules: list[tuple[str, str]]
) -> None:
    """A bucket in another Region is refused, one of another account only where its owner is not given."""
    output = S3Location(uri="s3://results", owner=owner)
    bucket = {OUTPUT: ConstructFacts(path="Far/Bucket", account=account, region=region)}
    wrong = found(MINIMAL, output=output, constructs=bucket, **HERE)
    assert names(wrong) == rules
    assert all(one.path == OUTPUT for one in wrong)
    facts = {"account": None, "region": None}
    unknown = found(MINIMAL, output=output, constructs=bucket, **facts)
    assert [one for one in unknown if one.severity == "error"] == []


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("alias/models", ""),
        (f"alias/{TOKEN}", ""),
        (f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/models", ""),
        (f"arn:aws:kms:{OTHER_REGION}:{ACCOUNT}:alias/models", "key-region"),
        (f"arn:aws:kms:{TOKEN}:{ACCOUNT}:alias/models", ""),
        (f"alias/{TOKEN}*", "wildcard"),
        (f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/*", "request-pattern"),
        (f"arn:aws:kms:{TOKEN}:{ACCOUNT}:alias/model?", "wildcard"),
        ("alias/${aws:username}", "request-pattern"),
        ("alias/", "request-pattern"),
        (f"arn:aws:kms:{OTHER_REGION}:{ACCOUNT}:alias/{TOKEN}", "key-region"),
        (f"arn:aws:kms:{OTHER_REGION}:{ACCOUNT}:key/{KEY_ID}", "key-region"),
        (f"arn:aws:kms:{REGION}:{OTHER_ACCOUNT}:key/{KEY_ID}", ""),
        (f"arn:aws:kms:{TOKEN}:{ACCOUNT}:key/{KEY_ID}", ""),
        (KEY_ID, ""),
        (f"mrk-{KEY_ID.replace('-', '')}", ""),
        (TOKEN, ""),
        ("*", "request-pattern"),
        ("a-key", "request-pattern"),
        (f"arn:aws:kms:{REGION}:{ACCOUNT}:key/*", "request-pattern"),
        (f"arn:aws:kms:{TOKEN}:{ACCOUNT}:key/*", "wildcard"),
    ],
)
def test_keys_have_a_name_for_iam(key: str, wrong: str) -> None:
    """A policy names the key or its alias exactly, and Bedrock uses keys of its own Region only."""
    assert _wrong(at("customModelKmsKeyId", key)) == ([wrong] if wrong else [])
    data = S3Location(uri=URI, key_arn=key)
    of_data = {"request-pattern": "exact-name", "wildcard": "exact-name"}
    assert _wrong(dict(MINIMAL), inputs={TRAINING: data}) == ([of_data.get(wrong, wrong)] if wrong else [])


FAR = ConstructFacts(path="Far/It", account=OTHER_ACCOUNT, region=OTHER_REGION)
ELSEWHERE = [ConstructFacts(path="It", account=a, region=r) for a, r in ((TOKEN, TOKEN), (None, None))]
GRADER = "customizationConfig.rftConfig.graderConfig.lambdaGrader.lambdaArn"


@pytest.mark.parametrize(
    ("path", "facts", "rules"),
    [
        ("roleArn", {"constructs": {"roleArn": FAR}}, ["role-account"]),
        (GRADER, {"constructs": {GRADER: FAR}, "makes_role": True}, ["called-elsewhere"]),
        (GRADER, {"constructs": {GRADER: FAR}, "makes_role": False}, []),
        ("customModelKmsKeyId", {"keys_of_constructs": {"customModelKmsKeyId": FAR}}, ["key-region"]),
        ("vpcConfig", {"constructs": {"vpcConfig": FAR}}, ["network-region"]),
        (
            "output_data.access_logs",
            {"constructs": {"output_data.access_logs": FAR}},
            ["access-logs-elsewhere"],
        ),
    ],
)
def test_a_construct_is_checked_as_its_arn_is(path: str, facts: dict[str, Any], rules: list[str]) -> None:
    """A token tells nothing, but the stack of its construct has an account and a Region."""
    is_text = path not in ("vpcConfig", "output_data.access_logs")
    request = at(path, TOKEN) if is_text else dict(MINIMAL)
    reference = BrokenReference(path=path, target="Far/It", fix="name it")
    wrong = [one for one in found(request, **HERE, **facts) if one.severity == "error"]
    assert [(one.name, one.path) for one in wrong] == [(rule, path) for rule in rules]
    # A reference that cannot work is no second problem of a construct that is refused anyway.
    both = _wrong(request, broken_references=[reference], **facts)
    assert both == (rules or ["cross-stack-reference"])
    [kind] = [name for name in facts if "construct" in name]
    assert all(_wrong(request, **(facts | {kind: {path: one}})) == [] for one in ELSEWHERE)
    assert [one for one in found(request, **facts) if one.severity == "error"] == []


def test_a_vpc_of_another_account_is_a_warning() -> None:
    """Its owner may share subnets, and no page of AWS says that Bedrock cannot use them."""
    vpc = ConstructFacts(path="Far/Vpc", account=OTHER_ACCOUNT, region=REGION)
    assert names(found(MINIMAL, constructs={"vpcConfig": vpc}, **HERE)) == [("warning", "network-account")]


def test_iam_knows_keys_by_arn() -> None:
    """An id and an alias become one; an ARN and a token stay."""
    place = {"partition": "aws", "region": REGION, "account": ACCOUNT}
    arn, alias = (f"arn:aws:kms:{REGION}:{ACCOUNT}:{name}" for name in (f"key/{KEY_ID}", "alias/x"))
    assert [key_arn(one, **place) for one in (KEY_ID, arn, TOKEN)] == [arn, arn, TOKEN]
    assert [key_arn(one, **place) for one in ("alias/x", alias)] == [alias, alias]
    assert key_arn(f"alias/{TOKEN}", **place) == f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/{TOKEN}"


def test_a_key_of_nobody_here_is_a_warning() -> None:
    """A key that is only referred to has a policy that another team writes; a token may be the app's own."""
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{KEY_ID}"
    assert names(found(at("customModelKmsKeyId", key))) == [("warning", "foreign-key")]
    assert found(at("customModelKmsKeyId", key), has_foreign_key=False) == []
    assert names(found(MINIMAL, has_key_without_bedrock=True)) == [("warning", "key-without-bedrock")]


@pytest.mark.parametrize(
    ("arn", "wrong"),
    [
        (f"arn:aws:iam::{ACCOUNT}:role/Service", ""),
        (f"arn:aws:iam::{ACCOUNT}:role/path/Service", ""),
        (f"arn:aws:iam::{OTHER_ACCOUNT}:role/Service", "role-account"),
        (f"arn:aws:iam::{ACCOUNT}:user/Somebody", "request-pattern"),
        (f"arn:aws:iam::{ACCOUNT}:role/a name", "exact-name"),
        ("Service", "request-pattern"),
        (TOKEN, ""),
        (f"arn:aws:iam::{ACCOUNT}:role/*", "wildcard"),
        (f"arn:aws:iam::{ACCOUNT}:role/Servic?", "wildcard"),
        (f"arn:aws:iam::{ACCOUNT}:role/${{aws:username}}", "wildcard"),
        (f"arn:aws:iam::{TOKEN}:role/*", "wildcard"),
    ],
)
def test_roles_can_be_passed(arn: str, wrong: str) -> None:
    """IAM passes roles of the job's own account only."""
    assert _wrong(at("roleArn", arn)) == ([wrong] if wrong else [])
    assert _wrong(at("roleArn", arn), account=None) == ([wrong] if wrong not in ("", "role-account") else [])


BEDROCK = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "bedrock.amazonaws.com"}}
TRUSTED = service_role_trust(partition="aws", region=REGION, account=ACCOUNT)
OPEN, CLOSED = ("warning", "open-trust"), ("error", "role-trust")


@pytest.mark.parametrize(
    ("trust", "rules"),
    [
        (None, []),
        (TRUSTED, []),
        ({"Statement": BEDROCK | {"Condition": {"StringEquals": {"AWS:SourceAccount": ACCOUNT}}}}, []),
        ({"Statement": BEDROCK}, [OPEN]),
        ({"Statement": [BEDROCK, BEDROCK]}, [OPEN]),
        ({"Statement": [BEDROCK | {"Principal": {"Service": ["x", "bedrock.amazonaws.com"]}}]}, [OPEN]),
        ({"Statement": [BEDROCK | {"Principal": {"Service": "lambda.amazonaws.com"}}]}, [CLOSED]),
        ({"Statement": [BEDROCK | {"Effect": "Deny"}]}, [CLOSED]),
        ({"Statement": [BEDROCK | {"Action": "sts:TagSession"}]}, [CLOSED]),
        ({"Statement": [BEDROCK | {"Principal": "*"}]}, [CLOSED]),
        ({}, [CLOSED]),
    ],
)
def test_roles_trust_bedrock(trust: dict[str, Any] | None, rules: list[tuple[str, str]]) -> None:
    """A role that Bedrock may not assume is of no use to a job; one that anybody's job may use, a risk."""
    assert names(found(at("roleArn", TOKEN), role=RoleFacts(path="Stack/Role", trust=trust))) == rules


def test_a_boundary_and_a_vpc_are_named_exactly() -> None:
    """Both enter policies, and neither is part of the request."""
    wild = "arn:aws:iam::aws:policy/*"
    assert (
        _wrong(dict(MINIMAL), role=RoleFacts(boundary_arn=wild), output_vpc_id="vpc-*") == ["exact-name"] * 2
    )
    exact = RoleFacts(boundary_arn="arn:aws:iam::aws:policy/Boundary")
    assert _wrong(dict(MINIMAL), role=exact, output_vpc_id="vpc-0a1b2c3d") == []


TEACHER = "customizationConfig.distillationConfig.teacherModelConfig.teacherModelIdentifier"
GRADER = "customizationConfig.rftConfig.graderConfig.lambdaGrader.lambdaArn"
PROFILE = "inference-profile/us.amazon.nova-pro-v1:0"


@pytest.mark.parametrize(
    ("path", "arn", "wrong"),
    [
        (GRADER, f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:grade", ""),
        (GRADER, f"arn:aws:lambda:{REGION}:{OTHER_ACCOUNT}:function:grade", "account"),
        (GRADER, f"arn:aws:lambda:{OTHER_REGION}:{ACCOUNT}:function:grade", "Region"),
        (GRADER, f"arn:aws:lambda:{OTHER_REGION}:{OTHER_ACCOUNT}:function:grade", "account"),
        (GRADER, f"arn:aws:lambda:{REGION}:{TOKEN}:function:grade", ""),
        (TEACHER, "amazon.nova-pro-v1:0", ""),
        (TEACHER, f"arn:aws:bedrock:{REGION}::foundation-model/amazon.nova-pro-v1:0", ""),
        (TEACHER, f"arn:aws:bedrock:{OTHER_REGION}::foundation-model/amazon.nova-pro-v1:0", "Region"),
        (TEACHER, f"arn:aws:bedrock:{REGION}:{OTHER_ACCOUNT}:{PROFILE}", "account"),
    ],
)
def test_what_is_shown_the_data_belongs_to_the_account(path: str, arn: str, wrong: str) -> None:
    """A role that is made here may call no stranger; a role of your own may."""
    request = at(path, arn)
    called = [one for one in found(request, **HERE) if one.name == "called-elsewhere"]
    assert [one.path for one in called] == ([path] if wrong else [])
    assert all(f"the job's {wrong}" in one.rule for one in called)
    own = request | {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/Mine"}
    assert "called-elsewhere" not in _wrong(own)


@pytest.mark.parametrize(
    ("facts", "ids"),
    [
        ({}, []),
        ({"inputs": {TRAINING: S3Location(uri=TOKEN)}}, ["deploy-time-uri"]),
        ({"output": S3Location(uri=TOKEN)}, ["deploy-time-uri"]),
        ({"inputs": {TRAINING: S3Location(uri=f"s3://{TOKEN}")}}, []),
    ],
)
def test_a_uri_that_only_deployment_knows_is_a_warning(facts: dict[str, Any], ids: list[str]) -> None:
    """A policy that is wider than it needs to be is reported, under an id that can be acknowledged."""
    assert [one.name for one in found(MINIMAL, **facts)] == ids


@pytest.mark.parametrize(
    ("teacher", "ids"),
    [(TOKEN, ["deploy-time-teacher"]), ("amazon.nova-pro-v1:0", []), (f"us.{TOKEN}", [])],
)
def test_a_teacher_that_only_deployment_knows_is_a_warning(teacher: str, ids: list[str]) -> None:
    """It is taken for a model's id, and an inference profile would need another permission."""
    request = at(TEACHER, teacher) | {"customizationType": "DISTILLATION"}
    assert [one.name for one in found(request)] == ids


@pytest.mark.parametrize(
    ("facts", "name", "path"),
    [
        (NetworkFacts(vpc="Vpc", no_subnets="no isolated ones"), "network-subnets", "vpcConfig.subnetIds"),
        (NetworkFacts(public_subnets={1: "Vpc/b"}), "network-public-subnet", "vpcConfig.subnetIds[1]"),
        (NetworkFacts(unknown_routes=["Vpc/a"]), "network-routes", "s3_endpoint"),
        (NetworkFacts(lacks_prefix_list=True), "network-prefix-list", "s3_prefix_list_id"),
        (NetworkFacts(other_stack="Other"), "network-one-stack", "network"),
        (NetworkFacts(vpc="Vpc", other_subnets=True), "network-one-set", "vpcConfig.subnetIds"),
    ],
)
def test_networks_that_cannot_work(facts: NetworkFacts, name: str, path: str) -> None:
    """What the construct knows of a VPC is checked like everything else."""
    [one] = found(MINIMAL, network=facts, **HERE)
    assert (one.severity, one.name, one.path) == ("error", name, path)


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ({"other_stack_provider": "Other/Provider"}, ("error", "provider-stack")),
        ({"is_base_trained_here": True}, ("warning", "model-not-trained-yet")),
        ({"repeated_hyper_parameters": ["batchSize"]}, ("error", "hyper-parameter-repeated")),
        ({"max_training_tokens": 5}, ("error", "training-budget")),
    ],
)
def test_what_only_the_construct_knows(facts: dict[str, Any], rule: tuple[str, str]) -> None:
    """Facts of an app that no request holds."""
    assert names(found(MINIMAL, **facts)) == [rule]


def test_a_limit_is_not_reported_beside_what_prevents_the_comparison() -> None:
    """A file that does not exist, and a model that is refused, are one mistake each."""
    missing = at(TRAINING, "file:///no/such/file.jsonl")
    assert _wrong(missing, max_training_tokens=5) == ["local-file"]
    assert _wrong(at("baseModelIdentifier", "a b"), max_training_tokens=5) == ["request-pattern"]
    assert _wrong(at(TRAINING, "nonsense"), max_training_tokens=5) == ["request-pattern"]


def test_a_limit_needs_a_model_that_is_known() -> None:
    """How many tokens a file holds depends on the model."""
    request = at(TRAINING, f"file://{__file__}", at("baseModelIdentifier", TOKEN))
    [one] = [one for one in found(request, max_training_tokens=5) if one.severity == "error"]
    assert (one.name, one.path) == ("training-budget", "max_training_tokens")
    assert "known base model" in one.rule
