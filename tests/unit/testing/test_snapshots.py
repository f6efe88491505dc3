import json
from pathlib import Path

from aws_cdk import App, CfnOutput, CfnResource, Stack
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


def test_an_app_returns_the_templates_of_its_stacks(tmp_path: Path) -> None:
    """By the stacks' names, and equal to the templates of the stacks."""
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
