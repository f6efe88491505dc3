"""The app is deployed, trained, updated and destroyed on a local AWS."""

from pathlib import Path

from constructs_lib.testing import LocalAws

FOLDER = Path(__file__).parents[1]


def test_deploy(local_aws: LocalAws) -> None:
    """The job has the company's tags; a destroyed stack leaves no running job."""
    local_aws.cdk("deploy", "Tickets", "--require-approval", "never", app="python app.py", cwd=FOLDER)
    [job] = local_aws.bedrock.jobs()
    tags = local_aws.client("bedrock").list_tags_for_resource(resourceARN=job.arn)["tags"]
    assert {"key": "organisation", "value": "Acme"} in tags
    local_aws.cdk("destroy", "Tickets", "--force", app="python app.py", cwd=FOLDER)
    assert [one.status for one in local_aws.bedrock.jobs()] == ["Stopped"]
