"""What happens to the job and its model when the resource goes."""

from __future__ import annotations

from enum import Enum


class OnDelete(Enum):
    """What happens to job and model when the resource is deleted, or when another job replaces it.

    A rollback ends only what the failed deployment has started, whatever is said here, and deletes no model.
    """

    STOP_JOB = "StopJob"
    """Stop the job if it still runs; keep a finished model. The default."""

    DELETE_MODEL = "DeleteModel"
    """Stop the job if it still runs; delete a finished model, unless somebody may still need it.

    A model that a deployment or a provisioned throughput serves is kept, and a replaced one is kept until the
    job that follows it is Completed with a model of its own. What was kept goes when the stack is deleted:
    then every model that this resource has trained is deleted, and one that is served makes the deletion
    fail. A resource that is taken out of the template loses its model at once.
    """

    RETAIN = "Retain"
    """Touch neither: a running job goes on, and is billed.

    What was made for it here stays when the stack is destroyed: its role with its policies, the output bucket
    with its policy, the key, and in a VPC the security group, its rules and the S3 endpoint. Roles, buckets
    and keys of your own are yours to keep. A VPC, subnets or security groups of the same app cannot stay:
    deleting them breaks the job's way to its data, and fails while its network interfaces exist
    (`bedrock-customization:retained-job-in-vpc` warns). A first creation that fails leaves nothing running.
    """
