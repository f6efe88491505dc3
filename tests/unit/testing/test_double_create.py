import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from constructs_lib.contract.patterns import PATTERNS
from constructs_lib.testing.bedrock import BedrockDouble, ServiceError
from constructs_lib.testing.bedrock.operations import OPERATIONS
from constructs_lib.testing.bedrock.service import service_document, service_model

CREATE = "CreateModelCustomizationJob"
GET = "GetModelCustomizationJob"

Request = Callable[..., dict[str, Any]]


def refusal(double: BedrockDouble, operation: str, request: Mapping[str, Any], **where: str) -> str:
    """Return the code of the error of a call."""
    with pytest.raises(ServiceError) as caught:
        double.call(operation, request, **where)
    return caught.value.code


def test_get_returns_every_field_of_the_request(double: BedrockDouble, request_for: Request) -> None:
    """Get returns every field of the request, by name and by ARN."""
    request = request_for(
        clientRequestToken="token-1",
        customizationType="FINE_TUNING",
        customModelKmsKeyId="arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        validationDataConfig={"validators": [{"s3Uri": "s3://bucket/valid.jsonl"}]},
        hyperParameters={"epochCount": "2", "batchSize": "1", "learningRate": "0.00001"},
        vpcConfig={"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]},
    )
    arn = double.call(CREATE, request)["jobArn"]

    by_arn, by_name = (double.call(GET, {"jobIdentifier": job}) for job in (arn, "job-1"))

    assert by_arn == by_name
    same = ("jobName", "roleArn", "clientRequestToken", "customizationType", "validationDataConfig")
    same += ("hyperParameters", "vpcConfig", "trainingDataConfig", "outputDataConfig")
    assert {name: by_arn[name] for name in same} == {name: request[name] for name in same}
    assert by_arn["outputModelName"] == request["customModelName"]
    assert by_arn["outputModelKmsKeyArn"] == request["customModelKmsKeyId"]
    assert by_arn["baseModelArn"] == "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k"
    assert by_arn["status"] == "InProgress"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"jobName": "under_score"}, "jobName"),
        ({"jobName": "x" * 64}, "jobName"),
        ({"customModelName": "two--hyphens"}, "customModelName"),
        ({"roleArn": None}, "roleArn"),
        ({"customizationType": "TUNING"}, "customizationType"),
        ({"trainingDataConfig": {"s3Uri": "s3://bucket/a=b"}}, "trainingDataConfig.s3Uri"),
        ({"vpcConfig": {"subnets": []}}, "vpcConfig.subnets"),
        ({"hyperParameters": {"epochCount": 2}}, "hyperParameters.epochCount"),
        ({"customizationConfig": {}}, "customizationConfig"),
        ({"clientRequestToken": "under_score"}, "clientRequestToken"),
        ({"jobTags": [{"key": "a"}]}, "jobTags[0].value"),
        ({"newMember": "?"}, "newMember"),
    ],
)
def test_what_the_service_model_does_not_allow_is_refused(
    double: BedrockDouble, request_for: Request, changes: dict[str, Any], path: str
) -> None:
    """Unknown members, types, patterns, lengths, enums, unions: a ValidationException names the field."""
    with pytest.raises(ServiceError) as caught:
        double.call(CREATE, request_for(**changes))

    assert caught.value.code == "ValidationException"
    assert path in caught.value.message
    assert double.jobs() == ()


@pytest.mark.parametrize("name", ["x", "x" * 63, "a.b+c-d"])
def test_names_at_the_limits_are_accepted(double: BedrockDouble, request_for: Request, name: str) -> None:
    """Names of the longest and shortest length that the service model allows are accepted."""
    assert double.call(CREATE, request_for(jobName=name))["jobArn"]


def test_the_rules_know_every_pattern_of_the_operations() -> None:
    """No pattern of a request is skipped because the rules do not have it."""
    shapes, model = service_document()["shapes"], service_model()
    parts = [part for name in OPERATIONS for part in model.parts(model.operation_input(name))]
    patterns = {shapes[part.shape].get("pattern") for part in parts} - {None}

    assert patterns - set(PATTERNS) == set()


@pytest.mark.parametrize("how", ["complete", "stop"])
def test_a_job_name_can_be_used_only_once(double: BedrockDouble, request_for: Request, how: str) -> None:
    """A completed or stopped job keeps its name, even after its model was deleted."""
    double.call(CREATE, request_for(jobName="used"))
    getattr(double, how)("used")
    if how == "complete":
        double.call("DeleteCustomModel", {"modelIdentifier": "model-1"})

    with pytest.raises(ServiceError, match="The provided job name is currently in use"):
        double.call(CREATE, request_for(jobName="used"))


