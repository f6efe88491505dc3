"""What is wrong with the value of a provider's setting whose type is right: one generator for each kind."""

from __future__ import annotations

import os
import re
import ssl
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from ..findings import NOT_SHOWN, error
from ..permissions import KEY_ARN, QUEUE, TOPIC, exact_problems, wildcard_problems
from ..request.regular_files import open_regular
from ..request.tokens import is_known, is_placeholder
from .argument_types import ROLE_PATH
from .provider_settings import FUNCTION_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aws_cdk import aws_sns as sns
    from aws_cdk import aws_sqs as sqs

    from ..findings import Finding
    from ..permissions.exact import Kind

SETTING = "provider-setting"
"""The rule about settings that are not possible."""

_LONGEST_WAIT = 600
_LARGEST_BUNDLE = 4 << 20
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
_RETENTIONS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
# Where an emulator listens: on this machine, also as seen from a container.
_THIS_MACHINE = ("localhost", "127.0.0.1", "host.docker.internal")
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9a-fA-F:]*:[0-9a-fA-F:]*:[0-9a-fA-F:]*")
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----")


def endpoint(name: str, url: str) -> Iterator[Finding]:
    """Yield an error unless requests to Bedrock can be sent to a URL."""
    if is_known(url) and not _is_endpoint(url):
        rule = "must be an https URL of a host; http only on " + ", ".join(_THIS_MACHINE)
        fix = "give https://<host>, such as that of an interface endpoint"
        yield error(SETTING, name, rule, NOT_SHOWN if "@" in url else url, fix)


def _is_endpoint(url: str) -> bool:
    parts = _plain(url)
    if parts is None or parts.query or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _THIS_MACHINE)


def _plain(url: str) -> SplitResult | None:
    """Return the parts of the URL of a host without credentials; None for any other text."""
    try:
        parts = urlsplit(url)
        port_is_possible = parts.port != 0
    except ValueError:
        return None
    is_plain = port_is_possible and "@" not in url and url.isprintable() and " " not in url
    return parts if is_plain and parts.hostname else None


def proxy(name: str, url: str) -> Iterator[Finding]:
    """Yield an error unless calls can go through the proxy at a URL."""
    if not is_known(url):
        rule, fix = "must be known at synthesis, because the security group allows its port", "give the URL"
        yield error(SETTING, name, rule, NOT_SHOWN, fix)
        return
    if "@" in url:
        rule = "must not contain credentials, because the template and the function's settings show them"
        fix = "let the proxy accept the addresses of the function's subnets without credentials"
        yield error(SETTING, name, rule, NOT_SHOWN, fix)
        return
    parts = _plain(url)
    if parts is None or parts.scheme != "http" or parts.path not in ("", "/") or parts.query:
        # Calls are encrypted inside the tunnel that such a proxy opens.
        rule = "must be the http URL of a host and its port, because the function opens no TLS to a proxy"
        yield error(SETTING, name, rule, url, "give http://<host>:<port>")


def host_or_domain(name: str, host: str) -> Iterator[Finding]:
    """Yield an error if a host in the list of those without a proxy matches nothing."""
    # Python's own proxy rules, which the AWS SDK and the response follow, never match anything else.
    if is_known(host) and host != "*" and not _HOST.fullmatch(host):
        rule = "must be hosts or domains, without wildcard, port or address range, which match no host"
        fix = "give a list such as ['bedrock.us-east-1.amazonaws.com', '.internal.example.com']"
        yield error(SETTING, name, rule, host, fix)


def seconds(name: str, value: float) -> Iterator[Finding]:
    """Yield an error unless the function can wait so long for one call."""
    if is_known(value) and not 1 <= value <= _LONGEST_WAIT:
        rule = (
            f"must be 1 to {_LONGEST_WAIT} whole seconds, because the function itself stops after "
            f"{FUNCTION_TIMEOUT}"
        )
        yield error(SETTING, name, rule, value, "give a whole number, or leave it out")


