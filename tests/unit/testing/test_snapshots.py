from pathlib import Path

import pytest
from aws_cdk import App, CfnOutput, CfnResource, Stack
from aws_cdk.aws_s3_assets import Asset

from constructs_lib.testing import template_snapshot


def app_with(folder: Path, text: str) -> App:
    """Return an app of two stacks whose asset holds `text`."""
    file = folder / "data.txt"
    file.write_text(text, encoding="utf-8")
    app = App(outdir=str(folder / f"out-{len(text)}"))
    stack = Stack(app, "First")
    asset = Asset(stack, "Data", path=str(file))
    CfnOutput(stack, "Uri", value=asset.s3_object_url)
    Stack(app, "Second")
    return app


def test_a_change_of_an_asset_is_no_change_of_the_snapshot(tmp_path: Path) -> None:
    """Its hash is masked wherever it stands."""
    old, new = (template_snapshot(app_with(tmp_path, text)) for text in ("old", "newer"))

    assert old == new
    assert "<asset hash>" in str(old["First"]["Outputs"])


def test_an_app_is_all_its_stacks_and_a_stack_is_itself(tmp_path: Path) -> None:
    """By name, and the same template either way."""
    app = app_with(tmp_path, "text")
    snapshot = template_snapshot(app)

    assert list(snapshot) == ["First", "Second"]
    assert template_snapshot(app.node.find_child("First")) == snapshot["First"]


@pytest.mark.parametrize("digits", [63, 65])
def test_only_what_looks_like_a_hash_is_masked(digits: int) -> None:
    """64 hexadecimal digits, not one less or more."""
    stack = Stack()
    CfnResource(stack, "It", type="A::B::C", properties={"z": "a" * digits, "a": ["a" * 64]})
    resource = template_snapshot(stack)["Resources"]["It"]

    assert resource["Properties"] == {"a": ["<asset hash>"], "z": "a" * digits}
    assert list(resource["Properties"]) == ["a", "z"]
