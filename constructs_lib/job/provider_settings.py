"""Settings of the function behind jobs, judged before anything is made."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from constructs_lib.permissions import BOUNDARY, exact_problems
from constructs_lib.request import Problem
from constructs_lib.request.tokens import is_known

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_WAIT = 600
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
_RETENTIONS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
# Where an emulator answers: on this machine, and on it as seen from a container.
_THIS_MACHINE = ("localhost", "127.0.0.1", "host.docker.internal")


def setting_problems(
    *,
    endpoint_url: str | None,
    connect_timeout: int | None,
    read_timeout: int | None,
    log_retention_days: int,
    permissions_boundary_arn: str | None,
) -> Iterator[Problem]:
    """Say everything that is wrong with a provider's settings; what deployment alone knows passes.

    Args:
        endpoint_url: Where Bedrock is called.
        connect_timeout: Seconds to wait for a connection.
        read_timeout: Seconds to wait for an answer.
        log_retention_days: How long logs are kept.
        permissions_boundary_arn: A managed policy that bounds the handler's role.
    """
    if endpoint_url is not None:
        yield from _endpoint_problems(endpoint_url)
    for name, seconds in (("connect_timeout", connect_timeout), ("read_timeout", read_timeout)):
        if seconds is not None and is_known(seconds) and not _is_wait(seconds):
            rule = f"must be 1 to {_LONGEST_WAIT} whole seconds, because the function itself ends after 840"
            yield Problem(name, rule, seconds, "give a whole number, or leave it out")
    if is_known(log_retention_days) and log_retention_days not in _RETENTIONS:
        fix = f"give one of {', '.join(map(str, _RETENTIONS))}"
        rule = "must be a number of days that CloudWatch Logs knows"
        yield Problem("log_retention_days", rule, log_retention_days, fix)
    if permissions_boundary_arn is not None:
        yield from exact_problems("permissions_boundary_arn", permissions_boundary_arn, BOUNDARY)


def _endpoint_problems(url: str) -> Iterator[Problem]:
    if is_known(url) and not _is_endpoint(url):
        rule = "must be an https URL of a host; http only on " + ", ".join(_THIS_MACHINE)
        fix = "give https://<host>, such as that of an interface endpoint"
        yield Problem("endpoint_url", rule, url, fix)


def _is_endpoint(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port_is_possible = parts.port != 0
    except ValueError:
        return False
    is_plain = not (parts.username or parts.password or parts.query or parts.fragment)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _THIS_MACHINE)
    return bool(parts.hostname) and port_is_possible and is_plain and is_safe and url.isprintable()


def _is_wait(seconds: object) -> bool:
    return type(seconds) is int and 1 <= seconds <= _LONGEST_WAIT
