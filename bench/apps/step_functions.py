"""The CDK's own Step Functions task for the job, in a state machine: the nearest construct that exists."""

import sys

import aws_cdk as cdk
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks

app = cdk.App()
stack = cdk.Stack(app, "StepFunctions")
bucket = s3.Bucket.from_bucket_name(stack, "Data", "amzn-s3-demo-bucket")
model = bedrock.FoundationModel.from_foundation_model_id(
    stack, "Model", bedrock.FoundationModelIdentifier("amazon.nova-lite-v1:0:300k")
)
for number in range(int(sys.argv[1])):
    task = tasks.BedrockCreateModelCustomizationJob(
        stack,
        f"Task{number}",
        base_model=model,
        custom_model_name=f"model-{number}",
        job_name=f"job-{number}",
        output_data=tasks.OutputBucketConfiguration(bucket=bucket, path="out"),
        training_data=tasks.TrainingBucketConfiguration(bucket=bucket, path="train.jsonl"),
        validation_data=[tasks.ValidationBucketConfiguration(bucket=bucket, path="valid.jsonl")],
    )
    sfn.StateMachine(stack, f"Machine{number}", definition_body=sfn.DefinitionBody.from_chainable(task))
app.synth()
