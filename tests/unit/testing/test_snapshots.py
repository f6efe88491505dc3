import json
import re
from pathlib import Path
from typing import Any

from aws_cdk import (
    App,
    CfnOutput,
    CfnResource,
    Environment,
    LegacyStackSynthesizer,
    NestedStack,
    Stack,
    Stage,
    Token,
    assertions,
)
from aws_cdk.aws_lambda import Code, Function, Runtime
from aws_cdk.aws_s3_assets import Asset

from constructs_lib import ModelCustomizationJob, TrainingData
from constructs_lib.job.asset import asset_files, asset_hash
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


def test_a_change_of_an_asset_is_a_change_of_the_snapshot(tmp_path: Path) -> None:
    """Another file would be deployed."""
    old, new = (template_snapshot(app_with(tmp_path, text)) for text in ("old", "newer"))

    assert old != new


def test_other_training_data_is_another_snapshot(tmp_path: Path) -> None:
    """The handler's hash is masked everywhere, that of the data is not: other data trains another model."""
    records = [
        json.dumps({"prompt": f"What is {number}?", "completion": "A number."}) for number in range(40)
    ]
    snapshots = []
    for count in (40, 20):
        file = tmp_path / "train.jsonl"
        file.write_text("\n".join(records[:count]), encoding="utf-8")
        stack = Stack(App(outdir=str(tmp_path / f"out-{count}")), "Stack")
        data = TrainingData.from_file(file)
        ModelCustomizationJob(stack, "Job", base_model="amazon.titan-text-lite-v1:0:4k", training_data=data)
        snapshots.append(template_snapshot(stack))
        assert asset_hash(asset_files()) not in str(snapshots[-1])

    assert snapshots[0] != snapshots[1]
    [code] = {
        resource["Properties"]["Code"]["S3Key"]
        for resource in snapshots[0]["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Function"
    }
    assert code == "<handler hash>.zip"


def job_in(scope: Stack) -> ModelCustomizationJob:
    """Define a job whose data is in S3."""
    data = "s3://amzn-s3-demo-bucket/train.jsonl"
    return ModelCustomizationJob(
        scope, "Job", base_model="amazon.titan-text-lite-v1:0:4k", training_data=data
    )


def test_an_app_returns_the_templates_of_its_stacks(tmp_path: Path) -> None:
    """By the ids of the stacks, and equal to the templates of the stacks."""
    app = app_with(tmp_path, "text")
    snapshot = template_snapshot(app)

    assert list(snapshot) == ["First", "Second"]
    assert template_snapshot(app.node.find_child("First")) == snapshot["First"]


def test_only_the_hash_of_the_handler_is_masked() -> None:
    """In keys and values, alone and within a text; another hash of 64 digits is not changed."""
    stack, mine = Stack(), asset_hash(asset_files())
    CfnResource(stack, "It", type="A::B::C", properties={"z": "a" * 64, "a": [f"{mine}.zip"], mine: "of"})
    properties = template_snapshot(stack)["Resources"]["It"]["Properties"]

    assert properties == {"<handler hash>": "of", "a": ["<handler hash>.zip"], "z": "a" * 64}


def test_stacks_of_one_name_are_all_there() -> None:
    """Two stages, a stage in a stage, and two environments may each have a stack of one name."""
    app = App()
    outer = Stage(app, "Prod")
    for scope in (Stage(app, "Test"), outer, Stage(outer, "Canary")):
        job_in(Stack(scope, "Tickets", stack_name="Tickets"))
    for region in ("us-east-1", "eu-west-1"):
        Stack(app, region, stack_name="Tickets", env=Environment(account="111122223333", region=region))

    assert len(template_snapshot(app)) == 5
    assert len(template_snapshot(outer)) == 2
    [canary] = template_snapshot(outer.node.find_child("Canary")).values()
    assert template_snapshot(outer.node.find_child("Canary").node.find_child("Tickets")) == canary
    assert "Custom::BedrockModelCustomizationJob" in {one["Type"] for one in canary["Resources"].values()}


def test_nested_templates_are_in_the_snapshot() -> None:
    """By their logical ids, also two levels deep; the parent does not have the hashes of their content."""

    def snapshot(prompt: str) -> dict[str, Any]:
        stack = Stack(App(), "Tickets")
        outer = NestedStack(stack, "Outer")
        job_in(NestedStack(outer, "Inner"))
        CfnOutput(outer, "Prompt", value=prompt)
        [found] = template_snapshot(stack)["NestedStacks"].values()
        assert template_snapshot(outer) == found
        return template_snapshot(stack)

    old, new = snapshot("old"), snapshot("new")
    [(logical_id, outer)] = old["NestedStacks"].items()
    [inner] = outer["NestedStacks"].values()
    assert "/<nested template hash>.json" in str(old["Resources"][logical_id])
    assert "Custom::BedrockModelCustomizationJob" in str(inner)
    assert old["Resources"] == new["Resources"]
    assert old != new
    assert not re.search("[0-9a-f]{64}", str(old))


def test_metadata_of_the_cdk_is_left_out() -> None:
    """Versions of libraries and paths of assets deploy nothing."""
    stacks = [
        Stack(App(context={"aws:cdk:enable-asset-metadata": on}, analytics_reporting=on), "Tickets")
        for on in (True, False)
    ]
    for stack in stacks:
        code = Code.from_asset(str(Path(__file__).parents[2] / "typing"))
        Function(stack, "Reports", code=code, handler="api.main", runtime=Runtime.PYTHON_3_13)
    written = str(assertions.Template.from_stack(stacks[0]).to_json())
    assert "aws:asset:path" in written
    assert "AWS::CDK::Metadata" in written

    assert template_snapshot(stacks[0]) == template_snapshot(stacks[1])


def test_numbers_of_tokens_are_masked() -> None:
    """A token that an app has changed is no longer resolved; its number says what was defined before it."""

    def snapshot(*before: str) -> dict[str, Any]:
        stack = Stack()
        for one in before:
            Token.as_string({"Ref": one})
        CfnResource(stack, "It", type="A::B::C", properties={"Text": f"for {stack.stack_id}".lower()})
        return template_snapshot(stack)

    assert snapshot() == snapshot("One", "Two")
    assert snapshot()["Resources"]["It"]["Properties"] == {"Text": "for ${token[aws::stackid]}"}


def test_a_legacy_synthesizer_names_parameters_after_the_handler() -> None:
    """Their names change with the hash, and so do the digits at their end."""
    stack = Stack(App(), "Tickets", synthesizer=LegacyStackSynthesizer())
    job_in(stack)

    assert "AssetParameters<handler hash>S3Bucket" in template_snapshot(stack)["Parameters"]
