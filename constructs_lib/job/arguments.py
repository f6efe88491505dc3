"""A request as the keyword arguments of the construct: both forms end in the same values."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from constructs_lib.job.network import JobNetwork
from constructs_lib.job.storage import AWS_OWNED_KEY
from constructs_lib.request import Customization, InvalidJob, doubts, from_request
from constructs_lib.request.reading import read_request

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from constructs_lib.request import Doubt, JobSpec, VpcConfig
    from constructs_lib.request.reading.files import Source

_ABSENT: Mapping[str, Any] = MappingProxyType(
    {"custom_model_kms_key": AWS_OWNED_KEY, "customization": Customization()}
)
"""What an absent key of a request means, where an absent argument of the construct means something else."""

_MEANT: ContextVar[tuple[type, Mapping[str, Any]] | None] = ContextVar("meant", default=None)


@contextmanager
def absent_as_in_request(job: type, given: Collection[str]) -> Iterator[None]:
    """Let arguments that the next `job` is not given mean what absent keys of a request mean.

    They are not passed as arguments, because these would win over the defaults of a subclass.

    Args:
        job: The class whose constructor is called.
        given: Names of arguments whose absence was said beside the request, as `None`.
    """
    token = _MEANT.set((job, {name: value for name, value in _ABSENT.items() if name not in given}))
    try:
        yield
    finally:
        _MEANT.reset(token)


def meant_by_absence(job: object) -> Mapping[str, Any]:
    """Give what arguments that `job` was not given mean, if a request is being defined as this very job.

    Args:
        job: The construct that asks; another one, which a subclass makes on its way, is none of a request's.
    """
    meant = _MEANT.get()
    if meant is None or type(job) is not meant[0]:
        return {}
    _MEANT.set(None)
    return meant[1]


def read(request: Source, where: str) -> tuple[dict[str, Any], list[Doubt]]:
    """Read `request` once: the keyword arguments that say the same, and what they cannot say.

    What the request does not say is no argument, so that the defaults of a subclass hold. The client token
    has no argument, because it is not sent; the user is told.

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
        raise InvalidJob(named, error.findings) from None
    return _arguments(spec), [one for one in doubts(asked) if one.path == "clientRequestToken"]


def _arguments(spec: JobSpec) -> dict[str, Any]:
    said = {
        "base_model": spec.base_model,
        "training_data": spec.training_data,
        "customization": None if spec.customization == Customization() else spec.customization,
        "validation_data": spec.validation_data,
        "output_data": spec.output_data,
        "job_name": spec.job_name,
        "custom_model_name": spec.custom_model_name,
        "custom_model_kms_key": spec.custom_model_kms_key,
        "role": spec.role_arn,
        "job_tags": spec.job_tags,
        "custom_model_tags": spec.custom_model_tags,
        "network": spec.vpc_config and _network(spec.vpc_config),
    }
    return {name: value for name, value in said.items() if value is not None}


def _network(config: VpcConfig) -> JobNetwork:
    return JobNetwork.from_ids(subnet_ids=config.subnet_ids, security_group_ids=config.security_group_ids)
