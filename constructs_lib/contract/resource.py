"""The custom resources in the template: types, properties, what a Delete does, and generated names."""

from __future__ import annotations

import hashlib
from enum import Enum

RESOURCE_TYPE = "Custom::BedrockModelCustomizationJob"
"""The CloudFormation type of a job."""

PUBLISHED_MODEL_TYPE = "Custom::BedrockPublishedModel"
"""The CloudFormation type of a parameter that holds the ARN of a job's model."""

DEPLOYMENT_TYPE = "Custom::BedrockCustomModelDeployment"
"""The CloudFormation type of an on-demand deployment of a custom model."""

THROUGHPUT_TYPE = "Custom::BedrockProvisionedModelThroughput"
"""The CloudFormation type of a provisioned throughput."""

RESULT_TYPE = "Custom::BedrockModelCustomizationResult"
"""The CloudFormation type of the result of a job that the deployment waits for."""

REQUEST_PROPERTY = "Request"
"""The job's request with the API's names, without tags and `clientRequestToken`."""

UPLOADED_FILES_PROPERTY = "UploadedFiles"
"""S3 URI and hash of each local file that the deployment uploads."""

REVISION_PROPERTY = "Revision"
"""A text that the user chooses; a changed text starts a new job."""

RETRAIN_PROPERTY = "RetrainOnInfrastructureChange"
"""Whether a change of role, network or output starts a new job."""

TRAINING_LIMIT_PROPERTY = "TrainingLimit"
"""The most tokens to train with, where the data is in S3. The function compares the size of the data with it
before it starts a job. Adding, changing or removing it starts no job."""

TOKENS_MEMBER = "Tokens"
"""In `TrainingLimit`: the limit for a job, or for all trials of a sweep together, in tokens of all epochs."""

TOKENS_OF_EACH_MEMBER = "TokensOfEach"
"""In `TrainingLimit`: the limit for each trial of a sweep."""

DEFAULT_EPOCHS_MEMBER = "DefaultEpochs"
"""In `TrainingLimit`: the epochs of a request that names none."""

BYTES_PER_TOKEN = 4
"""How many bytes of training data are taken for a token where only its size is known."""

RETAINED_PARAMETERS_PROPERTY = "RetainedParameters"
"""Names of the parameters that stay when the stack is deleted; a model that one of them holds stays, too."""

KEEP_NEWEST_PROPERTY = "KeepNewest"
"""How many models of the resource are kept, the newest ones. Looks delete the others; the event that replaces
a job deletes no model then. Adding, changing or removing it starts no job."""

WAIT_PROPERTY = "Wait"
"""How the deployment waits for a job to complete: `WaitCondition`, `StateMachine` and `Seconds`. Adding,
changing or removing it starts no job."""

WAIT_CONDITION_PROPERTY = "WaitCondition"
"""In `Wait`: the logical id of the wait condition."""

STATE_MACHINE_PROPERTY = "StateMachine"
"""The ARN of the state machine that calls the function until there is nothing left to do."""

SECONDS_PROPERTY = "Seconds"
"""How long is waited: in `Wait` and for `Completion` the timeout of the wait condition."""

ON_DELETE_PROPERTY = "OnDelete"
"""One of the values of `OnDelete`; for parameters and deployments, one of `ResourceOnDelete`."""

TAGS_PROPERTY = "Tags"
"""The tags of a parameter or a deployment: a list of `key` and `value`, without the tags of ownership."""

JOB_PROPERTY = "Job"
"""The logical id of a job's resource, for a parameter or a result, and in `Follow` for a deployment."""

JOB_ARN_PROPERTY = "JobArn"
"""The job's ARN, beside `Job`; with it the resource is updated after its job has been replaced."""

UNTIL_PROPERTY = "Until"
"""What the result of a job is waited for: one of the values of `Until`."""

FAIL_ON_FAILURE_PROPERTY = "FailOnFailure"
"""Whether the deployment fails if the job fails or is stopped: `true` or `false`."""

FAIL_ON_TIMEOUT_PROPERTY = "FailOnTimeout"
"""Whether the deployment fails if the job is not complete in time: `true` or `false`."""

PARAMETER_NAME_PROPERTY = "ParameterName"
"""The name of the parameter, and its physical id."""

INITIAL_VALUE_PROPERTY = "InitialValue"
"""The value of a parameter until there is a model; without it the parameter does not exist until then."""

DEPLOYMENT_NAME_PROPERTY = "DeploymentName"
"""The exact name of a deployment. Default: see `deployment_name`."""

MODEL_ARN_PROPERTY = "ModelArn"
"""The model of a deployment; left out where the deployment follows a job."""

THROUGHPUT_NAME_PROPERTY = "ProvisionedModelName"
"""The exact name of a throughput. Default: see `deployment_name`."""

MODEL_ID_PROPERTY = "ModelId"
"""The ARN of the model of a throughput; "" while the model is not known."""

MODEL_UNITS_PROPERTY = "ModelUnits"
"""The model units of a throughput, which cannot be changed."""

COMMITMENT_PROPERTY = "CommitmentDuration"
"""`OneMonth` or `SixMonths`; left out where a throughput is bought without a commitment."""

PURCHASE_PROPERTY = "Purchase"
"""A text that the user chooses; with a changed text a throughput that is gone is bought again."""

EXPIRES_AFTER_PROPERTY = "ExpiresAfter"
"""The seconds after which a throughput is deleted; with `StateMachine`. Left out where it is not."""

DESCRIPTION_PROPERTY = "Description"
"""The description of a deployment, which cannot be changed."""

