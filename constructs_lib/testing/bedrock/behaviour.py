"""How a double behaves where AWS does not document it, and its clock."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass
from datetime import UTC, datetime
from functools import reduce
from operator import or_
from typing import Any, Literal, NamedTuple, get_args, get_origin

from .scripted import JobLosses, ModelAnswer

NameInUse = Literal["ValidationException", "ConflictException"]
StopRefused = Literal["ConflictException", "ValidationException"]
ChangedRetry = Literal["Ignored", "ConflictException"]
StatusDetails = Literal["always", "distillation", "never"]
MetricsFiles = Literal["at_end", "during", "never"]
Events = Literal["all", "none", "twice", "reversed"]
EventArn = Literal["short", "full"]
ValidationFolder = Literal["recorded", "documented"]
DeploymentNameInUse = Literal["ValidationException", "ConflictException", "ServiceQuotaExceededException"]
UpdateRefused = Literal["ValidationException", "ConflictException"]
CommittedDelete = Literal["ConflictException", "ValidationException"]
FailedThroughputUpdate = Literal["InService", "Failed"]
ModelInUse = Literal["ConflictException", "ValidationException", "Allowed"]
Losses = Literal["equal", "different"] | Mapping[str, JobLosses] | Callable[[Mapping[str, Any]], JobLosses]
AnswerTable = Mapping[str, Mapping[str, str | ModelAnswer]]
Answers = AnswerTable | Callable[[str, str], str | ModelAnswer] | None

INTERNAL_FAILURE = "Encountered an internal error when processing the request."
"""The failure message that was recorded of jobs that failed within minutes of their creation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How a Bedrock double behaves.

    The defaults follow recorded responses of the service, if there are any. The quotas are those of
    https://docs.aws.amazon.com/general/latest/gr/bedrock.html. AWS does not document the error for a name in
    use and for a job that can no longer be stopped, so a test can choose either of those that were recorded.

    Args:
        training_seconds: from the creation of a job to its end. Default: two hours, as for a small job.
        stopping_seconds: from the stop request to the status `Stopped`. Default: one minute.
        queue_seconds: from the end of data processing to the beginning of training. Default: 22 seconds.
        stalls: whether the training of new jobs never begins, as recorded in two accounts: they stay in
            progress, without a message, until they are stopped. Default: no.
        failure_message: the message with which new jobs fail. Default: they complete.
        fails_after_seconds: how long after its creation a new job fails; in the first 2 % of
            `training_seconds` its validation fails. Recorded: 68 to 143 seconds, with `INTERNAL_FAILURE`.
            Default: at the end of training.
        status_details: whether Get and List return the phases of a job: of each job, as recorded; only of a
            distillation, as the API reference describes them; or of none. Default: of each.
        metrics_files: when a job's metrics files are written, if the double has an S3 to write them to: when
            the job completes; `during` training, with a row for each step that is done; or never. AWS does
            not document whether they are written before the end. Default: when it completes.
        losses: the losses with which new jobs end: `equal` ones; `different` ones, which depend on the job's
            name; a table of `JobLosses`, whose longest key that is part of the request (as JSON) counts, such
            as the name of a file or "", which is part of each; or, in process, a function that gets the
            request. Default: equal.
        validation_folder: whether the validation metrics are in a folder `validation`, as three programs of
            users read them, or one level higher, as documented. Default: as recorded.
        events: which events of jobs are sent, if the double has an EventBridge to send them to, which AWS
            does with best effort: all; none; each twice; or `reversed`, those of a job when it has ended, the
            last one first. Default: all.
        event_arn: the ARN of a job in its events: `short`, without the base model, as in the documented
            sample; or `full`, as the API returns it. Default: short.
        default_hyper_parameters: whether Get returns the service's defaults of hyperparameters that the
            request of a fine-tuning job did not contain. Default: yes.
        name_in_use: the error for a name that is in use. Default: `ValidationException`.
        stop_refused: the error for stopping a job that is not in progress. Default: `ConflictException`.
        changed_retry: the error for a client request token that was used with another request. Default:
            `Ignored`, as the API reference says: the response is the ARN of the first job.
        model_names_unique: whether models and jobs in progress need different model names. Default: yes.
        model_names_reserved: whether a model's name can never be used again, even if the job failed; one user
            of the service reports that. Default: no, it is free if no model and no job in progress has it.
        known_models_only: whether a custom model that is used as base model must exist in the double.
            Default: yes.
        finished_jobs_taggable: whether jobs that are stopping, stopped or failed accept tags. Default: yes.
        stopped_jobs_list_tags: whether tags of jobs that are stopping or stopped can be listed; for other
            types of Bedrock jobs they cannot. Default: yes.
        visible_after_seconds: how long a new job is not visible to Get, Stop and List. Default: not at all.
        scheduled_jobs: the quota of jobs in progress. Default: 10.
        custom_models: the quota of custom models. Default: 100.
        tags_per_resource: the quota of tags of a resource. Default: 50.
        foundation_models: what ListFoundationModels lists in every Region, each with the members of the API's
            FoundationModelSummary. Default: the models that the catalogue of this library has for the Region.
        deploying_seconds: from the creation of a deployment to the status `Active`. AWS does not document how
            long it takes; users report one to ten minutes. Default: one minute.
        updating_seconds: from the request for another model of a deployment or a throughput to its
            completion. Default: 30 seconds.
        deleting_seconds: for how long a deployment or throughput that was deleted still has the status
            `Deleting`, which one user has seen and the API reference does not list. Default: it is not found
            at once.
        deployment_failure: the message with which new deployments fail. Default: they become active.
        update_failure: the message with which new updates of deployments and throughputs fail. Default: they
            complete.
        deployment_readable_after_seconds: how long a new deployment is not visible to Get, Update, Delete,
            List and the operations on tags. Default: not at all.
        deployment_name_in_use: the error for the name of another deployment or throughput; the API reference
            has no Conflict for these operations. Default: `ValidationException`.
        name_free_after_seconds: how long the name of a deleted deployment or throughput cannot be used.
            Default: not at all.
        update_refused_while_updating: the error for the update of a deployment or throughput that is not
            ready, or whose update is underway. Default: `ValidationException`.
        delete_while_in_progress: whether a deployment or throughput is deleted while it is created or
            updated; otherwise the error is `ConflictException`. Default: yes.
        same_base_only: whether a deployment or throughput can only be updated to a model with the base model
            that it has. Default: yes.
        model_in_use: the error for deleting a model that is served, or that it is allowed; AWS documents an
            error for distilled models only. Default: `ConflictException`.
        deployments: the quota of deployments, with those that failed. Default: 10.
        deployments_in_progress: the quota of deployments that are created at the same time. Default: 2.
        provisioning_seconds: from the creation of a throughput to the status `InService`, which AWS does not
            document. Default: one minute.
        provisioning_failure: the message with which new throughputs fail. Default: they get into service.
        throughput_readable_after_seconds: how long a new throughput is not visible to Get, Update, Delete,
            List and the operations on tags. Default: not at all.
        failed_throughput_update: the status of a throughput whose last update has failed, which AWS does not
            document. Default: `InService`, because it serves the old model.
        committed_delete: the error for deleting a throughput before its commitment ends. Default:
            `ConflictException`.
        answers: what models answer: a table of tables, first by a part of the model's ARN or of the request
            of its job, then by a part of the prompt; the longest key that fits counts, and "" fits each; the
            values are texts or `ModelAnswer`. Or, in process, a function of the model's ARN and the prompt,
            which may raise `ServiceError`. Default: one sentence with the model's name and ARN.
        model_units: the quota of model units, of all throughputs. Default: 0, because an account has none
            until AWS Support grants some.
    """

    training_seconds: float = 7200.0
    stopping_seconds: float = 60.0
    queue_seconds: float = 22.0
    stalls: bool = False
    failure_message: str | None = None
    fails_after_seconds: float | None = None
    status_details: StatusDetails = "always"
    metrics_files: MetricsFiles = "at_end"
    losses: Losses = "equal"
    validation_folder: ValidationFolder = "recorded"
    events: Events = "all"
    event_arn: EventArn = "short"
    default_hyper_parameters: bool = True
    name_in_use: NameInUse = "ValidationException"
    stop_refused: StopRefused = "ConflictException"
    changed_retry: ChangedRetry = "Ignored"
    model_names_unique: bool = True
    model_names_reserved: bool = False
    known_models_only: bool = True
    finished_jobs_taggable: bool = True
    stopped_jobs_list_tags: bool = True
    visible_after_seconds: float = 0.0
    scheduled_jobs: int = 10
    custom_models: int = 100
    tags_per_resource: int = 50
    foundation_models: Sequence[Mapping[str, Any]] | None = None
    deploying_seconds: float = 60.0
    updating_seconds: float = 30.0
    deleting_seconds: float = 0.0
    deployment_failure: str | None = None
    update_failure: str | None = None
    deployment_readable_after_seconds: float = 0.0
    deployment_name_in_use: DeploymentNameInUse = "ValidationException"
    name_free_after_seconds: float = 0.0
    update_refused_while_updating: UpdateRefused = "ValidationException"
    delete_while_in_progress: bool = True
    same_base_only: bool = True
    model_in_use: ModelInUse = "ConflictException"
    deployments: int = 10
    deployments_in_progress: int = 2
    provisioning_seconds: float = 60.0
    provisioning_failure: str | None = None
    throughput_readable_after_seconds: float = 0.0
    failed_throughput_update: FailedThroughputUpdate = "InService"
    committed_delete: CommittedDelete = "ConflictException"
    answers: Answers = None
    model_units: int = 0


_SHOWN = 80
_KINDS: Mapping[object, str] = {
    bool: "true or false",
    float: "a number that is not negative",
    int: "a whole number that is not negative",
    str: "a text",
}


def checked_changes(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return changes of a behaviour with the types of the fields; a text may stand for any other value.

    Args:
        changes: values by the names of fields, from JSON or as a person has typed them.

    Raises:
        ValueError: there is no such field, or it cannot have the value.
    """
    types: Mapping[str, Any] = {field.name: _plain(field.type) for field in fields(Behaviour)}
    unknown = sorted(set(changes) - set(types))
    if unknown:
        raise ValueError(f"Behaviour has no field {', '.join(unknown)}; its fields are {', '.join(types)}")
    return {name: _typed(name, value, types[name]) for name, value in changes.items()}


