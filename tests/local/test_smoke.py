"""The smoke test for AWS, as a process, on the local AWS: what it answers, and that nothing stays."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib.testing import Refuse
from tools.smoke.account import PREFIX, TAG
from tools.smoke.policy import action_of, policy
from tools.smoke.questions import PARTS, QUESTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from constructs_lib.testing import LocalAws

pytestmark = pytest.mark.local

SECRET = "a-secret-key-of-nobody"  # noqa: S105 - of no account
QUICK = {
    "training_seconds": 2,
    "queue_seconds": 0.2,
    "stopping_seconds": 0.4,
    "deploying_seconds": 0.5,
    "updating_seconds": 0.5,
    "deleting_seconds": 0.3,
    "name_free_after_seconds": 0.5,
    "metrics_files": "during",
}


class Smoke:
    """The smoke test in the account of a local AWS.

    Args:
        aws: the local AWS.
        folder: for the profile.
    """

    def __init__(self, aws: LocalAws, folder: Path) -> None:
        self.aws = aws
        keys = f"aws_access_key_id = {aws.account}\naws_secret_access_key = {SECRET}\n"
        config = folder / "config"
        config.write_text(f"[profile local]\n{keys}", encoding="utf-8")
        self._env = {**os.environ, **aws.env(), "AWS_CONFIG_FILE": str(config)}

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start it, without an answer to its question."""
        command = [sys.executable, "-m", "tools.smoke", "--profile", "local", "--region", self.aws.region]
        return subprocess.Popen(
            [*command, "--poll-seconds", "0.1", *words],
            env=self._env,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, *words: str, says: str = "yes\n") -> tuple[int, str, str]:
        """Run it; return its exit status, its report, and what it has said."""
        with self.start(*words) as process:
            report, said = process.communicate(says)
            return process.returncode, report, said

    def interrupted_at(self, *texts: str, only: str, by: int = signal.SIGINT) -> tuple[int, str, str]:
        """Run a part until it says something, send it a signal then, and the same for what it says next."""
        with self.start("--only", only) as process:
            assert process.stdin
            assert process.stderr
            process.stdin.write("yes\n")
            process.stdin.flush()
            said = ""
            for text in texts:
                while text not in said:
                    line = process.stderr.readline()
                    assert line, said
                    said += line
                process.send_signal(by)
            report, rest = process.communicate()
            return process.returncode, report, said + rest

    @property
    def left(self) -> list[str]:
        """What exists of smoke tests, but records of jobs that have ended."""
        bedrock = self.aws.bedrock
        stacks = self.aws.client("cloudformation").describe_stacks()["Stacks"]
        found = [
            *(one["StackName"] for one in stacks if one["StackStatus"] != "DELETE_COMPLETE"),
            *(one["Name"] for one in self.aws.client("s3").list_buckets()["Buckets"]),
            *(one["RoleName"] for one in self.aws.client("iam").list_roles()["Roles"]),
            *(one["FunctionName"] for one in self.aws.client("lambda").list_functions()["Functions"]),
            *(url.rpartition("/")[2] for url in self.aws.client("sqs").list_queues().get("QueueUrls", ())),
            *(one["Name"] for one in self.aws.client("events").list_rules()["Rules"]),
            *(job.name for job in bedrock.jobs() if job.status in ("InProgress", "Stopping")),
            *(one.name for one in (*bedrock.models(), *bedrock.deployments())),
        ]
        return [one for one in found if one.startswith(PREFIX)]


@pytest.fixture
def smoke(local_aws: LocalAws, tmp_path: Path) -> Iterator[Smoke]:
    """Return the smoke test in an account without jobs; whatever a failed test leaves is removed."""
    local_aws.bedrock.reset()
    local_aws.bedrock.configure(**QUICK)
    smoke = Smoke(local_aws, tmp_path)
    yield smoke
    local_aws.bedrock.reset()
    if smoke.left:
        smoke.run("--clean")


