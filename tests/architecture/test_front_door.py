"""The public names, and what importing them costs."""

import subprocess
import sys

import pytest

import constructs_lib


def _loaded_after(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_all_is_sorted_and_exact() -> None:
    """Every public name is listed once, in order, and can be imported."""
    assert list(constructs_lib.__all__) == sorted(set(constructs_lib.__all__))
    assert [name for name in constructs_lib.__all__ if not hasattr(constructs_lib, name)] == []


def test_dir_shows_the_public_names() -> None:
    """An editor offers what the front door offers."""
    assert set(constructs_lib.__all__) <= set(dir(constructs_lib))


def test_unknown_names_are_refused() -> None:
    """The front door is the only way in, and a wrong name fails as any module does."""
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        _ = constructs_lib.Nonsense  # type: ignore[attr-defined]  # the point of the test


@pytest.mark.parametrize(
    "statement",
    [
        "import constructs_lib",
        "import constructs_lib.request",
        "from constructs_lib import BaseModel, Customization, InvalidJob, TrainingData",
        "import constructs_lib.catalog",
        "import constructs_lib.datasets",
        "import constructs_lib.cli.main",
        "import constructs_lib.testing",
    ],
)
def test_the_pure_half_needs_no_cdk(statement: str) -> None:
    """Values, rules, catalogue, data sets and console start without the CDK, Node or an AWS SDK."""
    assert _loaded_after(statement).isdisjoint({"aws_cdk", "jsii", "constructs", "boto3", "botocore"})


def test_a_plain_job_needs_no_module_of_a_setting_that_it_does_not_use() -> None:
    """What is not imported costs nothing; the function needs `aws_lambda`, which imports `aws_ec2`."""
    statement = (
        "import aws_cdk as cdk\n"
        "from constructs_lib import BaseModel, ModelCustomizationJob, TrainingData\n"
        "stack = cdk.Stack(cdk.App(), 'S')\n"
        "ModelCustomizationJob(stack, 'J', base_model=BaseModel.NOVA_LITE,"
        " training_data=TrainingData.from_s3_uri('s3://amzn-s3-demo-bucket/train.jsonl'))"
    )
    unused = {"aws_cdk.aws_sqs", "aws_cdk.aws_sns", "aws_cdk.aws_cloudwatch"}
    assert _loaded_after(statement).isdisjoint(unused)