FOLLOW_PROPERTY = "Follow"
"""The job that a deployment follows: `Job`, `JobArn` and `Parameter`."""

PARAMETER_PROPERTY = "Parameter"
"""In `Follow`: the name of the parameter that holds the deployment's ARN."""

DELETION_PROTECTION_PROPERTY = "DeletionProtection"
"""Whether a deployment is never deleted: `true`, or left out."""

VALUE_ATTRIBUTE = "Value"
"""The attribute with the value of a parameter, "" while it does not exist."""

DEPLOYMENT_ARN_ATTRIBUTE = "DeploymentArn"
"""The attribute with the ARN of a deployment, "" while there is none."""

DEPLOYMENT_NAME_ATTRIBUTE = "DeploymentName"
"""The attribute with the name of a deployment."""

MODEL_ARN_ATTRIBUTE = "ModelArn"
"""The attribute with the ARN of the model that a deployment serves, "" while there is none."""

STATUS_ATTRIBUTE = "Status"
"""The attribute with the status of a deployment, "" while there is none."""

THROUGHPUT_ARN_ATTRIBUTE = "ThroughputArn"
"""The attribute with the ARN of a throughput, "" while nothing has been bought."""

THROUGHPUT_NAME_ATTRIBUTE = "ThroughputName"
"""The attribute with the name of a throughput."""

COMMITMENT_EXPIRES_ATTRIBUTE = "CommitmentExpires"
"""The attribute with the time at which the commitment of a throughput ends, "" without one."""

JOB_STATUS_ATTRIBUTE = "JobStatus"
"""The attribute with the status of a job."""

OUTPUT_MODEL_ARN_ATTRIBUTE = "OutputModelArn"
"""The attribute with the ARN of a job's model, "" while there is none."""

TRAINING_LOSS_ATTRIBUTE = "TrainingLoss"
"""The attribute of a result with the training loss, "" where Bedrock returns none."""

VALIDATION_LOSS_ATTRIBUTE = "ValidationLoss"
"""The attribute of a result with the validation loss, "" where Bedrock returns none; those of several
validation datasets are separated by commas."""

FAILURE_MESSAGE_ATTRIBUTE = "FailureMessage"
"""The attribute of a result with Bedrock's message about a job that failed, cut short, else ""."""

STACK_TAG = "cdk-bedrock-customization:stack"
"""The key of the tag with the ARN of the stack that a parameter or a deployment belongs to."""

RESOURCE_TAG = "cdk-bedrock-customization:resource"
"""The key of the tag with the logical id of the resource that a parameter or a deployment belongs to."""

EXPIRES_TAG = "cdk-bedrock-customization:expires-after"
"""The key of the tag with the seconds after which a throughput is deleted."""

_LONGEST_ID = 30
_TAIL = 8
_LONGEST_GROUP = 16
_LONGEST_DEPLOYMENT_ID = 40
_UNIQUE = 12


class OnDelete(Enum):
    """What happens to the job and its model when the resource is deleted or another job replaces it.

    A rollback stops only what the failed deployment has started, for every value, and deletes no model.
    """

    STOP_JOB = "StopJob"
    """Stop the job if it still runs; keep a finished model. The default."""

    DELETE_MODEL = "DeleteModel"
    """Stop the job if it still runs; delete a finished model, unless it may still be needed.

    A model is kept while a deployment or a provisioned throughput serves it or a parameter of the stack holds
    its ARN, and a replaced one until the job that replaces it is Completed and has a model. What was kept is
    deleted with the stack: then every model that this resource has trained is deleted, but for one that a
    parameter with `ResourceOnDelete.RETAIN` holds, and the deletion fails if one is still served. If the
    resource is removed from the template, its model is deleted at once.
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


class Until(Enum):
    """What the result of a job is waited for."""

    VALIDATION = "Validation"
    """Bedrock has validated the data, or the job has ended."""

    COMPLETION = "Completion"
    """The job has ended."""


class ResourceOnDelete(Enum):
    """What happens to a parameter or a deployment when its resource is deleted.

    If its creation is rolled back, it is deleted for either value.
    """

    DELETE = "Delete"
    """Delete it. The default."""

    RETAIN = "Retain"
    """Leave it as it is."""


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


def short_logical_id(logical_id: str, longest: int = _LONGEST_ID) -> str:
    """Return a logical id in at most 30 characters; a longer one keeps the CDK's hash at its end.

    Args:
        logical_id: the resource's logical id, letters and digits.
        longest: the number of characters. Default: 30.
    """
    if len(logical_id) <= longest:
        return logical_id
    return logical_id[: longest - _TAIL] + logical_id[-_TAIL:]


def deployment_name(stack_id: str, logical_id: str) -> str:
    """Return the name of a deployment whose template gives none.

    It depends only on what every event contains and what never changes, so that every later event finds the
    deployment, and the deployment of another model keeps the name and with it the ARN.

    Args:
        stack_id: the stack's ARN.
        logical_id: the resource's logical id.
    """
    unique = hashlib.sha256(f"{stack_id}|{logical_id}".encode()).hexdigest()[:_UNIQUE]
    return f"{short_logical_id(logical_id, _LONGEST_DEPLOYMENT_ID)}-{unique}"


def ownership_tags(stack_id: str, logical_id: str) -> dict[str, str]:
    """Return the tags that say which resource of which stack a parameter or a deployment belongs to.

    Args:
        stack_id: the stack's ARN.
        logical_id: the resource's logical id.
    """
    return {STACK_TAG: stack_id, RESOURCE_TAG: logical_id}
