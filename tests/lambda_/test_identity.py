from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from contract.resource import deployment_name
from customization_job.jobs.identity import (
    NO_OPERATION,
    ClientToken,
    generated_name,
    model_tags_code,
    operation_hash,
    request_hash,
    resource_hash,
    stack_hash,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.lambda_.builders import STACK, STEADY, decode, event, properties

if TYPE_CHECKING:
    import random

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))
CASES = [
    pytest.param(case, id=f"{path.stem}: {case['name']}")
    for path in GOLDEN
    for case in json.loads(path.read_text())
]
JOB_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9+.\-])*")
MODEL_NAME = re.compile(r"([0-9a-zA-Z][_-]?){1,63}")
TOKEN = re.compile(r"[a-zA-Z0-9]([-a-zA-Z0-9]{0,254}[a-zA-Z0-9])?")


def fingerprint(desired: dict[str, Any]) -> str:
    """Name what the weights of these properties depend on."""
    return decode(event("Create", ResourceProperties=desired)).desired.fingerprint


@pytest.mark.parametrize("case", CASES)
def test_a_release_never_changes_what_an_earlier_one_computed(case: dict[str, Any]) -> None:
    """Fingerprints, names and tokens of every released version stay, or an upgrade would train again."""
    change = decode(event("Create", ResourceProperties=case["properties"]))
    desired = change.desired
    stack, resource = change.owner
    token = ClientToken(
        stack=stack,
        resource=resource,
        fingerprint=desired.fingerprint,
        generation=0,
        request=change.request_hash,
        infrastructure=desired.infrastructure,
        operation=operation_hash(1_767_225_600.25),
        model_tags=desired.model_tags_code,
    )
    assert desired.fingerprint == case["fingerprint"]
    assert desired.infrastructure == case["infrastructure"]
    assert [change.job_name(desired, generation) for generation in (0, 1)] == case["jobNames"]
    assert [change.request(generation, "t")["customModelName"] for generation in (0, 1)] == case["modelNames"]
    assert str(token) == case["token"]


def test_every_golden_case_is_another_training() -> None:
    """The recorded cases differ in what the weights depend on, so each has a fingerprint of its own."""
    found = [case.values[0]["fingerprint"] for case in CASES]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    "change",
    [
        {"roleArn": "arn:aws:iam::123456789012:role/other"},
        {"outputDataConfig": {"s3Uri": "s3://other/"}},
        {"vpcConfig": {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}},
        {"hyperParameters": {"learningRate": "1e-05", "epochCount": "2.0"}},
        {"hyperParameters": {"learningRate": "0.000010", "epochCount": "2", "other": ""}},
        {"validationDataConfig": {}},
        {"validationDataConfig": {"validators": []}},
        {"customModelKmsKeyId": ""},
        {"customizationConfig": {"distillationConfig": {}}},
    ],
)
def test_what_the_weights_do_not_depend_on_does_not_count(change: dict[str, Any]) -> None:
    """Tags, role, network, output, empty members and the spelling of numbers train nothing."""
    assert fingerprint(properties(change)) == fingerprint(properties())


@pytest.mark.parametrize(
    "settings",
    [
        {"ServiceToken": "other"},
        {"ServiceTimeout": "600"},
        {"OnDelete": "Retain"},
        {"RetrainOnInfrastructureChange": "true"},
        {"Revision": None},
        {"JobTags": [{"key": "a", "value": "b"}]},
        {"CustomModelTags": [{"key": "a", "value": "b"}]},
        {"NamePrefix": "a prefix that depends on a path"},
        {"SomethingOfALaterRelease": "x"},
    ],
)
def test_settings_of_the_handler_do_not_count(settings: dict[str, Any]) -> None:
    """How the handler is steered trains nothing."""
    assert fingerprint(properties(**settings)) == fingerprint(properties())


@pytest.mark.parametrize(
    "desired",
    [
        properties({"baseModelIdentifier": "amazon.nova-pro-v1:0:300k"}),
        properties({"customizationType": "CONTINUED_PRE_TRAINING"}),
        properties({"trainingDataConfig": {"s3Uri": "s3://bucket/other.jsonl"}}),
        properties({"validationDataConfig": {"validators": [{"s3Uri": "s3://bucket/valid.jsonl"}]}}),
        properties({"hyperParameters": {"epochCount": "3", "learningRate": "0.00001"}}),
        properties({"customModelKmsKeyId": "alias/key"}),
        properties({"jobName": "exact"}),
        properties({"customModelName": "exact"}),
        properties(Revision="1"),
    ],
)
def test_what_the_weights_depend_on_counts(desired: dict[str, Any]) -> None:
    """Each input, each name and a revision make another training."""
    assert fingerprint(desired) != fingerprint(properties())


