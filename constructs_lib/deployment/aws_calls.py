"""Why a call to AWS failed, in one sentence that says what to do."""

from __future__ import annotations

import os
from contextlib import contextmanager
from traceback import walk_tb
from typing import TYPE_CHECKING, Any, TypeAlias

from ..findings import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.exceptions import ClientError

Session: TypeAlias = Any
"""A boto3 session, which has no types."""

Client: TypeAlias = Any
"""A boto3 client, which has no types."""

_ATTEMPTS = 3
_SERVER_ERROR = 500  # the first of HTTP's statuses for errors of the server
_LONGEST = 300

_SIGN_IN = "sign in again with `aws sso login` or `aws login`, or renew the keys in the environment"
_ENDED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
_NOT_ACCEPTED = {
    "AuthFailure",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
_DENIED = {"AccessDenied", "AccessDeniedException", "AllAccessDisabled", "UnauthorizedOperation"}
_THROTTLED = {"RequestLimitExceeded", "Throttling", "ThrottlingException", "TooManyRequestsException"}
_EXPIRED = f"The sign-in to AWS has expired; {_SIGN_IN}."
_MISSING = (
    "There are no AWS credentials; set them up with `aws configure sso` or `aws login`, or name a profile "
    "with --profile."
)
_BROKEN = "The AWS credentials cannot be used: {error}. Check the profile in the AWS configuration."
_UNREACHABLE = (
    "AWS cannot be reached: {error}. Check the network, the proxy (HTTPS_PROXY), and that the Region exists."
)
_NO_ANSWER = "What the endpoint returns is not an answer of AWS; check the endpoint URL and the proxy."
_NOT_SENT = {
    "BotoCoreError": "The AWS SDK cannot make the call: {error}.",
    "ConfigParseError": _BROKEN,
    "ConnectionError": _UNREACHABLE,
    "CredentialRetrievalError": _BROKEN,
    "HTTPClientError": _UNREACHABLE,
    "InfiniteLoopConfigError": _BROKEN,
    "InvalidConfigError": _BROKEN,
    "InvalidRegionError": "{error}; name a Region such as us-east-1.",
    "LoginRefreshRequired": _EXPIRED,
    "LoginTokenLoadError": _EXPIRED,
    "NoAuthTokenError": _MISSING,
    "NoCredentialsError": _MISSING,
    "NoRegionError": "No Region is set; name one with --region, or set AWS_REGION.",
    "PaginationError": _NO_ANSWER,
    "PartialCredentialsError": _BROKEN,
    "ProfileNotFound": "{error}; `aws configure list-profiles` lists those that there are.",
    "SSLError": (
        "The certificate of AWS's endpoint is not trusted: {error}. In a company's network set AWS_CA_BUNDLE "
        "to the company's certificates."
    ),
    "SSOTokenLoadError": _EXPIRED,
    "TokenRetrievalError": _EXPIRED,
    "UnauthorizedSSOTokenError": _EXPIRED,
    "UnknownCredentialError": _BROKEN,
}
"""Why a call was not sent, by the name of botocore's class: some of them only newer releases have."""

_REASONS = {
    "ConfigParseError": "{path} is not an AWS configuration file",
    "ConnectTimeoutError": "{endpoint_url} does not answer",
    "ConnectionClosedError": "{endpoint_url} has closed the connection",
    "EndpointConnectionError": "there is no connection to {endpoint_url}",
    "InvalidRegionError": "{region_name} cannot be a Region",
    "ProxyConnectionError": "there is no connection to the proxy {proxy_url}",
    "ReadTimeoutError": "{endpoint_url} does not answer in time",
}
"""What botocore's errors mean, in the place of their own texts."""


class AwsCallError(Exception):
    """A call to AWS failed.

    Args:
        sentence: what failed and what to do about it.
        is_denied: whether it failed because it is not permitted. Default: for another reason.
        is_general: whether every other call would fail, as without credentials. Default: maybe only this one.
        is_of_region: whether every other call to the Region would fail. Default: maybe only this one.
        is_temporary: whether the same call may succeed later, because AWS limits its rate, has an error, or
            cannot be reached. Default: no.
        code: AWS's code of the error. Default: AWS has not answered, or the sentence says something else.
    """

    def __init__(
        self,
        sentence: str,
        *,
        is_denied: bool = False,
        is_general: bool = False,
        is_of_region: bool = False,
        is_temporary: bool = False,
        code: str = "",
    ) -> None:
        super().__init__(printable(sentence))
        self.is_denied = is_denied
        self.is_general = is_general
        self.is_of_region = is_of_region
        self.is_temporary = is_temporary
        self.code = code


@contextmanager
def aws_calls(*, needed: str = "") -> Iterator[None]:
    """Raise what boto3 raises in the block as `AwsCallError`.

    Args:
        needed: the permission that the calls need, such as `ssm:GetParameter on arn:...`, for the sentence
            about a denial. Default: the sentence has the name of the operation.

    Raises:
        AwsCallError: a call failed.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise _refused(error, needed) from None
    except BotoCoreError as error:
        raise _not_sent(error) from None
    except Exception as error:
        if not _is_of_parser(error):
            raise
        raise not_of_aws() from None


def member(answer: Any, name: str) -> Any:  # noqa: ANN401 - boto3 has no types
    """Return a member that AWS always returns; a page of a proxy is read as an answer without members.

    Args:
        answer: what boto3 has returned.
        name: the name of the member.

    Raises:
        AwsCallError: the member is not there.
    """
    if name not in answer:
        raise not_of_aws()
    return answer[name]


def session(*, profile: str | None = None, region: str | None = None) -> Session:
    """Return a boto3 session.

    Args:
        profile: the profile of the AWS configuration. Default: what the environment says.
        region: the Region. Default: that of the profile or the environment.

    Raises:
        AwsCallError: the profile or the configuration cannot be used.
    """
    import boto3

    # The CDK CLI and version 2 of the AWS CLI read it; botocore reads AWS_DEFAULT_REGION only.
    region = region or os.environ.get("AWS_REGION")
    with aws_calls():
        return boto3.Session(profile_name=profile, region_name=region)


def client(
    session: Session,
    service: str,
    region: str | None = None,
    *,
    endpoint_url: str | None = None,
    attempts: int = _ATTEMPTS,
) -> Client:
    """Return a client that gives up after half a minute instead of minutes.

    Args:
        session: a boto3 session.
        service: boto3's name of the service.
        region: the Region. Default: the session's.
        endpoint_url: the URL of the service. Default: AWS's, or what the environment says.
        attempts: how often a call is sent before it fails; with more than three, calls are also slowed down
            while AWS limits their rate. Default: three times.

    Raises:
        AwsCallError: there is no Region, or it cannot be one.
    """
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    mode = "standard" if attempts <= _ATTEMPTS else "adaptive"
    retries = {"mode": mode, "total_max_attempts": attempts}
    config = Config(connect_timeout=5, read_timeout=20, retries=retries)
    with aws_calls():
        try:
            return session.client(service, region_name=region, config=config, endpoint_url=endpoint_url)
        except BotoCoreError:
            raise
        except ValueError:  # as boto3 raises for what is no URL
            url = endpoint_url or "of the environment"
            raise AwsCallError(
                f"The endpoint URL {url} cannot be used; it must be like http://localhost:4566."
            ) from None


def _refused(error: ClientError, needed: str) -> AwsCallError:
    operation = error.operation_name
    details = error.response.get("Error", {})
    code, message = str(details.get("Code", "")), str(details.get("Message", ""))
    said = f"{message[:_LONGEST]}..." if len(message) > _LONGEST else message
    if code in _ENDED:
        return AwsCallError(f"The AWS credentials have expired; {_SIGN_IN}.", is_general=True, code=code)
    if code in _NOT_ACCEPTED:
        return AwsCallError(
            f"AWS does not accept the credentials ({code}); check the profile and the keys, and that the "
            "account has enabled the Region.",
            is_of_region=True,
            code=code,
        )
    if code in _DENIED:
        return AwsCallError(
            f"{needed or operation} is not permitted; ask whoever manages the permissions of these "
            f"credentials. AWS: {said}",
            is_denied=True,
            code=code,
        )
    if code in _THROTTLED:
        return AwsCallError(
            f"AWS limits the rate of {operation} now; run the command again in a minute.",
            is_temporary=True,
            code=code,
        )
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    is_temporary = status >= _SERVER_ERROR
    return AwsCallError(f"{operation} failed with {code}; AWS: {said}", is_temporary=is_temporary, code=code)


def not_of_aws() -> AwsCallError:
    """Return the error for a response that AWS does not give."""
    return AwsCallError(_NO_ANSWER, is_of_region=True, is_temporary=True)


def _is_of_parser(error: Exception) -> bool:
    """Return whether botocore could not read a response: it raises whatever it meets there."""
    modules = [frame.f_globals.get("__name__") for frame, _line in walk_tb(error.__traceback__)]
    return (
        "botocore.parsers" in modules or modules[-1] == "botocore.endpoint"
    )  # which takes it from the parser


def _reason(error: Any) -> str:  # noqa: ANN401 - botocore has no types
    """Return why a call was not sent, with the server's name alone: its path may be long."""
    form = _REASONS.get(type(error).__name__)
    if form is None:
        return str(error).rstrip(".")
    given = error.kwargs.items()
    return form.format(**{name: _server(value) if name.endswith("_url") else value for name, value in given})


def _server(url: object) -> str:
    """Return the scheme, the host and the port of a URL: a proxy's may have a password."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(str(url))
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "the endpoint"
    return f"{parts.scheme}://{parts.hostname}{port}"


def _not_sent(error: Exception) -> AwsCallError:
    """Return why a call was not sent."""
    # The classes of botocore, from the special one to the general one.
    names = (one.__name__ for one in type(error).__mro__)
    sentence = next((_NOT_SENT[name] for name in names if name in _NOT_SENT), _NOT_SENT["BotoCoreError"])
    is_of_region = sentence is _UNREACHABLE
    return AwsCallError(
        sentence.format(error=_reason(error)),
        is_general=not is_of_region,
        is_of_region=is_of_region,
        is_temporary=is_of_region,
    )
