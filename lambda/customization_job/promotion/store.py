"""The records of a promotion: facts that are written once, as objects of JSON in S3.

What may not be read, or is not what this library writes, is an error: a model is never promoted because a
record is missing that may exist.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from contract.promotion import (
    BAKED_END,
    POLICY_NAME,
    PROMOTED,
    REJECTED,
    VERDICT_END,
    WITHDRAWN_END,
    model_id,
)

from ..frame.objects import StoredObject
from .policy import Policy, PolicyError, read_policy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..frame.objects import Objects

MODEL_ARN = re.compile(
    r"arn:aws[a-z-]{0,20}:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:custom-model/[A-Za-z0-9.:_/-]{0,200}/"
    r"[A-Za-z0-9-]{1,64}"
)


LARGEST = 10**15
"""No number in a record is as large; NaN and infinity are none."""


class StoreError(Exception):
    """A record that this library would not write; the text is a sentence about it.

    Attributes:
        etag: the version of the record, where it was read.
    """

    etag = ""


class Verdict(NamedTuple):
    """The verdict about a model.

    Args:
        verdict: `promoted` or `rejected`.
        serving: the model that served then, "" where none did.
        reason: why.
        time: when, in seconds since 1970.
        is_forced: whether a person has overruled the conditions.
    """

    verdict: str
    serving: str
    reason: str
    time: float
    is_forced: bool = False

    @property
    def is_promoted(self) -> bool:
        """Whether the model may serve."""
        return self.verdict == PROMOTED


class Withdrawal(NamedTuple):
    """The record that a model was taken back.

    Args:
        to: the model that serves again, "" where there is none.
        reason: why.
        time: when, in seconds since 1970.
        etag: the version of the record.
    """

    to: str
    reason: str
    time: float
    etag: str = ""

    def is_overruled_by(self, verdict: Verdict | None) -> bool:
        """Return whether a person has promoted the model after that."""
        return verdict is not None and verdict.is_forced and verdict.is_promoted and verdict.time > self.time


class Store:
    """The records of one published model or one deployment.

    Args:
        bucket: the bucket.
        prefix: what the names of all records begin with.
        account: the account that must own the bucket.
        objects: S3.
    """

    def __init__(self, bucket: str, prefix: str, account: str, objects: Objects) -> None:
        self.bucket = bucket
        self.prefix = prefix
        self.account = account
        self._objects = objects

    def read_json(self, name: str) -> tuple[dict[str, Any] | None, str]:
        """Return a record and its version; None where there is none.

        Args:
            name: its name below the prefix.

        Raises:
            AwsError: it could not be read, or may not be.
            StoreError: it is no object of JSON.
        """
        found = self._objects.find(self.bucket, f"{self.prefix}{name}", self.account)
        if found is None:
            return None, ""
        try:
            read = json.loads(found.content, parse_int=_number, parse_float=_number, parse_constant=_number)
        except (ValueError, RecursionError):
            read = None
        if not isinstance(read, dict):
            error = StoreError(f"s3://{self.bucket}/{self.prefix}{name} is no object of JSON")
            error.etag = found.etag
            raise error
        return read, found.etag

    def read_note(self, name: str) -> tuple[dict[str, Any] | None, str]:
        """Return a record that is made again where it is no JSON, and its version."""
        try:
            return self.read_json(name)
        except StoreError as error:
            return None, error.etag

    def write_json(self, name: str, document: Mapping[str, object], etag: str = "") -> bool:
        """Write a record; return False where there is another version of it by now.

        Args:
            name: its name below the prefix.
            document: what it holds.
            etag: the version that it replaces. Default: there must be none.
        """
        new = StoredObject(_content(document), etag)
        return self._objects.replace(self.bucket, f"{self.prefix}{name}", self.account, new)

    def delete(self, name: str) -> None:
        """Delete a record, if it exists."""
        self._objects.delete(self.bucket, f"{self.prefix}{name}", self.account)

    def write_policy(self, given: object) -> None:
        """Write the policy as an event has it."""
        self._objects.put(self.bucket, f"{self.prefix}{POLICY_NAME}", self.account, _content(given))

    def read_policy(self) -> Policy:
        """Return the policy as the resource's last event had it.

        Raises:
            AwsError: it could not be read.
            StoreError: there is none, or it is not valid.
        """
        given, _ = self.read_json(POLICY_NAME)
        try:
            return read_policy(given)
        except PolicyError as error:
            reason = str(error) if given else "it does not exist; deploy the stack again"
            raise StoreError(f"s3://{self.bucket}/{self.prefix}{POLICY_NAME}: {reason}") from None

    def verdict(self, model_arn: str) -> Verdict | None:
        """Return the verdict about a model.

        Raises:
            AwsError: it could not be read.
            StoreError: it is not one that this library or its console has written.
        """
        name = named(model_arn, VERDICT_END)
        found, _ = self.read_json(name)
        if found is None:
            return None
        verdict, serving = found.get("verdict"), found.get("serving", "")
        if verdict not in (PROMOTED, REJECTED) or not _is_about(found, model_arn, serving):
            raise StoreError(f"s3://{self.bucket}/{self.prefix}{name} is no verdict about {model_arn}")
        return Verdict(
            verdict, serving, _reason(found), self._time(found, name), is_forced=found.get("forced") is True
        )

    def withdrawal(self, model_arn: str) -> Withdrawal | None:
        """Return the record that a model was taken back; see `verdict`."""
        name = named(model_arn, WITHDRAWN_END)
        found, etag = self.read_json(name)
        if found is None:
            return None
        to = found.get("to", "")
        if not _is_about(found, model_arn, to):
            raise StoreError(f"s3://{self.bucket}/{self.prefix}{name} does not say what serves again")
        return Withdrawal(to, _reason(found), self._time(found, name), etag)

    def is_baked(self, model_arn: str) -> bool:
        """Return whether the alarms do not take a model back any more."""
        return self.read_json(named(model_arn, BAKED_END))[0] is not None

    def _time(self, found: Mapping[str, Any], name: str) -> float:
        try:
            return datetime.fromisoformat(str(found.get("time"))).timestamp()
        except (ValueError, OverflowError):
            raise StoreError(f"s3://{self.bucket}/{self.prefix}{name} has no time") from None


def named(model_arn: str, end: str) -> str:
    """Return the name of a record about a model.

    Raises:
        StoreError: it is not the ARN of a custom model.
    """
    if not MODEL_ARN.fullmatch(model_arn):
        raise StoreError("the model has no ARN of a custom model")
    return f"{model_id(model_arn)}{end}"


def _number(text: str) -> float:
    number = float(text)
    if not abs(number) < LARGEST:
        raise ValueError
    return int(text) if text.lstrip("-").isdecimal() else number


def _content(document: object) -> bytes:
    return json.dumps(document, indent=1).encode()


def _is_about(found: Mapping[str, Any], model_arn: str, other: object) -> bool:
    is_other_valid = other == "" or (isinstance(other, str) and bool(MODEL_ARN.fullmatch(other)))
    return found.get("candidate") == model_arn and is_other_valid


def _reason(found: Mapping[str, Any]) -> str:
    return str(found.get("reason", ""))[:1000]