def test_a_revision_is_text() -> None:
    """A revision is compared as it is written, so that 1 and 1.0 are two."""
    assert fingerprint(properties(Revision="1")) != fingerprint(properties(Revision="1.0"))


def test_numbers_that_are_typed_and_untyped_are_the_same() -> None:
    """What CloudFormation turns into strings has the fingerprint of what was written."""

    def rft(**values: object) -> dict[str, Any]:
        config = {"rftConfig": {"hyperParameters": values}}
        return properties({"customizationType": "REINFORCEMENT_FINE_TUNING", "customizationConfig": config})

    typed = rft(epochCount=3, learningRate=1e-05)
    assert fingerprint(typed) == fingerprint(rft(epochCount="3", learningRate="1e-05"))
    assert fingerprint(typed) == fingerprint(rft(learningRate="0.00001", epochCount="3"))
    assert fingerprint(typed) != fingerprint(rft(epochCount="4", learningRate="1e-05"))


RICH = properties(
    {
        "validationDataConfig": {"validators": [{"s3Uri": f"s3://bucket/{n}.jsonl"} for n in range(4)]},
        "vpcConfig": {
            "subnetIds": ["subnet-1", "subnet-2", "subnet-3"],
            "securityGroupIds": ["sg-1", "sg-2"],
        },
        "trainingDataConfig": {
            "invocationLogsConfig": {
                "invocationLogSource": {"s3Uri": "s3://bucket/logs/"},
                "requestMetadataFilters": {"orAll": [{"equals": {f"k{n}": "v"}} for n in range(3)]},
            }
        },
    },
    JobTags=[{"key": f"k{n}", "value": "v"} for n in range(4)],
)


def shuffled(value: Any, chance: random.Random) -> Any:  # noqa: ANN401 - JSON of any type
    """Write the same in another order."""
    if isinstance(value, list):
        items = [shuffled(item, chance) for item in value]
        chance.shuffle(items)
        return items
    if isinstance(value, dict):
        names = list(value)
        chance.shuffle(names)
        return {name: shuffled(value[name], chance) for name in names}
    return value


@STEADY
@given(st.randoms(use_true_random=False))
def test_order_never_counts(chance: random.Random) -> None:
    """Lists of a request are sets, and CloudFormation keeps no order of names."""
    other = decode(event("Create", ResourceProperties=shuffled(copy.deepcopy(RICH), chance))).desired
    desired = decode(event("Create", ResourceProperties=RICH)).desired
    assert (other.fingerprint, other.infrastructure) == (desired.fingerprint, desired.infrastructure)


def test_no_process_has_its_own_names() -> None:
    """Nothing rests on Python's salted hash: other processes compute the same."""
    script = (
        "from tests.lambda_.test_identity import RICH, fingerprint; "
        "from customization_job.jobs.identity import stack_hash; print(fingerprint(RICH), stack_hash('s'))"
    )
    path = os.pathsep.join(filter(None, sys.path))
    seen = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1


def test_owners_differ_by_stack_and_by_logical_id() -> None:
    """A stack that is made again under the same name is another owner, for its ARN is another."""
    owners = {
        decode(event("Create", StackId=stack, LogicalResourceId=name)).owner
        for stack in (STACK, STACK[:-1] + "0")
        for name in ("Job", "Job2")
    }
    assert len(owners) == 4


@pytest.mark.parametrize("logical_id", ["J", "TriageE1A2B3C4", "x" * 255])
@pytest.mark.parametrize("generation", [0, 1, 999_999])
def test_a_made_name_suits_jobs_and_models(logical_id: str, generation: int) -> None:
    """One name keeps both of Bedrock's rules, whatever the resource and the generation."""
    name = generated_name(STACK, logical_id, "f" * 16, generation)
    assert JOB_NAME.fullmatch(name)
    assert MODEL_NAME.fullmatch(name)
    assert len(name) <= 63


