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
from customization_job.identity import Token, generated_name, owner_of, request_mark
from customization_job.wire import decode
from hypothesis import given
from hypothesis import strategies as st

from tests.lambda_.scene import STACK, STEADY, event, properties

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


def fingerprint(wish: dict[str, Any]) -> str:
    """Name what the weights of these properties depend on."""
    return decode(event("Create", ResourceProperties=wish)).wish.fingerprint


@pytest.mark.parametrize("case", CASES)
def test_a_release_never_changes_what_an_earlier_one_computed(case: dict[str, Any]) -> None:
    """Fingerprints, names and tokens of every released version stay, or an upgrade would train again."""
    change = decode(event("Create", ResourceProperties=case["properties"]))
    wish = change.wish
    token = Token(
        owner=change.owner,
        fingerprint=wish.fingerprint,
        generation=0,
        request=change.mark,
        infrastructure=wish.infrastructure,
    )
    assert wish.fingerprint == case["fingerprint"]
    assert wish.infrastructure == case["infrastructure"]
    assert [change.job_name(wish, generation) for generation in (0, 1)] == case["jobNames"]
    assert [change.request(generation, "t")["customModelName"] for generation in (0, 1)] == case["modelNames"]
    assert str(token) == case["token"]


def test_every_golden_case_is_another_training() -> None:
    """The recorded cases differ in what the weights depend on, so each has a fingerprint of its own."""
    found = [case.values[0]["fingerprint"] for case in CASES]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    "change",
    [
        {"jobTags": [{"key": "a", "value": "b"}]},
        {"customModelTags": [{"key": "a", "value": "b"}]},
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
        {"SomethingOfALaterRelease": "x"},
    ],
)
def test_settings_of_the_handler_do_not_count(settings: dict[str, Any]) -> None:
    """How the handler is steered trains nothing."""
    assert fingerprint(properties(**settings)) == fingerprint(properties())


@pytest.mark.parametrize(
    "wish",
    [
        properties({"baseModelIdentifier": "amazon.nova-pro-v1:0:300k"}),
        properties({"customizationType": "CONTINUED_PRE_TRAINING"}),
        properties({"trainingDataConfig": {"s3Uri": "s3://bucket/other.jsonl"}}),
        properties({"validationDataConfig": {"validators": [{"s3Uri": "s3://bucket/valid.jsonl"}]}}),
        properties({"hyperParameters": {"epochCount": "3", "learningRate": "0.00001"}}),
        properties({"customModelKmsKeyId": "alias/key"}),
        properties({"jobName": "exact"}),
        properties({"customModelName": "exact"}),
        properties(NamePrefix="other"),
        properties(Revision="1"),
    ],
)
def test_what_the_weights_depend_on_counts(wish: dict[str, Any]) -> None:
    """Each input, each name and a revision make another training."""
    assert fingerprint(wish) != fingerprint(properties())


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
        "jobTags": [{"key": f"k{n}", "value": "v"} for n in range(4)],
        "trainingDataConfig": {
            "invocationLogsConfig": {
                "invocationLogSource": {"s3Uri": "s3://bucket/logs/"},
                "requestMetadataFilters": {"orAll": [{"equals": {f"k{n}": "v"}} for n in range(3)]},
            }
        },
    }
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
    other = decode(event("Create", ResourceProperties=shuffled(copy.deepcopy(RICH), chance))).wish
    wish = decode(event("Create", ResourceProperties=RICH)).wish
    assert (other.fingerprint, other.infrastructure) == (wish.fingerprint, wish.infrastructure)


def test_no_process_has_its_own_names() -> None:
    """Nothing rests on Python's salted hash: other processes compute the same."""
    script = (
        "from tests.lambda_.test_identity import RICH, fingerprint; "
        "from customization_job.identity import owner_of; print(fingerprint(RICH), owner_of('s', 'l'))"
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
    owners = {owner_of(STACK, "Job"), owner_of(STACK, "Job2"), owner_of(STACK[:-1] + "0", "Job")}
    assert len(owners) == 3


@pytest.mark.parametrize("prefix", ["a", "tickets", "a-b-c", "x" * 40])
@pytest.mark.parametrize("generation", [0, 1, 999_999])
def test_a_made_name_suits_jobs_and_models(prefix: str, generation: int) -> None:
    """One name keeps both of Bedrock's rules, whatever the generation."""
    name = generated_name(prefix, owner_of(STACK, "Job"), "f" * 16, generation)
    assert JOB_NAME.fullmatch(name)
    assert MODEL_NAME.fullmatch(name)
    assert len(name) <= 63


def token(**parts: Any) -> Token:  # noqa: ANN401 - a token's parts
    """Make a token."""
    told = {
        "owner": "0" * 8,
        "fingerprint": "1" * 16,
        "generation": 7,
        "request": "2" * 8,
        "infrastructure": "3" * 8,
    }
    return Token(**{**told, **parts})


def test_a_token_is_read_as_it_was_written() -> None:
    """A token survives Bedrock: it keeps Bedrock's rule, and is the same when it is read."""
    assert Token.read(str(token())) == token()
    assert TOKEN.fullmatch(str(token(generation=999_999)))
    assert str(token()).startswith("v1-00000000-1111111111111111-7-22222222")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "11111111-2222-3333-4444-555555555555",
        str(token())[:-1],
        f"{token()}0",
        f"{token()}\n",
        str(token()).upper(),
        str(token()).replace("v1", "w1"),
        "v1-" + "0" * 100_000,
    ],
)
def test_a_foreign_token_is_not_read(text: str) -> None:
    """Tokens of others, and forged ones, say nothing."""
    assert Token.read(text) is None


def test_a_token_of_a_later_release_keeps_its_owner() -> None:
    """A library that was rolled back still knows whose a job is."""
    read = Token.read(str(token(version="v2")))
    assert read is not None
    assert (read.version, read.owner) == ("v2", "0" * 8)


def test_marks_are_short_and_stable() -> None:
    """An event's mark is the same at every retry, and another for another event."""
    assert request_mark("a") == request_mark("a") != request_mark("b")
    assert len(request_mark("a")) == 8