def conclusions(report: str) -> dict[int, str]:
    """Return the answers in the table of a report."""
    rows = re.findall(r"^\| (\d+) \| [^|]* \| (.*?) \| \[", report, re.MULTILINE)
    return {int(number): answer for number, answer in rows}


def actions(document: dict[str, Any]) -> set[str]:
    """Return the actions of a policy."""
    return {action for one in document["Statement"] for action in one["Action"]}


def test_every_question_is_answered_and_nothing_stays(smoke: Smoke) -> None:
    """The local AWS has answers to all but the quotas, which it does not know."""
    bedrock = smoke.aws.bedrock
    for message in ("Could not assume provided IAM role.", "no data", "no key", "no file"):
        bedrock.add_fault("CreateModelCustomizationJob", Refuse("ValidationException", message))
    code, report, said = smoke.run("--skip", "quotas")

    found = conclusions(report)
    parts = [one for one in PARTS if one != "quotas"]
    assert set(found) == {one.number for one in QUESTIONS if one.part in parts}, said
    assert [answer for answer in found.values() if answer.startswith("Not a")] == [], report
    assert code == 0, said
    expected = {
        3: "ResourceNotFoundException for all.",
        5: "A wait condition accepts signals as soon as it is shown as CREATE_IN_PROGRESS.",
        6: "Yes.",
        12: "Yes.",
        14: "While it runs: ValidationException. After a stop: ValidationException.",
        15: "While its job runs: ValidationException. Of a job that was stopped: free.",
        17: "In progress: yes. Stopped: yes. Completed: yes.",
        19: "Statuses: InProgress, Stopping, Stopped, Completed; ARNs: without the base model.",
        21: "Yes.",
        27: "No: ConflictException.",
    }
    assert {number: found[number] for number in expected} == expected
    for message in ("a new role: ValidationException: Could not assume", "no data", "no key", "no file"):
        assert message in report
    assert "0 Delete" not in found[10]
    assert "metrics while it trains" in found[20]
    assert smoke.left == []
    assert "Nothing of what this run created" in report

    told = " ".join(re.findall(r"^Calls: (.*)", report, re.MULTILINE))
    calls = {*re.findall(r"[a-z-]+:\w+", told)}
    calls |= {f"bedrock:{one.operation}" for one in bedrock.calls() if one.operation != "Converse"}
    created = [one.request for one in bedrock.calls() if one.operation.startswith("Create")]
    assert [one for one in created if (one.get("jobTags") or one.get("tags"))[0]["key"] != TAG] == []
    assert [one for one in created if "jobName" in one and one["customModelTags"] != one["jobTags"]] == []
    document = policy(parts, account=smoke.aws.account, region=smoke.aws.region)
    assert {action_of(call) for call in calls} - {""} <= actions(document)


def test_no_report_identifies_the_account(smoke: Smoke) -> None:
    """Errors of AWS have ARNs with the account and the person in them."""
    account = smoke.aws.account
    refused = (
        f"User: arn:aws:sts::{account}:assumed-role/Admin/jane.doe@example.com is not authorized to perform: "
        f"bedrock:GetCustomModel on resource: arn:aws:bedrock:us-east-1:{account}:custom-model/x"
    )
    smoke.aws.bedrock.add_fault("GetCustomModel", Refuse("AccessDeniedException", refused), times=2)
    code, report, _ = smoke.run("--only", "names")
    assert code == 0
    assert "User: <principal> is not authorized" in report
    assert "arn:aws:bedrock:us-east-1:<account>:custom-model/x" in report
    for hidden in (account, "jane", "example.com", SECRET, "Admin"):
        assert hidden not in report
    assert smoke.left == []


@pytest.mark.parametrize("says", ["", "y\n"])
def test_nothing_is_done_without_a_yes(smoke: Smoke, says: str) -> None:
    """What it costs is said before the question, and a yes is the whole word."""
    code, report, said = smoke.run(says=says)
    assert (code, report) == (2, "")
    assert "expected 289 tokens; at most 3,179" in said
    assert "It waits at most" in said
    assert "Nothing was created or removed." in said
    assert smoke.left == []
    assert smoke.aws.bedrock.calls() == ()


