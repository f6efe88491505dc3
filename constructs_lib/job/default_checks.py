"""Whether the values of `CustomizationDefaults` are possible: the checks of a job's arguments, and more."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..contract import safeguards, violations
from ..findings import NOT_SHOWN, Finding, error
from ..permissions import KEY, exact_problems
from ..permissions.exact import REGION
from ..request import BaseModel, is_known
from ..request.fields import typed_path
from ..request.tokens import literal
from .argument_types import has, wrong_type
from .arguments import read
from .defaults import AppliedDefaults, several
from .provider_checks import check_settings
from .storage import AWS_OWNED_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .defaults import CustomizationDefaults

_OF_JOBS = (
    *("custom_model_kms_key", "network", "output_data", "job_tags", "custom_model_tags"),
    *("on_delete", "checks", "catalog", "max_training_tokens"),
)
_WITHOUT_DEFAULT: Mapping[str, Any] = dict.fromkeys(
    ("customization", "validation_data", "media_data", "provider", "role", "revision")
)


def wrong_defaults(given: CustomizationDefaults) -> Iterator[Finding]:
    """Yield what is wrong with defaults and restrictions, by the names of their arguments.

    Args:
        given: the defaults.
    """
    yield from _wrong_arguments(given)
    for name in ("custom_model_kms_key", "bootstrap_kms_key"):
        key = getattr(given, name)
        if isinstance(key, str) and not (name == "custom_model_kms_key" and key == AWS_OWNED_KEY):
            yield from exact_problems(name, key, KEY)
    key = given.bootstrap_kms_key
    if not (key is None or isinstance(key, str) or has(key, "key_arn")):
        rule = "must be an aws_kms.IKey, or a key's ARN, id or alias"
        yield wrong_type("bootstrap_kms_key", rule, key, "pass the key that cdk bootstrap was called with")
    # They are settings of the functions too, and a job's role has the same.
    yield from check_settings(
        {name: getattr(given, name) for name in ("permissions_boundary", "role_path")}
    ).found
    yield from _wrong_values(given)
    if isinstance(given.provider, Mapping):
        found = check_settings(given.provider, are_complete=False).found
        yield from (replace(one, path=f"provider.{one.path}") for one in found if one.severity == "error")
    elif given.provider is not None:
        fix = "write ProviderSettings(vpc=vpc)"
        yield wrong_type("provider", "must be ProviderSettings", given.provider, fix)
    yield from _wrong_restrictions(given)


def _wrong_arguments(given: CustomizationDefaults) -> Iterator[Finding]:
    """Yield what a job would refuse, as arguments of a job that has nothing else to refuse."""
    checked = read(
        given,
        AppliedDefaults(),
        str,
        base_model=BaseModel.NOVA_LITE,
        training_data="s3://bucket/key",
        **_WITHOUT_DEFAULT,
        **{name: getattr(given, name) for name in _OF_JOBS},
    )
    yield from (replace(one, path=typed_path(one.path)) for one in checked.found)


def _wrong_values(given: CustomizationDefaults) -> Iterator[Finding]:
    """Yield what Bedrock would refuse of each job, which has not set it."""
    for name in ("job_tags", "custom_model_tags"):
        tags = getattr(given, name)
        for key, value in tags.items() if isinstance(tags, Mapping) else ():
            sent = {"key": key, "value": value}
            reserved = safeguards({"jobTags": [sent]}, literal=literal)
            for one in (*violations(sent, "Tag", is_known=is_known), *reserved):
                part = one.path.rpartition(".")[2]
                yield replace(
                    one, path=f"{name}[{key!r}]" if part == "value" else f"the key of {name}[{key!r}]"
                )
    output = given.output_data
    uri = output if isinstance(output, str) else getattr(output, "s3_uri", None)
    if isinstance(uri, str) and uri:
        for one in violations({"s3Uri": uri}, "OutputDataConfig", is_known=is_known):
            yield replace(one, path="output_data")


def _wrong_restrictions(given: CustomizationDefaults) -> Iterator[Finding]:
    if given.allowed_base_models is not None:
        item, fix = (
            "a base model's id or ARN, or a BaseModel",
            "write [BaseModel.NOVA_LITE, 'custom-model/*']",
        )
        yield from _wrong_list("allowed_base_models", given.allowed_base_models, _is_model, item, fix)
    if given.allowed_regions is not None:
        fix = "write ['eu-west-1']"
        yield from _wrong_list("allowed_regions", given.allowed_regions, _is_region, "a Region", fix)
    tags = given.required_tags
    if tags is not None:
        fix = "write ['cost-center'], or {'stage': ['dev', 'prod']}"
        yield from _wrong_list("required_tags", tags, _is_filled_text, "the key of a tag", fix)
        for key, values in tags.items() if isinstance(tags, Mapping) else ():
            if values is not None:
                path = f"required_tags[{key!r}]"
                yield from _wrong_list(path, values, _is_filled_text, "the value of a tag", fix)
    tokens = given.max_training_tokens
    if isinstance(tokens, int) and is_known(tokens) and tokens < 1:
        yield wrong_type("max_training_tokens", "must be at least 1", tokens, "write 1_000_000")


def _wrong_list(
    path: str, values: object, is_possible: Callable[[object], bool], item: str, fix: str
) -> Iterator[Finding]:
    found = several(values)
    if not found:
        rule, fix_empty = "must not be empty, which no job would satisfy", f"{fix}, or leave it out"
        yield error("argument-type", path, rule, NOT_SHOWN, fix_empty)
    for index, one in enumerate(found):
        if not is_possible(one):
            yield wrong_type(f"{path}[{index}]", f"must be {item}", one, fix)


def _is_model(value: object) -> bool:
    return _is_filled_text(
        value.model_id if isinstance(value, BaseModel) else getattr(value, "model_arn", value)
    )


def _is_region(value: object) -> bool:
    return isinstance(value, str) and (not is_known(value) or re.fullmatch(REGION, value) is not None)


def _is_filled_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)
