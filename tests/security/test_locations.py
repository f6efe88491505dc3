"""For every accepted S3 URI, the policy names exactly the object or prefix."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from constructs_lib.permissions import (
    S3Location,
    ServiceRoleNeeds,
    service_role_statements,
)
from tests.security.iam_evaluator import ACCOUNT, OTHER_ACCOUNT, Call, identity_allows
from tests.security.scenario import PLACE
from tests.unit.checks.subjects import at, errors

# The alphabet of the service model's pattern, less `*`, which a policy would misread.
SAFE = "-!_'().azAZ09"
names = st.text("abc-.09", min_size=1, max_size=8).map(lambda text: f"b{text}z".replace("..", "."))
segments = st.lists(st.text(SAFE, min_size=1, max_size=6), max_size=4).map("/".join)
endings = st.sampled_from(["", "/", ".jsonl", "/train.jsonl", "/v1.2", "/data.tar.gz"])


def is_accepted(uri: str) -> bool:
    """Return whether Bedrock's own model and this library accept a URI."""
    return not errors(at("trainingDataConfig.s3Uri", uri))


def may_read(path: str, key: str) -> bool:
    """Return what a URI names: a whole bucket, a prefix, one data file, or either of the last two."""
    if not path or path.endswith("/"):
        return key.startswith(path)
    return key == path or (not path.endswith((".jsonl", ".gz")) and key.startswith(f"{path}/"))


def may_write(path: str, key: str) -> bool:
    """Return what an output URI names: all objects below it."""
    prefix = path.rstrip("/")
    return not prefix or key.startswith(f"{prefix}/")


def neighbours(path: str) -> set[str]:
    """Return keys in and around a path."""
    stem = path.rstrip("/")
    parent = stem.rpartition("/")[0]
    near = {stem, f"{stem}/", f"{stem}/x", f"{stem}x", f"{stem}x/y", f"{stem}.bak", f"{stem}/x/y.jsonl"}
    return near | {f"{parent}/other", parent, f"x{stem}", stem[:-1], stem.upper(), "x", f"{stem}//x"} - {""}


def role(inputs: list[str], output: str) -> list[dict[str, object]]:
    """Return the statements for some locations."""
    places = [S3Location(uri=uri) for uri in inputs]
    return service_role_statements(ServiceRoleNeeds(**PLACE, inputs=places, output=S3Location(uri=output)))


def allowed(
    statements: list[dict[str, object]], action: str, bucket: str, key: str, owner: str = ACCOUNT
) -> bool:
    """Return IAM's decision about one object."""
    return identity_allows(
        statements, Call(name="", action=action, resource=f"arn:aws:s3:::{bucket}/{key}", owner=owner)
    )


@given(bucket=names, stem=segments, ending=endings)
@settings(max_examples=150, deadline=None)
def test_input_is_limited_to_its_uri(bucket: str, stem: str, ending: str) -> None:
    """Similar keys, other buckets, other owners and writing are denied."""
    path = f"{stem}{ending}".lstrip("/")
    uri = f"s3://{bucket}/{path}".removesuffix("/") if not path else f"s3://{bucket}/{path}"
    assume(is_accepted(uri))
    statements = role([uri], "s3://results/x")
    for key in neighbours(path):
        assert allowed(statements, "s3:GetObject", bucket, key) == may_read(path, key), (uri, key)
        assert not allowed(statements, "s3:PutObject", bucket, key), (uri, key)
        for other in (f"{bucket}x", f"x{bucket}", bucket[:-1]):
            assert not allowed(statements, "s3:GetObject", other, key), (uri, other, key)
        assert not allowed(statements, "s3:GetObject", bucket, key, OTHER_ACCOUNT), (uri, key)


@given(bucket=names, stem=segments, ending=st.sampled_from(["", "/"]))
@settings(max_examples=100, deadline=None)
def test_output_is_limited_to_its_prefix(bucket: str, stem: str, ending: str) -> None:
    """Keys below the URI can be written, Bedrock's probe object included; similar keys are denied."""
    path = f"{stem}{ending}" if stem else ""
    statements = role(["s3://data/train.jsonl"], f"s3://{bucket}/{path}" if path else f"s3://{bucket}")
    for key in {*neighbours(path), f"{path.rstrip('/')}/.write_access_check_file.tmp".lstrip("/")}:
        assert allowed(statements, "s3:PutObject", bucket, key) == may_write(path, key), (path, key)
        assert not allowed(statements, "s3:PutObject", f"{bucket}x", key), (path, key)


@given(bucket=names, stem=segments, wild=st.sampled_from(["*", "?", "${aws:username}", "a*", "**"]))
@settings(max_examples=50, deadline=None)
def test_wildcards_and_policy_variables_are_refused(bucket: str, stem: str, wild: str) -> None:
    """A wildcard or a policy variable never enters a policy."""
    assert not is_accepted(f"s3://{bucket}/{stem}{wild}/x.jsonl")


@pytest.mark.parametrize(
    ("uri", "objects"),
    [
        ("s3://b/${Token[Key.1]}", ["arn:aws:s3:::b/${Token[Key.1]}", "arn:aws:s3:::b/${Token[Key.1]}/*"]),
        ("s3://${Token[Bucket.1]}/a.jsonl", ["arn:aws:s3:::${Token[Bucket.1]}/a.jsonl"]),
        ("s3://b/{{resolve:ssm:/a/b}}/c.jsonl", ["arn:aws:s3:::b/{{resolve:ssm:/a/b}}/c.jsonl"]),
        ("s3://{{resolve:ssm:/a/b}}/c/", ["arn:aws:s3:::{{resolve:ssm:/a/b}}/c/*"]),
    ],
)
def test_tokens_stay_in_their_position(uri: str, objects: list[str]) -> None:
    """A token or a dynamic reference stays a part of the name, slashes included."""
    assert S3Location(uri=uri).objects_to_read("aws") == objects


def test_a_uri_may_be_a_token() -> None:
    """CloudFormation splits such a URI: the object, all objects below it, and its bucket."""
    place = S3Location(uri="${Token[Uri.1]}")
    rest = {"Fn::Select": [1, {"Fn::Split": ["s3://", "${Token[Uri.1]}"]}]}
    assert place.objects_to_read("aws") == [
        {"Fn::Join": ["", ["arn:aws:s3:::", rest, ""]]},
        {"Fn::Join": ["", ["arn:aws:s3:::", rest, "/*"]]},
    ]
    assert place.objects_to_write("aws") == [{"Fn::Join": ["", ["arn:aws:s3:::", rest, "/*"]]}]
    assert place.keys_as_input() == []
