"""The metrics of a job, and the CSV files with them, in the columns recorded of each family of models.

What is documented: https://docs.aws.amazon.com/bedrock/latest/userguide/model-customization-analyze.html.
Users' files have other columns, and their validation metrics are in another folder.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import dataclass
from math import exp, floor
from typing import TYPE_CHECKING, Any

from .records import trained_share
from .scripted import TRAINING_LOSS, VALIDATION_LOSS, JobLosses, looked_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .behaviour import Losses, Moment
    from .records import JobRecord
    from .service import Document

_LARGEST_DIFFERENCE = 0.2
_HIGHEST = 700.0
"""The largest loss whose perplexity is a number."""

_REINFORCEMENT = "REINFORCEMENT_FINE_TUNING"
_STEPS_PER_EPOCH = 15
_DEFAULT_EPOCHS = 2
_MOST_EPOCHS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsFile:
    """A file that Bedrock writes with the job's service role.

    Args:
        bucket: the bucket of the job's output.
        key: the object's key.
        body: the content.
        account: the account of the job, 12 digits.
        region: the Region of the job.
    """

    bucket: str
    key: str
    body: bytes
    account: str
    region: str

    @property
    def uri(self) -> str:
        """The object's URI."""
        return f"s3://{self.bucket}/{self.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Family:
    """How the files of a family of models differ.

    Args:
        first_step: the number of the first step in the training file.
        first_epoch: the number of the first epoch.
        perplexity: whether the files have the documented column `perplexity`.
        validated: whether there are validation metrics, if the job has validation data.
    """

    first_step: int = 0
    first_epoch: int = 1
    perplexity: bool = True
    validated: bool = True


_DOCUMENTED = _Family()
_FAMILIES = (
    # A user's report: validation data may have no effect in supervised fine-tuning of Nova 2.
    ("amazon.nova-2-", _Family(first_step=1, first_epoch=0, perplexity=False, validated=False)),
    ("amazon.nova-", _Family(first_step=1, first_epoch=0, perplexity=False)),
    ("anthropic.claude-", _Family(perplexity=False)),
)
_OF_REINFORCEMENT = _Family(first_step=1, first_epoch=0, perplexity=False, validated=False)


def final_metrics(job: JobRecord) -> Document:
    """Return the metrics of a completed job in the responses of the API.

    Args:
        job: the record.
    """
    losses = job.losses
    validation = [losses.of_validator(number) for number in range(1, _validators(job) + 1)]
    training = {} if losses.training is None else {"trainingMetrics": {"trainingLoss": losses.training}}
    return {
        **training,
        "validationMetrics": [{"validationLoss": loss} for loss in validation if loss is not None],
    }


def losses_of(request: Mapping[str, Any], losses: Losses) -> JobLosses:
    """Return the losses at the end of a new job.

    Args:
        request: the request of the job.
        losses: what `Behaviour.losses` is.
    """
    if callable(losses):
        return losses(request)
    if isinstance(losses, str):
        return _different(request["jobName"]) if losses == "different" else JobLosses()
    return looked_up(losses, json.dumps(request, default=str, ensure_ascii=False)) or JobLosses()


def _different(name: str) -> JobLosses:
    """Return losses that depend on the name of a job."""
    more = 2 * _LARGEST_DIFFERENCE * _noise(name, "final", 0)
    return JobLosses(training=TRAINING_LOSS + more, validation=(VALIDATION_LOSS + more,))


def written_rows(job: JobRecord, moment: Moment) -> int:
    """Return how many rows the training file of a job has at a time, 0 if there is no file.

    Args:
        job: the record.
        moment: the time, and the behaviour of the double, which decides when files are written.
    """
    when = moment.behaviour.metrics_files
    if when == "never" or (when == "at_end" and job.status(moment.now) != "Completed"):
        return 0
    return floor(trained_share(job, moment.now) * _steps(job))


def metrics_files(job: JobRecord, moment: Moment) -> Iterable[MetricsFile]:
    """Yield the metrics files of a job at a time: those of the validation data only when it has completed.

    Args:
        job: the record.
        moment: the time, and the behaviour of the double.
    """
    rows = written_rows(job, moment)
    if rows:
        yield _file(job, "training_artifacts/step_wise_training_metrics.csv", _training_table(job, rows))
    if rows and job.status(moment.now) == "Completed":
        for number in range(1, _validators(job) + 1):
            folder = _validation_folder(number, documented=moment.behaviour.validation_folder == "documented")
            yield _file(
                job,
                f"validation_artifacts/post_fine_tuning_validation/{folder}validation_metrics.csv",
                _validation_table(job, number),
            )


