"""Jobs with this library; data and key are shared, as in the stacks that the others write."""

import sys

import aws_cdk as cdk

from constructs_lib import AWS_OWNED_KEY, BaseModel, ModelCustomizationJob, OutputData, TrainingData

app = cdk.App()
stack = cdk.Stack(app, "Ours")
for number in range(int(sys.argv[1])):
    ModelCustomizationJob(
        stack,
        f"Job{number}",
        base_model=BaseModel.NOVA_LITE,
        training_data=TrainingData.from_s3_uri("s3://amzn-s3-demo-bucket/train.jsonl"),
        output_data=OutputData.from_s3_uri("s3://amzn-s3-demo-bucket/out/"),
        custom_model_kms_key=AWS_OWNED_KEY,
    )
app.synth()