def retention(name: str, days: float) -> Iterator[Finding]:
    """Yield an error unless CloudWatch Logs accepts a retention."""
    if is_known(days) and days not in _RETENTIONS:
        rule = "must be a number of days that CloudWatch Logs accepts"
        fix = f"give one of {', '.join(map(str, _RETENTIONS))}"
        yield error("log-retention", name, rule, days, fix)


def concurrency(name: str, value: float) -> Iterator[Finding]:
    """Yield an error if a reserved concurrency lets the function never run."""
    if is_known(value) and value < 1:
        rule = "must be at least 1, because Lambda runs a function with 0 never and the stack would wait"
        yield error(SETTING, name, rule, value, "give 1 or more, or leave it out")


def matching(pattern: re.Pattern[str], rule: str, fix: str) -> Callable[[str, str], Iterator[Finding]]:
    """Return what yields an error unless a text has a pattern."""

    def problems(name: str, value: str) -> Iterator[Finding]:
        if is_known(value) and not pattern.fullmatch(value):
            yield error(SETTING, name, rule, value, fix)

    return problems


def role_path(name: str, value: str) -> Iterator[Finding]:
    """Yield an error unless IAM accepts the path of a role."""
    if not is_known(value) or not ROLE_PATH.fullmatch(value):
        rule = "must be a path that starts and ends with '/', known at synthesis"
        yield error(SETTING, name, rule, value, "write '/platform/'")


def exact(kind: Kind) -> Callable[[str, object], Iterator[Finding]]:
    """Return what yields an error unless an ARN names exactly one resource, also that of an imported key."""

    def problems(name: str, value: object) -> Iterator[Finding]:
        if isinstance(value, str) and not is_placeholder(value):
            yield from exact_problems(name, value, kind)
        elif kind is KEY_ARN and not isinstance(value, str):
            yield from wildcard_problems(name, getattr(value, "key_arn", None), kind)

    return problems


def dead_letters(name: str, target: sqs.IQueue | sns.ITopic) -> Iterator[Finding]:
    """Yield an error for a FIFO queue or topic, and for one that may be several, or its key."""
    arn, kind = getattr(target, "queue_arn", None), QUEUE
    key = getattr(target, "encryption_master_key", None)
    if arn is None:
        arn, kind, key = getattr(target, "topic_arn", None), TOPIC, getattr(target, "master_key", None)
    yield from wildcard_problems(name, arn, kind)
    yield from wildcard_problems(name, getattr(key, "key_arn", None), KEY_ARN)
    # https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    if target.fifo:
        rule = "must be a standard one, because Lambda sends no event to a FIFO queue or topic"
        yield error("dead-letter-fifo", name, rule, NOT_SHOWN, "pass a standard queue or topic")


def certificates(path: str | os.PathLike[str]) -> bytes | Finding:
    """Return the content of a file of certificates, or what is wrong with it."""
    rule, name = "must be a PEM file of certificates", os.fspath(path)
    fix = "give a file in which each certificate begins with -----BEGIN CERTIFICATE-----"
    try:
        with open_regular(name) as file:
            content: bytes = file.read(_LARGEST_BUNDLE + 1)
    except (OSError, ValueError) as problem:
        why = getattr(problem, "strerror", None) or problem
        fix = f"give the path of a PEM file, absolute or relative to the current folder, {Path.cwd()}"
        return error(SETTING, "ca_bundle", f"must be a file that can be read, which failed: {why}", name, fix)
    text = content.decode("ascii", errors="replace")
    if _PRIVATE_KEY.search(text):
        rule = (
            "must not contain a private key, because everybody who may read the function's code would see it"
        )
        fix = "leave the certificates in the file, and remove the key"
    elif len(content) > _LARGEST_BUNDLE:
        rule += f" of at most {_LARGEST_BUNDLE >> 20} MB"
    elif _are_certificates(text):
        return content
    return error(SETTING, "ca_bundle", rule, name, fix)


def _are_certificates(text: str) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError, TypeError):
        return False
    return True
