"""Every sentence about a deployment: what happened, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..serving.sentences import Sentences

if TYPE_CHECKING:
    from ..frame.errors import AwsError
    from ..serving.ports import Serving

SENTENCES = Sentences(
    noun="deployment",
    done="deployed",
    argument="deployment_name",
    remains="may still serve its model",
    command="custom-model-deployment --custom-model-deployment-identifier",
    model_option="--model-arn",
    quotas=(
        "An account has at most 10 custom model deployments in a Region, and 2 that are created at the same "
        "time. Delete a deployment that is not needed, or request an increase with Service Quotas, and "
        "deploy again."
    ),
    other_base=(
        "A deployment takes only models that were trained from the same base model as its present one. For "
        "another base model, give the construct another id or another deployment_name: that is a new "
        "deployment with another ARN."
    ),
)

call_failed = SENTENCES.call_failed
failed = SENTENCES.failed
foreign = SENTENCES.foreign
invalid = SENTENCES.invalid
not_created = SENTENCES.not_created
not_in_progress = SENTENCES.not_in_progress
not_updated = SENTENCES.not_updated
taken = SENTENCES.taken
update_failed = SENTENCES.update_failed

UNREAD_UPDATE = (
    "The deployment was not changed, because the stack's status could not be read. The next look changes it."
)
DELETED_BY_HAND = (
    "somebody has deleted the deployment, so it is not created again; to have it created by the next look, "
    "delete the parameter that holds its ARN"
)
DESCRIPTION_KEPT = "Bedrock cannot change the description of a deployment"


def parameter_not_deleted(name: str, error: AwsError) -> str:
    """Return that the parameter with the ARN of a deployment is left."""
    return f"The parameter {name} was not deleted. {SENTENCES.call_failed(error)}"


def parameter_taken(name: str) -> str:
    """Return that a parameter of somebody else has the name."""
    return (
        f"Nothing was deployed: the parameter {name} exists and does not belong to this resource. Change "
        "arn_parameter_name, or delete the parameter if nobody needs it, and deploy again."
    )


def protected(deployment: Serving) -> str:
    """Return that a deployment must not be deleted."""
    return (
        f"The deployment {deployment.arn} was not deleted, because deletion_protection is on. Set it to "
        f"False, deploy that, and try again; or delete the deployment with "
        f"{SENTENCES.delete_command(deployment)}."
    )