def members_of(behaviour: Behaviour) -> dict[str, Any]:
    """Return the fields of a behaviour by their names.

    Args:
        behaviour: the behaviour.
    """
    return {field.name: getattr(behaviour, field.name) for field in fields(Behaviour)}


def behaviour_document(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields of a behaviour as JSON holds them.

    Args:
        members: values by the names of fields.

    Raises:
        TypeError: one is a function, which only this process can call.
    """
    for name, value in members.items():
        if callable(value):
            raise TypeError(f"{name} is a function, which cannot be sent to another process; use a table")
    return {name: _document_of(value) for name, value in members.items()}


def _document_of(value: object) -> Any:  # noqa: ANN401 - any JSON value
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Mapping):
        return {key: _document_of(item) for key, item in value.items()}
    return value


def _plain(kind: Any) -> Any:  # noqa: ANN401 - an annotation
    """Return an annotation without functions, which no other process can send."""
    members = [one for one in get_args(kind) if get_origin(one) is not Callable]
    return kind if len(members) == len(get_args(kind)) else reduce(or_, members)


def _typed(name: str, value: object, kind: Any) -> Any:  # noqa: ANN401 - what the annotation says
    import msgspec

    try:
        if isinstance(value, str) and _takes_table(kind) and value.startswith("{"):  # as a person types it
            value = json.loads(value)
        typed = msgspec.convert(value, kind, strict=False)
        if not isinstance(typed, int | float) or typed >= 0:  # which NaN is not
            return typed
    except (msgspec.ValidationError, ValueError):
        pass
    raise ValueError(f"{name} must be {_rule(kind)}, got {str(value)[:_SHOWN]!r}; correct it")


def _takes_table(kind: Any) -> bool:  # noqa: ANN401 - an annotation
    return any(get_origin(one) is Mapping for one in (kind, *get_args(kind)))


def _rule(kind: Any) -> str:  # noqa: ANN401 - an annotation
    table = ["a table, an object"] if _takes_table(kind) else []
    literals = (kind, *get_args(kind))
    if choices := [one for literal in literals for one in get_args(literal) if isinstance(one, str)]:
        return " or ".join([f"one of {', '.join(choices)}", *table])
    if table:
        return table[0]
    return next((rule for one, rule in _KINDS.items() if one in (kind, *get_args(kind))), "a list of objects")


NEW_YEAR = 1_767_225_600.0
"""2026-01-01T00:00:00Z, the time at which a still clock starts."""


class Clock:
    """A clock that runs in real time and that a test can advance.

    Args:
        still_at: seconds since 1970 at which the clock stays until it is advanced. Default: it runs.
    """

    def __init__(self, *, still_at: float | None = None) -> None:
        self._still_at = still_at
        self._advanced = 0.0

    @classmethod
    def still(cls, start: float = NEW_YEAR) -> "Clock":
        """Return a clock that moves only when a test advances it.

        Args:
            start: seconds since 1970. Default: the first second of 2026.
        """
        return cls(still_at=start)

    def now(self) -> float:
        """Return the time in seconds since 1970."""
        return (time.time() if self._still_at is None else self._still_at) + self._advanced

    def advance(self, seconds: float) -> None:
        """Advance the clock.

        Args:
            seconds: by how much; a negative number sets it back.
        """
        self._advanced += seconds

    def sleep(self, seconds: float) -> None:
        """Wait if the clock runs in real time, advance it if it is still.

        Args:
            seconds: how long.
        """
        if self._still_at is None:
            time.sleep(seconds)
        else:
            self.advance(seconds)

    def reset(self) -> None:
        """Undo every advance."""
        self._advanced = 0.0


def timestamp(seconds: float) -> datetime:
    """Return a time as botocore's clients return it: with time zone, in UTC, in whole milliseconds.

    Args:
        seconds: since 1970.
    """
    return datetime.fromtimestamp(int(seconds * 1000) / 1000, tz=UTC)


class Moment(NamedTuple):
    """The time of a call, and the behaviour of the double at that time."""

    now: float
    behaviour: Behaviour
