"""The records of a promotion in S3: read whatever is in them, written only where nobody else has written."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..contract.promotion import (
    BAKED_END,
    PROGRESS_END,
    PROMOTED,
    REJECTED,
    VERDICT_END,
    WITHDRAWN_END,
    model_id,
)
from ..deployment.aws_calls import AwsCallError
from .buckets import Bucket

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..deployment.aws_calls import Client
    from .buckets import StoredObject
    from .promoted_resources import PromotedResource

_LARGEST = 1_000_000
_LONGEST = 2000
"""Characters of a text that are shown: a reason may come from the function of a user."""
_MOST = 50
"""Conditions, and numbers of one condition, that are shown."""

MODEL_ARN = re.compile(
    r"arn:aws[a-z-]{0,20}:bedrock:(?P<region>[a-z0-9-]{1,20}):[0-9]{12}:custom-model/[A-Za-z0-9.:_/-]{0,200}/"
    r"[A-Za-z0-9-]{1,64}"
)
"""The ARN of a custom model, as the function reads it in records (`promotion/store.py`)."""

_WHAT, _PURPOSE = "The records of the promotion", "which has the records of the promotion"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a condition has answered about a candidate.

    Args:
        type: its type, such as `ValidationLoss`.
        answer: `yes`, `no`, `unsure` or `later`.
        reason: why, as a sentence.
        numbers: what the answer was computed from, by name.
    """

    type: str
    answer: str
    reason: str = ""
    numbers: Mapping[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record; a member that it has not, or not in its form, is empty.

    Args:
        document: everything that is in it.
        etag: which version of the object it was read from.
    """

    document: Mapping[str, Any]
    etag: str

    def text(self, name: str) -> str:
        """Return a member, cut short.

        Args:
            name: its name.
        """
        found = self.document.get(name)
        return found[:_LONGEST] if isinstance(found, str) else ""

    @property
    def is_forced(self) -> bool:
        """Whether a person has written it against the policy."""
        return self.document.get("forced") is True

    @property
    def time(self) -> datetime | None:
        """When it was written; None where it does not say so."""
        try:
            found = datetime.fromisoformat(self.text("time"))
        except ValueError:
            return None
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)

    @property
    def conditions(self) -> Sequence[Condition]:
        """What the conditions have answered."""
        found = self.document.get("conditions")
        listed = found[:_MOST] if isinstance(found, list) else []
        return [_condition(one) for one in listed if isinstance(one, Mapping)]


class Store:
    """The records of a published model or a deployment.

    Args:
        s3: a boto3 client of S3 in the stack's Region.
        resource: the published model or the deployment.
    """

    def __init__(self, s3: Client, resource: PromotedResource) -> None:
        self._bucket = Bucket(
            s3, resource.bucket, what=_WHAT, purpose=_PURPOSE, owner=resource.account or None
        )
        self._prefix = resource.prefix

    def verdict(self, model_arn: str) -> Record | None:
        """Return the verdict about a model; None while there is none.

        Args:
            model_arn: the model's ARN.

        Raises:
            AwsCallError: it cannot be read, or is none.
        """
        found = self._read(model_arn, VERDICT_END)
        if found is not None and found.text("verdict") not in (PROMOTED, REJECTED):
            raise self._is_damaged(model_arn, VERDICT_END)
        return found

    def withdrawal(self, model_arn: str) -> Record | None:
        """Return the record that a model was taken back; None while it was not.

        Args:
            model_arn: the model's ARN.

        Raises:
            AwsCallError: it cannot be read, or is none.
        """
        return self._read(model_arn, WITHDRAWN_END)

    def baked(self, model_arn: str) -> Record | None:
        """Return the record about the end of a model's bake; None while there is none.

        Args:
            model_arn: the model's ARN.

        Raises:
            AwsCallError: it cannot be read, or is none.
        """
        return self._read(model_arn, BAKED_END)

    def progress(self, model_arn: str) -> Record | None:
        """Return how far the function has come with a candidate; None where it has not begun.

        Args:
            model_arn: the model's ARN.

        Raises:
            AwsCallError: it cannot be read, or is none.
        """
        return self._read(model_arn, PROGRESS_END)

    def write_verdict(self, model_arn: str, document: Mapping[str, object], replaces: Record | None) -> bool:
        """Write a verdict; return False if somebody else has written one meanwhile.

        Args:
            model_arn: the model's ARN.
            document: the verdict.
            replaces: the verdict that it replaces.

        Raises:
            AwsCallError: it cannot be written.
        """
        return self._write(model_arn, VERDICT_END, document, replaces)

    def write_withdrawal(
        self, model_arn: str, document: Mapping[str, object], replaces: Record | None
    ) -> bool:
        """Write that a model is taken back; return False if somebody else has written so meanwhile.

        Args:
            model_arn: the model's ARN.
            document: the record.
            replaces: the record that it replaces.

        Raises:
            AwsCallError: it cannot be written.
        """
        return self._write(model_arn, WITHDRAWN_END, document, replaces)

    def write_progress(self, model_arn: str, document: Mapping[str, object], replaces: Record) -> bool:
        """Write how far the function has come; return False if it has gone on meanwhile.

        Args:
            model_arn: the model's ARN.
            document: the record.
            replaces: the record that it replaces.

        Raises:
            AwsCallError: it cannot be written.
        """
        return self._write(model_arn, PROGRESS_END, document, replaces)

    def _read(self, model_arn: str, end: str) -> Record | None:
        key = f"{self._prefix}{model_id(model_arn)}{end}"
        found = self._get(key)
        if found is None:
            return None
        try:
            document = json.loads(found.content or b"", parse_constant=str)
        except (ValueError, RecursionError):  # also of bytes that are no text
            document = None
        if not isinstance(document, dict):
            raise self._is_damaged(model_arn, end)
        return Record(document=document, etag=found.etag)

    def _get(self, key: str) -> StoredObject | None:
        try:
            return self._bucket.get(key, _LARGEST)
        except AwsCallError as error:
            if not error.is_denied:
                raise
            # S3 denies also what does not exist, unless the whole bucket may be listed.
            try:
                is_there = key in self._bucket.keys(key, 1)
            except AwsCallError:
                is_there = True
            if is_there:
                raise
        return None

    def _is_damaged(self, model_arn: str, end: str) -> AwsCallError:
        return AwsCallError(
            f"s3://{self._bucket.name}/{self._prefix}{model_id(model_arn)}{end} is not a record of this "
            "library; restore the version that the function has written, or delete the object and the "
            "function decides again."
        )

    def _write(
        self, model_arn: str, end: str, document: Mapping[str, object], replaces: Record | None
    ) -> bool:
        key = f"{self._prefix}{model_id(model_arn)}{end}"
        content = json.dumps(document, indent=2).encode()
        return self._bucket.put(key, content, replaces=replaces.etag if replaces else "")


def written_time(moment: datetime) -> str:
    """Return a time in the form that records have.

    Args:
        moment: the time.
    """
    return moment.astimezone(UTC).isoformat()


def is_withdrawn(verdict: Record | None, withdrawal: Record | None) -> bool:
    """Return whether a model was taken back, and no person has promoted it again since.

    Args:
        verdict: the verdict about it.
        withdrawal: the record that it was taken back.
    """
    if withdrawal is None:
        return False
    if verdict is None or not verdict.is_forced or verdict.text("verdict") != PROMOTED:
        return True
    forced, withdrawn = verdict.time, withdrawal.time
    return forced is None or withdrawn is None or forced <= withdrawn


def _condition(found: Mapping[str, Any]) -> Condition:
    def text(name: str) -> str:
        value = found.get(name)
        return value[:_LONGEST] if isinstance(value, str) else ""

    numbers = found.get("numbers")
    listed = list(numbers.items())[:_MOST] if isinstance(numbers, Mapping) else []
    return Condition(
        type=text("type"),
        answer=text("answer"),
        reason=text("reason"),
        numbers={str(name)[:_LONGEST]: one for name, value in listed if (one := _number(value)) is not None},
    )


def _number(value: object) -> float | str | None:
    """Return a number or a short text, also of a list of numbers; None for anything else."""
    if isinstance(value, list) and all(type(one) is int for one in value):
        return " ".join(str(one)[:_MOST] for one in value[:_MOST]) or "none"
    if isinstance(value, str):
        return value[:_LONGEST]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        try:
            return value if math.isfinite(value) else str(value)
        except OverflowError:  # a whole number that no float can hold
            return "a number that is too large"
    return None