def test_ctrl_c_removes_everything(smoke: Smoke) -> None:
    """A job trains, and nothing of the run exists after the interruption; what was answered is reported."""
    smoke.aws.bedrock.configure(training_seconds=3600)
    code, report, said = smoke.interrupted_at("the job is InProgress", only="job")
    assert code == 130, said
    assert "The run was interrupted." in report
    found = conclusions(report)
    assert found[12] == "Yes."
    assert found[18] == "Not answered."
    assert {job.status for job in smoke.aws.bedrock.jobs()} == {"Stopped"}
    assert smoke.left == []


@pytest.mark.thorough
def test_a_second_ctrl_c_says_how_to_remove_the_rest(smoke: Smoke) -> None:
    """Whoever cannot wait for the removal gets the command for later."""
    smoke.aws.bedrock.configure(training_seconds=3600)
    code, report, said = smoke.interrupted_at("the job is InProgress", "removing the stack", only="job")
    [left] = [one for one in smoke.left if one.endswith("-base")]
    run = left.removeprefix(PREFIX).removesuffix("-base")
    assert (code, report) == (130, "")
    assert f"python -m tools.smoke --profile local --region us-east-1 --clean --run {run}" in said


def test_a_step_that_fails_stops_no_other(smoke: Smoke) -> None:
    """Bedrock accepts no job: what needs one says so, and all else is asked."""
    refused = Refuse("ValidationException", "Operation not allowed")
    smoke.aws.bedrock.add_fault("CreateModelCustomizationJob", refused, times=100)
    code, report, _ = smoke.run("--only", "job,names,signals")
    found = conclusions(report)
    assert code == 1
    assert found[3] == "ResourceNotFoundException for all."
    assert found[5].startswith("A wait condition accepts signals")
    assert found[12] == "Not asked: the first job was refused: ValidationException: Operation not allowed."
    assert found[18] == "Not asked: there is no job that trains."
    assert set(found) == {one.number for one in QUESTIONS if one.part in ("job", "names", "signals")}
    assert smoke.left == []


@pytest.mark.thorough
def test_what_cannot_be_removed_is_listed_and_removed_by_a_second_run(smoke: Smoke) -> None:
    """The list has the command of each; `--clean` asks first, and leaves what has no tag of a smoke test."""
    bedrock = smoke.aws.bedrock
    bedrock.configure(training_seconds=3600)
    denied = Refuse("AccessDeniedException", "You may not.")
    bedrock.add_fault("StopModelCustomizationJob", denied, skip=1, times=100)
    code, report, said = smoke.interrupted_at("the job is InProgress", only="job")
    [job] = [one.name for one in bedrock.jobs() if one.status == "InProgress"]
    command = f"aws bedrock stop-model-customization-job --job-identifier {job}"
    assert code == 130
    assert f"* job {job}: AccessDeniedException: You may not. `{command}`" in report
    assert command in said

    bedrock.reset()
    bedrock.configure(training_seconds=3600)
    code, _, said = smoke.interrupted_at("the job is InProgress", only="job", by=signal.SIGKILL)
    assert code == -signal.SIGKILL
    mine = [one for one in smoke.left if one.endswith("-trained")]
    client = smoke.aws.client("bedrock")
    whole = dict(next(one.request for one in bedrock.jobs() if one.name == mine[0]))
    others = {
        "jobName": f"{PREFIX}of-somebody",
        "customModelName": "of-somebody",
        "clientRequestToken": "other",
    }
    client.create_model_customization_job(**{**whole, **others, "jobTags": [{"key": "team", "value": "a"}]})

    code, _, said = smoke.run("--clean", says="no\n")
    assert (code, mine[0] in smoke.left) == (2, True)
    code, _, said = smoke.run("--clean")
    assert code == 0, said
    assert smoke.left == [others["jobName"]]
    bedrock.stop(others["jobName"])
    code, _, said = smoke.run("--clean", says="")
    assert code == 0
    assert "Nothing in us-east-1 is left" in said
