from __future__ import annotations

import pytest
from customization_job.frame.response_url import FunctionEnv, target

BUCKET = "cloudformation-custom-resource-response-euwest1"
HOME = FunctionEnv("aws", "eu-west-1", "123456789012")
LOCAL = {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}


@pytest.mark.parametrize(
    "host",
    [
        f"{BUCKET}.s3.eu-west-1.amazonaws.com",
        f"{BUCKET}.s3-eu-west-1.amazonaws.com",
        f"{BUCKET}.s3.dualstack.eu-west-1.amazonaws.com",
        f"{BUCKET}.s3-fips.eu-west-1.amazonaws.com",
        f"{BUCKET}.s3.amazonaws.com",
        f"{BUCKET}.s3.eu-west-1.amazonaws.com:443",
        f"{BUCKET.upper()}.S3.eu-west-1.amazonaws.com",
        f"s3.eu-west-1.amazonaws.com/{BUCKET}",
        f"s3-eu-west-1.amazonaws.com/{BUCKET}",
    ],
)
def test_cloudformations_own_bucket_is_a_target(host: str) -> None:
    """Every name that S3 has for the Region's bucket is accepted, path and query unchanged."""
    found = target(f"https://{host}/a%3Ab%7Cc?X-Amz-Signature=s%2Fs&X-Amz-Date=d", HOME, {})
    assert found is not None
    assert found.is_secure
    assert found.port == 443
    assert found.path.endswith("/a%3Ab%7Cc?X-Amz-Signature=s%2Fs&X-Amz-Date=d")


@pytest.mark.parametrize(
    "url",
    [
        f"http://{BUCKET}.s3.eu-west-1.amazonaws.com/x",
        f"https://{BUCKET}.s3.eu-west-1.amazonaws.com:8443/x",
        f"https://{BUCKET}.s3.eu-west-1.amazonaws.com:0/x",
        f"https://{BUCKET}.s3.eu-west-1.amazonaws.com:99999/x",
        f"https://user@{BUCKET}.s3.eu-west-1.amazonaws.com/x",
        f"https://user:secret@{BUCKET}.s3.eu-west-1.amazonaws.com/x",
        f"https://{BUCKET}.s3.eu-west-1.amazonaws.com@evil.example/x",
        f"https://{BUCKET}.s3.eu-west-1.amazonaws.com#@evil.example/x",
        f"https://{BUCKET}.s3.eu-west-1.amazonaws.com\\@evil.example/x",
        f"https://{BUCKET}.s3.eu-west-1.amazonaws.com.evil.example/x",
        f"https://{BUCKET}.s3.eu-west-1.amazonaws.com./x",
        f"https://{BUCKET}-evil.s3.eu-west-1.amazonaws.com/x",
        f"https://evil-{BUCKET}.s3.eu-west-1.amazonaws.com/x",
        f"https://evil.{BUCKET}.s3.eu-west-1.amazonaws.com/x",
        f"https://{BUCKET}.s3.us-east-1.amazonaws.com/x",
        f"https://{BUCKET}.s3.eu-west-1.amazonaws.com.cn/x",
        f"https://{BUCKET}.s3-website-eu-west-1.amazonaws.com/x",
        "https://cloudformation-custom-resource-response-useast1.s3.eu-west-1.amazonaws.com/x",
        f"https://s3.eu-west-1.amazonaws.com/evil/{BUCKET}/x",
        f"https://s3.eu-west-1.amazonaws.com/{BUCKET}-evil/x",
        f"https://s3.eu-west-1.amazonaws.com/{BUCKET}",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://[not-an-address/x",
        "https://evil.example/?x=.s3.eu-west-1.amazonaws.com",
        "https:///x",
        f"https://{BUCKET}.s3.eu-west-1.amazonaws.com/x\r\nHost: evil.example",
        f"https://{BUCKET}.s3.eu-west-1.amazonaws.com/x y",
        f"https://{BUCKET}.s3.eu-west-1.аmazonaws.com/x",  # noqa: RUF001 - a Cyrillic letter is the attack
        f"ftp://{BUCKET}.s3.eu-west-1.amazonaws.com/x",
        "file:///etc/passwd",
        "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next",
        "",
        None,
        7,
        f"https://{BUCKET}.s3.eu-west-1.amazonaws.com/{'x' * 9000}",
    ],
)
def test_nothing_else_is_a_target(url: object) -> None:
    """User names, ports, lookalike hosts, other schemes, addresses and forged lines are refused."""
    assert target(url, HOME, {}) is None


@pytest.mark.parametrize(
    ("place", "host"),
    [
        (
            FunctionEnv("aws-cn", "cn-north-1", "1"),
            "cloudformation-custom-resource-response-cnnorth1.s3.cn-north-1.amazonaws.com.cn",
        ),
        (
            FunctionEnv("aws-us-gov", "us-gov-west-1", "1"),
            "cloudformation-custom-resource-response-usgovwest1.s3.us-gov-west-1.amazonaws.com",
        ),
        (
            FunctionEnv("aws-us-gov", "us-gov-west-1", "1"),
            "cloudformation-custom-resource-response-usgovwest1.s3-fips-us-gov-west-1.amazonaws.com",
        ),
        (
            FunctionEnv("aws-iso", "us-iso-east-1", "1"),
            "cloudformation-custom-resource-response-usisoeast1.s3.us-iso-east-1.c2s.ic.gov",
        ),
        (
            FunctionEnv("aws-iso-b", "us-isob-east-1", "1"),
            "cloudformation-custom-resource-response-usisobeast1.s3.us-isob-east-1.sc2s.sgov.gov",
        ),
        (
            FunctionEnv("aws-eusc", "eusc-de-east-1", "1"),
            "cloudformation-custom-resource-response-euscdeeast1.s3.eusc-de-east-1.amazonaws.eu",
        ),
    ],
)
def test_every_partition_has_its_own_hosts(place: FunctionEnv, host: str) -> None:
    """A bucket is accepted in its own partition and Region, and nowhere else."""
    assert target(f"https://{host}/x", place, {}) is not None
    assert target(f"https://{host}/x", HOME, {}) is None


