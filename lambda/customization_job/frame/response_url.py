"""Where a response may be sent: to CloudFormation's own response bucket of this Region, and nowhere else.

Anyone who may invoke the function chooses the ResponseURL, so it is checked before anything is sent: else
the function could be made to send requests to hosts that only it can reach. Standard library only.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from urllib.parse import SplitResult

_SUFFIXES = {
    "aws": "amazonaws.com",
    "aws-cn": "amazonaws.com.cn",
    "aws-us-gov": "amazonaws.com",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
    "aws-iso-e": "cloud.adc-e.uk",
    "aws-iso-f": "csp.hci.ic.gov",
    "aws-eusc": "amazonaws.eu",
}
_ENDPOINTS = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_CLOUDFORMATION", "AWS_ENDPOINT_URL_S3")
_AWS = tuple(f".{suffix}" for suffix in {*_SUFFIXES.values(), "aws", "api.aws"})
_PORTS = {"http": 80, "https": 443}
_LONGEST = 8192


class FunctionEnv(NamedTuple):
    """Where the function itself runs.

    Args:
        partition: such as `aws` or `aws-us-gov`.
        region: such as `us-east-1`.
        account: 12 digits.
    """

    partition: str
    region: str
    account: str

    @classmethod
    def of(cls, arn: object) -> FunctionEnv | None:
        """Read partition, Region and account out of an ARN; return None where it lacks one of them."""
        parts = arn.split(":") if isinstance(arn, str) else []
        if len(parts) < 6 or parts[0] != "arn" or not (parts[1] and parts[3] and parts[4]):  # noqa: PLR2004 - arn:partition:service:region:account:resource
            return None
        return cls(parts[1], parts[3], parts[4])


class Target(NamedTuple):
    """Where a PUT goes.

    Args:
        is_secure: whether it goes over TLS.
        host: the host's name or address.
        port: the port.
        path: path and query, exactly as they were signed.
    """

    is_secure: bool
    host: str
    port: int
    path: str


def target(url: object, env: FunctionEnv | None, environ: Mapping[str, str] = os.environ) -> Target | None:
    """Take a ResponseURL apart; return None where a response must not be sent there.

    https, no user name, no other port, and the bucket `cloudformation-custom-resource-response-<region>` of
    the function's own Region, its name without hyphens, at one of S3's host names
    (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/vpc-interface-endpoints.html). The only
    exception is an emulator of AWS: the same scheme, host and port as an endpoint in the function's own
    environment. MiniStack and LocalStack set `AWS_ENDPOINT_URL` in their functions; Lambda does not.

    Args:
        url: the event's `ResponseURL`.
        env: where the function runs.
        environ: the environment variables. Default: those of this process.
    """
    parts = _parts(url)
    if parts is None:
        return None
    host, port = str(parts.hostname), parts.port or _PORTS[parts.scheme]
    if not (_is_cloudformation(parts, host, port, env) or _is_emulator(parts.scheme, host, port, environ)):
        return None
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return Target(is_secure=parts.scheme == "https", host=host, port=port, path=path)


def _parts(url: object) -> SplitResult | None:
    if not isinstance(url, str) or len(url) > _LONGEST or not url.isascii() or not url.isprintable():
        return None
    try:
        parts = urlsplit(url)
        is_plain = parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:  # not a port, or not an address
        return None
    return parts if is_plain and "@" not in parts.netloc and not any(char in url for char in " \\#") else None


def _is_cloudformation(parts: SplitResult, host: str, port: int, env: FunctionEnv | None) -> bool:
    if parts.scheme != "https" or port != _PORTS["https"] or env is None or env.partition not in _SUFFIXES:
        return False
    bucket = f"cloudformation-custom-resource-response-{env.region.replace('-', '')}"
    return any(
        host == f"{bucket}.{endpoint}" or (host == endpoint and parts.path.startswith(f"/{bucket}/"))
        for endpoint in _s3_endpoints(env)
    )


def _s3_endpoints(env: FunctionEnv) -> Iterator[str]:
    suffix = _SUFFIXES[env.partition]
    for service in ("s3.", "s3-", "s3.dualstack.", "s3-fips.", "s3-fips-", "s3-fips.dualstack."):
        yield f"{service}{env.region}.{suffix}"
    if env.partition == "aws":
        yield from ("s3.amazonaws.com", "s3-external-1.amazonaws.com")


def _is_emulator(scheme: str, host: str, port: int, environ: Mapping[str, str]) -> bool:
    if host.endswith(_AWS):  # a VPC endpoint may be the function's own, and S3 has everybody's buckets there
        return False
    origins = filter(None, (_parts(environ.get(name, "")) for name in _ENDPOINTS))
    return any(
        (scheme, port) == (origin.scheme, origin.port or _PORTS[origin.scheme])
        and (host == origin.hostname or (_is_loopback(host) and _is_loopback(str(origin.hostname))))
        for origin in origins
    )


def _is_loopback(host: str) -> bool:
    import ipaddress  # only a local AWS needs it

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
