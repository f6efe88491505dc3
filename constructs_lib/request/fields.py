"""Every field of the request that has no parts, and the construct's name for it, as in docs/fields.md."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile

from .hyper_parameters import NAMED, RFT_NAMED


@dataclass(frozen=True, slots=True)
class Field:
    """One field that has no parts.

    Args:
        api: its path in the request; a list's item is written `[]`, a map's value `{}`.
        typed: the construct's keyword argument, and the path below it ("": there is none).
        note: what a user should know beyond the service's own rule.
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
_NO_WILDCARD = "no `*`, `?` or `$`, which IAM treats as a wildcard or variable in a policy"
_OWN_NAME = "left out: the function generates a unique one, because a name cannot be used again"
_KEY = (
    "an alias is permitted through `kms:ResourceAliases`; left out: the construct creates a key, "
    "and a job file means a key that AWS owns"
)
_TAG_KEY = "no `aws:`, no key twice, at most 50 tags"
_LOCAL = f"{_NO_WILDCARD}; `file://path` is uploaded"

FIELDS = (
    Field("jobName", "job_name", _OWN_NAME),
    Field("customModelName", "custom_model_name", _OWN_NAME),
    Field("roleArn", "role", "left out: the construct creates a role; given: nothing is attached to it"),
    Field("clientRequestToken", "", "set by the function, so that a repeated event starts no second job"),
    Field("baseModelIdentifier", "base_model"),
    Field("customizationType", "customization", "left out: Bedrock treats it as fine-tuning"),
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
    Field(
        "outputDataConfig.s3Uri", "output_data", f"left out: the construct creates a bucket; {_NO_WILDCARD}"
    ),
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
    """Return the construct's name for a path of the request, or the path itself if there is none.

    Args:
        path: as the API writes it, with indices: `validationDataConfig.validators[2].s3Uri`.
    """
    if path.startswith("hyperParameters."):
        key = path.removeprefix("hyperParameters.")
        return f"customization.hyper_parameters.{NAMED.get(key, key)}"
    shape_path = _INDEX.sub("[]", path)
    below = [one.typed for one in FIELDS if one.typed and _is_at_or_below(one.api, shape_path)]
    above = [
        one.typed for one in FIELDS if one.typed and _is_at_or_below(shape_path, one.api.removesuffix("{}"))
    ]
    levels = zip(*(name.split(".") for name in below), strict=False)
    common = ".".join(level[0] for level in takewhile(lambda level: len(set(level)) == 1, levels))
    found = common or next(iter(above), "")
    for index in _INDEX.findall(path):
        found = found.replace("[]", f"[{index}]", 1)
    return found.split("[]")[0].split("{}")[0] or path


def _is_at_or_below(inner: str, outer: str) -> bool:
    return inner == outer or inner.startswith((f"{outer}.", f"{outer}[", f"{outer}{{"))
