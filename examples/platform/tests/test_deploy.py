"""The app is deployed, trained, updated and destroyed on a local AWS."""

from pathlib import Path

from constructs_lib.testing import LocalAws

FOLDER = Path(__file__).parents[1]


def test_deploy() -> None:
    """The job has the company's tags; a destroyed stack leaves no running job."""
    with LocalAws() as aws:
        aws.bootstrap()
        aws.cdk("deploy", "Tickets", "--require-approval", "never", app="python app.py", cwd=FOLDER)
        [job] = aws.bedrock.jobs()
        tags = aws.client("bedrock").list_tags_for_resource(resourceARN=job.arn)["tags"]
        assert {"key": "organisation", "value": "Acme"} in tags
        aws.cdk("destroy", "Tickets", "--force", app="python app.py", cwd=FOLDER)
        assert [one.status for one in aws.bedrock.jobs()] == ["Stopped"]
