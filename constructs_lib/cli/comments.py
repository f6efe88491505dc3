"""One short comment for each field of a job file."""

from types import MappingProxyType

_UNIQUE = "left out: a unique one is made, because Bedrock never frees a name"
_TAG_VALUE = "up to 256 letters, digits, spaces and . _ : / = + @ -"
_METADATA = "one key and one value, up to 256 characters each"
_FILTERS = "trainingDataConfig.invocationLogsConfig.requestMetadataFilters"
_TEACHER = "customizationConfig.distillationConfig.teacherModelConfig"
_GRADER = "customizationConfig.rftConfig.graderConfig.lambdaGrader"
_RFT = "customizationConfig.rftConfig.hyperParameters"

COMMENTS = MappingProxyType(
    {
        "jobName": f"up to 63 letters, digits and + - . ; {_UNIQUE}",
        "customModelName": f"up to 63 letters, digits and single - _ ; {_UNIQUE}",
        "roleArn": "left out: a role with the least permissions is made; given: nothing is attached to it",
        "clientRequestToken": "is not sent: the deployment makes its own, so that no job starts twice",
        "baseModelIdentifier": "a model's id or ARN, or a custom model's name or ARN to go on tuning it",
        "customizationType": "FINE_TUNING, CONTINUED_PRE_TRAINING, DISTILLATION or REINFORCEMENT_FINE_TUNING",
        "customModelKmsKeyId": "a key's ARN or id; left out: a key that AWS owns",
        "jobTags[].key": "up to 128 letters, digits, spaces and . _ : / = + @ - ; up to 50 tags, no aws:",
        "jobTags[].value": _TAG_VALUE,
        "customModelTags[].key": "as for jobTags",
        "customModelTags[].value": _TAG_VALUE,
        "trainingDataConfig.s3Uri": "a JSON Lines object; file://train.jsonl beside this file is uploaded",
        "trainingDataConfig.invocationLogsConfig.usePromptResponse": "learn from the logged responses too",
        "trainingDataConfig.invocationLogsConfig.invocationLogSource.s3Uri": (
            "where model invocation logging writes; for distillation and reinforcement fine-tuning"
        ),
        f"{_FILTERS}.equals{{}}": f"{_METADATA}; keep one of equals, notEquals, andAll, orAll",
        f"{_FILTERS}.notEquals{{}}": _METADATA,
        f"{_FILTERS}.andAll[].equals{{}}": f"{_METADATA}; 1 to 16 filters",
        f"{_FILTERS}.andAll[].notEquals{{}}": _METADATA,
        f"{_FILTERS}.orAll[].equals{{}}": f"{_METADATA}; 1 to 16 filters",
        f"{_FILTERS}.orAll[].notEquals{{}}": _METADATA,
        "validationDataConfig.validators[].s3Uri": "up to 10 files, in S3 or file://; some models take none",
        "outputDataConfig.s3Uri": "where metrics and copies of the data go; left out: a bucket is made",
        "hyperParameters{}": "strings, which the model's page lists; 1e-5 without quotes is sent as 0.00001",
        "vpcConfig.subnetIds[]": "1 to 16",
        "vpcConfig.securityGroupIds[]": "1 to 5",
        f"{_TEACHER}.teacherModelIdentifier": "a model's id or ARN, or an inference profile's ARN",
        f"{_TEACHER}.maxResponseLengthForInference": "tokens",
        f"{_GRADER}.lambdaArn": "the function that rewards answers",
        f"{_RFT}.epochCount": "1 to 50",
        f"{_RFT}.batchSize": "16 to 512",
        f"{_RFT}.learningRate": "1e-07 to 0.001",
        f"{_RFT}.maxPromptLength": "tokens",
        f"{_RFT}.trainingSamplePerPrompt": "2 to 16",
        f"{_RFT}.inferenceMaxTokens": "tokens",
        f"{_RFT}.reasoningEffort": "low, medium or high",
        f"{_RFT}.evalInterval": "1 to 100 steps",
    }
)
"""By the field's path in the request."""
