"""The check of a job file before anything starts."""

import subprocess
import sys
from pathlib import Path

from constructs_lib.deployment.file_check import check_job_file

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "fine-tune-nova.yaml"


def test_a_valid_job_file_has_no_error() -> None:
    """What could not be checked is said."""
    report = check_job_file(EXAMPLE, region="us-east-1", account="111122223333")
    assert report.errors == []
    assert any("what only AWS knows" in one for one in report.not_checked)


def test_a_region_without_the_model_is_an_error_unless_it_is_overruled() -> None:
    """As the app's synthesis says it, with the option of the command that asks."""
    overrule = "--any-region"
    [found] = check_job_file(EXAMPLE, region="eu-central-1", overrule=overrule).errors
    assert found.name == "region"
    assert str(found).endswith("To overrule: --any-region")
    assert check_job_file(EXAMPLE, region="eu-central-1", is_any_region=True).errors == []


def test_everything_that_is_wrong_is_reported_at_once(tmp_path: Path) -> None:
    """A missing data file as well as a wrong name, each with its line."""
    file = tmp_path / "job.yaml"
    file.write_text(
        "baseModelIdentifier: amazon.nova-lite-v1:0:300k\njobName: bad_name\n"
        "trainingDataConfig: {s3Uri: file://no.jsonl}\n"
    )
    found = [(one.line, one.path) for one in check_job_file(file).errors]
    assert found == [(2, "jobName"), (3, "trainingDataConfig.s3Uri")]


def test_a_folder_is_no_job_file() -> None:
    """It is one sentence."""
    [found] = check_job_file(ROOT / "examples").errors
    assert "it is a directory" in str(found)


def test_the_check_loads_neither_the_cdk_nor_an_aws_sdk() -> None:
    """It takes tenths of a second, where the local AWS takes ten seconds to start."""
    code = (
        "import sys; from constructs_lib.deployment.file_check import check_job_file;"
        f"check_job_file({str(EXAMPLE)!r});"
        "print({'aws_cdk', 'jsii', 'boto3', 'botocore', 'typer'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
