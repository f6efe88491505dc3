"""Every sentence that a failed deployment may show: what happened, and what to do about it.

The sentences are fixed. The service's own message follows them where it helps, without secrets and cut short.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ..frame import advice
from ..frame.errors import CREATE_JOB, AwsError, ErrorKind
from ..frame.stack import StackPhase

if TYPE_CHECKING:
    from ..frame.stack import StackState
    from .desired_state import DesiredState
    from .ports import Job

_NONE_RUNS = "No job was left running"

ROLLED_BACK = (
    f"{_NONE_RUNS}, because the stack is being rolled back or deleted. Correct the first failure "
    "in the stack's events, and deploy again."
)

NEXT_OPERATION = (
    f"{_NONE_RUNS}, because the stack's next operation has begun and this event belongs to the one before."
)

SUPERSEDED = "No job was started, because the resource has another job already: this event is out of date."

_UNREAD = (
    "No job was started, because the stack's status could not be read, and a job must not start in a "
    "rollback."
)
NOT_IN_PROGRESS = {
    StackPhase.ROLLING_BACK: ROLLED_BACK,
    StackPhase.ROLLED_BACK: ROLLED_BACK,
    StackPhase.IDLE: (
        "No job was started, because this event came late: no operation of the stack is in progress. Deploy "
        "again."
    ),
    StackPhase.UNKNOWN: (
        f"{_UNREAD} Check that the function's role may call cloudformation:DescribeStacks on the stack, and "
        "deploy again."
    ),
}

TOO_LATE = "No job was started, because the checks before it took too long. Deploy again."

START_AGAIN = "To start another job with the same inputs, set another revision."

KEPT_IN_ROLLBACK = "a rollback deletes no model"
KEPT_ROOT_UNREAD = "the root stack could not be read, and this deletion may be part of its rollback"
KEPT_IDLE = "no operation of the stack is in progress, or its status could not be read"
KEPT_USE_UNREAD = "its deployments and provisioned throughputs could not be listed"
KEPT_PUBLISHED_UNREAD = "the parameters of the stack's published models could not be read"
KEPT_PROMOTION_UNREAD = "the records of its promotion could not be read"
KEPT_WITHOUT_SUCCESSOR = (
    "the job that replaces it has no model yet; it is deleted when the stack is deleted with DeleteModel"
)
KEPT_DENIED = "the function is not permitted to delete it"

_ADVICE = {
    ErrorKind.CROSS_ACCOUNT_ROLE: (
        "roleArn is a role of another account. Bedrock takes only roles of the account in which the job "
        "runs; use one of those."
    ),
    ErrorKind.NO_MODEL_ACCESS: (
        "This account has no access to the model. Open the model in the Bedrock console's model catalog, "
        "submit the use case details or request the access that it asks for, and deploy again."
    ),
    ErrorKind.NO_SUBSCRIPTION: (
        "This account has no AWS Marketplace subscription to the model, or not yet. Have somebody who may "
        "call aws-marketplace:Subscribe open the model in the Bedrock console's model catalog, and deploy "
        "again five minutes later."
    ),
    ErrorKind.LEGACY_MODEL: (
        "The model's provider has marked it as Legacy, and this account may not use it any more. Choose "
        "another base model."
    ),
    ErrorKind.QUOTA: (
        "An account has at most 10 scheduled customization jobs (not adjustable), 100 custom models (quota "
        "L-CB5B847D) and 50 tags per resource. Wait for a job to end and deploy again, put jobs into stacks "
        "that are deployed at other times, or request an increase where that is possible."
    ),
    ErrorKind.NAME_IN_USE: "Change the name, or leave it out to have unique names generated.",
    ErrorKind.CONFLICT: "Look at the job or model in the Bedrock console, and deploy again.",
    ErrorKind.ROLE_NOT_READY: (
        "Bedrock still cannot assume roleArn. Its trust policy must let bedrock.amazonaws.com assume it, for "
        "this account and its customization jobs."
    ),
    ErrorKind.ROLE_LACKS_MODEL: (
        "roleArn still may not call a model that the job needs. Its policy must allow bedrock:InvokeModel on "
        "the model, such as the teacher of a distillation."
    ),
    ErrorKind.DATA_NOT_READY: (
        "Check that roleArn may read the data and write the output, that its buckets are in this Region, and "
        "that it may use their keys."
    ),
}
"""What to do about errors that mean something of their own where a job is started or ended."""

_SAME_SERVER_ERROR = (
    "Bedrock failed in the same way each time. If it does so again later, the model may be Legacy, or not "
    "open to customization in this Region: look at its lifecycle and Regions in the Bedrock documentation, "
    "and choose another base model or Region."
)


def call_failed(error: AwsError, desired: DesiredState) -> str:
    """Return which call failed, how often it was tried, and what to do.

    Args:
        error: what happened.
        desired: what was asked for, whose secrets must not be shown.
    """
    return f"{failed(error)}{_quoted(error, desired)}"


def failed(error: AwsError) -> str:
    """Return the same without the service's own message."""
    is_repeated = error.tries > 1 and error.is_always_the_same
    if error.kind is ErrorKind.SERVER_ERROR and error.operation == CREATE_JOB and is_repeated:
        return advice.failed(error, {error.kind: _SAME_SERVER_ERROR})
    return advice.failed(error, _ADVICE)


