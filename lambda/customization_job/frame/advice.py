"""Sentences about a call that failed: which, how often it was tried, and what to do about it.

They are fixed. The service's own message follows them where it helps, without secrets and cut short.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from .errors import AwsError, Connection, ErrorKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LATER = "Deploy again later."
_ADVICE = {
    ErrorKind.DENIED: "Check the policies of the function's role, and its permissions boundary.",
    ErrorKind.DENIED_EXPLICITLY: (
        "A policy denies this explicitly. The message from AWS names the type of the policy; ask its owner."
    ),
    ErrorKind.DENIED_BY_ORGANIZATION: (
        "A service control policy or resource control policy of the organization does not allow this. The "
        "call was not retried; ask the owner of the organization's policies."
    ),
    ErrorKind.DENIED_BY_BOUNDARY: (
        "The permissions boundary of the function's role does not allow this. The call was not retried; ask "
        "the owner of the boundary."
    ),
    ErrorKind.DENIED_BY_ENDPOINT: (
        "The policy of a VPC endpoint that the call went through does not allow this. The call was not "
        "retried; ask the owner of the endpoint."
    ),
    ErrorKind.DENIED_BY_KEY: (
        "The policy of the KMS key does not allow this, whatever the policies of roles say. Ask the key's "
        "owner to add the statements in the stack's output for the key."
    ),
    ErrorKind.NO_ACCOUNT_ACCESS: (
        "AWS does not let this account make the call; roles, policies and data are not the cause, and the "
        "call was not retried. Open a support case with AWS."
    ),
    ErrorKind.CREDENTIALS: (
        "AWS does not accept the function's credentials. Check that the function's role exists and that "
        "nothing in the function's environment sets other credentials, and deploy again."
    ),
    ErrorKind.INVALID: "Correct the request; the call was not retried.",
    ErrorKind.THROTTLED: _LATER,
    ErrorKind.UNREACHABLE: (
        "Check the function's network: in a VPC it needs a route to Bedrock, CloudFormation and S3."
    ),
    ErrorKind.UNTRUSTED: (
        "The function does not trust the endpoint's certificate, and the call was not retried. Where a proxy "
        "inspects TLS, the provider's ca_bundle must hold the proxy's CA; it replaces the default "
        "certificates, so it must also hold those of AWS where the proxy is not used."
    ),
    ErrorKind.NO_CA_BUNDLE: (
        "The file that AWS_CA_BUNDLE names cannot be read, and the call was not retried. Set it with the "
        "provider's ca_bundle, to a file with certificates in PEM form."
    ),
    ErrorKind.NO_RESPONSE: _LATER,
    ErrorKind.SERVER_ERROR: _LATER,
    ErrorKind.BROKEN: (
        "The function's AWS SDK failed before it sent the call; check the function's credentials and "
        "environment."
    ),
    ErrorKind.NOT_FOUND: "Check that what the request names exists in this account and Region.",
    ErrorKind.CONFLICT: "It is in use, or is being changed. Deploy again later.",
    ErrorKind.QUOTA: "Delete what is not needed, or request an increase of the quota, and deploy again.",
}
_NO_ADVICE: Mapping[ErrorKind, str] = MappingProxyType({})
_SERVICES = {
    "bedrock": "Bedrock",
    "cloudformation": "CloudFormation",
    "s3": "S3",
    "ssm": "Systems Manager",
    "states": "Step Functions",
}
_LONGEST_MESSAGE = 700
_SHORT_SECRET = 4
_UNSAFE = re.compile(r"(?i:https?://)\S+|[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+")


def failed(error: AwsError, advice: Mapping[ErrorKind, str] = _NO_ADVICE) -> str:
    """Return which call failed, how often it was tried, and what to do, without the service's own message.

    Args:
        error: what happened.
        advice: what to do about errors that mean something of their own to a resource type. Default: nothing
            of its own.
    """
    what = f"{error.operation} failed" if error.code else f"{error.operation} got no response"
    tried = f" after {error.tries} tries over {error.seconds:.0f} s" if error.tries > 1 else ""
    code = f" ({error.code})" if error.code else ""
    return f"{what}{tried}{code}. {_advice(error, advice)}"


def quoted(error: AwsError, secrets: Iterable[str] = ()) -> str:
    """Return the service's message, to be put behind a sentence; "" where there is none.

    Args:
        error: what happened.
        secrets: texts that must not be shown. Default: there are none.
    """
    message = scrubbed(error.message, secrets)
    return f" Message from AWS: {message}" if message else ""


def scrubbed(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a service's message without secrets, URLs and control characters, cut short.

    Args:
        text: the message.
        secrets: texts that must not be shown. Default: there are none.
    """
    return _UNSAFE.sub(" ", without(text, secrets)).strip()[:_LONGEST_MESSAGE]


def without(text: str, secrets: Iterable[str]) -> str:
    """Return a text in which secrets are replaced by asterisks."""
    for secret in sorted(secrets, key=len, reverse=True):
        border = r"\b" if len(secret) < _SHORT_SECRET else ""  # else a secret "a" would take every a
        text = re.sub(border + re.escape(secret) + border, "***", text)
    return text


def _advice(error: AwsError, advice: Mapping[ErrorKind, str]) -> str:
    if error.kind is ErrorKind.UNREACHABLE and error.connection:
        return _no_connection(error.connection)
    proxy = error.connection.proxy if error.connection else ""
    way = f" The call went through the proxy {proxy}; check it too." if proxy else ""
    own = advice.get(error.kind) or _ADVICE.get(error.kind) or _ADVICE[ErrorKind.INVALID]
    return f"{own}{way}"


def _no_connection(wanted: Connection) -> str:
    """Return which connection there is not, and what the function's network needs for it."""
    check = f"Check the function's network: no connection to {wanted.host}"
    wait = f" within {wanted.seconds:g} s"
    if wanted.proxy:
        end = f", which answered with status {wanted.refusal}" if wanted.refusal else wait
        return (
            f"{check} through the proxy {wanted.proxy}{end}. Let the proxy connect the function to that "
            "host, or list the host in no_proxy and give the function a route of its own."
        )
    service = _SERVICES.get(wanted.service, wanted.service)
    return (
        f"{check}{wait}. If the function is in a VPC, it needs an interface endpoint for {service}, or a "
        "route to it through a NAT gateway or a proxy."
    )
