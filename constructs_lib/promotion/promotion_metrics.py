"""Metrics of promotions, which published models and deployments have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..checks.rules.promotion import no_promotion
from ..contract.promotion import (
    PROMOTED_METRIC,
    REJECTED_METRIC,
    RESOURCE_DIMENSION,
    WITHDRAWN_METRIC,
)
from ..findings import InvalidJob
from ..job.metrics import job_metric

if TYPE_CHECKING:
    from typing import Unpack

    import aws_cdk as cdk
    from aws_cdk import aws_cloudwatch as cloudwatch

    from ..job.metrics import MetricOptions
    from .promotion_policy import Promotion


class PromotionMetrics:
    """The metrics that the function writes when it has decided about a new model."""

    _promotion: Promotion | None
    _resource: cdk.CfnResource

    def metric_promoted(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the metric that is 1 when a new model was promoted.

        Args:
            **options: see `MetricOptions`. Default: the sum of an hour.

        Raises:
            InvalidJob: there is no promotion.
        """
        return self._decision("metric_promoted", PROMOTED_METRIC, options)

    def metric_rejected(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the metric that is 1 when a new model was rejected; see `metric_promoted`.

        Args:
            **options: see `MetricOptions`. Default: the sum of an hour.

        Raises:
            InvalidJob: there is no promotion.
        """
        return self._decision("metric_rejected", REJECTED_METRIC, options)

    def metric_withdrawn(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the metric that is 1 when a model was withdrawn; see `metric_promoted`.

        Args:
            **options: see `MetricOptions`. Default: the sum of an hour.

        Raises:
            InvalidJob: there is no promotion.
        """
        return self._decision("metric_withdrawn", WITHDRAWN_METRIC, options)

    def _decision(self, method: str, name: str, options: MetricOptions) -> cloudwatch.Metric:
        resource = self._resource
        if self._promotion is None:
            raise InvalidJob(resource.node.path.rpartition("/")[0], [no_promotion(method)])
        given: MetricOptions = {"statistic": "Sum", **options}
        return job_metric(resource, resource.stack, name, dimension=RESOURCE_DIMENSION, **given)
