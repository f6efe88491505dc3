"""Mistakes to plant into a request, and the finding that each of them must be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st

from tests.unit.checks.subjects import NOVA

Fault = Callable[[dict[str, Any]], str]
"""Plants one mistake into a request and returns its path."""


def _set(path: str, value: object) -> Fault:
    """Put a wrong value at a path; its mappings are made where they are missing."""

    def plant(request: dict[str, Any]) -> str:
        part = request
        *steps, last = path.split(".")
        for step in steps:
            part[step] = dict(part.get(step, {}))
            part = part[step]
        part[last] = value
        return path

    return plant


def _misspelt(right: str, wrong: str) -> Fault:
    """Write a member's name in another way."""

    def plant(request: dict[str, Any]) -> str:
        request[wrong] = request.pop(right, {})
        return wrong

    return plant


def _tag_twice(request: dict[str, Any]) -> str:
    request["jobTags"] = [{"key": "a", "value": ""}, {"key": "a", "value": "x"}]
    return "jobTags[1].key"


def _wildcard(request: dict[str, Any]) -> str:
    request["validationDataConfig"] = {"validators": [{"s3Uri": "s3://my-bucket/v*.jsonl"}]}
    return "validationDataConfig.validators[0].s3Uri"


def _output_over_input(request: dict[str, Any]) -> str:
    request.pop("roleArn", None)
    request["outputDataConfig"] = {"s3Uri": "s3://my-bucket/data/"}
    return "outputDataConfig.s3Uri"


RFT = "customizationConfig.rftConfig"
FAULTS: Mapping[str, Fault] = {
    "bad name": _set("jobName", "bad_name"),
    "null": _set("customModelName", None),
    "misspelt member": _misspelt("vpcConfig", "vpcConfiguration"),
    "unheard-of member": _misspelt("unheardOf", "unheardOf"),
    "wrong type": _set("customModelTags", {"a": "b"}),
    "wrong choice": _set("customizationType", "FINETUNING"),
    "rft value out of range": _set(f"{RFT}.hyperParameters.epochCount", 51),
    "rft value of the wrong type": _set(f"{RFT}.hyperParameters.learningRate", "x"),
    "wildcard": _wildcard,
    "no such file": _set("trainingDataConfig.s3Uri", "file:///no/such/file.jsonl"),
    "output over input": _output_over_input,
    "tag twice": _tag_twice,
    "wildcard in the key": _set("customModelKmsKeyId", "alias/models*"),
    "boolean": _set("hyperParameters.batchSize", value=True),
    "epochs": _set("hyperParameters.epochCount", "99"),
    "unknown base model": _set("baseModelIdentifier", "amazon.nova-reel-v1:0"),
    "wildcard in the model": _set("baseModelIdentifier", "amazon.nova-*"),
    "wrong role": _set("roleArn", "Role"),
}
EXPECTED = {
    "bad name": "request-pattern",
    "null": "request-type",
    "misspelt member": "request-member",
    "unheard-of member": "request-member",
    "wrong type": "request-type",
    "wrong choice": "request-enum",
    "rft value out of range": "request-range",
    "rft value of the wrong type": "request-type",
    "wildcard": "wildcard",
    "no such file": "local-file",
    "output over input": "output-overlaps-input",
    "tag twice": "tag-repeated",
    "wildcard in the key": "request-pattern",
    "boolean": "request-type",
    "epochs": "hyper-parameter-range",
    "unknown base model": "model-not-customizable",
    "wildcard in the model": "request-pattern",
    "wrong role": "request-pattern",
}
APART = [
    # The range of a hyperparameter is known only with the model and the customization type.
    {"epochs", "unknown base model", "wildcard in the model"},
    {"epochs", "wrong choice"},
    {"unknown base model", "wildcard in the model"},
    # Whether output may overlap depends on who makes the role, and what is read on the training data.
    {"output over input", "wrong role"},
    {"output over input", "no such file"},
]
"""Faults that cannot show beside each other."""

VALID: Mapping[str, Any] = {
    "jobName": "tickets",
    "baseModelIdentifier": NOVA,
    "customizationType": "FINE_TUNING",
    "trainingDataConfig": {"s3Uri": "s3://my-bucket/data/train.jsonl"},
    "validationDataConfig": {"validators": [{"s3Uri": "s3://my-bucket/valid.jsonl"}]},
    "outputDataConfig": {"s3Uri": "s3://my-results/"},
    "hyperParameters": {"epochCount": "2", "learningRate": "0.00001"},
    "vpcConfig": {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]},
    "jobTags": [{"key": "project", "value": "tickets"}],
}
"""Everything is right in it, and it has the parts that the faults need."""


def _can_show(chosen: set[str]) -> bool:
    return not any(len(chosen & apart) > 1 for apart in APART)


def few_faults() -> st.SearchStrategy[set[str]]:
    """Return one to four faults that can all show."""
    return st.sets(st.sampled_from(sorted(FAULTS)), min_size=1, max_size=4).filter(_can_show)


def planted(chosen: set[str], request: Mapping[str, Any]) -> tuple[dict[str, Any], set[tuple[str, str]]]:
    """Return a request with faults, and the rule and the path of each.

    Args:
        chosen: the names of the faults.
        request: a request like `VALID`; it is not changed.
    """
    wrong = dict(request)
    return wrong, {(EXPECTED[name], FAULTS[name](wrong)) for name in sorted(chosen)}
