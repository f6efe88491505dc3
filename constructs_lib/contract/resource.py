"""The custom resource in the template: type, properties, what a Delete does, and the names it generates."""

from __future__ import annotations

from enum import Enum

RESOURCE_TYPE = "Custom::BedrockModelCustomizationJob"
"""The CloudFormation type of the resource."""

REQUEST_PROPERTY = "Request"
"""The job's request with the API's names, without tags and `clientRequestToken`."""

UPLOADED_FILES_PROPERTY = "UploadedFiles"
"""S3 URI and hash of each local file that the deployment uploads."""

REVISION_PROPERTY = "Revision"
"""A text that the user chooses; a changed text starts a new job."""

RETRAIN_PROPERTY = "RetrainOnInfrastructureChange"
"""Whether a change of role, network or output starts a new job."""

ON_DELETE_PROPERTY = "OnDelete"
"""One of the values of `OnDelete`."""

_LONGEST_ID = 30
_HEAD, _TAIL = 22, 8
_LONGEST_GROUP = 16


class OnDelete(Enum):
    """What happens to the job and its model when the resource is deleted or another job replaces it.

    A rollback stops only what the failed deployment has started, for every value, and deletes no model.
    """

    STOP_JOB = "StopJob"
    """Stop the job if it still runs; keep a finished model. The default."""

    DELETE_MODEL = "DeleteModel"
    """Stop the job if it still runs; delete a finished model, unless it may still be needed.

    A model is kept while a deployment or a provisioned throughput serves it, and a replaced one until the job
    that replaces it is Completed and has a model. What was kept is deleted with the stack: then every model
    that this resource has trained is deleted, and the deletion fails if one is still served. If the resource
    is removed from the template, its model is deleted at once.
    """

    RETAIN = "Retain"
    """Leave both as they are: a running job continues and is billed.

    What the construct made for the job stays when the stack is deleted: the role with its policies, the
    output bucket with its policy, the key, and in a VPC the security group, its rules and the S3 endpoint.
    Roles, buckets and keys that you passed in are not affected. A VPC, subnets or security groups that the
    same app creates cannot stay: deleting them cuts the job off from its data, and fails while the job's
    network interfaces exist (`bedrock-customization:retained-job-in-vpc` warns). A first creation that fails
    leaves no job running.
    """


def name_prefix(stack_id: str, logical_id: str) -> str:
    """Return the prefix of every generated name of one resource, with the hyphen at its end.

    It depends only on what every event contains and what never changes, so a construct can be moved without a
    second training. A template can compute the same text (`Fn::Select`, `Fn::Split` of `AWS::StackId`), which
    event patterns need; that is why it contains the first group of the stack's UUID and not the stack's name,
    which no template can shorten.

    Args:
        stack_id: the stack's ARN.
        logical_id: the resource's logical id.
    """
    uuid = stack_id.rpartition("/")[2]
    return f"{short_logical_id(logical_id)}-{uuid.partition('-')[0][:_LONGEST_GROUP]}-"


def short_logical_id(logical_id: str) -> str:
    """Return a logical id in at most 30 characters; a longer one keeps the CDK's hash at its end.

    Args:
        logical_id: the resource's logical id, letters and digits.
    """
    if len(logical_id) <= _LONGEST_ID:
        return logical_id
    return logical_id[:_HEAD] + logical_id[-_TAIL:]
