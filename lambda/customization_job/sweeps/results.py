"""The results of a sweep: one object of JSON in S3 with a row for each trial, and the best of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import TYPE_CHECKING, Any

from contract import redacted
from contract.sweeps import Objective

from ..frame.errors import AwsError
from ..frame.objects import StoredObject
from .definition import account_of

if TYPE_CHECKING:
    from ..jobs.ports import Job
    from ..services import Services
    from .definition import DefinitionUri
    from .desired_state import DesiredState, Trial

NOT_STARTED = "NotStarted"
"""The status of a trial that has no job: Bedrock refused it, or it has not begun."""

_ATTEMPTS = 6
_LONGEST_FAILURE = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The result of one trial.

    Args:
        index: which trial.
        overrides: what it changes of the base request.
        job_name: the name of its job. Default: it has none.
        job_arn: the ARN of its job. Default: it has none.
        status: the status of its job, or `NotStarted`.
        training_loss: its training loss. Default: unknown.
        validation_loss: the mean of its validation losses. Default: unknown.
        failure: why it failed or was not started. Default: it was not so.
        model_arn: its model. Default: it has none any more, or not yet.
    """

    index: int
    overrides: Mapping[str, Any] = field(default_factory=dict)
    job_name: str = ""
    job_arn: str = ""
    status: str = NOT_STARTED
    training_loss: float | None = None
    validation_loss: float | None = None
    failure: str = ""
    model_arn: str = ""

    def loss(self, objective: Objective) -> float | None:
        """Return the loss that trials are compared by, of a complete one."""
        if self.status != "Completed":
            return None
        return self.training_loss if objective is Objective.TRAINING_LOSS else self.validation_loss

    def document(self) -> dict[str, object]:
        """Return it as JSON has it."""
        return {
            "index": self.index,
            "overrides": self.overrides,
            "jobName": self.job_name,
            "jobArn": self.job_arn,
            "status": self.status,
            "trainingLoss": self.training_loss,
            "validationLoss": self.validation_loss,
            "failureMessage": self.failure,
            "modelArn": self.model_arn,
        }


def row(trial: Trial, job: Job | None = None, failure: str = "") -> Row:
    """Return the result of a trial.

    Args:
        trial: the trial.
        job: its job. Default: none was started.
        failure: why none was started, or why it failed, without secrets. Default: unknown.
    """
    found = Row(
        index=trial.index,
        overrides=_shown(trial),
        failure=failure[:_LONGEST_FAILURE],
    )
    if job is None:
        return found
    return replace(
        found,
        job_name=job.name,
        job_arn=job.arn,
        status=job.status,
        training_loss=job.training_loss,
        validation_loss=fmean(job.validation_losses) if job.validation_losses else None,
        model_arn=job.model_arn if job.has_model else "",
    )


def ranked(rows: Iterable[Row], objective: Objective) -> list[Row]:
    """Return the complete trials whose loss is known, the best first; those without a model come last.

    A model that an earlier run has deleted, because it was not one of the best then, cannot be deployed, and
    must not count as one of those that are kept now.
    """
    found = [one for one in rows if one.loss(objective) is not None]
    return sorted(found, key=lambda one: (not one.model_arn, one.loss(objective), one.index))


def losers(rows: Iterable[Row], objective: Objective, keep: int | None) -> list[Row]:
    """Return the trials whose models are not kept. Where a loss is unknown, the model is kept.

    Args:
        rows: the results of all trials.
        objective: by which loss they are compared.
        keep: how many models are kept; None where all are.
    """
    return [] if keep is None else [one for one in ranked(rows, objective)[keep:] if one.model_arn]


def document(
    uri: DefinitionUri, desired: DesiredState, rows: Mapping[int, Row], *, is_finished: bool
) -> bytes:
    """Return the object in S3.

    Args:
        uri: which definition it is about.
        desired: what the definition says.
        rows: the results that are known, by the index of the trial.
        is_finished: whether all trials have ended, and the models that are not kept are deleted.
    """
    all_rows = [rows.get(index) or row(desired.trial(index)) for index in range(desired.count)]
    best = next(iter(ranked(all_rows, desired.objective)), None)
    members = {
        "sweep": {
            "stackId": desired.owner.stack_id,
            "resource": desired.owner.logical_id,
            "definition": str(uri),
            "objective": desired.objective.value,
        },
        "trials": [one.document() for one in all_rows],
        "best": best.document() if best else None,
        "finished": is_finished,
    }
    return json.dumps(members, indent=1).encode()


def known_rows(content: bytes, uri: DefinitionUri) -> dict[int, Row]:
    """Return the rows of an object in S3 that are about one definition; none where it cannot be read."""
    try:
        read = json.loads(content)
        if read["sweep"]["definition"] != str(uri):
            return {}
        rows = [_read(one) for one in read["trials"]]
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return {}
    return {one.index: one for one in rows if one.job_arn or one.failure}


def read_known(uri: DefinitionUri, desired: DesiredState, services: Services) -> dict[int, Row]:
    """Return the results that S3 has so far.

    Raises:
        AwsError: S3 could not be called.
    """
    found = services.objects.get(uri.bucket, uri.results_key, account_of(desired.owner.stack_id))
    return known_rows(found.content, uri) if found else {}


def record(new: Row, uri: DefinitionUri, desired: DesiredState, services: Services) -> None:
    """Write the result of one trial beside those of the others, which may be written at the same moment.

    A result that cannot be written is in the report nevertheless, which reads all of them from Bedrock.
    """
    account = account_of(desired.owner.stack_id)
    reason = "other trials wrote at the same time"
    try:
        for attempt in range(_ATTEMPTS):
            found = services.objects.get(uri.bucket, uri.results_key, account)
            rows = known_rows(found.content, uri) if found else {}
            content = document(uri, desired, {**rows, new.index: new}, is_finished=False)
            stored = StoredObject(content, found.etag if found else "")
            if services.objects.replace(uri.bucket, uri.results_key, account, stored):
                return
            if not services.retry.pause(attempt):
                break
    except AwsError as error:
        reason = error.reason
    services.log.write("results not written", "WARNING", trial=new.index, reason=reason)


def _shown(trial: Trial) -> Mapping[str, Any]:
    shown = redacted(trial.overrides)
    return shown if isinstance(shown, Mapping) else {}


def _read(given: Mapping[str, Any]) -> Row:
    return Row(
        index=int(given["index"]),
        overrides=dict(given["overrides"]),
        job_name=str(given["jobName"]),
        job_arn=str(given["jobArn"]),
        status=str(given["status"]),
        training_loss=_number(given["trainingLoss"]),
        validation_loss=_number(given["validationLoss"]),
        failure=str(given["failureMessage"]),
        model_arn=str(given["modelArn"]),
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
