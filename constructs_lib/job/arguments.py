"""A request as the keyword arguments of the construct: both forms end in the same values."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from constructs_lib.job.network import JobNetwork
from constructs_lib.job.settings import AWS_OWNED_KEY
from constructs_lib.spec import InvalidJob, doubts, from_request
from constructs_lib.spec.reading import read_request

if TYPE_CHECKING:
    from constructs_lib.spec import Doubt, JobSpec, VpcConfig
    from constructs_lib.spec.reading.files import Source


def read(request: Source, where: str) -> tuple[dict[str, Any], list[Doubt]]:
    """Read `request` once: the keyword arguments that say the same, and what they cannot say.

    The client token has no argument, because it is not sent; the user is told.

    Args:
        request: A mapping in the API's casing, or a job file's path.
        where: The construct's path, for what is wrong.

    Raises:
        InvalidJob: With everything that is wrong.
    """
    try:
        asked = read_request(request)
        spec = from_request(asked)
    except InvalidJob as error:
        named = where if isinstance(request, Mapping) else f"{where} ({os.fspath(request)})"
        raise InvalidJob(named, error.problems) from None
    return _arguments(spec), [one for one in doubts(asked) if one.path == "clientRequestToken"]


def _arguments(spec: JobSpec) -> dict[str, Any]:
    return {
        "base_model": spec.base_model,
        "training_data": spec.training_data,
        "customization": spec.customization,
        "validation_data": spec.validation_data,
        "output_data": spec.output_data,
        "job_name": spec.job_name,
        "custom_model_name": spec.custom_model_name,
        "custom_model_kms_key": spec.custom_model_kms_key or AWS_OWNED_KEY,
        "role": spec.role_arn,
        "job_tags": spec.job_tags,
        "custom_model_tags": spec.custom_model_tags,
        "network": spec.vpc_config and _network(spec.vpc_config),
    }


def _network(config: VpcConfig) -> JobNetwork:
    return JobNetwork.from_ids(subnet_ids=config.subnet_ids, security_group_ids=config.security_group_ids)