def test_a_made_name_follows_from_the_stack_and_the_logical_id_alone() -> None:
    """A construct that is moved with its logical id kept has the same names, so it trains nothing."""
    moved = {**properties(), "NamePrefix": "Prod-Tickets-Triage", "ServiceToken": "arn:of:another:path"}
    one = decode(event("Create", ResourceProperties=properties()))
    other = decode(event("Create", ResourceProperties=moved))
    assert one.job_name(one.desired, 0) == other.job_name(other.desired, 0)
    assert one.job_name(one.desired, 0).startswith("Job-6f1c2a30-")


def token(**parts: Any) -> ClientToken:  # noqa: ANN401 - a token's parts
    """Make a token."""
    told = {
        "stack": "0" * 8,
        "resource": "4" * 8,
        "fingerprint": "1" * 16,
        "generation": 7,
        "request": "2" * 8,
        "infrastructure": "3" * 8,
        "operation": "5" * 8,
    }
    return ClientToken(**{**told, **parts})


FIFTY = model_tags_code(f"key-{number}" for number in range(50))


@pytest.mark.parametrize("written", [token(), token(model_tags=model_tags_code(["a", "b"]))])
def test_a_token_is_read_as_it_was_written(written: ClientToken) -> None:
    """A token survives Bedrock: it keeps Bedrock's rule, and is the same when it is read."""
    assert ClientToken.read(str(written)) == written
    assert str(written).startswith("v2-00000000-44444444-1111111111111111-7-22222222-33333333-55555555")


def test_the_longest_token_keeps_bedrocks_rule() -> None:
    """A model with as many tags as Bedrock takes still has a token of at most 256 characters."""
    longest = str(token(generation=999_999, model_tags=FIFTY))
    assert TOKEN.fullmatch(longest)
    assert len(longest) <= 256
    assert ClientToken.read(longest) == token(generation=999_999, model_tags=FIFTY)


def test_a_token_knows_the_tags_that_its_model_was_given() -> None:
    """It keeps three characters of each key, enough to distinguish them from tags that people add."""
    given = token(model_tags=model_tags_code(["team", "cost-center"]))
    assert given.has_model_tag("team")
    assert given.has_model_tag("cost-center")
    assert not any(given.has_model_tag(f"other-{number}") for number in range(100))
    assert not token().has_model_tag("team")


def test_an_operation_is_named_by_its_time() -> None:
    """Two operations of a stack never begin in the same millisecond; an unknown time has no hash."""
    assert operation_hash(1.0) == operation_hash(1.0004) != operation_hash(1.001)
    assert operation_hash(None) == NO_OPERATION


@pytest.mark.parametrize(
    "text",
    [
        "",
        "11111111-2222-3333-4444-555555555555",
        str(token())[:-1],
        f"{token()}0",
        f"{token()}\n",
        str(token()).upper(),
        str(token()).replace("v2", "w2"),
        "v2-" + "0" * 100_000,
        str(token()) + "-ab",
        str(token()) + "-" + "abc" * 51,
    ],
)
def test_a_foreign_token_is_not_read(text: str) -> None:
    """Tokens of others, and forged ones, say nothing."""
    assert ClientToken.read(text) is None


def test_a_token_of_a_later_release_keeps_its_owner() -> None:
    """A library that was rolled back still knows whose a job is."""
    read = ClientToken.read(str(token(version="v3")))
    assert read is not None
    assert (read.version, read.owner) == ("v3", ("0" * 8, "4" * 8))


def test_marks_are_short_and_stable() -> None:
    """An event's mark is the same at every retry, and another for another event."""
    assert request_hash("a") == request_hash("a") != request_hash("b")
    assert {len(request_hash("a")), len(stack_hash(STACK)), len(resource_hash("Job"))} == {8}


@pytest.mark.parametrize(
    ("logical_id", "name"),
    [
        ("Deployment", "Deployment-a6eb44434dff"),
        (
            "SupportTicketsTriageDeploymentResource3BD5CF6A",
            "SupportTicketsTriageDeploymentRe3BD5CF6A-4cd41b2965ea",
        ),
    ],
)
def test_the_generated_name_of_a_deployment_is_one_that_bedrock_takes(logical_id: str, name: str) -> None:
    """It is recorded here, because another name would be another deployment, with another ARN."""
    found = deployment_name(STACK, logical_id)
    assert found == name
    assert re.fullmatch(r"([0-9a-zA-Z][_-]?){1,63}", found)
    assert len(found) <= 63
