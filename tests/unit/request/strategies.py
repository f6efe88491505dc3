"""Requests and values, generated: requests from the service model itself, so that a new field is tried."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import strategies as st

from constructs_lib.contract import REQUEST, default_model
from constructs_lib.contract.patterns import PATTERNS
from constructs_lib.request import (
    BaseModel,
    Customization,
    HyperParameters,
    InvocationLogs,
    JobSpec,
    MetadataFilter,
    OutputData,
    RftHyperParameters,
    TrainingData,
    ValidationData,
    VpcConfig,
)

ASCII = st.characters(min_codepoint=32, max_codepoint=126)
MADE_FOR_YOU = {"jobName", "customModelName", "roleArn", "outputDataConfig"}


def requests() -> st.SearchStrategy[dict[str, Any]]:
    """Every request that nothing is wrong with, from the shapes of the service model."""
    return shape(REQUEST)


def shape(name: str) -> st.SearchStrategy[Any]:
    """Every right value of a shape."""
    found = default_model().shape(name)
    match found["type"]:
        case "structure":
            return _structure(name, found)
        case "list":
            item = shape(found["member"]["shape"])
            key = (lambda tag: tag["key"]) if name == "TagList" else None
            return st.lists(item, min_size=found.get("min", 0), max_size=3, unique_by=key)
        case "map":
            most = min(found.get("max", 3), 3)
            keys, values = (
                shape(found["key"]["shape"]).filter(_is_no_intrinsic),
                shape(found["value"]["shape"]),
            )
            return st.dictionaries(keys, values, min_size=found.get("min", 0), max_size=most)
        case "string":
            return _string(name, found)
    return _plain(found)


def _plain(found: dict[str, Any]) -> st.SearchStrategy[Any]:
    return {
        "boolean": st.booleans,
        "integer": lambda: st.integers(found.get("min", -1000), found.get("max", 100_000)),
        "float": lambda: st.floats(found["min"], found["max"]),
    }[found["type"]]()


def _is_no_intrinsic(key: str) -> bool:
    return key not in ("Ref", "Condition") and not key.startswith("Fn::")


def _structure(name: str, found: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    members = {key: shape(target["shape"]) for key, target in found["members"].items()}
    if found.get("union"):
        return st.one_of(*(st.fixed_dictionaries({key: value}) for key, value in members.items()))
    required = set(found.get("required", ())) - (MADE_FOR_YOU if name == REQUEST else set())
    return st.fixed_dictionaries(
        {key: value for key, value in members.items() if key in required},
        optional={key: value for key, value in members.items() if key not in required},
    )


def _string(name: str, found: dict[str, Any]) -> st.SearchStrategy[str]:
    if "enum" in found:
        return st.sampled_from(found["enum"])
    judged = PATTERNS.get(found.get("pattern", ""))
    if judged is None:
        return st.text(ASCII, max_size=20)
    text = st.from_regex(judged.linear or judged.model, fullmatch=True, alphabet=ASCII)
    if name.endswith(("Arn", "Id", "Identifier")):  # a safeguard takes exact names only
        text = text.map(lambda one: _INEXACT.sub("x", one))
    least, most = found.get("min", 0), found.get("max", 500)
    return text.filter(lambda one: least <= len(one) <= most and _is_safe(name, one))


def _is_safe(name: str, text: str) -> bool:
    if name == "S3Uri":
        return "*" not in text
    return not (name == "TagKey" and text.lower().startswith("aws:"))


_INEXACT = re.compile(r"[*?]|\$(?!LATEST$)")
NUMBERS = st.integers(0, 1000) | st.floats(0, 1, exclude_min=True) | st.decimals(0, 1, places=6)
URIS = shape("S3Uri")
PAIRS = st.builds(
    MetadataFilter.equals, shape("RequestMetadataMapKeyString").filter(_is_no_intrinsic), st.just("v")
)
FILTERS = PAIRS | st.lists(PAIRS, min_size=1, max_size=3).map(lambda found: MetadataFilter.or_all(*found))
LOGS = st.builds(
    InvocationLogs,
    s3_uri=URIS,
    use_prompt_response=st.none() | st.booleans(),
    request_metadata_filter=st.none() | FILTERS,
)
HYPER_PARAMETERS = st.builds(
    HyperParameters,
    epoch_count=st.none() | NUMBERS,
    learning_rate=st.none() | NUMBERS,
    other=st.dictionaries(st.sampled_from(["x", "y", "batchSize"]), NUMBERS),
)
RFT = st.builds(
    RftHyperParameters,
    epoch_count=st.none() | st.integers(1, 50),
    learning_rate=st.none() | st.floats(1e-07, 0.001),
    reasoning_effort=st.none() | st.sampled_from(["low", "high"]),
)
CUSTOMIZATIONS = st.one_of(
    st.just(Customization()),
    st.builds(Customization.fine_tuning, st.none() | HYPER_PARAMETERS),
    st.builds(Customization.continued_pre_training, st.none() | HYPER_PARAMETERS),
    st.builds(
        Customization.distillation,
        shape("TeacherModelIdentifier"),
        st.none() | st.integers(1),
        hyper_parameters=st.none(),
    ),
    st.builds(Customization.reinforcement_fine_tuning, shape("LambdaArn"), st.none() | RFT),
)


def specs() -> st.SearchStrategy[JobSpec]:
    """Every job that can be written with values, places as text."""
    tags = st.none() | st.dictionaries(st.from_regex("[a-z]{1,5}", fullmatch=True), st.just("v"), max_size=3)
    return st.builds(
        JobSpec,
        base_model=shape("BaseModelIdentifier").map(BaseModel.of),
        training_data=st.builds(TrainingData, s3_uri=st.just("") | URIS, invocation_logs=st.none() | LOGS),
        customization=CUSTOMIZATIONS,
        validation_data=st.none() | st.lists(URIS.map(ValidationData.from_s3_uri), max_size=3),
        output_data=st.none() | URIS.map(OutputData.from_s3_uri),
        job_name=st.none() | shape("JobName"),
        custom_model_name=st.none() | shape("CustomModelName"),
        role_arn=st.none() | shape("RoleArn"),
        custom_model_kms_key=st.none() | shape("KmsKeyId"),
        job_tags=tags,
        custom_model_tags=tags,
        vpc_config=st.none()
        | st.builds(
            VpcConfig,
            subnet_ids=st.lists(shape("SubnetId"), min_size=1, max_size=16),
            security_group_ids=st.lists(shape("SecurityGroupId"), min_size=1, max_size=5),
        ),
    )