def _validation_folder(number: int, *, documented: bool) -> str:
    """Return the folder of one file of validation data; that of a second file is not documented."""
    if number > 1:
        return f"validation-{number}/"
    return "" if documented else "validation/"


def _file(job: JobRecord, name: str, table: Iterable[Mapping[str, float]]) -> MetricsFile:
    bucket, _, prefix = job.request["outputDataConfig"]["s3Uri"].removeprefix("s3://").partition("/")
    folder = f"model-customization-job-{job.id.rpartition('/')[2]}"
    return MetricsFile(
        bucket=bucket,
        key="/".join(filter(None, (prefix.rstrip("/"), folder, name))),
        body=_csv(list(table)),
        account=job.account,
        region=job.region,
    )


def _csv(table: list[Mapping[str, float]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(table[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue().encode()


def _training_table(job: JobRecord, rows: int) -> Iterable[Mapping[str, float]]:
    family, steps = _family(job), _steps(job)
    for index in range(rows):
        position = {
            "step_number": family.first_step + index,
            "epoch_number": family.first_epoch + index // _STEPS_PER_EPOCH,
        }
        left = 1 - (index + 1) / steps
        if job.customization_type == _REINFORCEMENT:
            reward = 0.75 - left * (0.5 * left + 0.1 * _noise(job.name, "reward", index))
            entropy = 0.25 + left * (0.75 * left + 0.2 * _noise(job.name, "entropy", index))
            yield {**position, "train_reward_mean": round(reward, 6), "policy_entropy": round(entropy, 6)}
        else:
            loss = _shown(job.losses.training, TRAINING_LOSS) + left * (
                1.2 * left + 0.3 * _noise(job.name, "training", index)
            )
            yield {**position, **_losses("training_loss", loss, family)}


def _validation_table(job: JobRecord, number: int) -> Iterable[Mapping[str, float]]:
    """Yield one row for each epoch, at its last step, as recorded."""
    family, epochs = _family(job), _epochs(job)
    for index in range(epochs):
        left = 1 - (index + 1) / epochs
        above = left * (0.9 * left + 0.1 + 0.1 * _noise(job.name, f"validation {number}", index))
        loss = _shown(job.losses.of_validator(number), VALIDATION_LOSS) + above
        yield {
            "step_number": (index + 1) * _STEPS_PER_EPOCH,
            "epoch_number": family.first_epoch + index,
            **_losses("validation_loss", loss, family),
        }


def _losses(name: str, loss: float, family: _Family) -> Mapping[str, float]:
    perplexity = {"perplexity": round(exp(min(loss, _HIGHEST)), 6)} if family.perplexity else {}
    return {name: round(loss, 6), **perplexity}


def _shown(loss: float | None, default: float) -> float:
    """Return a loss in the files, which also have one where the API returns none."""
    return default if loss is None else loss


def _noise(name: str, series: str, index: int) -> float:
    """Return a number from -0.5 to 0.5 that is the same for jobs of the same name."""
    digest = hashlib.sha256(f"{name}|{series}|{index}".encode()).digest()
    return int.from_bytes(digest[:4]) / 2**32 - 0.5


def _family(job: JobRecord) -> _Family:
    if job.customization_type == _REINFORCEMENT:
        return _OF_REINFORCEMENT
    return next((family for prefix, family in _FAMILIES if job.base_model_id.startswith(prefix)), _DOCUMENTED)


def _validators(job: JobRecord) -> int:
    """Return how many files of validation data have metrics."""
    given = job.request.get("validationDataConfig", {}).get("validators", ())
    return len(given) if _family(job).validated else 0


def _steps(job: JobRecord) -> int:
    return _epochs(job) * _STEPS_PER_EPOCH


def _epochs(job: JobRecord) -> int:
    """Return the number of epochs in the request; what is not a number is the default."""
    rft = job.request.get("customizationConfig", {}).get("rftConfig", {})
    asked = (one.get("hyperParameters", {}).get("epochCount") for one in (job.request, rft))
    epochs = str(next((one for one in asked if one is not None), _DEFAULT_EPOCHS))
    return (
        min(max(int(epochs[:4]), 1), _MOST_EPOCHS)
        if epochs.isascii() and epochs.isdigit()
        else _DEFAULT_EPOCHS
    )
