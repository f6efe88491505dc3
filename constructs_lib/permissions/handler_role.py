"""The role of the custom resource's function: the calls it makes, on the resources of its own jobs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..request.tokens import is_known
from .keys import key_statements, model_key_statements, via
from .locations import S3Location
from .service_role import foundation_model_arn, job_arns
from .serving import parameter_statements
from .statements import allow, merged
from .tasks import signal_statement, start_execution_statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .statements import Statement

_TAGGING = ("bedrock:ListTagsForResource", "bedrock:TagResource", "bedrock:UntagResource")
_OWN_STACK = (
    "cloudformation:DescribeStackEvents",
    "cloudformation:ListStackResources",
    "cloudformation:DescribeStackResource",
    "cloudformation:DescribeStacks",
)
# What serves a model. Neither call can be limited to a resource.
_SERVING = ("bedrock:ListCustomModelDeployments", "bedrock:ListProvisionedModelThroughputs")
# AmazonBedrockFullAccess has these for jobs in a VPC. AWS documents no permission of the caller for it, and
# whether Bedrock reads the VPC as the caller is not recorded.
_NETWORK = ("ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs")
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaVPCAccessExecutionRole.html
_INTERFACES = (
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)
_LOG_KEY = ("kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*")
# `:<version>:<context>k`, as in `amazon.nova-lite-v1:0:300k`.
_WITH_CONTEXT = re.compile(r"(?P<model>.+:[0-9]+):[0-9]+k")


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerNeeds:
    """What the permissions of the function behind a stack's jobs depend on.

    Args:
        partition: AWS partition of the stack.
        region: Region of the stack.
        account: account of the stack.
        stack_name: the stack's name: the function reads its state, its resources and its events.
        log_group_name: the function's own log group.
        root_stack_name: the outermost stack around a nested one; its state tells a rollback from a deletion.
            Default: the stack is not nested.
        base_models: base models of jobs: ids, ARNs or names of custom models. Default: none.
        role_arns: service roles of jobs. Default: none.
        model_key_arns: ARNs of KMS keys that encrypt custom models, or of their aliases. Default: none.
        in_vpc: whether some job runs in a VPC. Default: none does.
        deletes_models: whether some job deletes its model with the stack. Default: it may not.
        parameter_arns: ARNs of the parameters that it writes. Default: it writes none.
        stack_id: the stack's ARN, which what it makes has in a tag. Default: it makes nothing of that kind.
        signals: whether it signals wait conditions of its stack. Default: it may not.
        state_machine_arns: ARNs of the state machines that it starts. Default: it starts none.
        listed_uris: S3 URIs of training data whose size it reads. Default: none.
        lists_models: whether it looks for earlier models of a job, of which the oldest are deleted. Default:
            it does not.
    """

    partition: str
    region: str
    account: str
    stack_name: str
    log_group_name: str
    root_stack_name: str | None = None
    base_models: Sequence[str] = ()
    role_arns: Sequence[str] = ()
    model_key_arns: Sequence[str] = ()
    in_vpc: bool = False
    deletes_models: bool = False
    parameter_arns: Sequence[str] = ()
    stack_id: str = ""
    signals: bool = False
    state_machine_arns: Sequence[str] = ()
    listed_uris: Sequence[str] = ()
    lists_models: bool = False


def handler_trust() -> dict[str, object]:
    """Return the trust policy by which only Lambda may assume the function's role."""
    principal = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    return {"Version": "2012-10-17", "Statement": [principal]}


def handler_statements(needs: HandlerNeeds) -> list[Statement]:
    """Return the statements for starting, watching, tagging and stopping jobs, and for passing their roles.

    See https://docs.aws.amazon.com/step-functions/latest/dg/connect-bedrock.html and
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_bedrock.html.
    """
    deletion = deletion_statements(needs) if needs.deletes_models else []
    return merged([*standing_statements(needs), *named_statements(needs), *deletion])


def standing_statements(needs: HandlerNeeds) -> list[Statement]:
    """Return the statements that depend on no job, so that a job can be stopped without its own statements.

    Bedrock makes the ids of jobs and models, and a job that is replaced may have another base model than the
    template names by then, so both are open within the account and Region. Each creation first reads the job
    by a name that no job has yet: which resource IAM checks then is not documented, so this read is open.
    """
    jobs, models = job_arns(**_env(needs)), model_arns(**_env(needs))
    group = f"arn:{needs.partition}:logs:{needs.region}:{needs.account}:log-group:{needs.log_group_name}"
    root = needs.root_stack_name
    return merged(
        [
            allow(["bedrock:CreateModelCustomizationJob"], [models, jobs]),
            allow(["bedrock:StopModelCustomizationJob"], [jobs]),
            allow(["bedrock:GetModelCustomizationJob", "bedrock:ListModelCustomizationJobs"], ["*"]),
            allow(["bedrock:GetCustomModel"], [models]),
            allow(_TAGGING, [models, jobs]),
            allow(_OWN_STACK, [stack_arns(needs.stack_name, **_env(needs))]),
            *([allow(["cloudformation:DescribeStacks"], [stack_arns(root, **_env(needs))])] if root else []),
            allow(["logs:CreateLogStream", "logs:PutLogEvents"], [f"{group}:log-stream:*"]),
        ]
    )


