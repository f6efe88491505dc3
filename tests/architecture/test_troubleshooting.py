"""docs/troubleshooting.md explains what the handler logs, and what it keeps."""

import re
from pathlib import Path

import pytest
from customization_job.frame.errors import CREATE_JOB, AwsError, ErrorKind
from customization_job.frame.route import CA_BUNDLE
from customization_job.jobs import messages
from customization_job.jobs.desired_state import DesiredState

from constructs_lib import OnDelete
from constructs_lib.job.provider import SERVICE_TIMEOUT
from constructs_lib.testing.bedrock import INTERNAL_FAILURE

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "troubleshooting.md").read_text()
HANDLER = "".join(path.read_text() for path in sorted((ROOT / "lambda" / "customization_job").rglob("*.py")))


@pytest.mark.parametrize("act", sorted(set(re.findall(r"\.write\(\s*\"([^\"]+)\"", HANDLER))))
def test_every_act_of_the_log_is_explained(act: str) -> None:
    """Whoever filters the log finds each act on the page."""
    assert f"`{act}`" in PAGE


@pytest.mark.parametrize("name", sorted(name for name in vars(messages) if name.startswith("KEPT_")))
def test_every_reason_to_keep_a_model_is_explained(name: str) -> None:
    """What becomes of the model, and who has to delete it."""
    said = re.split(r"[,;]", getattr(messages, name))[0]
    assert said in PAGE.partition("## A model was kept")[2].partition("\n## ")[0]


@pytest.mark.parametrize("kind", ErrorKind)
def test_every_advice_is_explained(kind: ErrorKind) -> None:
    """Whoever reads a failed deployment finds its sentence in the table, whole or between ellipses."""
    refusal = AwsError(kind, CREATE_JOB, "SomeException")
    sentences = [messages.call_failed(refusal, DesiredState(properties={"Request": {}}))]
    refusal.tries = 2
    sentences.append(messages.call_failed(refusal, DesiredState(properties={"Request": {}})))
    section = PAGE.partition("## What a message means")[2].partition("\n## ")[0]
    rows = [line.split("|")[1].strip() for line in section.splitlines() if line.startswith("| ")]
    for sentence in sentences:
        assert any(all(part.strip() in sentence for part in row.split("…")) for row in rows), sentence


def test_what_the_function_must_reach_is_explained() -> None:
    """Every service that it calls, the bucket of the response, and how long a stack without one waits."""
    section = PAGE.partition("## The function's network")[2].partition("\n## ")[0]
    for part in (
        *(f"com.amazonaws.<region>.{service}`" for service in ("bedrock", "cloudformation", "s3")),
        "cloudformation-custom-resource-response-<region without dashes>/*",
        f"({SERVICE_TIMEOUT // 60} minutes)",
        *("HTTPS_PROXY", "NO_PROXY", CA_BUNDLE),
    ):
        assert part in section


@pytest.mark.parametrize(
    "message",
    [
        "Encountered an internal error when processing the request.",
        "Input data at … must follow",
        "Input data must have at minimum 100 valid prompts",
        "`validationDetails` Completed, `trainingDetails` NotStarted",
    ],
)
def test_every_recorded_failure_of_a_job_is_explained(message: str) -> None:
    """A job that fails early, or never trains, says little itself."""
    assert message in PAGE.partition("## A training failed")[2].partition("\n## ")[0]


def test_starting_again_after_a_failure_is_explained() -> None:
    """`revision` is what the page, the construct and the handler's own sentence name."""
    section = PAGE.partition("## A training failed")[2].partition("\n## ")[0]
    assert 'revision="2"' in section
    assert "revision" in messages.START_AGAIN


def test_jobs_that_stall_and_jobs_that_fail_early_are_explained() -> None:
    """As they were recorded: what they look like, how to ask, and what to do."""
    stall = PAGE.partition("## A job is in progress and trains nothing")[2].partition("\n## ")[0]
    for part in ("NotStarted", "22 seconds", "stop-model-customization-job", "`revision`"):
        assert part in stall
    early = PAGE.partition("## A job fails within minutes")[2].partition("\n## ")[0]
    for part in (INTERNAL_FAILURE, "68 to 143 seconds", "manifest.report.csv", "`revision`"):
        assert part in early


def test_where_the_data_lies_after_destroy_is_told() -> None:
    """The output bucket holds copies of the records, which no page may call a few metrics files."""
    page = (ROOT / "docs" / "permissions.md").read_text(encoding="utf-8")
    section = page.partition("## Where the data is")[2].partition("\n## ")[0]
    for place in (
        "validated_prompts.jsonl",
        "UploadedFiles",
        "expire_after_days",
        "cdk.out",
        "delete-custom-model",
    ):
        assert place in section
    readme = (ROOT / "README.md").read_text()
    assert "copies of the training and validation records" in readme
    assert "few metrics files" not in readme


@pytest.mark.parametrize("choice", list(OnDelete))
def test_what_is_left_is_told_for_every_choice(choice: OnDelete) -> None:
    """Destroy leaves something else for each."""
    section = PAGE.partition("## A model was kept")[2].partition("## Replay")[0]
    assert choice.name in section