def test_an_unknown_partition_has_no_hosts() -> None:
    """An unknown partition is refused, not guessed."""
    unknown = FunctionEnv("aws-new", "eu-west-1", "1")
    assert target(f"https://{BUCKET}.s3.eu-west-1.amazonaws.com/x", unknown, {}) is None
    assert target(f"https://{BUCKET}.s3.eu-west-1.amazonaws.com/x", None, {}) is None


@pytest.mark.parametrize(
    ("url", "environ", "is_target"),
    [
        ("http://127.0.0.1:4566/_ministack/cfn-response/token", LOCAL, True),
        ("http://localhost:4566/x", LOCAL, True),
        ("http://[::1]:4566/x", {"AWS_ENDPOINT_URL_CLOUDFORMATION": "http://localhost:4566"}, True),
        ("https://127.0.0.1:4566/x", {"AWS_ENDPOINT_URL": "https://127.0.0.1:4566"}, True),
        ("http://127.0.0.1:4566/x", {}, False),
        ("http://127.0.0.1:4567/x", LOCAL, False),
        ("https://127.0.0.1:4566/x", LOCAL, False),
        ("http://user@127.0.0.1:4566/x", LOCAL, False),
        ("http://127.0.0.1:4566/x", {"AWS_ENDPOINT_URL_BEDROCK": "http://127.0.0.1:4566"}, False),
    ],
)
def test_a_local_aws_is_a_target_only_where_it_is_configured(
    url: str, environ: dict[str, str], *, is_target: bool
) -> None:
    """The one exception is the function's own endpoint, on this machine, as its own environment names it."""
    assert (target(url, HOME, environ) is not None) == is_target


DOCKER = "http://host.docker.internal:4566"
LOCALSTACK = "http://172.17.0.2:4566"


@pytest.mark.parametrize(
    ("url", "environ"),
    [
        (f"{DOCKER}/_ministack/cfn-response/token", {"AWS_ENDPOINT_URL": DOCKER}),
        ("http://HOST.docker.internal:4566/x", {"AWS_ENDPOINT_URL": f"{DOCKER}/"}),
        (f"{LOCALSTACK}/results/1234?X-Amz-Signature=s", {"AWS_ENDPOINT_URL": LOCALSTACK}),
        (
            "http://s3.localhost.localstack.cloud:4566/x",
            {"AWS_ENDPOINT_URL_S3": "http://s3.localhost.localstack.cloud:4566"},
        ),
        ("https://ministack:443/x", {"AWS_ENDPOINT_URL": "https://ministack"}),
        ("http://[fd00::2]:4566/x", {"AWS_ENDPOINT_URL_CLOUDFORMATION": "http://[fd00::2]:4566"}),
    ],
)
def test_an_emulator_in_docker_is_a_target_where_it_is_the_endpoint(
    url: str, environ: dict[str, str]
) -> None:
    """The response goes where the function's calls go."""
    assert target(url, HOME, environ) is not None
    assert target(url, HOME, {}) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://host.docker.internal:4566/x",
        "http://host.docker.internal/x",
        "http://host.docker.internal:4567/x",
        "http://host.docker.internal.:4566/x",
        "http://host.docker.internal.evil.example:4566/x",
        "http://evil.host.docker.internal:4566/x",
        "http://host.docker.internal@evil.example:4566/x",
        "http://user@host.docker.internal:4566/x",
        "http://host.docker.internal:4566@evil.example/x",
        "http://host%2edocker.internal:4566/x",
        "http://host.docker.internal%2f@evil.example:4566/x",
        "http://host.docker.internal:4566#@evil.example/x",
        "http://host.docker.internal:4566\\@evil.example/x",
        "http://hоst.docker.internal:4566/x",  # noqa: RUF001 - a Cyrillic letter is the attack
        "http://127.0.0.1:4566/x",
        "http://localhost:4566/x",
        "http://[::1]:4566/x",
        "http://172.17.0.1:4566/x",
        "http://169.254.169.254/latest/meta-data/",
        "//host.docker.internal:4566/x",
    ],
)
def test_nothing_but_the_endpoint_itself_is_a_target(url: str) -> None:
    """Another scheme, port or host, a lookalike, a name for the same machine, an address: all are refused."""
    assert target(url, HOME, {"AWS_ENDPOINT_URL": DOCKER}) is None


@pytest.mark.parametrize(
    "host",
    [
        "vpce-1-2.s3.eu-west-1.vpce.amazonaws.com",
        "evil.s3.eu-west-1.amazonaws.com",
        "evil.s3.dualstack.cn-north-1.amazonaws.com.cn",
        "s3.eu-west-1.api.aws",
    ],
)
def test_an_endpoint_of_aws_makes_nothing_more_a_target(host: str) -> None:
    """A function in a VPC may have an endpoint for S3, where everybody's buckets are."""
    assert target(f"https://{host}/evil/x", HOME, {"AWS_ENDPOINT_URL_S3": f"https://{host}"}) is None


@pytest.mark.parametrize(
    "arn", ["", None, "arn:aws:lambda", "arn:aws:lambda:::function:f", "x:aws:lambda:r:a:f"]
)
def test_a_place_needs_a_whole_arn(arn: object) -> None:
    """An ARN without Region or account says no place."""
    assert FunctionEnv.of(arn) is None
