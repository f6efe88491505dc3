"""The one question about tokens, compared with the CDK's own answer."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal

import aws_cdk as cdk
import jsii
import pytest

from constructs_lib.request.tokens import is_known, literal


@jsii.implements(cdk.IResolvable)
class Resolvable:
    """A token that a user wrote."""

    @property
    def creation_stack(self) -> list[str]:
        """Where it was made."""
        return []

    def resolve(self, _context: cdk.IResolveContext) -> str:
        """Return its value."""
        return "x"

    def to_string(self) -> str:
        """Return its text."""
        return "x"


STACK = cdk.Stack()
PARAMETER = cdk.CfnParameter(STACK, "Number", type="Number")
LIST = cdk.CfnParameter(STACK, "List", type="List<String>")
TOKENS = [
    PARAMETER.value_as_string,
    PARAMETER.value_as_number,
    LIST.value_as_list,
    cdk.Aws.REGION,
    f"s3://{PARAMETER.value_as_string}/x",
    cdk.Fn.join("-", ["a", cdk.Aws.REGION]),
    cdk.Lazy.any(cdk.Token.as_any("x")),
    cdk.Fn.condition_if("C", "a", "b"),
    cdk.Token.as_number({"Ref": "x"}),
]
VALUES = [
    "x",
    "",
    "${x}",
    "${AWS::Region}",
    "{{x}}",
    0,
    -1.5,
    -1.8e289,
    -1.9e290,
    True,
    [],
    ["x"],
    {"a": "b"},
]
OTHERS = [None, Decimal("0.1"), object(), {1}, b"x"]


@pytest.mark.parametrize("value", TOKENS, ids=range(len(TOKENS)))
def test_what_the_cdk_does_not_know_is_not_known(value: object) -> None:
    """Strings, numbers, lists and objects: each kind of token there is."""
    assert cdk.Token.is_unresolved(value)
    assert not is_known(value)


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_what_is_there_is_known(value: object) -> None:
    """Nothing that looks a little like a token gets past the rules."""
    assert not cdk.Token.is_unresolved(value)
    assert is_known(value)


@pytest.mark.parametrize("value", OTHERS, ids=range(len(OTHERS)))
def test_what_jsii_cannot_take_is_known(value: object) -> None:
    """It is no token, and asking the CDK about it would end in a traceback."""
    assert is_known(value)


def test_a_tokens_object_of_our_own_is_not_known() -> None:
    """A resolvable written in Python counts as one of the CDK's."""
    assert not is_known(Resolvable())


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("{{resolve:ssm:/bucket}}", ""),
        ("s3://{{resolve:ssm:/bucket:3}}/x", "s3:///x"),
        ("{{resolve:secretsmanager:s:SecretString:k}}", ""),
        ("{{resolve:", "{{resolve:"),
        (f"s3://{cdk.Aws.ACCOUNT_ID}-x", "s3://-x"),
        ("dummy-value-for-/model", ""),
        ("s3://dummy-value-for-/bucket/x", "s3://"),
        ("s3://dummy-value-for-/bucket/*", "s3://*"),
    ],
)
def test_a_dynamic_reference_is_known_at_deploy_time(text: str, known: str) -> None:
    """CloudFormation puts the parameter's or the secret's value in its place."""
    assert literal(text) == known
    assert is_known(text) == (known == text)


def test_without_the_cdk_there_are_no_tokens() -> None:
    """The question alone never loads the CDK: a console command must start fast."""
    script = (
        "import sys; from constructs_lib.request import is_known\n"
        "values = ['${Token[TOKEN.1]}', -1.8881545897087524e+289, ['#{Token[TOKEN.1]}'], object()]\n"
        "assert all(map(is_known, values))\n"
        "assert 'aws_cdk' not in sys.modules and 'botocore' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
