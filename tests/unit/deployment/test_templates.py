"""Templates as text, in JSON and YAML."""

from __future__ import annotations

import json

import pytest

from constructs_lib.deployment.templates import TemplateError, read_template


def test_short_functions_are_the_long_ones() -> None:
    """A date stays a text, as CloudFormation reads it."""
    found = read_template(
        """
        Resources:
          A:
            Type: X
            Properties:
              a: !Sub "${B}x"
              b: !GetAtt C.Arn
              c: !Join ["", [a, !Ref B]]
              d: 2012-10-17
              e: !If [IsProd, !Condition Other, !FindInMap [M, a, b]]
        """
    )
    assert found["Resources"]["A"]["Properties"] == {
        "a": {"Fn::Sub": "${B}x"},
        "b": {"Fn::GetAtt": ["C", "Arn"]},
        "c": {"Fn::Join": ["", ["a", {"Ref": "B"}]]},
        "d": "2012-10-17",
        "e": {"Fn::If": ["IsProd", {"Condition": "Other"}, {"Fn::FindInMap": ["M", "a", "b"]}]},
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "a: &x [1]\nResources: {q: *x}",
        "[" * 100_000,
        "{" * 100_000,
        json.dumps({"Resources": {"A": json.loads("[" * 200 + "]" * 200)}}),
        "a: {[]: 3}",
        "!!python/object/apply:os.system [true]",
        "\x00",
        b"\xff\xfe",
        "Resources: 3",
        json.dumps("Resources: 3"),
        " " * (9 << 20),
    ],
    ids=range(13),
)
def test_what_is_no_template(text: str | bytes) -> None:
    """Aliases, deep nesting and objects of Python are refused as what is not a template is."""
    with pytest.raises(TemplateError, match="a template"):
        read_template(text)