def named_statements(needs: HandlerNeeds) -> list[Statement]:
    """Return the statements that name base models, keys and roles of jobs, parameters and state machines.

    Nothing that ends a job or deletes something needs them.
    """
    own = model_arns(**_env(needs))
    named = [arn for one in needs.base_models for arn in base_model_arns(one, **_env(needs))]
    others = [arn for arn in named if arn != own]
    to_bedrock = {"StringEquals": {"iam:PassedToService": "bedrock.amazonaws.com"}}
    return [
        *([allow(_NETWORK, ["*"])] if needs.in_vpc else []),
        *([allow(["bedrock:CreateModelCustomizationJob"], others)] if others else []),
        *model_key_statements(needs.model_key_arns, region=needs.region),
        *([allow(["iam:PassRole"], needs.role_arns, to_bedrock)] if needs.role_arns else []),
        *parameter_statements(needs.parameter_arns),
        *([signal_statement(stack_arns(needs.stack_name, **_env(needs)))] if needs.signals else []),
        *start_execution_statements(needs.state_machine_arns),
        *([allow(["bedrock:ListCustomModels"], ["*"])] if needs.lists_models else []),
        *(data_size_statement(uri, needs.partition) for uri in needs.listed_uris),
    ]


def data_size_statement(uri: str, partition: str) -> Statement:
    """Return the statement for listing the keys that begin with the key of training data: a list has sizes.

    Of a URI that only the deployment knows no template can take the key: then the whole bucket may be listed.

    Args:
        uri: the S3 URI of the training data.
        partition: the partition of the stack.
    """
    location = S3Location(uri=uri)
    condition = {} if location.is_deploy_time else {"StringEquals": {"s3:prefix": location.path}}
    return allow(["s3:ListBucket"], [location.bucket_arn(partition)], condition)


def deletion_statements(needs: HandlerNeeds) -> list[Statement]:
    """Return the statements for deleting custom models, and for checking first what serves them."""
    models = model_arns(**_env(needs))
    return [allow(["bedrock:DeleteCustomModel"], [models]), allow(_SERVING, ["*"])]


def function_vpc_statements(*, partition: str, region: str, account: str) -> list[Statement]:
    """Return the statements for a function in a VPC: Lambda makes its network interfaces as its role.

    Lambda's own calls have no source function: the second statement denies the same calls to the code of the
    function, as AWS's page recommends. AWS limits these actions to no resource. See
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html.
    """
    functions = f"arn:{partition}:lambda:{region}:{account}:function:*"
    from_code = {"ArnLike": {"lambda:SourceFunctionArn": functions}}
    return [allow(_INTERFACES, ["*"]), {**allow(_INTERFACES, ["*"], from_code), "Effect": "Deny"}]


def send_statements(action: str, target_arn: str, key_arn: str | None, *, region: str) -> list[Statement]:
    """Return the statements for sending messages to a queue or a topic.

    See https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html and
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html.

    Args:
        action: `sqs:SendMessage` or `sns:Publish`.
        target_arn: the queue or topic.
        key_arn: the key that encrypts it. None where there is none.
        region: Region of both.
    """
    service = action.partition(":")[0]
    keys = [] if key_arn is None else [key_arn]
    used = key_statements(["kms:GenerateDataKey", "kms:Decrypt"], keys, via(service, region))
    return [allow([action], [target_arn]), *used]


def tracing_statement() -> Statement:
    """Return the statement for sending traces to X-Ray, which IAM limits to no resource.

    See https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html.
    """
    return allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*"])


def environment_key_statements(key_arn: str) -> list[Statement]:
    """Return the statement by which Lambda decrypts the environment variables as the function's role.

    No page says that these calls carry `kms:ViaService`, so it is no condition. See
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html.
    """
    return list(key_statements(["kms:Decrypt"], [key_arn], {}))


def log_key_owner_statement(*, partition: str, region: str, account: str) -> Statement:
    """Return the key policy statement by which CloudWatch Logs encrypts log groups of one account and Region.

    CloudFormation generates the name of the function's log group, which cannot have the key before its policy
    has this statement. See
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html.
    """
    groups = f"arn:{partition}:logs:{region}:{account}:log-group:*"
    return {
        "Sid": "CloudWatchLogsEncryptsLogGroups",
        **allow(_LOG_KEY, ["*"], {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}}),
        "Principal": {"Service": f"logs.{region}.amazonaws.com"},
    }


def base_model_arns(identifier: str, *, partition: str, region: str, account: str) -> list[str]:
    """Return the ARNs that IAM may check when a job is created on `identifier`.

    A custom model of this account and Region is named already by `model_arns`, which every job needs. A token
    is taken for the id of a foundation model, because IAM rejects a policy whose resource is no ARN. A model
    is named with and without the suffix for its context (`:300k`): it is not documented which of the two IAM
    checks.
    """
    own = model_arns(partition=partition, region=region, account=account)
    if identifier.startswith(own.removesuffix("*")):
        return [own]
    if not identifier.startswith("arn:") and "." not in identifier and is_known(identifier):
        return [own]
    arn = foundation_model_arn(identifier, partition=partition, region=region)
    sized = _WITH_CONTEXT.fullmatch(arn) if ":foundation-model/" in arn else None
    return [arn, sized["model"]] if sized else [arn]


def stack_arns(name: str, *, partition: str, region: str, account: str) -> str:
    """Return the ARN of every stack with one name; CloudFormation generates the id after it."""
    return f"arn:{partition}:cloudformation:{region}:{account}:stack/{name}/*"


def model_arns(*, partition: str, region: str, account: str) -> str:
    """Return the ARN of every custom model of one account and Region."""
    return f"arn:{partition}:bedrock:{region}:{account}:custom-model/*"


def _env(needs: HandlerNeeds) -> dict[str, str]:
    return {"partition": needs.partition, "region": needs.region, "account": needs.account}
