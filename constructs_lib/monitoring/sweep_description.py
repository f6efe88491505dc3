"""A sweep as it is now: its results in S3, and the jobs of the trials that train as Bedrock describes them.

What has ended is in the results, with the trials that Bedrock has refused and whether the sweep is finished:
no list of jobs tells these. A job that trains is read from Bedrock, because the results have only its start.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import TYPE_CHECKING, Any

from ..contract import redacted
from ..contract.evaluation import read_json
from ..contract.sweeps import TRIALS_PROPERTY, results_key
from ..deployment.aws_calls import AwsCallError
from ..deployment.sweep_consequences import trial_label
from .buckets import Bucket
from .job_description import COMPLETED, ENDED, STOPPED, describe_job
from .job_owners import is_started_for

if TYPE_CHECKING:
    from ..deployment.aws_calls import Client
    from .job_targets import JobTarget

NOT_STARTED = "NotStarted"
"""The status of a trial that has no job."""

_WHAT, _PURPOSE = "The results", "to which the sweep writes its results"
_LARGEST = 10_000_000  # bytes; a trial has about 1,000
_DEFINITION = re.compile(
    r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(?P<prefix>[A-Za-z0-9._=/-]{1,900}/)definitions/[0-9a-f]{32}\.json"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialDescription:
    """A trial at one time.

    Args:
        index: its place in the template, from 0.
        overrides: what it changes of the request of the sweep.
        status: Bedrock's word for its job, or `NotStarted`.
        job_name: the name of its job. Default: "", it has none.
        job_arn: the ARN of its job. Default: "", it has none.
        training_loss: its training loss. Default: not known.
        validation_loss: the mean of its validation losses. Default: not known.
        failure_message: why it failed, or was refused. Default: "", it was not so.
        model_arn: its model. Default: "", it has none, or none any more.
    """

    index: int
    overrides: Mapping[str, Any]
    status: str = NOT_STARTED
    job_name: str = ""
    job_arn: str = ""
    training_loss: float | None = None
    validation_loss: float | None = None
    failure_message: str = ""
    model_arn: str = ""

    @property
    def is_waiting(self) -> bool:
        """Whether it has no job yet, and Bedrock has not refused one for good."""
        return self.status == NOT_STARTED and not self.failure_message

    @property
    def label(self) -> str:
        """Its name in sentences: the number, and what it changes."""
        return trial_label(self.index, self.overrides)

    def document(self) -> dict[str, Any]:
        """Return it for programs, as the results have it."""
        return {
            "index": self.index,
            "overrides": self.overrides,
            "jobName": self.job_name,
            "jobArn": self.job_arn,
            "status": self.status,
            "trainingLoss": self.training_loss,
            "validationLoss": self.validation_loss,
            "failureMessage": self.failure_message,
            "modelArn": self.model_arn,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepDescription:
    """A sweep at one time.

    Args:
        definition: the S3 URI of its definition.
        results_uri: the S3 URI of its results.
        trials: its trials.
        best: the index of the best of them. Default: there is none, or none yet.
        is_finished: whether all trials have ended, and the models that are not kept are deleted.
    """

    definition: str
    results_uri: str
    trials: Sequence[TrialDescription]
    best: int | None = None
    is_finished: bool = False

    @property
    def status(self) -> str:
        """How it has ended, in the words for jobs; `InProgress` before that.

        Completed where one trial is, Stopped where all were stopped, else Failed.
        """
        statuses = {one.status for one in self.trials}
        if not self.is_finished:
            return "InProgress"
        if COMPLETED in statuses:
            return COMPLETED
        return STOPPED if statuses == {STOPPED} else "Failed"

    @property
    def best_trial(self) -> TrialDescription | None:
        """The best trial."""
        return next((one for one in self.trials if one.index == self.best), None)

    @property
    def training(self) -> Sequence[TrialDescription]:
        """The trials whose jobs have not ended."""
        return [one for one in self.trials if one.job_arn and one.status not in ENDED]

    @property
    def waiting(self) -> Sequence[TrialDescription]:
        """The trials that are still to be started; none where the sweep is finished."""
        return [] if self.is_finished else [one for one in self.trials if one.is_waiting]

    def document(self) -> dict[str, Any]:
        """Return it for programs, as the results have it."""
        best = self.best_trial
        return {
            "definition": self.definition,
            "resultsUri": self.results_uri,
            "status": self.status,
            "trials": [one.document() for one in self.trials],
            "best": best.document() if best else None,
            "finished": self.is_finished,
        }


def is_definition(physical_id: str) -> bool:
    """Return whether a physical id is that of a sweep: the S3 URI of its definition.

    Args:
        physical_id: the physical id.
    """
    return _DEFINITION.fullmatch(physical_id) is not None


def describe_sweep(s3: Client, bedrock: Client, sweep: JobTarget) -> SweepDescription:
    """Return a sweep as it is now.

    Args:
        s3: a client of S3 in the sweep's Region.
        bedrock: a client of Bedrock in the same.
        sweep: the sweep as the command line means it.

    Raises:
        AwsCallError: it cannot be read, or its results name a job that it has not started.
    """
    definition = sweep.identifier
    place = _DEFINITION.fullmatch(definition)
    if place is None:
        raise AwsCallError(f"The sweep has no definition: its physical id is {definition!r}.")
    bucket = Bucket(s3, place["bucket"], what=_WHAT, purpose=_PURPOSE)
    key = results_key(place["prefix"])
    results_uri = f"s3://{bucket.name}/{key}"
    results, denied = _read(bucket, key)
    if results.get("sweep", {}).get("definition") != definition:
        # Nothing has been started, or the results are those of the sweep before it was changed.
        found, denied_too = _read(bucket, definition.removeprefix(f"s3://{bucket.name}/"))
        if denied and denied_too:
            raise denied
        results = {"trials": _trials_of(found)}
    trials = [_current(bedrock, one, sweep, results_uri) for one in _rows(results, results_uri)]
    best = results.get("best")
    return SweepDescription(
        definition=definition,
        results_uri=results_uri,
        trials=trials,
        best=best.get("index") if isinstance(best, Mapping) else None,
        is_finished=results.get("finished") is True,
    )


def _read(bucket: Bucket, key: str) -> tuple[dict[str, Any], AwsCallError | None]:
    """Return an object of JSON, {} where there is none, and why it cannot be read.

    S3 refuses to say that there is none where the bucket may not be listed.
    """
    try:
        stored = bucket.get(key, _LARGEST)
    except AwsCallError as error:
        if not error.is_denied:
            raise
        return {}, error
    if stored is None:
        return {}, None
    try:
        found = read_json((stored.content or b"").decode())
    except ValueError:
        raise AwsCallError(_unreadable(f"s3://{bucket.name}/{key}")) from None
    if not isinstance(found, dict) or not isinstance(found.get("sweep", {}), dict):
        raise AwsCallError(_unreadable(f"s3://{bucket.name}/{key}"))
    return found, None


def _unreadable(uri: str) -> str:
    return (
        f"{uri} is not what the sweep has written. Once all trials have ended it is written again; until "
        "then `bedrock-customize list` shows the jobs."
    )


def _trials_of(definition: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the trials of a definition as results have them before anything is started."""
    properties = definition.get("properties")
    given = properties.get(TRIALS_PROPERTY) if isinstance(properties, Mapping) else None
    listed = given if isinstance(given, list) else []
    return [{"index": index, "overrides": redacted(one)} for index, one in enumerate(listed)]


