"""The account of a run: clients whose calls are recorded, errors as values, waiting, and the names in use."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, WaiterError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import boto3

PREFIX = "bedrock-smoke-"
"""How the names of everything begin that a smoke test creates."""

TAG = "bedrock-customization-smoke-test"
"""The tag of everything that a smoke test creates; its value is the id of the run."""

SESSION_SECONDS = 60.0
"""How long a new role is tried to be assumed."""

AWS_ERRORS = (BotoCoreError, ClientError, WaiterError)


class NotPossibleError(Exception):
    """A question cannot be asked, because something that it needs is not there."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call has returned.

    Args:
        code: the code of the error; "" if the call succeeded.
        message: the message of the error.
        response: the response of a call that succeeded.
        seconds: how long the call took.
    """

    code: str
    message: str
    response: Mapping[str, Any]
    seconds: float

    @property
    def accepted(self) -> bool:
        """Whether the call succeeded."""
        return not self.code

    def __str__(self) -> str:
        return "accepted" if self.accepted else f"{self.code}: {self.message}"


def outcome(call: Callable[..., Any], /, **arguments: Any) -> Outcome:  # noqa: ANN401 - of the operation
    """Carry out a call and return its error as a value.

    Args:
        call: a method of a boto3 client.
        arguments: the members of the request.
    """
    began = time.monotonic()
    try:
        response = call(**arguments)
    except ClientError as error:
        told = error.response.get("Error", {})
        return Outcome(told.get("Code", ""), told.get("Message", ""), {}, time.monotonic() - began)
    except BotoCoreError as error:
        return Outcome(type(error).__name__, str(error), {}, time.monotonic() - began)
    return Outcome("", "", response, time.monotonic() - began)


@dataclass(slots=True, kw_only=True)
class Account:
    """The account and Region of a run.

    Args:
        session: the credentials of the person who runs it.
        region: the Region.
        run_id: distinguishes the names of this run from those of others.
        poll: seconds between two reads of something that takes time.
    """

    session: boto3.Session
    region: str
    run_id: str
    poll: float
    calls: list[str] = field(default_factory=list)
    _clients: dict[str, Any] = field(default_factory=dict)
    _identity: dict[str, str] = field(default_factory=dict)

    @property
    def prefix(self) -> str:
        """How the names of this run begin."""
        return f"{PREFIX}{self.run_id}"

    @property
    def tags(self) -> list[dict[str, str]]:
        """The tags of everything of this run, with Bedrock's names of the members."""
        return [{"key": TAG, "value": self.run_id}]

    @property
    def id(self) -> str:
        """The account's 12 digits."""
        return self._caller()["Account"]

    @property
    def caller(self) -> str:
        """The ARN of the person who runs it."""
        return self._caller()["Arn"]

    @property
    def partition(self) -> str:
        """The partition of the account, such as `aws`."""
        return self.caller.split(":")[1]

    def arn(self, resource: str, service: str = "bedrock") -> str:
        """Return the ARN of a resource of this account and Region.

        Args:
            resource: what follows the account in the ARN.
            service: the service. Default: `bedrock`.
        """
        return f"arn:{self.partition}:{service}:{self.region}:{self.id}:{resource}"

    def client(self, service: str) -> Any:  # noqa: ANN401 - made at run time
        """Return the client of a service, whose calls are recorded; SDK retries are few, so that errors show.

        Args:
            service: boto3's name of the service.
        """
        if service not in self._clients:
            self._clients[service] = self._recorded(self.session.client(service, **self._settings()))
        return self._clients[service]

    def session_of(self, role_arn: str, external_id: str, statements: list[dict[str, Any]]) -> Permitted:
        """Return a session of a role that is permitted nothing but some statements.

        Args:
            role_arn: the ARN of the role.
            external_id: the id without which nobody may assume the role.
            statements: what the session may do, as far as the role may do it.
        """
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        arguments = {
            "RoleArn": role_arn,
            "RoleSessionName": self.prefix,
            "ExternalId": external_id,
            "Policy": policy,
            "DurationSeconds": 900,
        }
        tried = self.until(
            lambda: outcome(self.client("sts").assume_role, **arguments),
            lambda one: one.accepted,
            seconds=SESSION_SECONDS,
        )
        if not tried.accepted:
            raise NotPossibleError(f"the role for narrow permissions cannot be assumed: {tried}")
        return Permitted(self, tried.response["Credentials"])

    def until(self, read: Callable[[], Any], done: Callable[[Any], bool], *, seconds: float) -> Any:  # noqa: ANN401 - what is read
        """Read again and again until something is true or the time is over; return what was read last.

        Args:
            read: reads.
            done: whether what was read ends the waiting.
            seconds: how long to wait at most.
        """
        deadline = time.monotonic() + seconds
        while not done(last := read()) and time.monotonic() < deadline:
            time.sleep(self.poll)
        return last

    def permitted_client(self, service: str, credentials: Mapping[str, str]) -> Any:  # noqa: ANN401 - as above
        """Return a recorded client with other credentials.

        Args:
            service: boto3's name of the service.
            credentials: those of a session of a role.
        """
        keys = {
            "aws_access_key_id": credentials["AccessKeyId"],
            "aws_secret_access_key": credentials["SecretAccessKey"],
            "aws_session_token": credentials["SessionToken"],
        }
        return self._recorded(self.session.client(service, **keys, **self._settings()))

    def _settings(self) -> dict[str, Any]:
        return {
            "region_name": self.region,
            "config": Config(retries={"mode": "standard", "max_attempts": 3}, read_timeout=70),
        }

    def _recorded(self, client: Any) -> Any:  # noqa: ANN401 - as above
        client.meta.events.register("before-call", self._record)
        return client

    def _record(self, model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's model of an operation
        self.calls.append(f"{model.service_model.service_name}:{model.name}")

    def _caller(self) -> dict[str, str]:
        if not self._identity:
            self._identity = self.client("sts").get_caller_identity()
        return self._identity


@dataclass(frozen=True, slots=True)
class Permitted:
    """A session with narrow permissions.

    Args:
        account: the account.
        credentials: those of the session.
    """

    account: Account
    credentials: Mapping[str, str]

    def client(self, service: str) -> Any:  # noqa: ANN401 - made at run time
        """Return the client of a service with these permissions.

        Args:
            service: boto3's name of the service.
        """
        return self.account.permitted_client(service, self.credentials)
