"""What AWS was recorded to refuse when a job is created, and what the handler makes of it."""

from __future__ import annotations

import re

import pytest
from customization_job.frame.errors import ErrorKind, error_kind

from constructs_lib.testing.bedrock import LoseResponse, Refuse
from tests.lambda_.builders import CREATE, REQUEST, STOP, Harness, named, properties

ONCE = (1, 0)
FOR_A_MINUTE = (8, 62)
FOR_TWO_MINUTES = (12, 122)
FOR_THREE_MINUTES = (16, 182)
FOR_FIVE_MINUTES = (24, 302)

SCP, BOUNDARY, ENDPOINT = "service control policy", "permissions boundary", "VPC endpoint policy"
ORGANIZATION = "control policy of the organization does not allow this"
SUPPORT = "Open a support case with AWS"
CORRECT = "Correct the request"
DATA = "Check that roleArn may read the data"
EXISTS = "names exists in this account and Region"
MODEL = "This account has no access to the model"

CONSTRAINT = (
    "1 validation error detected: Value 'operation not allowed' at 'jobTags.1.member.value' failed to "
    "satisfy constraint: could not assume"
)

RECORDED = [
    ("1", Refuse.role_not_ready(), ErrorKind.ROLE_NOT_READY, FOR_THREE_MINUTES, "cannot assume roleArn"),
    ("2", Refuse.name_in_use(), ErrorKind.NAME_IN_USE, ONCE, "is in use, though no such job can be found"),
    ("3", Refuse.denied_explicitly(SCP), ErrorKind.DENIED_BY_ORGANIZATION, ONCE, ORGANIZATION),
    (
        "4",
        Refuse.denied_by("identity-based policy", "iam:PassRole"),
        ErrorKind.DENIED,
        FOR_A_MINUTE,
        "policies of the function's role",
    ),
    ("5", Refuse.denied_by(SCP), ErrorKind.DENIED_BY_ORGANIZATION, ONCE, ORGANIZATION),
    ("5b", Refuse.denied_by("resource control policy"), ErrorKind.DENIED_BY_ORGANIZATION, ONCE, ORGANIZATION),
    ("6", Refuse.denied_by(BOUNDARY), ErrorKind.DENIED_BY_BOUNDARY, ONCE, "boundary of the function's role"),
    (
        "6b",
        Refuse.denied_explicitly(BOUNDARY),
        ErrorKind.DENIED_BY_BOUNDARY,
        ONCE,
        "the owner of the boundary",
    ),
    ("7", Refuse.denied_by(ENDPOINT), ErrorKind.DENIED_BY_ENDPOINT, ONCE, "policy of a VPC endpoint"),
    (
        "7b",
        Refuse.denied_explicitly(ENDPOINT),
        ErrorKind.DENIED_BY_ENDPOINT,
        ONCE,
        "the owner of the endpoint",
    ),
    ("8", Refuse.account_not_authorized(), ErrorKind.NO_ACCOUNT_ACCESS, ONCE, SUPPORT),
    ("9", Refuse.account_not_authorized("ValidationException"), ErrorKind.NO_ACCOUNT_ACCESS, ONCE, SUPPORT),
    (
        "10",
        Refuse.validation("Your account is not authorized to perform this action."),
        ErrorKind.NO_ACCOUNT_ACCESS,
        ONCE,
        SUPPORT,
    ),
    ("11", Refuse.operation_not_allowed(), ErrorKind.NO_ACCOUNT_ACCESS, ONCE, SUPPORT),
    ("12", Refuse.no_model_access(), ErrorKind.NO_MODEL_ACCESS, ONCE, MODEL),
    (
        "13",
        Refuse.no_subscription(),
        ErrorKind.NO_SUBSCRIPTION,
        FOR_FIVE_MINUTES,
        "aws-marketplace:Subscribe",
    ),
    ("14", Refuse.legacy_model(), ErrorKind.LEGACY_MODEL, ONCE, "Choose another base model"),
    (
        "15",
        Refuse("InternalServerException", ""),
        ErrorKind.SERVER_ERROR,
        FOR_TWO_MINUTES,
        "may be Legacy, or not open to customization in this Region",
    ),
    ("16", Refuse.use_case_missing(), ErrorKind.NO_MODEL_ACCESS, ONCE, "use case details"),
    ("17", Refuse.unknown_model(), ErrorKind.NOT_FOUND, ONCE, EXISTS),
    ("18", Refuse.validation("The provided model identifier is invalid."), ErrorKind.INVALID, ONCE, CORRECT),
    ("19", Refuse.validation(CONSTRAINT), ErrorKind.INVALID, ONCE, CORRECT),
    ("20", Refuse.data_not_readable(), ErrorKind.DATA_NOT_READY, FOR_THREE_MINUTES, DATA),
    ("21", Refuse.output_not_writable(), ErrorKind.DATA_NOT_READY, FOR_THREE_MINUTES, DATA),
    ("22", Refuse.data_not_parsed(), ErrorKind.INVALID, ONCE, CORRECT),
    ("23", Refuse.role_lacks_model(), ErrorKind.ROLE_LACKS_MODEL, FOR_THREE_MINUTES, "bedrock:InvokeModel"),
    (
        "24",
        Refuse.denied_by("resource-based policy", "kms:CreateGrant"),
        ErrorKind.DENIED_BY_KEY,
        FOR_A_MINUTE,
        "Ask the key's owner",
    ),
    (
        "25",
        Refuse("ThrottlingException", "Rate exceeded"),
        ErrorKind.THROTTLED,
        FOR_THREE_MINUTES,
        "Deploy again later",
    ),
    (
        "25b",
        Refuse("ThrottlingException", "Rate exceeded", 400),
        ErrorKind.THROTTLED,
        FOR_THREE_MINUTES,
        "Deploy again later",
    ),
    ("26", Refuse.expired_token(), ErrorKind.CREDENTIALS, ONCE, "function's credentials"),
    (
        "26b",
        Refuse.expired_token("UnrecognizedClientException"),
        ErrorKind.CREDENTIALS,
        ONCE,
        "function's credentials",
    ),
    (
        "27",
        Refuse.cross_account_role(),
        ErrorKind.CROSS_ACCOUNT_ROLE,
        ONCE,
        "is a role of another account",
    ),
    (
        "28",
        Refuse("ServiceUnavailableException", "Service Unavailable", 503),
        ErrorKind.NO_RESPONSE,
        FOR_TWO_MINUTES,
        "Deploy again later",
    ),
    ("29", Refuse.quota(), ErrorKind.QUOTA, ONCE, "10 scheduled customization jobs"),
    ("30", Refuse.no_customer(), ErrorKind.NO_ACCOUNT_ACCESS, ONCE, SUPPORT),
    ("30b", Refuse.no_customer("SubscriptionRequiredException"), ErrorKind.NO_ACCOUNT_ACCESS, ONCE, SUPPORT),
]


