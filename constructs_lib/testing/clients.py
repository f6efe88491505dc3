"""boto3 clients that know nothing of the user's own AWS."""

import os
from typing import Any

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
