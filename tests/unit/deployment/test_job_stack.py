"""Which deployments a person must confirm, which stacks are not touched, and what becomes of a job."""

from dataclasses import replace
from pathlib import Path

import pytest

from constructs_lib.deployment.comparison import StackComparison
from constructs_lib.deployment.consequences import Consequence
from constructs_lib.deployment.deployed_stacks import DeployedJob, DeployedStack
from constructs_lib.deployment.job_stack import DeploymentError, check_is_of_job_file, is_asked
from constructs_lib.deployment.local_folder import RunningAws
from constructs_lib.deployment.stack_removal import _consequences
from constructs_lib.deployment.synthesized_stacks import SynthesizedStack
from constructs_lib.deployment.targets import LocalAccount
from constructs_lib.testing.cdk_cli import CdkCli

ARN = "arn:aws:bedrock:us-east-1:111122223333:model-customization-job/m/abcdefghijkl"
JOB = {"Type": "Custom::BedrockModelCustomizationJob", "Properties": {}}
NOTHING_KNOWN = DeployedJob(arn=ARN)
REPLACED = Consequence(job="J", logical_id="J", starts="yes", why="epochCount changes")
ADDED = Consequence(job="New", logical_id="New", starts="yes", why="it is new")
KEPT = Consequence(job="J", logical_id="J", starts="no", why="nothing changes")
PERHAPS = replace(REPLACED, starts="if-running", stops="if-running")
UNKNOWN = replace(REPLACED, starts="unknown")
REMOVED = replace(KEPT, stops="yes")
MODEL_DELETED = replace(KEPT, deletes_model=True)


def comparison(*jobs: Consequence, status: str = "", deployed: bool = True) -> StackComparison:
    """Return a comparison with a stack whose job has a status."""
    stack = SynthesizedStack(id="S", name="S", template={"Resources": {}})
    there = DeployedStack(name="S", status="CREATE_COMPLETE", jobs={"J": DeployedJob(arn=ARN, status=status)})
    return StackComparison(stack=stack, jobs=jobs, deployed=there if deployed else None)


@pytest.mark.parametrize(
    ("found", "asked"),
    [
        (comparison(REPLACED, status="InProgress"), True),
        (comparison(REPLACED, status="Completed"), True),
        (comparison(REPLACED, status="Failed"), False),
        (comparison(REPLACED, status="Stopped"), False),
        (comparison(REPLACED), True),
        (comparison(PERHAPS), True),
        (comparison(UNKNOWN, status="Completed"), True),
        (comparison(REMOVED, ADDED, status="InProgress"), True),
        (comparison(MODEL_DELETED, status="Completed"), True),
        (comparison(KEPT, status="InProgress"), False),
        (comparison(ADDED, status="InProgress"), False),
        (comparison(ADDED, deployed=False), True),
    ],
    ids=[
        "a running job is replaced",
        "a finished job is replaced",
        "a failed job is tried again",
        "a stopped job is tried again",
        "a job of unknown status is replaced",
        "a job may be replaced",
        "it is not known whether a finished job is replaced",
        "a running job is removed",
        "a model is deleted",
        "nothing happens to a running job",
        "a job is added beside it",
        "it is not known what is deployed",
    ],
)
def test_a_deployment_is_confirmed_where_a_job_is_lost(found: StackComparison, asked: bool) -> None:  # noqa: FBT001 - a case
    """A person is asked where a training or a model is lost, and only there."""
    assert is_asked(found) is asked


@pytest.fixture
def target(tmp_path: Path) -> LocalAccount:
    """Return a target that is named in messages only."""
    aws = RunningAws(
        url="http://127.0.0.1:1", bedrock_url="http://127.0.0.1:2", account="0", region="r", state=tmp_path
    )
    return LocalAccount(cli=CdkCli(node=tmp_path, script=tmp_path), aws=aws, keeps_running=True)


def test_a_stack_that_is_no_job_files_is_not_touched(target: LocalAccount) -> None:
    """Deploying a job file over another stack, or destroying it, would remove what it has."""
    own = {"Description": "Amazon Bedrock model customization of tickets.yaml", "Resources": {"J": JOB}}
    check_is_of_job_file(DeployedStack(name="Own", status="CREATE_COMPLETE", template=own), target)
    for template in ({"Resources": {}}, {"Description": "My app", "Resources": {"J": JOB}}):
        with pytest.raises(DeploymentError, match=r"The stack Shop .* was not deployed from a job file"):
            check_is_of_job_file(
                DeployedStack(name="Shop", status="CREATE_COMPLETE", template=template), target
            )


@pytest.mark.parametrize(
    ("status", "on_delete", "fate"),
    [
        ("InProgress", "StopJob", "it is stopped, and what it has trained until then is billed"),
        ("Completed", "StopJob", "the model is kept, and is billed by the month as long as it is kept"),
        ("Completed", "DeleteModel", "the model is deleted, if nothing serves it"),
        ("InProgress", "Retain", "the job and its model are kept as they are"),
        ("Failed", "StopJob", "there is nothing to stop"),
    ],
)
def test_destroy_says_what_becomes_of_the_job_and_the_model(status: str, on_delete: str, fate: str) -> None:
    """Before it asks: what is stopped, what is billed, what is kept."""
    job = {**JOB, "Properties": {"OnDelete": on_delete}}
    deployed = DeployedStack(
        name="S",
        status="CREATE_COMPLETE",
        template={"Resources": {"J": job}},
        jobs={"J": DeployedJob(arn=ARN, status=status)},
    )
    first, *_, last = _consequences(deployed)
    assert first == f"{ARN} is {status}: {fate}."
    assert last.startswith("The output bucket and the KMS key that the stack has made are kept")


def test_destroy_says_what_it_does_not_know() -> None:
    """Where Bedrock may not be asked, both ends are said."""
    deployed = DeployedStack(
        name="S", status="CREATE_COMPLETE", template={"Resources": {"J": JOB}}, jobs={"J": NOTHING_KNOWN}
    )
    first, *_ = _consequences(deployed)
    assert first == (
        f"{ARN} is in a status that is not known: it is stopped, and what it has trained until then is "
        "billed; if it has completed, the model is kept, and is billed by the month as long as it is kept."
    )
