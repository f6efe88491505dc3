"""Metrics of a job that the function writes at every look, and the alarm on its failure.

The function writes them into its log in CloudWatch's embedded metric format, for the job that the resource
has at that time: `Failed` is 0 again as soon as another job has replaced the one that failed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

import aws_cdk as cdk
from typing_extensions import Unpack

from ..contract.follow import (
    FAILED_METRIC,
    JOB_DIMENSION,
    METRIC_NAMESPACE,
    STACK_DIMENSION,
    TRAINING_LOSS_METRIC,
    VALIDATION_LOSS_METRIC,
)
from .argument_types import check_topic

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch
    from aws_cdk import aws_sns as sns
    from constructs import Construct

FAILED, TRAINING_LOSS, VALIDATION_LOSS = FAILED_METRIC, TRAINING_LOSS_METRIC, VALIDATION_LOSS_METRIC

_PERIOD_HOURS = 1
"""The function looks once an hour, and when a job has ended."""


class MetricOptions(TypedDict, total=False):
    """Options of a metric, those of the CDK's `MetricOptions` that do not change what is measured.

    See https://docs.aws.amazon.com/cdk/api/v2/python/aws_cdk.aws_cloudwatch/MetricOptions.html.

    Attributes:
        statistic: how values of one period are combined. Default: it depends on the metric.
        period: the length of a period. Default: it depends on the metric.
        label: its name in a graph. Default: CloudWatch's own.
        color: its colour in a graph, as `#rrggbb`. Default: CloudWatch's own.
    """

    statistic: str
    period: cdk.Duration
    label: str
    color: str


class AlarmOptions(TypedDict, total=False):
    """Options of an alarm, those of the CDK's `CreateAlarmOptions` that do not change when it is raised.

    See https://docs.aws.amazon.com/cdk/api/v2/python/aws_cdk.aws_cloudwatch/CreateAlarmOptions.html.

    Attributes:
        alarm_name: the alarm's name. Default: CloudFormation generates one.
        alarm_description: describes the alarm. Default: a sentence with the path of the job.
        actions_enabled: whether actions are executed. Default: they are.
    """

    alarm_name: str
    alarm_description: str
    actions_enabled: bool


def job_metric(
    resource: cdk.CfnResource,
    stack: cdk.Stack,
    name: str,
    *,
    dimension: str = JOB_DIMENSION,
    **options: Unpack[MetricOptions],
) -> cloudwatch.Metric:
    """Return a metric of a job, or of what its models are promoted to.

    Args:
        resource: the resource.
        stack: its stack.
        name: the metric.
        dimension: the dimension with the logical id of the resource. Default: that of a job.
        **options: see `MetricOptions`.
    """
    from aws_cdk import aws_cloudwatch as cloudwatch

    given: dict[str, Any] = {"statistic": "Maximum", "period": cdk.Duration.hours(_PERIOD_HOURS), **options}
    dimensions = {STACK_DIMENSION: stack.stack_name, dimension: resource.logical_id}
    metric = cloudwatch.Metric(
        namespace=METRIC_NAMESPACE, metric_name=name, dimensions_map=dimensions, **given
    )
    return metric.attach_to(resource)  # for dashboards and alarms of another account or Region


def failure_alarm(
    scope: Construct, id: str, metric: cloudwatch.Metric, **options: Unpack[AlarmOptions]
) -> cloudwatch.Alarm:
    """Define the alarm that is raised while the current job of a resource has failed.

    Args:
        scope: the job.
        id: the id of the alarm.
        metric: whether the job has failed.
        **options: see `AlarmOptions`.
    """
    from aws_cdk import aws_cloudwatch as cloudwatch

    given: dict[str, Any] = {
        "alarm_description": f"The model customization job of {scope.node.path} has failed",
        **options,
    }
    return cloudwatch.Alarm(
        scope,
        id,
        metric=metric,
        evaluation_periods=1,
        threshold=1,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        # A period may have no look, because looks are not exactly an hour apart.
        treat_missing_data=cloudwatch.TreatMissingData.IGNORE,
        **given,
    )


def send_alarm(alarm: cloudwatch.Alarm, topic: sns.ITopic | sns.Topic) -> None:
    """Send a message to a topic when an alarm is raised.

    Args:
        alarm: the alarm.
        topic: the topic.
    """
    from aws_cdk import aws_cloudwatch_actions as actions

    check_topic(topic, alarm.node.path)
    alarm.add_alarm_action(actions.SnsAction(topic))
