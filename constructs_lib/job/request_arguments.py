"""A request as keyword arguments of a job, with the defaults of what it leaves out."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from ..checks.rules.request import model_findings
from ..checks.rules.template import IN_VPC, unknown_parts
from ..contract import safeguards, walk
from ..request import Customization, from_request
from ..request.hyper_parameters import with_exact_numbers
from ..request.tokens import literal
from .network import JobNetwork
from .storage import AWS_OWNED_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ..request.reading import Document

_REQUEST_DEFAULTS: Mapping[str, Any] = {
    "custom_model_kms_key": AWS_OWNED_KEY,
    "customization": Customization(),
}
"""The defaults of a request, where those of the construct differ."""

_NEXT_JOB: ContextVar[tuple[type, Mapping[str, Any], Document] | None] = ContextVar("next_job", default=None)


@contextmanager
def with_request_defaults(job: type, given: Mapping[str, object], document: Document) -> Iterator[None]:
    """Apply the defaults of a request, and not those of the construct, to the next `job`.

    They are not passed as arguments, because arguments would override the defaults of a subclass.

    Args:
        job: the class whose constructor is called.
        given: the arguments that override the request.
        document: the request, with the positions of its parts.
    """
    defaults = {name: value for name, value in _REQUEST_DEFAULTS.items() if name not in given}
    token = _NEXT_JOB.set((job, defaults, document))
    try:
        yield
    finally:
        _NEXT_JOB.reset(token)


def request_defaults(job: object) -> tuple[Mapping[str, Any], Document | None]:
    """Return the defaults of a request and its document, if `job` is defined by a request.

    Args:
        job: the construct. Another job that a subclass makes in its constructor has no request.
    """
    found = _NEXT_JOB.get()
    if found is None or type(job) is not found[0]:
        return {}, None
    _NEXT_JOB.set(None)
    return found[1], found[2]


def is_valid(request: Mapping[str, Any], made: Sequence[str]) -> bool:
    """Return whether a request can be converted to values without losing anything.

    It is valid by the service model, except that it may lack what the construct makes. No tag key is given
    twice, because values store tags in a mapping, and no structure or list is a token as a whole.

    Args:
        request: a request with the API's names.
        made: what may be absent.
    """
    if any(model_findings(with_exact_numbers(request), made)):
        return False
    if any(not at.path.startswith(IN_VPC) for at, _ in unknown_parts(walk(request))):
        return False
    return all(one.name != "tag-repeated" for one in safeguards(request, literal=literal))


def arguments_of(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return a valid request as keyword arguments.

    What the request leaves out is no argument, so that the defaults of a subclass apply. The client token
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