@pytest.mark.parametrize("code", ["ValidationException", "ConflictException"])
def test_a_test_can_choose_the_error_for_a_name_in_use(
    double: BedrockDouble, request_for: Request, code: str
) -> None:
    """A ValidationException was recorded; the API reference has a ConflictException."""
    double.configure(name_in_use=code)
    double.call(CREATE, request_for(jobName="same"))

    assert refusal(double, CREATE, request_for(jobName="same")) == code


def test_names_are_per_account_and_region(double: BedrockDouble, request_for: Request) -> None:
    """Another account or Region can use the same name, and lists only its own jobs."""
    request = request_for()
    arns = {
        double.call(CREATE, request, account=account, region=region)["jobArn"]
        for account in ("111111111111", "222222222222")
        for region in ("us-east-1", "us-west-2")
    }

    assert len(arns) == 4
    assert refusal(double, GET, {"jobIdentifier": request["jobName"]}) == "ResourceNotFoundException"
    assert len(double.jobs(account="111111111111")) == 2


@pytest.mark.parametrize(
    ("before", "second", "code"),
    [
        ("nothing", "same", "ValidationException"),
        ("nothing", "other", ""),
        ("complete", "same", "ValidationException"),
        ("stop", "same", ""),
    ],
)
def test_model_names_are_unique_among_models_and_jobs_in_progress(
    double: BedrockDouble, request_for: Request, before: str, second: str, code: str
) -> None:
    """The model name of a stopped job is free; that of a model or of a running job is in use."""
    double.call(CREATE, request_for(jobName="first", customModelName="same"))
    if before != "nothing":
        getattr(double, before)("first")

    if code:
        assert refusal(double, CREATE, request_for(customModelName=second)) == code
    else:
        assert double.call(CREATE, request_for(customModelName=second))


def test_model_names_need_not_be_unique(double: BedrockDouble, request_for: Request) -> None:
    """AWS does not document this, so `Behaviour` allows both."""
    double.configure(model_names_unique=False)
    for _ in range(2):
        double.call(CREATE, request_for(customModelName="same"))

    assert len(double.jobs()) == 2


@pytest.mark.parametrize("end", ["complete", "fail", "stop"])
def test_model_names_can_be_reserved_for_ever(double: BedrockDouble, request_for: Request, end: str) -> None:
    """One user of the service reports that; it is off by default."""
    double.configure(model_names_reserved=True)
    double.call(CREATE, request_for(customModelName="mine"))
    if end == "fail":
        double.fail("job-1", "why")
    else:
        getattr(double, end)("job-1")
    for model in double.models():
        double.call("DeleteCustomModel", {"modelIdentifier": model.arn})

    assert refusal(double, CREATE, request_for(customModelName="mine")) == "ValidationException"
    double.configure(model_names_reserved=False)
    assert double.call(CREATE, request_for(customModelName="mine"))


def test_the_same_token_returns_the_same_job(double: BedrockDouble, request_for: Request) -> None:
    """A retry starts no job, even if the request has changed or the job has ended."""
    first = double.call(CREATE, request_for(clientRequestToken="once"))
    again = double.call(CREATE, request_for(clientRequestToken="once", hyperParameters={"epochs": "9"}))
    double.stop("job-1")
    late = double.call(CREATE, request_for(clientRequestToken="once"))

    assert first == again == late
    assert len(double.jobs()) == 1


def test_callers_at_the_same_time_get_one_job(double: BedrockDouble, request_for: Request) -> None:
    """Two simultaneous calls with one token start one job."""
    request = request_for(clientRequestToken="once")
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: double.call(CREATE, request)["jobArn"], range(64)))

    assert len(set(answers)) == len(double.jobs()) == 1


def test_a_changed_retry_can_be_a_conflict(double: BedrockDouble, request_for: Request) -> None:
    """A token with another request can be refused; the same request still returns the job."""
    double.configure(changed_retry="ConflictException")
    request = request_for(clientRequestToken="once")
    double.call(CREATE, request)

    assert double.call(CREATE, request)["jobArn"]
    assert refusal(double, CREATE, request_for(clientRequestToken="once")) == "ConflictException"


def test_the_eleventh_job_in_progress_is_over_quota(double: BedrockDouble, request_for: Request) -> None:
    """A job counts for the quota until it has ended; a stopping job still counts."""
    for _ in range(10):
        double.call(CREATE, request_for())
    assert refusal(double, CREATE, request_for()) == "ServiceQuotaExceededException"

    double.call("StopModelCustomizationJob", {"jobIdentifier": "job-1"})
    assert refusal(double, CREATE, request_for()) == "ServiceQuotaExceededException"

    double.clock.advance(60)
    assert double.call(CREATE, request_for())["jobArn"]