def not_waited_for(error: AwsError, *, is_started: bool) -> str:
    """Return that the deployment cannot wait for a job.

    Args:
        error: why the execution could not be started that signals the wait condition.
        is_started: whether there is a job.
    """
    what = "The deployment cannot wait for the job" if is_started else "No job was started"
    return (
        f"{what}, because the execution that waits for it could not be started. "
        f"{advice.failed(error)}{advice.quoted(error)}"
    )


def not_in_progress(stack: StackState) -> str:
    """Return why nothing is started in a stack with no create or update in progress, as far as is known."""
    if stack.unread and stack.unread.connection:
        return f"{_UNREAD} {failed(stack.unread)}"
    return NOT_IN_PROGRESS[stack.phase]


def no_longer_in_progress(stack: StackState) -> str:
    """Return the same where a job was started, and has been stopped."""
    return not_in_progress(stack).replace("No job was started", _NONE_RUNS, 1)


def left_running(reason: str, arn: str) -> str:
    """Return the reason of an event that fails and does not stop its job."""
    return reason.replace(_NONE_RUNS, f"The job {arn} was left as it is and no job was started", 1)


def name_in_use(error: AwsError, request: Mapping[str, object], desired: DesiredState) -> str:
    """Return that a name is in use by what the function cannot see, and what to change.

    Args:
        error: what happened.
        request: what was sent, with all names.
        desired: what was asked for: which names the template gives.
    """
    names = (("job_name", desired.job_name), ("custom_model_name", desired.model_name))
    given = [name for name, value in names if value]
    change = []
    if given:
        them = "it" if len(given) == 1 else "them"
        change.append(f"Change {' and '.join(given)}, or leave {them} out to have unique names generated.")
    if len(given) < len(names):
        change.append("A generated name changes with another revision.")
    return (
        f"No job was started: {error.operation} failed ({error.code}), because the job name "
        f"{request['jobName']} or the custom model name {request['customModelName']} is in use, though no "
        "such job can be found. Bedrock never frees a job's name, and may never free a model's. "
        f"{' '.join(change)}{_quoted(error, desired)}"
    )


def invalid(problems: list[str]) -> str:
    """Return everything that is wrong with the desired state."""
    return "No job was started, because the request is not valid: " + " | ".join(problems)


def job_ended(job: Job, desired: DesiredState) -> str:
    """Return that the job that this event started is not running any more, and how to start another."""
    failure = f" {scrubbed(job.failure, desired)}" if job.failure else ""
    return f"The job {job.arn} is {job.status}.{failure} {START_AGAIN}"


def job_name_taken(name: str, job: Job, *, is_ours: bool) -> str:
    """Return that an exact job name cannot be used again."""
    holder = "this resource's earlier job" if is_ours else "another job"
    return (
        f"No job was started: the job name {name} belongs to {holder} {job.arn} ({job.status}), and Bedrock "
        "never frees a job's name. A changed input needs a new job: change job_name, or leave it out to have "
        "unique names generated."
    )


def model_name_kept(name: str) -> str:
    """Return that an exact model name is still held by the job that would be replaced."""
    return (
        f"No job was started: the inputs changed but custom_model_name is still {name}, which the present "
        "job holds until it is replaced. Change custom_model_name, or leave it out to have unique names "
        "generated."
    )


def model_name_taken(name: str, arn: str) -> str:
    """Return that an exact model name is taken."""
    return (
        f"No job was started: the custom model name {name} is taken by {arn}. Change custom_model_name, or "
        "leave it out to have unique names generated."
    )


def kept_in_use(serving: Sequence[str]) -> str:
    """Return what serves a model that is kept for it."""
    return f"it is in use by {', '.join(serving)}"


def kept_published(names: Sequence[str]) -> str:
    """Return which parameters hold a model that is kept for them."""
    return f"it is published in {', '.join(names)}"


def model_in_use(arn: str, serving: Sequence[str] = ()) -> str:
    """Return why a model could not be deleted with its stack."""
    users = f" by {', '.join(serving)}" if serving else ""
    return (
        f"The custom model {arn} is in use{users}, so it was not deleted. Delete its deployments and "
        "provisioned throughput first, and try again; or set OnDelete to StopJob to keep it."
    )


def not_stopped(arn: str, cause: str) -> str:
    """Return that a job may still run, and where to stop it."""
    return (
        f"The job {arn} could not be stopped and may still run. Stop it in the Bedrock console (Custom "
        f"models, Jobs), and delete the stack again. {cause}"
    ).rstrip()


def scrubbed(text: str, desired: DesiredState) -> str:
    """Return a service's message without secrets, URLs and control characters, cut short."""
    return advice.scrubbed(text, secrets_of(desired.request))


def _quoted(error: AwsError, desired: DesiredState) -> str:
    return advice.quoted(error, secrets_of(desired.request))


def secrets_of(request: Mapping[str, object]) -> Iterator[str]:
    """Yield every text of a request, or of a part of it, that must not be shown.

    Args:
        request: the members of the request.
    """
    from contract import redacted

    yield from _differences(request, redacted(request))


def _differences(shown: object, hidden: object) -> Iterator[str]:
    """Yield every text in `shown` that `hidden` does not show."""
    if isinstance(shown, Mapping) and isinstance(hidden, Mapping):
        for key, value in shown.items():
            yield from _differences(value, hidden.get(key))
    elif isinstance(shown, list) and isinstance(hidden, list):
        for value, other in zip(shown, hidden, strict=True):
            yield from _differences(value, other)
    elif shown != hidden:
        yield from filter(None, _texts(shown))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from (str(key), *_texts(item))
    else:
        yield str(value)
