"""Suppressions for what cdk-nag finds in resources of this library, each with its reason.

cdk-nag 3 reads them from what the CDK's own `Validations` records, cdk-nag 2 from what its `NagSuppressions`
writes; nothing here depends on either. A reason is part of the template where cdk-nag 2 is loaded.
"""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING

import aws_cdk as cdk

from ..permissions.statements import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from constructs import Construct

    from ..permissions import Statement

_STANDARDS = ("HIPAA.Security", "NIST.800.53.R4", "NIST.800.53.R5", "PCI.DSS.321")
"""Packs of cdk-nag that have the same rules, each under a name of its own."""

_NOT_IN_ALL = {
    "LambdaConcurrency": ("HIPAA.Security", "NIST.800.53.R5"),
    "LambdaDLQ": ("HIPAA.Security", "NIST.800.53.R5"),
}


def _of_standards(rule: str, reason: str) -> dict[str, str]:
    """Return the suppressions of a rule for each pack that has it."""
    return {f"{pack}-{rule}": reason for pack in _NOT_IN_ALL.get(rule, _STANDARDS)}


_REPORTED = "What fails is reported to CloudFormation, which rolls back."

INLINE = _of_standards(
    "IAMNoInlinePolicy", "The policy belongs to this one role, and goes with it; it would fit no other."
)
"""Suppressions for an inline policy of a role, besides those for its wildcards."""

HANDLER = {
    **INLINE,
    **_of_standards("CloudWatchLogGroupEncrypted", "CloudWatch Logs encrypts it; no data is logged."),
    **_of_standards("LambdaConcurrency", "Only CloudFormation invokes it, once for each change of a job."),
    **_of_standards("LambdaDLQ", _REPORTED),
    **_of_standards("LambdaInsideVPC", "It calls Bedrock and CloudFormation and reaches nothing in a VPC."),
    "Serverless-LambdaDLQ": _REPORTED,
    "Serverless-LambdaAsyncFailureDestination": _REPORTED,
    "Serverless-LambdaStarPermissions": "AWS limits no list to a resource, and names none for a job's name.",
    "Serverless-LambdaTracing": "It runs once for each change of a job; its log says what it did.",
    "AwsSolutions-L1": "The runtime is the newest that the handler is tested with.",
    "Serverless-LambdaLatestVersion": "The runtime is the newest that the handler is tested with.",
}
"""Suppressions for the handler: its role, its function, its log group."""

FOLLOW_RULE = {
    "Serverless-EventBusDLQ": "What a lost event would have done, the next one does within an hour."
}
"""Suppressions for the rule that lets the handler look at jobs."""

_ITS_LOG = "The function's log says what each task did; what an execution is given are ids and times."
_ITS_STATES = "Its states call one function, which is traced if tracing= says so."

STATE_MACHINE = {
    "AwsSolutions-SF1": _ITS_LOG,
    "AwsSolutions-SF2": _ITS_STATES,
    "Serverless-StepFunctionStateMachineXray": _ITS_STATES,
}
"""Suppressions for a state machine that calls the handler."""

_MET_BY = {
    "role": ("IAMNoInlinePolicy", "LambdaStarPermissions"),
    "vpc": ("LambdaInsideVPC",),
    "dead_letter_queue": ("LambdaDLQ",),
    "dead_letter_topic": ("LambdaDLQ",),
    "tracing": ("LambdaTracing",),
    "reserved_concurrent_executions": ("LambdaConcurrency",),
    "log_encryption_key": ("CloudWatchLogGroupEncrypted",),
    "log_group": ("CloudWatchLogGroupEncrypted",),
}


def handler_reasons(given: Iterable[str]) -> dict[str, str]:
    """Return the suppressions for a handler, without those for what its settings meet.

    Args:
        given: the names of the settings that are given.
    """
    met = {rule for name in given for rule in _MET_BY.get(name, ())}
    return {rule: reason for rule, reason in HANDLER.items() if rule.rpartition("-")[2] not in met}


_NO_LOGS = "One role writes it, and IAM says who reads the copies of the data in it; access_logs= adds logs."
_NO_FLOW_LOGS = "Nothing in this VPC reaches the internet or is reached; vpc.add_flow_log() adds flow logs."

BUCKET = {
    **_of_standards("S3BucketReplicationEnabled", "Its records are copies of the training data already."),
    "NIST.800.53.R4-S3BucketDefaultLockEnabled": "A lock would keep copies of records that must be deleted.",
}
"""Suppressions for a bucket for results."""

BUCKET_WITHOUT_LOGS = {"AwsSolutions-S1": _NO_LOGS, **_of_standards("S3BucketLoggingEnabled", _NO_LOGS)}
"""Suppressions for such a bucket without access logs."""

VPC = {
    "AwsSolutions-VPC7": _NO_FLOW_LOGS,
    **_of_standards("VPCFlowLogsEnabled", _NO_FLOW_LOGS),
    **_of_standards("VPCDefaultSecurityGroupClosed", "No interface of a job carries the default group."),
}
"""Suppressions for a VPC that is made for jobs."""

