"""A request as keyword arguments of a job: what it says, and what it means that it leaves something out."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from constructs_lib.contract import NOTHING, safeguards, violations
from constructs_lib.job.network import JobNetwork
from constructs_lib.job.storage import AWS_OWNED_KEY
from constructs_lib.request import Customization, from_request
from constructs_lib.request.data import FILE
from constructs_lib.request.hyper_parameters import with_exact_numbers
from constructs_lib.request.tokens import is_known, literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from constructs_lib.findings import Finding
    from constructs_lib.request.reading import Document

_ABSENT: Mapping[str, Any] = {"custom_model_kms_key": AWS_OWNED_KEY, "customization": Customization()}
"""What an absent key of a request means, where an absent argument of the construct means something else."""

_MEANT: ContextVar[tuple[type, Mapping[str, Any], Document] | None] = ContextVar("meant", default=None)


@contextmanager
def absent_as_in_request(job: type, given: Mapping[str, object], document: Document) -> Iterator[None]:
    """Let arguments that the next `job` is not given mean what absent keys of a request mean.

    They are not passed as arguments, because these would win over the defaults of a subclass.

    Args:
        job: the class whose constructor is called.
        given: the arguments that were given beside the request.
        document: the request, with the positions of its parts.
    """
    absent = {name: value for name, value in _ABSENT.items() if name not in given}
    token = _MEANT.set((job, absent, document))
    try:
        yield
    finally:
        _MEANT.reset(token)


def meant_by_absence(job: object) -> tuple[Mapping[str, Any], Document | None]:
    """Return what absent arguments of `job` mean, and the document, if a request is defined as this job.

    Args:
        job: the construct that asks; another one, which a subclass makes on its way, has no request.
    """
    meant = _MEANT.get()
    if meant is None or type(job) is not meant[0]:
        return {}, None
    _MEANT.set(None)
    return meant[1], meant[2]


def is_valid(request: Mapping[str, Any], made: Sequence[str]) -> bool:
    """Tell whether a request can be read as values, so that nothing of it is lost.

    The service model refuses nothing but the absence of what is made, and no tag is given twice: values hold
    tags in a mapping.

    Args:
        request: a request in the API's words.
        made: what may be absent.
    """
    found = violations(with_exact_numbers(request), is_known=is_known)
    if not all(_is_absent(one, made) or _is_local(one) for one in found):
        return False
    return all(one.name != "tag-repeated" for one in safeguards(request, literal=literal))


def _is_absent(finding: Finding, made: Sequence[str]) -> bool:
    return finding.got is NOTHING and finding.path in made


def _is_local(finding: Finding) -> bool:
    return finding.path.endswith("s3Uri") and str(finding.got).startswith(FILE)


def arguments_of(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keyword arguments that say the same as a valid request.

    What the request does not say is no argument, so that the defaults of a subclass hold. The client token
    has no argument, because it is not sent.

    Args:
        request: a valid request; see `is_valid`.
    """
    spec = from_request(request)
    vpc = spec.vpc_config
    given = {
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
        "network": vpc
        and JobNetwork.from_ids(subnet_ids=vpc.subnet_ids, security_group_ids=vpc.security_group_ids),
    }
    return {name: value for name, value in given.items() if value is not None}
