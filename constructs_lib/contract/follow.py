"""What the rule that follows jobs sends to the function, and the metrics that the function writes then."""

from __future__ import annotations

FOLLOW = "follow"
"""The ARN of the stack whose jobs are followed."""

THINGS = "things"
"""What depends on a job: a list of objects with the members below."""

KIND = "kind"
"""One of the kinds below."""

JOB_KIND = "job"
"""The status and the losses of the job are written as metrics."""

PUBLISHED_KIND = "published"
"""A parameter holds the ARN of the job's model."""

DEPLOYMENT_KIND = "deployment"
"""A deployment serves the job's model."""

MODELS_KIND = "models"
"""Of the models that a job's resource has trained, only the newest ones are kept."""

JOB = "job"
"""The logical id of the job's resource."""

RESOURCE = "resource"
"""The logical id of the resource of the parameter or the deployment; absent where the kind is `job`."""

PARAMETER = "parameter"
"""The name of the parameter: the published one, or the one with the deployment's ARN."""

BUCKET, PREFIX = "bucket", "prefix"
"""The store of the promotion, where a published model or a deployment has one: both, or neither."""

KEEP = "keep"
"""How many models are kept, where the kind is `models`."""

STORES = "stores"
"""The stores of all promotions of the models, where the kind is `models`: a list of `bucket` and `prefix`."""

LONGEST_INPUT = 8192
"""Characters of the input of one target of a rule
(https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html)."""

METRIC_NAMESPACE = "BedrockModelCustomization"
"""The namespace of the metrics of jobs."""

STACK_DIMENSION = "Stack"
"""The dimension with the stack's name."""

JOB_DIMENSION = "Job"
"""The dimension with the logical id of the job's resource."""

FAILED_METRIC = "Failed"
"""1 while the resource's current job has failed, else 0."""

TRAINING_LOSS_METRIC = "TrainingLoss"
"""The training loss of the resource's current job, once it is complete."""

VALIDATION_LOSS_METRIC = "ValidationLoss"
"""The validation loss of the resource's current job, once it is complete."""
