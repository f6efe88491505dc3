"""Fine-tuning in the typed form: `cdk deploy --app "python examples/fine_tune.py"`."""

from pathlib import Path

import aws_cdk as cdk

from constructs_lib import BaseModel, Customization, HyperParameters, ModelCustomizationJob, TrainingData

app = cdk.App()
stack = cdk.Stack(app, "FineTune", env=cdk.Environment(region="us-east-1"))  # where AWS customizes Nova
ModelCustomizationJob(
    stack,
    "Triage",
    base_model=BaseModel.NOVA_LITE,
    customization=Customization.fine_tuning(
        HyperParameters(epoch_count=2, learning_rate=1e-5, learning_rate_warmup_steps=10)
    ),
    training_data=TrainingData.from_file(Path(__file__).with_name("fine-tune-nova.jsonl")),
)
app.synth()