def test_every_row_of_the_record_is_here() -> None:
    """There are 30 recorded errors; some have two forms."""
    assert sorted({int(row.rstrip("b")) for row, *_ in RECORDED}) == list(range(1, 31))


@pytest.mark.parametrize(
    ("fault", "kind", "tried", "advice"), [pytest.param(*of, id=row) for row, *of in RECORDED]
)
def test_a_recorded_error_has_its_class_its_tries_and_its_advice(
    harness: Harness, fault: Refuse, kind: ErrorKind, tried: tuple[int, int], advice: str
) -> None:
    """What passes by itself is waited for, and nothing else; the reason says who has to do what."""
    error = fault.error()
    assert error_kind(CREATE, error.code, error.message, error.status) is kind
    harness.double.faults.add(CREATE, fault, times=1000)
    answer = harness.create()
    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"].startswith("unconfirmed/" if kind.may_have_worked else "not-created/")
    assert advice in answer["Reason"]
    assert error.message in answer["Reason"]
    told = re.search(r"after (\d+) tries over (\d+) s", answer["Reason"])
    assert (tuple(map(int, told.groups())) if told else ONCE) == tried
    assert len(harness.calls(CREATE)) == tried[0]
    assert harness.double.jobs() == ()


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Operation not allowed", ErrorKind.INVALID),
        ("Could not assume provided IAM role.", ErrorKind.INVALID),
        ("Your account is not authorized to perform this action.", ErrorKind.INVALID),
    ],
)
def test_other_calls_know_no_such_texts(message: str, kind: ErrorKind) -> None:
    """A stop or a tag that comes too late is refused as a wrong request, and must stay one."""
    assert error_kind(STOP, "ValidationException", message, 400) is kind


