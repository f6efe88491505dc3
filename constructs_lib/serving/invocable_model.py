"""What deployments and throughputs offer to those who invoke them, whether this app defines them or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from typing_extensions import Protocol, Unpack, runtime_checkable

from ..checks.rules.serving import alarm_elsewhere, no_arn_for_alarm, threshold_findings
from ..findings import InvalidJob
from ..job.argument_types import has, topic_problems, wrong_type
from ..job.interface import grant
from ..job.job_data import arn_of_key
from ..job.metrics import send_alarm
from ..job.unresolved import as_arn
from ..permissions import KEY, exact_problems, invoke_statement, key_arn, model_key_user_statements
from ..promotion.durations import seconds_of
from ..request.tokens import is_known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from aws_cdk import aws_cloudwatch as cloudwatch
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_sns as sns
    from constructs import Construct

    from ..findings import Finding
    from ..job.metrics import AlarmOptions, MetricOptions
    from ..permissions import Statement
    from ..permissions.exact import Kind
    from ..request.interfaces import Key

_NAMESPACE, _DIMENSION = "AWS/Bedrock", "ModelId"
_SUM, _AVERAGE = "Sum", "Average"


@runtime_checkable
class IInvocableModel(cdk.IResource, Protocol):
    """A deployment or a throughput of a custom model.

    It implements `aws_bedrock.IModel` of the CDK: `model_arn` is what is invoked.
    """

    @property
    def model_arn(self) -> str:
        """What is invoked: the ARN of the deployment or the throughput."""
        ...

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` run inference with the model.

        Args:
            grantee: who is granted it.
        """
        ...

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` read its status.

        Args:
            grantee: who is granted it.
        """
        ...

    def metric(self, metric_name: str, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return a metric of what is invoked.

        Args:
            metric_name: the name of the metric.
            **options: see `MetricOptions`. Default: the average of five minutes.
        """
        ...

    def metric_invocations(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the number of successful invocations.

        Args:
            **options: see `MetricOptions`. Default: the sum of five minutes.
        """
        ...

    def metric_invocation_latency(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the time until the last token, in milliseconds.

        Args:
            **options: see `MetricOptions`. Default: the average of five minutes.
        """
        ...

    def metric_throttles(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the number of throttled invocations.

        Args:
            **options: see `MetricOptions`. Default: the sum of five minutes.
        """
        ...

    def metric_client_errors(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the number of invocations that failed because of the request.

        Args:
            **options: see `MetricOptions`. Default: the sum of five minutes.
        """
        ...

    def metric_server_errors(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the number of invocations that failed because of the service.

        Args:
            **options: see `MetricOptions`. Default: the sum of five minutes.
        """
        ...

    def metric_input_tokens(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the number of tokens in requests.

        Args:
            **options: see `MetricOptions`. Default: the sum of five minutes.
        """
        ...

    def metric_output_tokens(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the number of tokens in responses.

        Args:
            **options: see `MetricOptions`. Default: the sum of five minutes.
        """
        ...

    def alarm_on_server_errors(
        self,
        topic: sns.ITopic | sns.Topic | None = None,
        *,
        threshold: int,
        id: str = "AlarmOnServerErrors",
        **options: Unpack[AlarmOptions],
    ) -> cloudwatch.Alarm:
        """Define an alarm that is raised by invocations that fail because of the service.

        Args:
            topic: what is sent a message when the alarm is raised. Default: nothing.
            threshold: how many in five minutes raise it.
            id: the id of the alarm. Default: `AlarmOnServerErrors`.
            **options: see `AlarmOptions`.
        """
        ...

    def alarm_on_latency(
        self,
        topic: sns.ITopic | sns.Topic | None = None,
        *,
        threshold: cdk.Duration,
        statistic: str = "p90",
        id: str = "AlarmOnLatency",
        **options: Unpack[AlarmOptions],
    ) -> cloudwatch.Alarm:
        """Define an alarm that is raised by invocations that take too long.

        Args:
            topic: what is sent a message when the alarm is raised. Default: nothing.
            threshold: how long may pass until the last token.
            statistic: which share of the invocations must not take longer. Default: 90 %.
            id: the id of the alarm. Default: `AlarmOnLatency`.
            **options: see `AlarmOptions`.
        """
        ...


class InvocableModel(cdk.Resource):
    """Grants and metrics, which need only the ARN."""

    @property
    def model_arn(self) -> str:
        """What is invoked. The CDK's `IModel` calls it so."""
        raise NotImplementedError

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` run inference with the model, and use the model's key for it.

        It permits `InvokeModel` and `InvokeModelWithResponseStream`, which the Converse operations need, too.

        Args:
            grantee: who is granted it.
        """
        return grant(grantee, self._invoke_statements)

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` read its status.

        Args:
            grantee: who is granted it.
        """
        return grant(grantee, self._read_statements)

    def metric(self, metric_name: str, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return a metric, which Bedrock writes for what is invoked.

        See https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring.html.

        Args:
            metric_name: the name of the metric.
            **options: see `MetricOptions`. Default: the average of five minutes.

        Raises:
            InvalidJob: the ARN is not known when the stack is deployed.
        """
        return self._metric(metric_name, _AVERAGE, options)

    def metric_invocations(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the number of successful invocations.

        Args:
            **options: see `MetricOptions`. Default: the sum of five minutes.
        """
        return self._metric("Invocations", _SUM, options)

    def metric_invocation_latency(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the time until the last token, in milliseconds.

        Args:
            **options: see `MetricOptions`. Default: the average of five minutes.
        """
        return self._metric("InvocationLatency", _AVERAGE, options)

    def metric_throttles(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the number of throttled invocations.

        Args:
            **options: see `MetricOptions`. Default: the sum of five minutes.
        """
        return self._metric("InvocationThrottles", _SUM, options)

    def metric_client_errors(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the number of invocations that failed because of the request.

        Args:
            **options: see `MetricOptions`. Default: the sum of five minutes.
        """
        return self._metric("InvocationClientErrors", _SUM, options)

    def metric_server_errors(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the number of invocations that failed because of the service.

        Args:
            **options: see `MetricOptions`. Default: the sum of five minutes.
        """
        return self._metric("InvocationServerErrors", _SUM, options)

    def metric_input_tokens(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the number of tokens in requests, which on-demand inference is billed by.

        Args:
            **options: see `MetricOptions`. Default: the sum of five minutes.
        """
        return self._metric("InputTokenCount", _SUM, options)

    def metric_output_tokens(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the number of tokens in responses, which on-demand inference is billed by.

        Args:
            **options: see `MetricOptions`. Default: the sum of five minutes.
        """
        return self._metric("OutputTokenCount", _SUM, options)

    def alarm_on_server_errors(
        self,
        topic: sns.ITopic | sns.Topic | None = None,
        *,
        threshold: int,
        id: str = "AlarmOnServerErrors",
        **options: Unpack[AlarmOptions],
    ) -> cloudwatch.Alarm:
        """Define an alarm that is raised by invocations that fail because of the service.

        It is for the ARN that is invoked, whichever model serves there. CloudWatch bills an alarm by the
        month. For another rule use `metric_server_errors().create_alarm(...)`.

        Args:
            topic: what is sent a message when the alarm is raised. Default: nothing, until
                `alarm.add_alarm_action` is called.
            threshold: how many in five minutes raise it, at least 1.
            id: the id of the alarm, for further alarms. Default: `AlarmOnServerErrors`.
            **options: see `AlarmOptions`.

        Raises:
            InvalidJob: the ARN is not known when the stack is deployed, or an argument is not valid.
        """
        found = threshold_findings(threshold)
        self._check_alarm("alarm_on_server_errors", found, topic)
        metric = self.metric_server_errors()
        text = "has server errors"
        return self._alarm(id, metric, topic, threshold=threshold, periods=1, text=text, **options)

    def alarm_on_latency(
        self,
        topic: sns.ITopic | sns.Topic | None = None,
        *,
        threshold: cdk.Duration,
        statistic: str = "p90",
        id: str = "AlarmOnLatency",
        **options: Unpack[AlarmOptions],
    ) -> cloudwatch.Alarm:
        """Define an alarm that is raised by invocations that take too long in three successive periods.

        A period is five minutes; one without invocations is not too long. Longer answers take longer, too.
        Otherwise it is as `alarm_on_server_errors`.

        Args:
            topic: what is sent a message when the alarm is raised. Default: nothing, until
                `alarm.add_alarm_action` is called.
            threshold: how long may pass until the last token, at least a millisecond.
            statistic: a statistic of CloudWatch, such as `p99` or `Average`. Default: `p90`, so that one of
                ten invocations may take longer.
            id: the id of the alarm, for further alarms. Default: `AlarmOnLatency`.
            **options: see `AlarmOptions`.

        Raises:
            InvalidJob: the ARN is not known when the stack is deployed, or an argument is not valid.
        """
        seconds, wrong = seconds_of("threshold", threshold)
        milliseconds = None if seconds is None else seconds * 1000
        found = wrong or threshold_findings(milliseconds, is_duration=True)
        self._check_alarm("alarm_on_latency", found, topic)
        metric = self.metric_invocation_latency(statistic=statistic)
        limit = milliseconds or 0
        return self._alarm(id, metric, topic, threshold=limit, periods=3, text="is slow", **options)

    @property
    def _may_lack_arn(self) -> bool:
        """Whether the ARN may be empty at the deployment of the stack."""
        return False

    def _check_alarm(self, method: str, found: Iterable[Finding], topic: object) -> None:
        found = [*found, *([] if topic is None else topic_problems(topic))]
        if self._may_lack_arn:
            found.append(no_arn_for_alarm())
        elif not cdk.Token.is_unresolved(self.model_arn):
            found += alarm_elsewhere(self.model_arn, cdk.Stack.of(self).region)
        if found:
            raise InvalidJob(f"{self.node.path}.{method}", found)

    def _alarm(
        self,
        id: str,
        metric: cloudwatch.Metric,
        topic: sns.ITopic | sns.Topic | None,
        *,
        threshold: float,
        periods: int,
        text: str,
        **options: Unpack[AlarmOptions],
    ) -> cloudwatch.Alarm:
        from aws_cdk import aws_cloudwatch as cloudwatch

        given: dict[str, Any] = {"alarm_description": f"The model of {self.node.path} {text}", **options}
        alarm = cloudwatch.Alarm(
            self,
            id,
            metric=metric,
            evaluation_periods=periods,
            threshold=threshold,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            **given,
        )
        if topic is not None:
            send_alarm(alarm, topic)
        return alarm

    @property
    def _invoke_statements(self) -> Sequence[Statement]:
        return [invoke_statement(self.model_arn)]

    @property
    def _read_statements(self) -> Sequence[Statement]:
        raise NotImplementedError

    def _metric(self, name: str, statistic: str, options: MetricOptions) -> cloudwatch.Metric:
        from aws_cdk import aws_cloudwatch as cloudwatch

        given: dict[str, Any] = {"statistic": statistic, **options}
        # For dashboards and alarms elsewhere: an imported model may be of another account or Region.
        account, region = (one if is_known(one) else None for one in (self.env.account, self.env.region))
        return cloudwatch.Metric(
            namespace=_NAMESPACE,
            metric_name=name,
            dimensions_map={_DIMENSION: self.model_arn},
            stack_account=account,
            stack_region=region,
            **given,
        )


class ImportedModel(InvocableModel):
    """A deployment or a throughput that another app defined, of that app's account and Region.

    Args:
        scope: the construct to import it into.
        id: its id there.
        argument: the argument that has the ARN.
        arn: the ARN.
        kind: what the ARN must name.
        key: the key of its model. Default: not known, so it is not permitted.
    """

    def __init__(
        self, scope: Construct, id: str, *, argument: str, arn: str, kind: Kind, key: Key | str | None
    ) -> None:
        if found := [*exact_problems(argument, arn, kind), *_key_findings(key)]:
            raise InvalidJob(f"{scope.node.path}/{id}", found)
        stack = cdk.Stack.of(scope)
        placeholder = f"arn:{stack.partition}:bedrock:{stack.region}:{stack.account}:placeholder/placeholder"
        super().__init__(scope, id, environment_from_arn=as_arn(arn, placeholder))
        self._arn, self._key = arn, arn_of_key(key)

    @property
    def _invoke_statements(self) -> Sequence[Statement]:
        if self._key is None:
            return super()._invoke_statements
        env = self.env
        partition = cdk.Stack.of(self).partition
        key = key_arn(self._key, partition=partition, region=env.region, account=env.account)
        return [*super()._invoke_statements, *model_key_user_statements([key], region=env.region)]


def _key_findings(key: object) -> Iterator[Finding]:
    if isinstance(key, str):
        yield from exact_problems("custom_model_kms_key", key, KEY)
    elif key is not None and not has(key, "key_arn"):
        rule = "must be an aws_kms.IKey, or a key's ARN, id or alias"
        yield wrong_type("custom_model_kms_key", rule, key, "pass the key, or leave it out")
