"""The construct that Acme's product teams use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from acme_training.company_rules import ON_CALL
from constructs_lib import BaseModel, Customization, HyperParameters, ModelCustomizationJob

if TYPE_CHECKING:
    from pathlib import Path

    from aws_cdk import aws_iam as iam


class FineTunedModel(Construct):
    """A fine-tuned Nova Lite, with an alarm and a parameter that names the job.

    Key, network, tags, permissions boundary and what is forbidden come from `apply_company_rules`.

    Args:
        scope: the construct to define it in.
        id: its id there.
        training_data: a local file of conversations, or its S3 URI.
        cost_centre: four digits; billing reads them from the tags of the job and of the model.
        epochs: how often the data is read.
    """

    def __init__(
        self, scope: Construct, id: str, *, training_data: Path | str, cost_centre: str, epochs: int = 2
    ) -> None:
        super().__init__(scope, id)
        tags = {"cost-centre": cost_centre}
        self.job = ModelCustomizationJob(
            self,
            "Job",
            base_model=BaseModel.NOVA_LITE,
            customization=Customization.fine_tuning(HyperParameters(epoch_count=epochs)),
            training_data=training_data,
            job_tags=tags,
            custom_model_tags=tags,
        )
        # Other stacks read the parameter, because a retraining changes the ARN and an export cannot change.
        ssm.StringParameter(self, "JobArn", string_value=self.job.job_arn)
        alarm = cloudwatch.Alarm(
            self,
            "Failures",
            metric=self.job.provider.function.metric_errors(),
            threshold=1,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        on_call = actions.SnsAction(sns.Topic.from_topic_arn(self, "OnCall", ON_CALL))
        alarm.add_alarm_action(on_call)  # pyright: ignore[reportArgumentType] - the CDK's own parameter names

    def grant_watch(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` follow the training: the job's status, its metrics and its reports.

        Args:
            grantee: a person's role, or a dashboard's.
        """
        self.job.grant_read(grantee)
        self.job.output_bucket.grant_read(grantee)