@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "ResourceNotFoundException", "ValidationException"]
)
@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Access denied. This Model is marked by provider as Legacy", ErrorKind.LEGACY_MODEL),
        ("You don't have access to the model with the specified model ID.", ErrorKind.NO_MODEL_ACCESS),
        ("Model access is denied due to INVALID_PAYMENT_INSTRUMENT", ErrorKind.NO_SUBSCRIPTION),
    ],
)
def test_what_the_account_may_not_use_is_known_under_any_code(
    code: str, message: str, kind: ErrorKind
) -> None:
    """Sibling operations answer the same sentence with different codes."""
    assert error_kind(CREATE, code, message, 400) is kind


def test_different_server_errors_say_nothing_of_the_model(harness: Harness) -> None:
    """Only what is answered alike each time points at something permanent."""
    harness.double.faults.add(CREATE, Refuse.internal())
    harness.double.faults.add(CREATE, Refuse("InternalServerException", ""), times=1000)
    reason = harness.create()["Reason"]
    assert "Deploy again later" in reason
    assert "Legacy" not in reason


def test_a_server_error_may_have_started_a_job(harness: Harness) -> None:
    """The same 500 each time, and a job all the same: the id says that it is unknown, the Delete finds it."""
    harness.double.configure(visible_after_seconds=140)
    harness.double.faults.add(CREATE, LoseResponse(Refuse("InternalServerException", "")))
    harness.double.faults.add(CREATE, Refuse("InternalServerException", ""), times=1000)
    answer = harness.create()
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", "unconfirmed/request-1")
    assert harness.delete(answer["PhysicalResourceId"], status="ROLLBACK_IN_PROGRESS")["Status"] == "SUCCESS"
    assert harness.statuses == ["Stopped"]


@pytest.mark.parametrize(
    ("desired", "told", "untold"),
    [
        (
            named(jobName="exact-job", customModelName="exact-model"),
            ["exact-job", "exact-model", "Change job_name and custom_model_name"],
            ["revision"],
        ),
        (
            named(customModelName="exact-model"),
            ["exact-model", "Change custom_model_name", "another revision"],
            ["job_name"],
        ),
        (properties(), ["Job-6f1c2a30-", "another revision"], ["job_name", "custom_model_name"]),
    ],
)
@pytest.mark.parametrize(
    "fault", [Refuse.name_in_use(), Refuse.name_in_use("custom model"), Refuse.conflict()]
)
def test_a_name_in_use_without_a_job_says_which_names_to_change(
    harness: Harness, fault: Refuse, desired: dict[str, object], told: list[str], untold: list[str]
) -> None:
    """The request is right; only another name helps, of the job or of its model."""
    harness.double.faults.add(CREATE, fault, times=1000)
    answer = harness.create(desired)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", "not-created/request-1")
    assert all(part in answer["Reason"] for part in (*told, fault.message))
    assert not any(part in answer["Reason"] for part in (*untold, CORRECT))
    assert harness.calls(CREATE) == [CREATE]


@pytest.mark.parametrize(("row", "fault"), [(row, fault) for row, fault, *_ in RECORDED])
def test_no_secret_reaches_a_reason(harness: Harness, row: str, fault: Refuse) -> None:
    """Whatever AWS quotes, keys and values of metadata filters are masked."""
    filters = {"equals": {"project": "apollo-eleven"}}
    logs = {"invocationLogSource": {"s3Uri": "s3://bucket/logs/"}, "requestMetadataFilters": filters}
    error = fault.error()
    leaking = Refuse(error.code, f"{error.message} (project: apollo-eleven)", error.status)
    harness.double.faults.add(CREATE, leaking, times=1000)
    desired = properties({"trainingDataConfig": {"invocationLogsConfig": logs}, **_distilled()})
    reason = harness.create(desired)["Reason"]
    assert "apollo" not in reason, row
    assert "***" in reason


def _distilled() -> dict[str, object]:
    teacher = {"teacherModelIdentifier": "amazon.nova-pro-v1:0", "maxResponseLengthForInference": 100}
    return {
        "customizationType": "DISTILLATION",
        "customizationConfig": {"distillationConfig": {"teacherModelConfig": teacher}},
        "hyperParameters": None,
        "roleArn": REQUEST["roleArn"],
    }
