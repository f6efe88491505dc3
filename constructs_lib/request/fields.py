"""Every leaf field of the request, and its name in the typed form; the docs are made of this table too."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile

from .hyper_parameters import NAMED, RFT_NAMED


@dataclass(frozen=True, slots=True)
class Field:
    """One leaf field.

    Args:
        api: Its path in the request; `[]` stands for a list's item, `{}` for a map's value.
        typed: Its name in the typed form ("": it has none).
        note: What a reader must know beyond the service's own rule.
    """

    api: str
    typed: str
    note: str = ""


_LOGS = "trainingDataConfig.invocationLogsConfig"
_FILTERS = f"{_LOGS}.requestMetadataFilters"
_TYPED_LOGS = "training_data.invocation_logs"
_TYPED_FILTER = f"{_TYPED_LOGS}.request_metadata_filter"
_TEACHER = "customizationConfig.distillationConfig.teacherModelConfig"
_RFT = "customizationConfig.rftConfig"
_NO_WILDCARD = "`*`, `?` and `$` are refused: a policy would read them as a wildcard or variable"
_OWN_NAME = "left out: the handler makes a unique one, because Bedrock never frees a name"
_KEY = (
    "an alias is permitted through `kms:ResourceAliases`; "
    "left out: the construct makes a key, a job file means AWS's own"
)
_TAG_KEY = "no `aws:`, no key twice, at most 50 tags"
_LOCAL = f"{_NO_WILDCARD}; `file://path` is uploaded"

FIELDS = (
    Field("jobName", "job_name", _OWN_NAME),
    Field("customModelName", "custom_model_name", _OWN_NAME),
    Field("roleArn", "role", "left out: the construct makes a role; given: nothing is attached to it"),
    Field("clientRequestToken", "", "made by the handler, so that a repeated event starts no second job"),
    Field("baseModelIdentifier", "base_model"),
    Field("customizationType", "customization", "left out: Bedrock takes it as fine-tuning"),
    Field("customModelKmsKeyId", "custom_model_kms_key", _KEY),
    Field("jobTags[].key", "job_tags[].key", _TAG_KEY),
    Field("jobTags[].value", "job_tags[].value"),
    Field("customModelTags[].key", "custom_model_tags[].key", _TAG_KEY),
    Field("customModelTags[].value", "custom_model_tags[].value"),
    Field("trainingDataConfig.s3Uri", "training_data", _LOCAL),
    Field(f"{_LOGS}.usePromptResponse", f"{_TYPED_LOGS}.use_prompt_response"),
    Field(f"{_LOGS}.invocationLogSource.s3Uri", _TYPED_LOGS, _NO_WILDCARD),
    Field(f"{_FILTERS}.equals{{}}", f"{_TYPED_FILTER}.equals"),
    Field(f"{_FILTERS}.notEquals{{}}", f"{_TYPED_FILTER}.not_equals"),
    Field(f"{_FILTERS}.andAll[].equals{{}}", f"{_TYPED_FILTER}.and_all[].equals"),
    Field(f"{_FILTERS}.andAll[].notEquals{{}}", f"{_TYPED_FILTER}.and_all[].not_equals"),
    Field(f"{_FILTERS}.orAll[].equals{{}}", f"{_TYPED_FILTER}.or_all[].equals"),
    Field(f"{_FILTERS}.orAll[].notEquals{{}}", f"{_TYPED_FILTER}.or_all[].not_equals"),
    Field("validationDataConfig.validators[].s3Uri", "validation_data[]", _LOCAL),
    Field("outputDataConfig.s3Uri", "output_data", f"left out: the construct makes a bucket; {_NO_WILDCARD}"),
    Field("hyperParameters{}", "customization.hyper_parameters{}", "numbers become exact decimals"),
    Field("vpcConfig.subnetIds[]", "network.subnet_ids[]"),
    Field("vpcConfig.securityGroupIds[]", "network.security_group_ids[]"),
    Field(f"{_TEACHER}.teacherModelIdentifier", "customization.teacher"),
    Field(f"{_TEACHER}.maxResponseLengthForInference", "customization.max_response_length"),
    Field(f"{_RFT}.graderConfig.lambdaGrader.lambdaArn", "customization.grader"),
    *(
        Field(f"{_RFT}.hyperParameters.{key}", f"customization.hyper_parameters.{name}")
        for key, name in RFT_NAMED.items()
    ),
)
"""In the order of the API's page."""

_INDEX = re.compile(r"\[(\d+)\]")


def typed_path(path: str) -> str:
    """Give the typed name of a place in the request; a place without one keeps the API's.

    Args:
        path: In the API's words, with indices: `validationDataConfig.validators[2].s3Uri`.
    """
    if path.startswith("hyperParameters."):
        key = path.removeprefix("hyperParameters.")
        return f"customization.hyper_parameters.{NAMED.get(key, key)}"
    place = _INDEX.sub("[]", path)
    below = [one.typed for one in FIELDS if one.typed and _is_at_or_below(one.api, place)]
    above = [one.typed for one in FIELDS if one.typed and _is_at_or_below(place, one.api.removesuffix("{}"))]
    found = _common(below) or next(iter(above), "")
    for index in _INDEX.findall(path):
        found = found.replace("[]", f"[{index}]", 1)
    return found.split("[]")[0].split("{}")[0] or path


def _is_at_or_below(inner: str, outer: str) -> bool:
    return inner == outer or inner.startswith((f"{outer}.", f"{outer}[", f"{outer}{{"))


def _common(names: list[str]) -> str:
    levels = zip(*(name.split(".") for name in names), strict=False)
    return ".".join(level[0] for level in takewhile(lambda level: len(set(level)) == 1, levels))