HOSTS = _of_standards("EC2RestrictedCommonPorts", "Only members of the group itself are let in.")
"""Suppressions for the security group of isolated jobs."""

_IAM5 = "AwsSolutions-IAM5"
# Characters that the CDK does not accept in a rule's name: it refuses unbalanced brackets, as in an S3 key or
# a dynamic reference, and turns spaces into hyphens.
_NOT_ACCEPTED = re.compile(r"[()\[\]{} ]")

_BELOW = "All objects below the prefix that the job's request names, and nothing beside it."
_NOWHERE = "It reads, lists or describes, or handles interfaces as AWS's page says, by tags and subnets."
_WILDCARDS = (
    (r"\*", _NOWHERE),
    (r".*:s3:::.*/\*", _BELOW),
    (r".*:network-interface/\*", "EC2 makes the id; the tags that Bedrock sets on its interfaces limit it."),
    (
        r".*:bedrock:\*::foundation-model/.*",
        "The profile chooses the Region; only calls through it pass.",
    ),
    (
        r".*:(custom-model|custom-model-deployment|model-customization-job)/\*",
        "Bedrock makes the id, after the permission is needed.",
    ),
    (r".*:ssm:.*:parameter/\*", "Only a parameter with the tag of this stack passes."),
    (r".*:cloudformation:.*:stack/.*/\*", "CloudFormation makes the id that follows the stack's name."),
    (r".*:states:.*:execution:.*:\*", "Step Functions names the executions of the trials."),
    (r".*:log-stream:\*", "Lambda names its log streams; the log group is the handler's own."),
    (r".*:kms:.*:key/\*", "IAM names no key by its alias; only a key that has this alias passes."),
    (r".*:function:.*:\*", "The reward function is known at deployment only, and may be an alias."),
)


def acknowledge(scope: Construct, reasons: Mapping[str, str], statements: Iterable[Statement] = ()) -> None:
    """Record suppressions for `scope`, if cdk-nag is loaded.

    Args:
        scope: the construct, with everything in it.
        reasons: reasons by rule.
        statements: policy statements, each wildcard of which is suppressed with a reason.
    """
    # Only cdk-nag reads them, and for each job they cost three calls to Node.
    if "cdk_nag" not in sys.modules:
        return
    wildcards = _wildcard_reasons(cdk.Stack.of(scope), statements)
    if hasattr(sys.modules["cdk_nag"], "NagSuppressions"):
        _suppress(scope, reasons, wildcards)
    else:
        _acknowledge(scope, {**reasons, **{f"{_IAM5}[{name}]": reason for name, reason in wildcards.items()}})


def _suppress(scope: Construct, reasons: Mapping[str, str], wildcards: Mapping[str, str]) -> None:
    """Suppress for cdk-nag 2, which reads the metadata of each resource; only it has these classes."""
    nag = sys.modules["cdk_nag"]
    entries = [nag.NagPackSuppression(id=rule, reason=reason) for rule, reason in reasons.items()]
    entries += [
        nag.NagPackSuppression(id=_IAM5, reason=reason, applies_to=[name])
        for name, reason in wildcards.items()
    ]
    nag.NagSuppressions.add_resource_suppressions(scope, entries, apply_to_children=True)


def _acknowledge(scope: Construct, reasons: Mapping[str, str]) -> None:
    """Suppress for cdk-nag 3, which compares the exact text of a rule's name."""
    others = {rule: reason for rule, reason in reasons.items() if _NOT_ACCEPTED.search(_inner(rule))}
    entries = [
        cdk.Acknowledgment(id=rule, reason=reason) for rule, reason in reasons.items() if rule not in others
    ]
    cdk.Validations.of(scope).acknowledge(*entries)
    for rule, reason in others.items():
        key = cdk.Validations.ACKNOWLEDGED_RULES_METADATA_KEY
        scope.node.add_metadata(key, {f"Annotation::{rule}": reason})


def _inner(rule: str) -> str:
    return rule.partition("[")[2].removesuffix("]")


def _wildcard_reasons(stack: cdk.Stack, statements: Iterable[Statement]) -> dict[str, str]:
    wild = [one for statement in statements for one in listed(statement["Resource"]) if "*" in str(one)]
    found = {}
    for name in map(_flat, stack.resolve(wild)):
        matching = (reason for pattern, reason in _WILDCARDS if re.fullmatch(pattern, name))
        found[f"Resource::{name}"] = next(matching, _BELOW)
    return found


def _flat(value: object) -> str:
    """Return a resolved ARN in the form that cdk-nag uses."""
    match value:
        case str():
            return value.replace("${", "<").replace("}", ">")
        case {"Fn::Join": [delimiter, [*parts]]}:
            return str(delimiter).join(map(_flat, parts))
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
        case {"Fn::ImportValue": inner} | {"Fn::Sub": inner}:
            return _flat(inner)
        case _:
            return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
