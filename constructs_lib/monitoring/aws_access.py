"""The AWS that a command asks: an account and a Region of the AWS configuration, or the local AWS."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from ..deployment.aws_calls import Client, Session, aws_calls, client, session

ATTEMPTS = 10
"""How often a call is sent: AWS limits the rate of calls, and a command that lists makes many."""


@dataclass(frozen=True, kw_only=True)
class AwsAccess:
    """Makes clients of AWS services.

    Args:
        session: what makes boto3 clients, as a boto3 session does.
        region: the Region that is asked, such as `us-east-1`.
        options: the options with which another command of this console asks the same AWS.
        profile: the profile that was named. Default: that of the environment.
        endpoint_url: the URL of Bedrock. Default: AWS's, or what the environment says.
        is_local: whether it is the local AWS of this folder. Default: no.
        attempts: how often a call is sent before it fails. Default: `ATTEMPTS`.
    """

    session: Session = field(repr=False)
    region: str
    options: tuple[str, ...] = ()
    profile: str | None = None
    endpoint_url: str | None = None
    is_local: bool = False
    attempts: int = ATTEMPTS

    @classmethod
    def of_profile(
        cls, *, profile: str | None = None, region: str | None = None, endpoint_url: str | None = None
    ) -> AwsAccess:
        """Return the AWS that the AWS configuration names; nothing is called.

        Args:
            profile: the profile. Default: that of the environment.
            region: the Region. Default: that of the profile or the environment.
            endpoint_url: the URL of Bedrock. Default: AWS's, or what the environment says.

        Raises:
            AwsCallError: the configuration cannot be used, or there is no Region.
        """
        found = session(profile=profile, region=region)
        bedrock = client(found, "bedrock", endpoint_url=endpoint_url)
        given = {"--profile": profile, "--region": region, "--endpoint-url": endpoint_url}
        return cls(
            session=found,
            region=str(bedrock.meta.region_name),
            options=tuple(part for name, value in given.items() if value for part in (name, value)),
            profile=profile,
            endpoint_url=endpoint_url,
        )

    @classmethod
    def of_local_aws(cls) -> AwsAccess:
        """Return the local AWS that runs in this folder.

        Raises:
            LocalAwsError: none runs.
        """
        from ..deployment.local_folder import LocalFolder

        running = LocalFolder().needed()
        return cls(session=running, region=running.region, options=("--local",), is_local=True)

    def client(self, service: str, *, region: str | None = None, attempts: int | None = None) -> Client:
        """Return a new client of a service.

        Args:
            service: boto3's name of the service.
            region: the Region. Default: the one that is asked.
            attempts: how often a call is sent before it fails. Default: `self.attempts`.

        Raises:
            AwsCallError: the Region cannot be one.
        """
        return client(
            self.session,
            service,
            region or self.region,
            endpoint_url=self.endpoint_url if service == "bedrock" else None,
            attempts=attempts or self.attempts,
        )

    def shared_client(self, service: str) -> Client:
        """Return a client of a service in the Region that is asked, always the same one.

        Args:
            service: boto3's name of the service.

        Raises:
            AwsCallError: the Region cannot be one.
        """
        if service not in self._shared:
            self._shared[service] = self.client(service)
        return self._shared[service]

    def renewed(self) -> AwsAccess:
        """Return the same AWS with a new session, which reads the credentials again.

        Raises:
            AwsCallError: the configuration can no longer be used.
            LocalAwsError: the local AWS no longer runs.
        """
        if self.is_local:
            return replace(AwsAccess.of_local_aws(), attempts=self.attempts)
        found = AwsAccess.of_profile(profile=self.profile, region=self.region, endpoint_url=self.endpoint_url)
        return replace(found, options=self.options, attempts=self.attempts)

    @property
    def account(self) -> str:
        """The account of the credentials, which AWS has confirmed: 12 digits.

        Raises:
            AwsCallError: AWS does not accept the credentials.
        """
        return str(self._caller["Account"])

    @property
    def identity(self) -> str:
        """The ARN of the user or of the role's session that the credentials belong to.

        Raises:
            AwsCallError: AWS does not accept the credentials.
        """
        return str(self._caller.get("Arn", ""))

    @cached_property
    def _shared(self) -> dict[str, Client]:
        return {}

    @cached_property
    def _caller(self) -> dict[str, Any]:
        with aws_calls():
            found: dict[str, Any] = self.client("sts").get_caller_identity()
        return found

    @property
    def where(self) -> str:
        """The account and the Region as part of a sentence."""
        return (
            f"the local AWS in {self.region}" if self.is_local else f"account {self.account} in {self.region}"
        )
