"""Every sentence that a failed deployment may show: what happened, and what to do about it.

Fixed sentences. A service's own words follow them where they help, without secrets and cut short.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ..frame.errors import CREATE_JOB, Kind, Refusal
from ..frame.stack import Stack

if TYPE_CHECKING:
    from .desired_state import Wish
    from .ports import Job

STACK_GOES_BACK = (
    "No job was left running: the stack is being rolled back or deleted, so nobody would own it. "
    "Correct what failed first in the stack's events, and deploy again."
)

NEXT_OPERATION = (
    "No job was left running: the stack's next operation has begun, so the operation that this event belongs "
    "to is over."
)

SUPERSEDED = "No job was started: another job stands for this resource, so this event is out of date."

NOBODY_WAITS = {
    Stack.GOING_BACK: STACK_GOES_BACK,
    Stack.GONE_BACK: STACK_GOES_BACK,
    Stack.SETTLED: "No job was started: this event came late, and no operation of the stack waits for it.",
    Stack.UNKNOWN: (
        "No job was started: CloudFormation did not say whether the stack is being rolled back, and a job "
        "that nobody owns must never start. Check that the function's role may call "
        "cloudformation:DescribeStacks on the stack, and deploy again."
    ),
}

TOO_LATE = "No job was started: looking took so long that no time was left for it. Deploy again."

START_AGAIN = "To start another job with the same inputs, set another revision."

KEPT_IN_ROLLBACK = "a rollback deletes no model"
KEPT_UNSURE = "the root stack could not be read, so its rollback may be what deletes this nested stack"
KEPT_AT_REST = "no operation of the stack is in progress, or CloudFormation did not say so"
KEPT_UNREAD = "the lists of what serves it could not be read"
KEPT_WITHOUT_SUCCESSOR = (
    "the job that replaces it has no model yet; it is deleted when the stack is deleted with DeleteModel"
)
KEPT_DENIED = "the function may not delete it"

_ADVICE = {
    Kind.DENIED: "Check the policies of the function's role, and permission boundaries around it.",
    Kind.FORBIDDEN: (
        "A policy denies this explicitly. Bedrock's words say what kind of policy; ask whoever owns it."
    ),
    Kind.DENIED_BY_ORGANIZATION: (
        "A service control policy or resource control policy of the organization does not allow this. It was "
        "not tried again; ask whoever owns the organization's policies."
    ),
    Kind.DENIED_BY_BOUNDARY: (
        "The permissions boundary of the function's role does not allow this. It was not tried again; ask "
        "whoever owns the boundary."
    ),
    Kind.DENIED_BY_ENDPOINT: (
        "The policy of a VPC endpoint that the call went through does not allow this. It was not tried "
        "again; ask whoever owns the endpoint."
    ),
    Kind.DENIED_BY_KEY: (
        "The policy of the KMS key does not allow this, whatever the policies of roles say. Have the key's "
        "owner add the statements that the stack puts out for the key."
    ),
    Kind.CROSS_ACCOUNT_ROLE: (
        "roleArn names a role of another account. Bedrock takes only roles of the account in which the job "
        "runs; name one of those."
    ),
    Kind.NO_ACCOUNT_ACCESS: (
        "AWS does not let this account make the call, so no role, policy or data is at fault, and it was not "
        "tried again. Open a support case with AWS."
    ),
    Kind.NO_MODEL_ACCESS: (
        "This account has no access to the model. Open the model in the Bedrock console's model catalog, "
        "submit the use case details or request the access that it asks for, and deploy again."
    ),
    Kind.NO_SUBSCRIPTION: (
        "This account has no AWS Marketplace subscription to the model, or not yet. Have somebody who may "
        "call aws-marketplace:Subscribe open the model in the Bedrock console's model catalog, and deploy "
        "again five minutes later."
    ),
    Kind.LEGACY_MODEL: (
        "The model's provider has marked it as Legacy, and this account may not use it any more. Choose "
        "another base model."
    ),
    Kind.CREDENTIALS: (
        "AWS does not accept the function's credentials. Check that the function's role exists and that "
        "nothing in the function's environment sets other credentials, and deploy again."
    ),
    Kind.QUOTA: (
        "An account has at most 10 scheduled customization jobs (not adjustable), 100 custom models (quota "
        "L-CB5B847D) and 50 tags per resource. Wait for a job to end and deploy again, put jobs into stacks "
        "that are deployed at other times, or ask for more where that is possible."
    ),
    Kind.INVALID: "Correct the request; it was not tried again.",
    Kind.NAME_IN_USE: "Change the name, or leave it out to have unique names made.",
    Kind.CONFLICT: "Look at the job or model in the Bedrock console, and deploy again.",
    Kind.ROLE_NOT_READY: (
        "Bedrock still cannot assume roleArn. Its trust policy must let bedrock.amazonaws.com assume it, for "
        "this account and its customization jobs."
    ),
    Kind.ROLE_LACKS_MODEL: (
        "roleArn still may not call a model that the job needs. Its policy must allow bedrock:InvokeModel on "
        "the model, such as the teacher of a distillation."
    ),
    Kind.DATA_NOT_READY: (
        "Check that roleArn may read the data and write the output, that its buckets are in this Region, and "
        "that it may use their keys."
    ),
    Kind.THROTTLED: "Deploy again later.",
    Kind.UNREACHABLE: (
        "Check the function's network: in a VPC it needs a route to Bedrock, CloudFormation and S3."
    ),
    Kind.NO_ANSWER: "Deploy again later.",
    Kind.SERVER_ERROR: "Deploy again later.",
    Kind.BROKEN: (
        "The function's AWS SDK failed before it called; look at the function's credentials and environment."
    ),
    Kind.NOT_FOUND: "Check that what the request names exists in this account and Region.",
}

_SAME_SERVER_ERROR = (
    "Bedrock failed in the same way each time. If it does so again later, the model may be Legacy, or not "
    "open to customization in this Region: look at its lifecycle and Regions in the Bedrock documentation, "
    "and choose another base model or Region."
)
_LONGEST_MESSAGE = 700
_SHORT_SECRET = 4
_UNSAFE = re.compile(r"https?://\S+|[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def refused(refusal: Refusal, wish: Wish) -> str:
    """Say which call was refused, how often it was tried, and what to do.

    Args:
        refusal: What happened.
        wish: What was asked for, whose secrets must not be shown.
    """
    named = f"{refusal.operation} was refused" if refusal.code else f"{refusal.operation} had no answer"
    tried = f" after {refusal.tries} tries over {refusal.seconds:.0f} s" if refusal.tries > 1 else ""
    code = f" ({refusal.code})" if refusal.code else ""
    said = scrubbed(refusal.message, wish)
    return f"{named}{tried}{code}. {_advice(refusal)}" + (f" Said: {said}" if said else "")


def name_in_use(refusal: Refusal, request: Mapping[str, object], wish: Wish) -> str:
    """Say that a name is in use by what the function cannot see, and what to change.

    Args:
        refusal: What happened.
        request: What was sent, with all names.
        wish: What was asked for: which names the template gives.
    """
    names = (("job_name", wish.job_name), ("custom_model_name", wish.model_name))
    given = [name for name, value in names if value]
    change = []
    if given:
        them = "it" if len(given) == 1 else "them"
        change.append(f"Change {' and '.join(given)}, or leave {them} out to have unique names made.")
    if len(given) < len(names):
        change.append("A name that was made changes with another revision.")
    said = scrubbed(refusal.message, wish)
    return (
        f"No job was started: {refusal.operation} was refused ({refusal.code}), because the job name "
        f"{request['jobName']} or the custom model name {request['customModelName']} is in use, though no "
        "such job can be found. Bedrock never frees a job's name, and may never free a model's. "
        f"{' '.join(change)} Said: {said}"
    )


def invalid(problems: list[str]) -> str:
    """List everything that is wrong with what is wished."""
    return "No job was started, because the request is not valid: " + " | ".join(problems)


def job_ended(job: Job, wish: Wish) -> str:
    """Say that the job that this event started is not running any more, and how to start another."""
    why = f" {scrubbed(job.failure, wish)}" if job.failure else ""
    return f"The job {job.arn} is {job.status}.{why} {START_AGAIN}"


def job_name_taken(name: str, job: Job, *, is_ours: bool) -> str:
    """Say that an exact job name cannot be used again."""
    whose = "this resource's earlier job" if is_ours else "another job"
    return (
        f"No job was started: the job name {name} belongs to {whose} {job.arn} ({job.status}), and Bedrock "
        "never frees a job's name. A changed input needs a new job: change job_name, or leave it out to have "
        "unique names made."
    )


def model_name_kept(name: str) -> str:
    """Say that an exact model name is still held by the job that would be replaced."""
    return (
        f"No job was started: the inputs changed but custom_model_name is still {name}, which the present "
        "job holds until it is replaced. Change custom_model_name, or leave it out to have unique names made."
    )


def model_name_taken(name: str, arn: str) -> str:
    """Say that an exact model name is taken."""
    return (
        f"No job was started: the custom model name {name} is taken by {arn}. Change custom_model_name, or "
        "leave it out to have unique names made."
    )


def kept_in_use(serving: Sequence[str]) -> str:
    """Say what serves a model that is kept for it."""
    return f"it is in use by {', '.join(serving)}"


def model_in_use(arn: str, serving: Sequence[str] = ()) -> str:
    """Say why a model could not be deleted with its stack."""
    users = f" by {', '.join(serving)}" if serving else ""
    return (
        f"The custom model {arn} is in use{users}, so it was not deleted. Delete its deployments and "
        "provisioned throughput first, and try again; or set OnDelete to StopJob to keep it."
    )


def not_stopped(arn: str, refusal: str) -> str:
    """Say that a job may still run, and where to stop it."""
    return (
        f"The job {arn} could not be stopped and may still run. Stop it in the Bedrock console (Custom "
        f"models, Jobs), and delete the stack again. {refusal}"
    ).rstrip()


def scrubbed(text: str, wish: Wish) -> str:
    """Take secrets, addresses and control characters out of a service's own words, and cut them short."""
    for secret in sorted(_secrets(wish), key=len, reverse=True):
        border = r"\b" if len(secret) < _SHORT_SECRET else ""  # else a secret "a" would take every a
        text = re.sub(border + re.escape(secret) + border, "***", text)
    return _UNSAFE.sub(" ", text).strip()[:_LONGEST_MESSAGE]


def _advice(refusal: Refusal) -> str:
    is_repeated = refusal.tries > 1 and refusal.is_always_the_same
    if refusal.kind is Kind.SERVER_ERROR and refusal.operation == CREATE_JOB and is_repeated:
        return _SAME_SERVER_ERROR
    return _ADVICE[refusal.kind]


def _secrets(wish: Wish) -> Iterator[str]:
    from contract import redacted

    yield from _differences(wish.request, redacted(wish.request))


def _differences(shown: object, hidden: object) -> Iterator[str]:
    """Give every text in `shown` that `hidden` does not show."""
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
