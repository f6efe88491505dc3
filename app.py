"""Deploy one job file: `cdk deploy -c job=examples/fine-tune-nova.yaml`."""

import sys
from pathlib import Path

import aws_cdk as cdk

from constructs_lib import InvalidJob, ModelCustomizationJob

app = cdk.App()
job_file = Path(app.node.try_get_context("job") or "examples/fine-tune-nova.yaml")

# One stack per job file: a second file deploys beside the first and does not replace it.
name = "".join(part.capitalize() for part in job_file.stem.replace("_", "-").split("-"))
stack = cdk.Stack(app, f"Bedrock{name}", description=f"Amazon Bedrock model customization of {job_file.name}")

try:
    ModelCustomizationJob.from_request(stack, "Customization", job_file)
except InvalidJob as error:
    sys.exit(str(error))

app.synth()
