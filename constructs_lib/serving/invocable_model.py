"""What deployments and throughputs offer to those who invoke them, whether this app defines them or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from typing_extensions import Protocol, Unpack, runtime_checkable

from ..findings import InvalidJob
from ..job.argument_types import has, wrong_type
from ..job.interface import grant
from ..job.job_data import arn_of_key
from ..job.unresolved import as_arn
from ..permissions import KEY, exact_problems, invoke_statement, key_arn, model_key_user_statements
from ..request.tokens import is_known

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aws_cdk import aws_cloudwatch as cloudwatch
    from aws_cdk import aws_iam as iam
    from constructs import Construct

    from ..findings import Finding
    from ..job.metrics import MetricOptions
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
