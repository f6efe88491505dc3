"""Why each permission of `docs/permissions.md` is there, and the page of AWS that it is based on."""

from __future__ import annotations

from typing import NamedTuple

from tools.permission_tables import FUNCTION, SERVICE, STATE_MACHINE

_REFERENCE = "https://docs.aws.amazon.com/service-authorization/latest/reference/list"
_BEDROCK = f"{_REFERENCE}_amazonbedrock.html"
_JOB = "https://docs.aws.amazon.com/bedrock/latest/userguide/custom-model-job-access-security.html"
_JOB_KEY = "https://docs.aws.amazon.com/bedrock/latest/userguide/encryption-custom-job.html"
_LAMBDA_VPC = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html"
_SSM = f"{_REFERENCE}_awssystemsmanager.html"
_MAP = "https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html"
_S3_KEY = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html"


class Reason(NamedTuple):
    """Why roles of one kind have an action.

    Args:
        kind: the kind of role.
        actions: names of actions, without a common prefix of the service.
        why: what the action is for, and what limits it or why nothing does.
        source: the page of AWS that documents it.
        within: part of the resources or of the condition, where the same action has several reasons.
    """

    kind: str
    actions: str
    why: str
    source: str
    within: str = ""


def reasons(kind: str, action: str, text: str) -> list[Reason]:
    """Return why roles of one kind have an action; the first that fits the resource and the condition.

    Args:
        kind: the kind of role.
        action: the action, with its service.
        text: resources and condition.
    """
    return [
        one for one in REASONS if one.kind == kind and action in one.actions.split() and one.within in text
    ][:1]


