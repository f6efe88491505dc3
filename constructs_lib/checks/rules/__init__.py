"""The rules, one module for each subject; importing this package registers all of them.

The findings of the rules in this file are made outside this package: where job files and commands are read,
data is copied, and constructs are used.
"""

from ..rule import register
from . import (
    customization,
    data,
    dataset,
    hyper_parameters,
    keep,
    key,
    model,
    network,
    new_data,
    policy,
    promotion,
    request,
    role,
    serving,
    stack,
    sweeps,
    tags,
    template,
    throughput,
    waiting,
)

__all__ = [
    "customization",
    "data",
    "dataset",
    "hyper_parameters",
    "keep",
    "key",
    "model",
    "network",
    "new_data",
    "policy",
    "promotion",
    "request",
    "role",
    "serving",
    "stack",
    "sweeps",
    "tags",
    "template",
    "throughput",
    "waiting",
]

register(
    {
        "job-file": "The job file cannot be read.",
        "job-file-repeated-key": "A key is written twice in one mapping of the job file.",
        "job-file-outside": "A local file is not in the folder of the job file, or below it.",
        "command-line": "A command of the AWS CLI cannot be read.",
        "command-line-option": "An option of a command is unknown, abbreviated, repeated or without a value.",
        "command-line-evaluated": "A shell would replace a part of a command, such as `$NAME` or `$(...)`.",
        "existing-job": "A job that exists cannot be made into a job file.",
        "argument-type": "An argument of the construct has the wrong type.",
        "file-unreadable": "A local file cannot be copied into the cloud assembly.",
        "file-changed": "A local file was written to while it was copied.",
        "synthesizer-without-files": "The synthesizer of the stack takes no files.",
        "provider-setting": "A setting of a `JobProvider` is not possible.",
        "provider-permissions": "The policies of the function have no room for one more job or grant.",
        "provider-exists": "`JobProvider.configure` is called after the stack's provider was made.",
        "defaults-scope": "`CustomizationDefaults` are applied to a scope too late, twice, or below a stack.",
        "grantee-is-service-role": "A grant on a job is given to its own service role, which it waits for.",
        "alias-of-another-account": "A key used as a construct is an alias of another account or Region.",
        "second-s3-endpoint": "A route table would get a second S3 gateway endpoint.",
        "evaluation-record": "A record of `PromoteIf.answers` has not the form that the function reads.",
    }
)
register(
    {
        "evaluation-records-few": "`PromoteIf.answers` has too few records to ever have an answer.",
        "evaluation-record-trains": "A record of `PromoteIf.answers` is in the training data, too.",
        "network-availability-zones": "The subnets cover few Availability Zones.",
        "network-endpoint-policy": "The S3 endpoint has a policy that no job changes.",
        "function-public-subnet": "The function is in a public subnet, from which it reaches no internet.",
        "log-key-policy": "The policy of the key of the function's logs may not let CloudWatch Logs use it.",
        "retained-job-in-vpc": "A job that is retained runs in a network that the app deletes.",
    },
    "warning",
)
register(
    {
        "log-retention": "The retention of the function's logs is not one that CloudWatch Logs documents.",
        "dead-letter-fifo": "A FIFO queue or topic is given for events that the function did not handle.",
    },
    is_documented=True,
)
register(
    {
        "command-line-elsewhere": "A part of a command of the AWS CLI is not part of a job file.",
        "existing-job-part": "A part of a job that exists is not in its job file.",
    },
    "note",
)
