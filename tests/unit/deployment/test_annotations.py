"""Warnings of the CDK, which a deployment that succeeds would not show."""

import json
import time
from pathlib import Path

import aws_cdk as cdk
import pytest

from constructs_lib import ModelCustomizationJob
from constructs_lib.deployment.annotations import annotations_of


def _warned(scope: cdk.Stack, text: str = "the bucket is old") -> None:
    cdk.Annotations.of(scope).add_warning_v2("@example/lib:bucket", text)


def test_warnings_are_read_with_their_constructs_and_ids(tmp_path: Path) -> None:
    """Errors first; what several constructs say is one line; stages and nested stacks count too."""
    app = cdk.App(outdir=str(tmp_path))
    _warned(cdk.Stack(app, "First"))
    stage = cdk.Stack(cdk.Stage(app, "Prod"), "Second")
    _warned(stage)
    _warned(cdk.NestedStack(stage, "Nested"), "two\nlines \x1b[31m")
    cdk.Annotations.of(stage).add_error("no")
    app.synth()
    assert [str(one) for one in annotations_of(tmp_path)] == [
        "error: no (Prod/Second)",
        "warning: the bucket is old [@example/lib:bucket] (First, Prod/Second)",
        "warning: two lines \\x1b[31m [@example/lib:bucket] (Prod/Second/Nested)",
    ]


def test_a_finding_of_this_library_has_the_name_of_its_rule(tmp_path: Path) -> None:
    """It is the name that `Checks` and `docs/checks.md` use."""
    app = cdk.App(outdir=str(tmp_path))
    request = {
        "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
        "trainingDataConfig": {"s3Uri": "s3://amzn-s3-demo-bucket/train.jsonl"},
        "hyperParameters": {"unheardOf": "1"},
    }
    ModelCustomizationJob.from_request(cdk.Stack(app, "Tickets"), "Triage", request)
    app.synth()
    [found] = annotations_of(tmp_path)
    assert (found.level, found.paths) == ("warning", ("Tickets/Triage",))
    assert str(found).endswith("[hyper-parameter-unknown] (Tickets/Triage)")


def test_warnings_of_older_versions_of_the_cdk_are_read(tmp_path: Path) -> None:
    """They write them into the manifest itself, and have no ids."""
    entry = {"type": "aws:cdk:warning", "data": "aws_s3.Bucket#old is deprecated.", "trace": []}
    stack = {"type": "aws:cloudformation:stack", "metadata": {"/First": [entry, entry]}}
    (tmp_path / "manifest.json").write_text(json.dumps({"version": "36.0.0", "artifacts": {"First": stack}}))
    assert [str(one) for one in annotations_of(tmp_path)] == [
        "warning: aws_s3.Bucket#old is deprecated. (First)"
    ]


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ("old [ack: @example/lib:bucket]\n", "warning: old [@example/lib:bucket] (First)"),
        ("write [ack: a] or [b] [ack: c]", "warning: write [ack: a] or [b] [c] (First)"),
        ("see [ack: a] in the docs", "warning: see [ack: a] in the docs (First)"),
        ("no id [ack: ]", "warning: no id [ack: ] (First)"),
        (" " * 100_000 + "wide", "warning: wide (First)"),
        ("wide" + " " * 100_000 + "]", "warning: wide ] (First)"),
    ],
)
def test_an_id_ends_an_annotation(tmp_path: Path, data: str, shown: str) -> None:
    """A construct of others may write anything: reading it takes no longer than it is long."""
    entry = {"type": "aws:cdk:warning", "data": data}
    stack = {"type": "aws:cloudformation:stack", "metadata": {"/First": [entry]}}
    (tmp_path / "manifest.json").write_text(json.dumps({"version": "36.0.0", "artifacts": {"First": stack}}))
    started = time.process_time()
    assert [str(one) for one in annotations_of(tmp_path)] == [shown]
    assert time.process_time() - started < 1


def test_an_app_without_annotations_has_none(tmp_path: Path) -> None:
    """Nothing is printed then."""
    app = cdk.App(outdir=str(tmp_path))
    cdk.Stack(app, "First")
    app.synth()
    assert annotations_of(tmp_path) == []