REASONS = (
    Reason(
        FUNCTION,
        "bedrock:CreateModelCustomizationJob",
        "starts the job. Bedrock authorizes the base model, and the literal `custom-model/*` and "
        "`model-customization-job/*`, because it makes the ids. A model with a context suffix "
        "(`:300k`) is named "
        "with and without it: which one IAM checks is not documented",
        _BEDROCK,
    ),
    Reason(
        FUNCTION,
        "bedrock:GetModelCustomizationJob",
        "reads a job by its name before there is one. Which resource IAM checks then is not documented",
        _BEDROCK,
    ),
    Reason(
        FUNCTION,
        "bedrock:ListModelCustomizationJobs",
        "finds running jobs of the resource. The action has no resource-level permissions",
        _BEDROCK,
    ),
    Reason(FUNCTION, "bedrock:GetCustomModel", "reads the model that a job has made", _BEDROCK),
    Reason(
        FUNCTION,
        "bedrock:StopModelCustomizationJob",
        "stops a job that is replaced or deleted. It may have another base model than the template names by "
        "then, so no part of the ARN is fixed",
        _BEDROCK,
    ),
    Reason(
        FUNCTION,
        "bedrock:TagResource bedrock:UntagResource",
        "denies the tag with which a person approves a model: the function cannot approve",
        _BEDROCK,
        "cdk-bedrock-customization:approved",
    ),
    Reason(
        FUNCTION,
        "bedrock:TagResource",
        "tags what it creates, and takes nothing over that has the tag of another stack",
        _BEDROCK,
        "is absent",
    ),
    Reason(
        FUNCTION,
        "bedrock:ListTagsForResource bedrock:TagResource bedrock:UntagResource",
        "updates tags in place on jobs and models",
        _BEDROCK,
        "model-customization-job/*",
    ),
    Reason(
        FUNCTION,
        "bedrock:UpdateCustomModelDeployment bedrock:DeleteCustomModelDeployment bedrock:TagResource "
        "bedrock:UntagResource bedrock:UpdateProvisionedModelThroughput "
        "bedrock:DeleteProvisionedModelThroughput",
        "changes and deletes only what has the tag of the stack",
        _BEDROCK,
        "aws:ResourceTag",
    ),
    Reason(
        FUNCTION,
        "bedrock:CreateCustomModelDeployment bedrock:CreateProvisionedModelThroughput",
        "creates what serves a model, only with the tag of the stack. That the created resource is "
        "authorized, "
        "too, is not documented; both are permitted",
        _BEDROCK,
    ),
    Reason(
        FUNCTION,
        "bedrock:UpdateCustomModelDeployment bedrock:UpdateProvisionedModelThroughput",
        "swaps the model: the call authorizes the new model, too",
        _BEDROCK,
    ),
    Reason(
        FUNCTION,
        "bedrock:GetCustomModelDeployment bedrock:GetProvisionedModelThroughput bedrock:ListTagsForResource",
        "reads the state, and the tags that say whose it is",
        _BEDROCK,
    ),
    Reason(
        FUNCTION,
        "bedrock:DeleteCustomModel",
        "deletes models, only where this was asked for. Bedrock makes the ids, so no part of the "
        "ARN is fixed",
        _BEDROCK,
    ),
    Reason(
        FUNCTION,
        "bedrock:ListCustomModelDeployments bedrock:ListProvisionedModelThroughputs",
        "checks before a deletion that nothing serves the model. The actions have no "
        "resource-level permissions",
        _BEDROCK,
    ),
    Reason(
        FUNCTION,
        "bedrock:ListCustomModels",
        "finds the earlier models of the job. The action has no resource-level permissions",
        _BEDROCK,
    ),
    Reason(
        FUNCTION,
        "bedrock:InvokeModel",
        "asks the candidate and what serves the records of the evaluation, on deployments of the stack only",
        _BEDROCK,
    ),
    Reason(
        FUNCTION,
        "cloudformation:DescribeStackEvents cloudformation:DescribeStackResource "
        "cloudformation:DescribeStacks "
        "cloudformation:ListStackResources",
        "tells a deployment from a rollback and a deletion, and which job is the current one. CloudFormation "
        "makes the id after the name",
        f"{_REFERENCE}_awscloudformation.html",
        "stack/STACK/",
    ),
    Reason(
        FUNCTION,
        "cloudformation:DescribeStacks",
        "tells whether the deletion of a nested stack is a rollback of its root",
        f"{_REFERENCE}_awscloudformation.html",
    ),
    Reason(
        FUNCTION,
        "cloudformation:SignalResource",
        "signals the wait condition of the deployment",
        f"{_REFERENCE}_awscloudformation.html",
    ),
    Reason(
        FUNCTION,
        "iam:PassRole",
        "passes exactly the service roles of its jobs, and only to Bedrock",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html",
    ),
    Reason(
        FUNCTION,
        "logs:CreateLogStream logs:PutLogEvents",
        "writes its own log group, which the stack creates: it creates none",
        "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html",
    ),
    Reason(
        FUNCTION,
        "cloudwatch:DescribeAlarms",
        "reads the state of exactly the alarms of the bake",
        f"{_REFERENCE}_amazoncloudwatch.html",
    ),
    Reason(
        FUNCTION,
        "cloudwatch:GetMetricStatistics",
        "counts invocations (`minimum_invocations`). The action has no resource-level permissions",
        f"{_REFERENCE}_amazoncloudwatch.html",
    ),
    Reason(
        FUNCTION,
        "ec2:AssignPrivateIpAddresses ec2:CreateNetworkInterface ec2:DeleteNetworkInterface "
        "ec2:DescribeNetworkInterfaces ec2:DescribeSubnets ec2:UnassignPrivateIpAddresses",
        "denies the code of the function what Lambda itself may do with network interfaces",
        _LAMBDA_VPC,
        "lambda:SourceFunctionArn",
    ),
    Reason(
        FUNCTION,
        "ec2:AssignPrivateIpAddresses ec2:CreateNetworkInterface ec2:DeleteNetworkInterface "
        "ec2:DescribeNetworkInterfaces ec2:UnassignPrivateIpAddresses",
        "Lambda makes the network interfaces of the function as its role. AWS's page names no resource",
        _LAMBDA_VPC,
    ),
    Reason(
        FUNCTION,
        "ec2:DescribeSubnets",
        "Lambda makes the network interfaces of the function, and Bedrock may read the VPC of a "
        "job as the caller",
        _LAMBDA_VPC,
    ),
    Reason(
        FUNCTION,
        "ec2:DescribeSecurityGroups ec2:DescribeVpcs",
        "`AmazonBedrockFullAccess` has them for callers with jobs in a VPC. Whether Bedrock reads "
        "the VPC as the "
        "caller is not documented. The actions have no resource-level permissions",
        "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonBedrockFullAccess.html",
    ),
    Reason(
        FUNCTION,
        "kms:CreateGrant kms:Decrypt kms:DescribeKey kms:GenerateDataKey",
        'Bedrock encrypts the model; AWS\'s page says "the role" without saying which. Only through Bedrock',
        _JOB_KEY,
        "bedrock.REGION",
    ),
    Reason(
        FUNCTION,
        "kms:Decrypt kms:GenerateDataKey",
        "publishes to the encrypted topic, only through SNS",
        "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html",
        "sns.REGION",
    ),
    Reason(
        FUNCTION,
        "kms:Decrypt kms:GenerateDataKey",
        "reads and writes the results, records or evaluation data of the bucket, only through S3",
        _S3_KEY,
        "s3.REGION",
    ),
    Reason(
        FUNCTION,
        "kms:Decrypt",
        "Lambda decrypts the environment as the function's role. No page says that the call carries "
        "`kms:ViaService`",
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html",
    ),
    Reason(
        FUNCTION,
        "lambda:InvokeFunction",
        "asks your function about a model",
        f"{_REFERENCE}_awslambda.html",
    ),
    Reason(
        FUNCTION,
        "s3:DeleteObject",
        "deletes the policy of a promotion with its resource; records are never deleted",
        f"{_REFERENCE}_amazons3.html",
    ),
    Reason(
        FUNCTION,
        "s3:GetObject s3:PutObject",
        "keeps the records of the promotion",
        f"{_REFERENCE}_amazons3.html",
        "/promotion/",
    ),
    Reason(
        FUNCTION,
        "s3:GetObject s3:PutObject",
        "keeps the definition and the results of the sweep",
        f"{_REFERENCE}_amazons3.html",
        "/sweep/",
    ),
    Reason(
        FUNCTION,
        "s3:GetObject",
        "reads exactly the records that models are asked",
        f"{_REFERENCE}_amazons3.html",
    ),
    Reason(
        FUNCTION,
        "events:PutEvents",
        "tells the rules of the app what was decided about a model",
        "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html",
    ),
    Reason(
        FUNCTION,
        "s3:ListBucket",
        "tells a missing record from a denied one",
        "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html",
        "/promotion/",
    ),
    Reason(
        FUNCTION,
        "s3:ListBucket",
        "reads the size of the data, not the data",
        "https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html",
    ),
    Reason(
        FUNCTION,
        "sns:Publish",
        "tells the topic that a model waits for an approval; Lambda sends events that were not handled",
        "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html",
    ),
    Reason(
        FUNCTION,
        "sqs:SendMessage",
        "Lambda sends events that were not handled",
        "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html",
    ),
    Reason(
        FUNCTION,
        "ssm:DeleteParameter ssm:GetParameter ssm:ListTagsForResource",
        "deletes a parameter of the stack that the template does not name any more",
        _SSM,
        "parameter/*",
    ),
    Reason(
        FUNCTION,
        "ssm:AddTagsToResource ssm:DeleteParameter ssm:GetParameter ssm:ListTagsForResource ssm:PutParameter "
        "ssm:RemoveTagsFromResource",
        "writes, tags and deletes exactly the parameters that the template names",
        _SSM,
    ),
    Reason(
        FUNCTION,
        "states:StartExecution",
        "starts the executions that wait, ask, watch alarms, run trials, or delete throughput in time",
        f"{_REFERENCE}_awsstepfunctions.html",
    ),
    Reason(
        FUNCTION,
        "xray:PutTelemetryRecords xray:PutTraceSegments",
        "sends traces. The actions have no resource-level permissions",
        "https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html",
    ),
    Reason(
        SERVICE,
        "s3:GetObject",
        "reads the data; checks and reads what it has written to the output. The owner of the "
        "bucket is fixed",
        _JOB,
    ),
    Reason(
        SERVICE,
        "s3:ListBucket",
        "lists the data. No prefix is required, because HeadBucket and a request for a missing "
        "object have none, "
        "and which calls Bedrock makes is not documented",
        _JOB,
    ),
    Reason(SERVICE, "s3:PutObject", "writes results, reports, and a test file before the job starts", _JOB),
    Reason(
        SERVICE,
        "bedrock:InvokeModel",
        "invokes the teacher through its inference profile, which may send the call to any of its Regions",
        "https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html",
        "bedrock:InferenceProfileArn",
    ),
    Reason(
        SERVICE,
        "bedrock:InvokeModel",
        "invokes the teacher of a distillation, or its profile",
        _JOB,
    ),
    Reason(
        SERVICE,
        "ec2:CreateNetworkInterface ec2:CreateNetworkInterfacePermission ec2:DeleteNetworkInterface "
        "ec2:DeleteNetworkInterfacePermission ec2:CreateTags ec2:DescribeDhcpOptions "
        "ec2:DescribeNetworkInterfaces ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVpcs",
        "Bedrock makes, tags and deletes the job's network interfaces; the statements of AWS's page, on the "
        "subnets and groups of the job",
        "https://docs.aws.amazon.com/bedrock/latest/userguide/vpc-model-customization.html",
    ),
    Reason(
        SERVICE,
        "kms:CreateGrant kms:Decrypt kms:DescribeKey kms:GenerateDataKey",
        "encrypts the model and what it is made of, only through Bedrock",
        _JOB_KEY,
        "bedrock.REGION",
    ),
    Reason(
        SERVICE,
        "kms:Decrypt kms:GenerateDataKey",
        "reads data, and writes output, of a bucket with a key, only through S3. An upload in parts needs "
        "`kms:Decrypt`, too",
        _S3_KEY,
    ),
    Reason(
        SERVICE,
        "lambda:InvokeFunction",
        "Bedrock calls the grader as this role",
        "https://docs.aws.amazon.com/bedrock/latest/userguide/rft-access-security.html",
    ),
    Reason(
        STATE_MACHINE,
        "lambda:InvokeFunction",
        "calls the function that does the work, and nothing else",
        "https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html",
    ),
    Reason(STATE_MACHINE, "states:StartExecution", "a Distributed Map runs each trial as an execution", _MAP),
    Reason(
        STATE_MACHINE,
        "states:DescribeExecution states:StopExecution",
        "the same Map reads and stops its own executions",
        _MAP,
    ),
)
