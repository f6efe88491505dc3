"""Environment variables and boto3 clients that reach the local AWS, and nothing of the user's own AWS."""

import os
from typing import Any

from constructs_lib.testing.processes import LOOPBACK

_HERE = f"{LOOPBACK},localhost"
_NOWHERE = f"http://{LOOPBACK}:9"  # the port of `discard`, on which nothing listens

# As botocore's session variables: (name in the config file, environment variables, default, conversion).
_NOTHING_OF_THE_USERS = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
    "ignore_configured_endpoint_urls": (None, None, True, None),
    "ca_bundle": (None, None, None, None),
    "use_dualstack_endpoint": (None, None, None, None),
    "use_fips_endpoint": (None, None, None, None),
}


def outside_environment() -> dict[str, str]:
    """Return this process's environment without what leads to an AWS account or a proxy, or steers the CDK.

    What names a proxy ends in `_proxy`, in whatever letters; npm's settings are read by the CDK CLI as well.
    """
    return {name: value for name, value in os.environ.items() if not _leads_out(name.lower())}


def local_settings() -> dict[str, str]:
    """Return the variables under which an AWS SDK takes its settings from the environment alone.

    A configuration file that says `ignore_configured_endpoint_urls` would send calls to the real AWS.
    """
    return {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": _HERE,
        "no_proxy": _HERE,
    }


def no_way_out() -> dict[str, str]:
    """Return the variables under which a program that knows proxies reaches this machine and nothing else."""
    names = ("http_proxy", "https_proxy", "all_proxy")
    return {name: _NOWHERE for one in names for name in (one, one.upper())}


def _leads_out(name: str) -> bool:
    return name.startswith(("aws_", "cdk_")) or name.endswith("_proxy") or name == "boto_config"


def caller_environment(url: str, bedrock_url: str, account: str, region: str) -> dict[str, str]:
    """Return the variables that point the CDK CLI, the AWS CLI and boto3 at a local AWS.

    Args:
        url: where MiniStack listens.
        bedrock_url: where the Bedrock double listens.
        account: 12 digits; MiniStack takes them as the access key of that account's root.
        region: such as `us-east-1`.
    """
    return {
        **local_settings(),
        "AWS_ACCESS_KEY_ID": account,
        "AWS_DEFAULT_REGION": region,
        "AWS_ENDPOINT_URL": url,
        "AWS_ENDPOINT_URL_BEDROCK": bedrock_url,
        "AWS_REGION": region,
        "AWS_SECRET_ACCESS_KEY": "test",
        "CDK_DEFAULT_ACCOUNT": account,
        "CDK_DEFAULT_REGION": region,
    }


def local_client(service: str, *, url: str, account: str, region: str) -> Any:  # noqa: ANN401 - made at run time
    """Return a boto3 client that no profile, key, proxy or configuration of the user's can redirect.

    Args:
        service: boto3's name, such as `s3`.
        url: where it sends its requests.
        account: 12 digits, the access key of that account's root.
        region: such as `us-east-1`.
    """
    import boto3
    from botocore.config import Config
    from botocore.session import Session

    session = boto3.Session(botocore_session=Session(session_vars=_NOTHING_OF_THE_USERS))
    return session.client(
        service,
        region_name=region,
        config=Config(proxies={}),
        endpoint_url=url,
        aws_access_key_id=account,
        aws_secret_access_key="test",  # noqa: S106 - MiniStack's key for everyone
    )