def _rows(results: Mapping[str, Any], uri: str) -> list[TrialDescription]:
    try:
        return [
            TrialDescription(
                index=int(one["index"]),
                overrides=dict(one["overrides"]),
                status=str(one.get("status", NOT_STARTED)),
                job_name=str(one.get("jobName", "")),
                job_arn=str(one.get("jobArn", "")),
                training_loss=_number(one.get("trainingLoss")),
                validation_loss=_number(one.get("validationLoss")),
                failure_message=str(one.get("failureMessage", "")),
                model_arn=str(one.get("modelArn", "")),
            )
            for one in results["trials"]
        ]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise AwsCallError(_unreadable(uri)) from None


def _current(bedrock: Client, trial: TrialDescription, sweep: JobTarget, uri: str) -> TrialDescription:
    """Return a trial with what Bedrock says of its job, where the results have only the start of it."""
    if not trial.job_arn or trial.status in ENDED:
        return trial
    job = describe_job(bedrock, trial.job_arn)
    if not is_started_for(job.client_token, sweep.stack_id, sweep.logical_id):
        raise AwsCallError(f"{uri} names the job {job.arn}, which the sweep has not started.")
    return replace(
        trial,
        status=job.status,
        training_loss=job.training_loss,
        validation_loss=fmean(job.validation_losses) if job.validation_losses else None,
        failure_message=job.failure_message,
        model_arn=job.model_arn,
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
