"""Environment variables and boto3 clients that reach the local AWS, and nothing of the user's own AWS."""

import os
from typing import Any

from .processes import LOOPBACK

_DIRECT = f"{LOOPBACK},localhost"
_CONNECT_SECONDS = 2.0
_CLOSED_PORT = f"http://{LOOPBACK}:9"  # the port of `discard`, on which nothing listens

# botocore's session variables: (name in the config file, environment variables, default, conversion).
_NO_USER_SETTINGS = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
    "ignore_configured_endpoint_urls": (None, None, True, None),
    "ca_bundle": (None, None, None, None),
    "use_dualstack_endpoint": (None, None, None, None),
    "use_fips_endpoint": (None, None, None, None),
}


def outside_environment() -> dict[str, str]:
    """Return this process's environment without variables for an AWS account, a proxy or the CDK.

    A proxy variable ends in `_proxy`, in upper or lower case; the CDK CLI reads npm's proxy settings too.
    `CDK_VALIDATION` stays: whether the CDK validates templates is the same for a local AWS as for AWS.
    """
    return {name: value for name, value in os.environ.items() if not _is_removed(name.lower())}


def local_settings() -> dict[str, str]:
    """Return variables that make an AWS SDK read its settings from the environment only.

    With `ignore_configured_endpoint_urls` in a configuration file, calls would go to the real AWS.
    """
    return {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": _DIRECT,
        "no_proxy": _DIRECT,
    }


def unreachable_proxy() -> dict[str, str]:
    """Return proxy variables with which a program that uses proxies can reach only this machine."""
    lower = ("http_proxy", "https_proxy", "all_proxy")
    return {name: _CLOSED_PORT for one in lower for name in (one, one.upper())}


def _is_removed(name: str) -> bool:
    is_setting = name.startswith(("aws_", "cdk_")) and name != "cdk_validation"
    return is_setting or name.endswith("_proxy") or name == "boto_config"


def caller_environment(url: str, bedrock_url: str, account: str, region: str) -> dict[str, str]:
    """Return the variables that point the CDK CLI, the AWS CLI and boto3 at a local AWS.

    Args:
        url: the URL of MiniStack.
        bedrock_url: the URL of the Bedrock double.
        account: 12 digits; MiniStack accepts them as the access key of the account's root user.
        region: such as `us-east-1`.
    """
    return {
        **local_settings(),
        "AWS_ACCESS_KEY_ID": account,
        "AWS_DEFAULT_REGION": region,
        "AWS_ENDPOINT_URL": url,
        "AWS_ENDPOINT_URL_BEDROCK": bedrock_url,
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": bedrock_url,
        "AWS_REGION": region,
        "AWS_SECRET_ACCESS_KEY": "test",
        "CDK_DEFAULT_ACCOUNT": account,
        "CDK_DEFAULT_REGION": region,
    }


def local_client(
    service: str,
    *,
    url: str,
    account: str,
    region: str,
    **settings: Any,  # noqa: ANN401 - those of botocore's Config
) -> Any:  # noqa: ANN401 - made at run time
    """Return a boto3 client that ignores the user's profiles, keys, proxies and configuration files.

    Args:
        service: boto3's name of the service, such as `s3`.
        url: the endpoint of the client.
        account: 12 digits, used as the access key.
        region: such as `us-east-1`.
        settings: further settings of botocore's Config, such as `read_timeout`.
    """
    import boto3
    from botocore.config import Config
    from botocore.session import Session

    session = boto3.Session(botocore_session=Session(session_vars=_NO_USER_SETTINGS))
    return session.client(
        service,
        region_name=region,
        config=Config(proxies={}, **settings),
        endpoint_url=url,
        aws_access_key_id=account,
        aws_secret_access_key="test",  # noqa: S106 - MiniStack accepts any key
    )


class LocalClients:
    """boto3 clients of one service, one for each account and Region; a call that fails is not sent again.

    Args:
        service: boto3's name of the service, such as `s3`.
        url: the endpoint of the clients.
        read_timeout: seconds in which the service must respond.
    """

    def __init__(self, service: str, url: str, *, read_timeout: float) -> None:
        self._service = service
        self._url = url
        self._read_timeout = read_timeout
        self._clients: dict[tuple[str, str], Any] = {}

    def of(self, account: str, region: str) -> Any:  # noqa: ANN401 - made at run time
        """Return the client of an account in a Region.

        Args:
            account: 12 digits.
            region: such as `us-east-1`.
        """
        if (account, region) not in self._clients:
            self._clients[account, region] = local_client(
                self._service,
                url=self._url,
                account=account,
                region=region,
                connect_timeout=_CONNECT_SECONDS,
                read_timeout=self._read_timeout,
                retries={"total_max_attempts": 1},
            )
        return self._clients[account, region]
