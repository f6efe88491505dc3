"""What differs between two values: both sides are shown where they differ."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.contract import REQUEST
from constructs_lib.deployment.changes import both_shown, changes

BUCKET = "s3://amzn-s3-demo-bucket/tickets/2026/november/with/a/long/prefix/"
LONGEST = 150


@pytest.mark.parametrize(
    ("old", "new", "sides"),
    [
        ("2", "3", ('"2"', '"3"')),
        (
            f"{BUCKET}one.jsonl",
            f"{BUCKET}two.jsonl",
            ('"…long/prefix/one.jsonl"', '"…long/prefix/two.jsonl"'),
        ),
        (f"one/{BUCKET}", f"two/{BUCKET}", ('"one/s3://amzn-s…"', '"two/s3://amzn-s…"')),
        (
            f"{BUCKET}v1/{BUCKET}",
            f"{BUCKET}v22/{BUCKET}",
            ('"…ong/prefix/v1/s3://amzn-s…"', '"…ong/prefix/v22/s3://amzn-s…"'),
        ),
        (BUCKET, f"{BUCKET}more", ('"…long/prefix/"', '"…long/prefix/more"')),
        (
            {"Fn::Sub": f"{BUCKET}${{One}}/x"},
            {"Fn::Sub": f"{BUCKET}${{Two}}/x"},
            ('…ng/prefix/${One}/x"}', '…ng/prefix/${Two}/x"}'),
        ),
    ],
)
def test_both_sides_are_shown_where_they_differ(old: object, new: object, sides: tuple[str, str]) -> None:
    """A long beginning and a long end that both have are left out."""
    assert both_shown(old, new) == sides


@given(*(st.text(max_size=300) for _ in range(4)))
def test_two_different_values_never_look_the_same(start: str, one: str, other: str, end: str) -> None:
    """However long they are, what is shown is short and differs."""
    old, new = f"{start}{one}{end}", f"{start}{other}{end}"
    if old != new:
        before, after = map(json.loads, both_shown(old, new))
        assert before != after
        assert max(len(before), len(after)) <= LONGEST


@pytest.mark.parametrize("character", ["e\u0301", "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}", '\\"'])
def test_no_character_is_cut_in_two(character: str) -> None:
    """An accent stays with its letter, a joined emoji stays whole, and a quote keeps its backslash."""
    for length in range(50, 80):
        same = ("x" * length + character * 3) * 3
        for text in both_shown([f"{same}one{same}"], [f"{same}two{same}"]):
            middle = text.strip("…")
            own = json.dumps(character, ensure_ascii=False)[1:-1]
            rest = middle.replace(own, "").replace('\\"', "")
            assert not set(rest) - set('x[]onetw"…'), text


def said(old: object, new: object) -> list[str]:
    """The differences of two requests."""
    return [*changes(old, new, shape=REQUEST)]


def test_a_changed_list_names_what_comes_and_goes() -> None:
    """Subnets are named; a list of objects is compared item by item."""
    assert said({"vpcConfig": {"subnetIds": ["a", "b"]}}, {"vpcConfig": {"subnetIds": ["b", "c"]}}) == [
        '"c" is added to vpcConfig.subnetIds',
        '"a" is removed from vpcConfig.subnetIds',
    ]
    old = {"validationDataConfig": {"validators": [{"s3Uri": "s3://a/1"}]}}
    new = {"validationDataConfig": {"validators": [{"s3Uri": "s3://a/2"}, {"s3Uri": "s3://a/3"}]}}
    assert said(old, new) == [
        'validationDataConfig.validators[0].s3Uri changes from "s3://a/1" to "s3://a/2"',
        'validationDataConfig.validators[1] is added as {"s3Uri": "s3://a/3"}',
    ]
    assert said({"vpcConfig": {"subnetIds": ["a", "b"]}}, {"vpcConfig": {"subnetIds": ["b", "a"]}}) == [
        "the order of vpcConfig.subnetIds changes"
    ]


def test_an_uploaded_file_is_named_by_its_property() -> None:
    """Its URI has only hashes; the property says which file it is."""
    uploads = [{"trainingDataConfig": {"s3Uri": f"sha256:{digit * 64}"}} for digit in "12"]
    assert said(*uploads) == [
        "the file of trainingDataConfig.s3Uri changes (SHA-256 111111111111… to 222222222222…)"
    ]
    assert said(uploads[0], {"trainingDataConfig": {"s3Uri": "s3://a/b"}}) == [
        'trainingDataConfig.s3Uri changes from the uploaded file with the SHA-256 111111111111… to "s3://a/b"'
    ]


def test_a_sensitive_member_is_not_shown() -> None:
    """Neither where it changes, nor where it is added in a list or as a whole."""
    path = "trainingDataConfig"
    filters = [
        {path: {"invocationLogsConfig": {"requestMetadataFilters": {"andAll": [{"equals": {"who": name}}]}}}}
        for name in ("alice", "bob")
    ]
    for old, new in ([*filters], [{}, filters[0]], [filters[0], {path: {"Ref": "Data"}}]):
        text = " ".join(said(old, new))
        assert path in text
        assert "alice" not in text
        assert "bob" not in text
