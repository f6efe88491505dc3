"""A job does not start before the same deployment has uploaded the data that it reads."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_deployment as s3_deployment

from constructs_lib import (
    Customization,
    InvocationLogs,
    ModelCustomizationJob,
    TrainingData,
    ValidationData,
)
from tests.synth.dependency_graph import dependencies, find_cycle
from tests.synth.templates import TRAIN, template

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs import Construct

    Make = Callable[..., ModelCustomizationJob]

JOB = "Custom::BedrockModelCustomizationJob"
UPLOAD = "Custom::CDKBucketDeployment"


@pytest.fixture
def bucket(stack: cdk.Stack) -> s3.Bucket:
    """Return a bucket of the job's stack."""
    return s3.Bucket(stack, "Data")


def upload(
    scope: Construct,
    bucket: s3.IBucket,
    id: str = "Upload",
    **settings: Any,  # noqa: ANN401 - the construct's own arguments
) -> s3_deployment.BucketDeployment:
    """Upload a file into a bucket."""
    source = settings.pop("source", None) or s3_deployment.Source.data("train.jsonl", "{}")
    return s3_deployment.BucketDeployment(scope, id, sources=[source], destination_bucket=bucket, **settings)


def uploads_of(stack: cdk.Stack) -> dict[str, set[str]]:
    """Return the uploads that each job depends on, and check that the template has no cycle."""
    found = template(stack)
    assert find_cycle(found) == []
    kinds = {name: one["Type"] for name, one in found["Resources"].items()}
    graph = dependencies(found)
    return {
        name: {one for one in graph[name] if kinds[one] == UPLOAD}
        for name, kind in kinds.items()
        if kind == JOB
    }


READ: dict[str, Callable[[s3.IBucket], dict[str, Any]]] = {
    "training data": lambda bucket: {"training_data": TrainingData.from_bucket(bucket, "train.jsonl")},
    "training data by URI": lambda bucket: {
        "training_data": TrainingData.from_s3_uri(bucket.s3_url_for_object("train.jsonl"))
    },
    "validation data": lambda bucket: {
        "validation_data": [ValidationData.from_bucket(bucket, "valid.jsonl")]
    },
    "logs": lambda bucket: {
        "customization": Customization.distillation("amazon.nova-pro-v1:0"),
        "training_data": TrainingData.from_invocation_logs(InvocationLogs.from_bucket(bucket, "logs/")),
    },
}


@pytest.mark.parametrize("read", list(READ))
@pytest.mark.parametrize("first", ["job", "upload"])
def test_a_job_waits_for_an_upload_of_its_data(
    stack: cdk.Stack, job: Make, bucket: s3.Bucket, read: str, first: str
) -> None:
    """It depends on the upload of any data that it reads, in either order of definition."""
    if first == "upload":
        upload(stack, bucket)
    job(**READ[read](bucket))
    if first == "job":
        upload(stack, bucket)
    [uploads] = uploads_of(stack).values()
    assert len(uploads) == 1


def test_a_job_waits_for_an_upload_into_a_bucket_of_another_app(stack: cdk.Stack, job: Make) -> None:
    """The bucket exists, but its content comes with this deployment."""
    theirs = s3.Bucket.from_bucket_name(stack, "Theirs", "amzn-s3-demo-bucket")
    upload(stack, theirs)
    job(training_data=TrainingData.from_bucket(theirs, "train.jsonl"))
    [uploads] = uploads_of(stack).values()
    assert len(uploads) == 1


@pytest.mark.parametrize(
    ("prefix", "waits"),
    [("data", True), ("data/", True), ("data/sub", False), ("site/", False), ("dat", False)],
)
def test_a_job_waits_only_for_uploads_of_its_data(
    stack: cdk.Stack, job: Make, bucket: s3.Bucket, prefix: str, *, waits: bool
) -> None:
    """It depends neither on uploads to another folder nor on those to another bucket."""
    upload(stack, bucket, destination_key_prefix=prefix)
    upload(stack, s3.Bucket(stack, "Site"), "Elsewhere")
    job(training_data=TrainingData.from_bucket(bucket, "data/train.jsonl"))
    [uploads] = uploads_of(stack).values()
    assert bool(uploads) is waits


@pytest.mark.parametrize("how", ["by reference", "by dependency", "by a third resource"])
def test_an_upload_that_depends_on_the_job_adds_no_dependency(
    stack: cdk.Stack, job: Make, bucket: s3.Bucket, how: str
) -> None:
    """CloudFormation refuses resources that depend on each other."""
    made = job(training_data=TrainingData.from_bucket(bucket, "train.jsonl"))
    if how == "by reference":
        upload(stack, bucket, source=s3_deployment.Source.json_data("job.json", {"arn": made.job_arn}))
    elif how == "by dependency":
        upload(stack, bucket).node.add_dependency(made)
    else:
        told = cdk.CfnResource(stack, "Told", type="A::B::C", properties={"Arn": made.job_arn})
        upload(stack, bucket).node.add_dependency(told)
    [uploads] = uploads_of(stack).values()
    assert uploads == set()


def test_an_upload_after_another_job_makes_no_cycle(stack: cdk.Stack, job: Make, bucket: s3.Bucket) -> None:
    """The second job's data is uploaded only after the first job has started."""
    other = s3.Bucket(stack, "Other")
    first = job("First", training_data=TrainingData.from_bucket(bucket, "train.jsonl"))
    job("Second", training_data=TrainingData.from_bucket(other, "train.jsonl"))
    upload(stack, bucket, "One")
    upload(stack, other, "Two").node.add_dependency(first)
    one, two = uploads_of(stack).values()
    assert (len(one), len(two)) == (1, 1)


def test_uploads_that_depend_on_each_others_jobs_make_no_cycle(
    stack: cdk.Stack, job: Make, bucket: s3.Bucket
) -> None:
    """The user's own dependencies stay, and none is added."""
    other = s3.Bucket(stack, "Other")
    first = job("First", training_data=TrainingData.from_bucket(bucket, "train.jsonl"))
    second = job("Second", training_data=TrainingData.from_bucket(other, "train.jsonl"))
    upload(stack, bucket, "One").node.add_dependency(second)
    upload(stack, other, "Two").node.add_dependency(first)
    assert sum(map(len, uploads_of(stack).values())) <= 1


def test_a_job_on_a_file_or_a_literal_waits_for_no_upload(
    stack: cdk.Stack, job: Make, bucket: s3.Bucket
) -> None:
    """Such data is not uploaded to a bucket by the app's own resources."""
    upload(stack, bucket)
    job(training_data=TRAIN)
    assert list(uploads_of(stack).values()) == [set()]


def test_without_uploads_the_module_is_not_imported() -> None:
    """An app without `BucketDeployment` does not pay for the import."""
    code = (
        "import sys\n"
        "import aws_cdk as cdk\n"
        "from aws_cdk import aws_s3 as s3\n"
        "from constructs_lib import BaseModel, ModelCustomizationJob, TrainingData\n"
        "app = cdk.App()\n"
        "stack = cdk.Stack(app, 'S')\n"
        "data = TrainingData.from_bucket(s3.Bucket(stack, 'B'), 'train.jsonl')\n"
        "ModelCustomizationJob(stack, 'J', base_model=BaseModel.NOVA_LITE, training_data=data)\n"
        "app.synth()\n"
        "print('aws_cdk.aws_s3_deployment' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
