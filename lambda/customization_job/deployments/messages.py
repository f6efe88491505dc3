"""Every sentence about a deployment: what happened, and what to do about it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..frame import advice
from ..frame.errors import AwsError, ErrorKind
from ..frame.stack import StackPhase

if TYPE_CHECKING:
    from ..frame.stack import StackState
    from .ports import Deployment

_DELETE_COMMAND = "aws bedrock delete-custom-model-deployment --custom-model-deployment-identifier"
_UPDATE_COMMAND = "aws bedrock update-custom-model-deployment --custom-model-deployment-identifier"

_UNREAD = (
    "Nothing was deployed, because the stack's status could not be read, and nothing must be deployed in a "
    "rollback."
)
_NOT_IN_PROGRESS = {
    StackPhase.ROLLING_BACK: (
        "Nothing was deployed, because the stack is being rolled back or deleted. Correct the first failure "
        "in the stack's events, and deploy again."
    ),
    StackPhase.ROLLED_BACK: (
        "Nothing was deployed, because the stack has been rolled back or deleted. Correct the first failure "
        "in the stack's events, and deploy again."
    ),
    StackPhase.IDLE: (
        "Nothing was deployed, because this event came late: no operation of the stack is in progress. "
        "Deploy again."
    ),
    StackPhase.UNKNOWN: (
        f"{_UNREAD} Check that the function's role may call cloudformation:DescribeStacks on the stack, and "
        "deploy again."
    ),
}

OUT_OF_DATE = (
    "Nothing was deployed, because this event is out of date: CloudFormation does not wait for a response to "
    "it any more."
)
TOO_LATE = "Nothing was deployed, because the checks before it took too long. Deploy again."
UNREAD_UPDATE = (
    "The deployment was not changed, because the stack's status could not be read. The next look changes it."
)
NO_MODEL_YET = "nothing is deployed yet: there is no model"
NO_MODEL_NOW = "the deployment stays as it is: there is no other model yet"
DELETED_BY_HAND = (
    "somebody has deleted the deployment, so it is not created again; to have it created by the next look, "
    "delete the parameter that holds its ARN"
)
DESCRIPTION_KEPT = "Bedrock cannot change the description of a deployment"

_QUOTAS = (
    "An account has at most 10 custom model deployments in a Region, and 2 that are created at the same "
    "time. Delete a deployment that is not needed, or request an increase with Service Quotas, and deploy "
    "again."
)
_KEY = (
    "The model is encrypted with a KMS key that the function's role may not use. The policy of the role and "
    "the policy of the key must allow it kms:Decrypt, kms:GenerateDataKey, kms:DescribeKey and "
    "kms:CreateGrant through Bedrock."
)
_ADVICE = {
    ErrorKind.QUOTA: _QUOTAS,
    ErrorKind.DENIED_BY_KEY: _KEY,
    ErrorKind.NOT_FOUND: "Check that the model exists in this account and Region.",
    ErrorKind.CONFLICT: "Look at the deployment in the Bedrock console, and deploy again.",
}
_OTHER_BASE = (
    "A deployment takes only models that were trained from the same base model as its present one. For "
    "another base model, give the construct another id or another deployment_name: that is a new deployment "
    "with another ARN."
)


def not_in_progress(stack: StackState) -> str:
    """Return why nothing is deployed in a stack with no create or update in progress, as far as is known."""
    if stack.unread and stack.unread.connection:
        return f"{_UNREAD} {advice.failed(stack.unread)}"
    return _NOT_IN_PROGRESS[stack.phase]


def invalid(problems: list[str]) -> str:
    """Return everything that is wrong with the desired state."""
    return "Nothing was deployed, because the properties are not valid: " + " | ".join(problems)


def call_failed(error: AwsError) -> str:
    """Return which call failed, how often it was tried, and what to do."""
    if error.kind is ErrorKind.DENIED and re.search(r"\bkms:", error.message):
        own = {**_ADVICE, ErrorKind.DENIED: _KEY}
        return f"{advice.failed(error, own)}{advice.quoted(error)}"
    return f"{advice.failed(error, _ADVICE)}{advice.quoted(error)}"


def not_created(error: AwsError) -> str:
    """Return that a deployment was not created."""
    return f"The deployment was not created. {call_failed(error)}"


def not_updated(deployment: Deployment, model_arn: str, error: AwsError) -> str:
    """Return that a deployment was not given a model, and still serves the old one."""
    what = (
        f"The deployment {deployment.arn} was not given the model {model_arn}, and still serves "
        f"{deployment.model_arn}."
    )
    if error.kind is not ErrorKind.INVALID:
        return f"{what} {call_failed(error)}"
    return f"{what} {error.operation} failed ({error.code}). {_OTHER_BASE}{advice.quoted(error)}"


def not_deleted(deployment: Deployment, error: AwsError | None = None) -> str:
    """Return that a deployment still exists, and how to delete it."""
    cause = f" {call_failed(error)}" if error else ""
    return (
        f"The deployment {deployment.arn} could not be deleted and may still serve its model. Delete it "
        f"with {delete_command(deployment)}, and try again.{cause}"
    )


def parameter_not_deleted(name: str, error: AwsError) -> str:
    """Return that the parameter with the ARN of a deployment is left."""
    return f"The parameter {name} was not deleted. {call_failed(error)}"


def not_visible(name: str) -> str:
    """Return that a deployment was created and never shown."""
    return (
        f"Bedrock has accepted the deployment {name} but does not show it. Look for it in the Bedrock "
        "console, and deploy again."
    )


def taken(name: str, deployment: Deployment) -> str:
    """Return that a deployment of somebody else has the name."""
    return (
        f"Nothing was deployed: the deployment name {name} is taken by {deployment.arn}, which does not "
        "belong to this resource. Change deployment_name, or leave it out to have a unique name generated, "
        "or delete that deployment if nobody needs it."
    )


def parameter_taken(name: str) -> str:
    """Return that a parameter of somebody else has the name."""
    return (
        f"Nothing was deployed: the parameter {name} exists and does not belong to this resource. Change "
        "arn_parameter_name, or delete the parameter if nobody needs it, and deploy again."
    )


def foreign(deployment: Deployment) -> str:
    """Return that a deployment is not ours."""
    return f"the deployment {deployment.arn} does not belong to this resource"


def failed(deployment: Deployment) -> str:
    """Return that Bedrock could not create a deployment."""
    return f"The deployment {deployment.name} of {deployment.model_arn} is Failed.{_why(deployment)}"


def update_failed(deployment: Deployment) -> str:
    """Return that Bedrock could not give a deployment a model."""
    return (
        f"The deployment {deployment.arn} could not be given the model {deployment.update_model_arn}, and "
        f"still serves {deployment.model_arn}.{_why(deployment)}"
    )


def too_long(name: str, note: str, seconds: float | None) -> str:
    """Return what has not happened in time."""
    after = f" after {seconds / 60:.0f} minutes" if seconds is not None else ""
    return (
        f"The deployment {name} is not ready{after}: {note}. Look at it in the Bedrock console, and deploy "
        "again."
    )


def protected(deployment: Deployment) -> str:
    """Return that a deployment must not be deleted."""
    return (
        f"The deployment {deployment.arn} was not deleted, because deletion_protection is on. Set it to "
        f"False, deploy that, and try again; or delete the deployment with {delete_command(deployment)}."
    )


def delete_command(deployment: Deployment) -> str:
    """Return the command that deletes a deployment."""
    return f"{_DELETE_COMMAND} {deployment.arn}"


def update_command(deployment: Deployment, model_arn: str) -> str:
    """Return the command that gives a deployment a model."""
    return f"{_UPDATE_COMMAND} {deployment.arn} --model-arn {model_arn}"


def _why(deployment: Deployment) -> str:
    text = advice.scrubbed(deployment.failure)
    return f" Message from AWS: {text}" if text else ""