def test_the_quota_of_models_counts_models_that_exist(double: BedrockDouble, request_for: Request) -> None:
    """A deleted model does not count for the quota."""
    double.configure(custom_models=1)
    double.call(CREATE, request_for(customModelName="only"))
    double.complete("job-1")
    assert refusal(double, CREATE, request_for()) == "ServiceQuotaExceededException"

    double.call("DeleteCustomModel", {"modelIdentifier": "only"})
    assert double.call(CREATE, request_for())["jobArn"]


@pytest.mark.parametrize(
    ("identifier", "base"),
    [
        ("amazon.nova-lite-v1:0:300k", "amazon.nova-lite-v1:0:300k"),
        ("arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0", "amazon.nova-pro-v1:0"),
        ("first-model", "amazon.nova-micro-v1:0:128k"),
        ("{arn}", "amazon.nova-micro-v1:0:128k"),
    ],
)
def test_the_base_model_is_always_the_foundation_model(
    double: BedrockDouble, request_for: Request, identifier: str, base: str
) -> None:
    """For an id, an ARN, a custom model's name or ARN, Get returns the foundation model's ARN."""
    base_model = "amazon.nova-micro-v1:0:128k"
    double.call(CREATE, request_for(customModelName="first-model", baseModelIdentifier=base_model))
    double.complete("job-1")
    identifier = identifier.format(arn=double.models()[0].arn)

    arn = double.call(CREATE, request_for(baseModelIdentifier=identifier))["jobArn"]

    answer = double.call(GET, {"jobIdentifier": arn})
    assert answer["baseModelArn"] == f"arn:aws:bedrock:us-east-1::foundation-model/{base}"
    assert f":model-customization-job/{base}/" in arn


def test_a_base_model_that_does_not_exist_is_not_found(double: BedrockDouble, request_for: Request) -> None:
    """A custom model must exist in the double, unless `known_models_only` is off."""
    elsewhere = "arn:aws:bedrock:us-east-1:000000000000:custom-model/amazon.nova-lite-v1:0/abcdefabcdef"
    request = request_for(baseModelIdentifier=elsewhere)
    assert refusal(double, CREATE, request) == "ResourceNotFoundException"

    double.configure(known_models_only=False)
    assert double.call(CREATE, request)["jobArn"]


@pytest.mark.parametrize(
    ("key", "arn"),
    [
        ("alias/training", r"arn:aws:kms:us-east-1:000000000000:key/[0-9a-f-]{36}"),
        (
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        ),
    ],
)
def test_get_returns_the_key_as_an_arn(
    double: BedrockDouble, request_for: Request, key: str, arn: str
) -> None:
    """The request may have a key id, an ARN or an alias."""
    double.call(CREATE, request_for(customModelKmsKeyId=key))

    assert re.fullmatch(arn, double.call(GET, {"jobIdentifier": "job-1"})["outputModelKmsKeyArn"])


@pytest.mark.parametrize(
    ("region", "partition"),
    [("us-east-1", "aws"), ("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn")],
)
def test_arns_are_of_the_regions_partition(
    double: BedrockDouble, request_for: Request, region: str, partition: str
) -> None:
    """The partition in an ARN is that of the Region of the request."""
    arn = double.call(CREATE, request_for(), account="123456789012", region=region)["jobArn"]

    assert arn.startswith(f"arn:{partition}:bedrock:{region}:123456789012:model-customization-job/")


def test_a_response_is_a_copy(double: BedrockDouble, request_for: Request) -> None:
    """Changes of a request or a response do not change the double."""
    request = request_for(hyperParameters={"epochCount": "2"})
    double.call(CREATE, request)
    request["hyperParameters"]["epochCount"] = "changed"
    double.call(GET, {"jobIdentifier": "job-1"})["hyperParameters"]["epochCount"] = "changed"

    assert double.call(GET, {"jobIdentifier": "job-1"})["hyperParameters"]["epochCount"] == "2"


def test_an_operation_that_the_double_does_not_have_is_named(double: BedrockDouble) -> None:
    """The error lists the operations of the double."""
    with pytest.raises(ServiceError, match="CreateGuardrail is not an operation of the Bedrock double"):
        double.call("CreateGuardrail", {})


def test_the_validation_of_responses_finds_mistakes(
    double: BedrockDouble, request_for: Request, wrong_in: Callable[..., list[str]]
) -> None:
    """Every response in these tests is validated, so missing, mistyped and misspelt members must be found."""
    right = double.call(CREATE, request_for())

    assert wrong_in(CREATE, right) == []
    assert all(wrong_in(CREATE, wrong) for wrong in ({}, {"jobArn": 1}, {"jobArn": "arn"}))
