"""What must be so that a new model serves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..contract.promotion import TRAINING_LOSS, VALIDATION_LOSS, Score
from .conditions import (
    AnswersCondition,
    ApprovalCondition,
    Condition,
    FunctionCondition,
    LossCondition,
    in_order,
)

if TYPE_CHECKING:
    import aws_cdk as cdk
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_sns as sns

    from .evaluation_data import EvaluationData


@dataclass(frozen=True, slots=True)
class PromoteIf:
    """What must be so that a new model serves: one of the methods, or `all_of` several.

    Each condition compares the new model with the one that serves, and may have an absolute limit as well;
    where nothing serves yet, only the limits count. The answer of a condition is yes, no or unsure. See
    docs/promotion.md on which condition to use.
    """

    conditions: tuple[Condition, ...]
    """What must be so, all of it."""

    @staticmethod
    def validation_loss(*, margin: float = 0.0, at_most: float | None = None) -> PromoteIf:
        """Require that the validation loss is not higher than that of the model that serves.

        It is unsure where the losses cannot be compared: the models have another base model, customization
        type or validation data, or Bedrock reports none.

        Args:
            margin: by how much it may be higher. Default: not at all.
            at_most: how high it may be at all. Default: no limit.
        """
        return PromoteIf((LossCondition(type=VALIDATION_LOSS, margin=margin, at_most=at_most),))

    @staticmethod
    def training_loss(*, margin: float = 0.0, at_most: float | None = None) -> PromoteIf:
        """Require that the training loss is not higher than that of the model that serves.

        It says nothing about what the model has not seen: prefer `validation_loss`.

        Args:
            margin: by how much it may be higher. Default: not at all.
            at_most: how high it may be at all. Default: no limit.
        """
        return PromoteIf((LossCondition(type=TRAINING_LOSS, margin=margin, at_most=at_most),))

    @staticmethod
    def answers(
        data: EvaluationData,
        *,
        score: Score = Score.EXACT_MATCH,
        margin: float | None = 0.03,
        at_least: float | None = None,
        confidence: float = 0.95,
        max_tokens: int = 512,
    ) -> PromoteIf:
        """Require that the model's answers to records are not worse than those of the model that serves.

        Both models answer the same records, and are compared record by record. The answer is yes if it is as
        certain as `confidence` says that the new model is at most `margin` worse, no if it is as certain that
        it is more than that worse, and else unsure, with the number of records that would be enough.
        Invocations are billed by tokens.

        Args:
            data: at most 1,000 records. They must not be training data.
            score: how one answer is compared with that of the record. Default: the same text is 1, any other
                0.
            margin: by how much the mean score may be lower, 0 to 1. With 0 the new model must be better,
                because no number of records shows that two models are exactly equal. With None the models are
                not compared, and `at_least` must be given. Default: 0.03.
            at_least: the mean score that the new model must have. Default: no limit.
            confidence: how certain a yes or a no must be, above 0.5 and below 1. Default: 0.95.
            max_tokens: the tokens of an answer at most. Default: 512.
        """
        return PromoteIf(
            (
                AnswersCondition(
                    data=data,
                    score=score,
                    margin=margin,
                    at_least=at_least,
                    confidence=confidence,
                    max_tokens=max_tokens,
                ),
            )
        )

    @staticmethod
    def function(handler: lambda_.IFunction | lambda_.Function) -> PromoteIf:
        """Require that a function says so.

        It is called with the new model and the one that serves, and answers `{"verdict": "yes", "reason":
        "..."}`, or `no`, or `later`, after which it is called again. See docs/promotion.md.

        Args:
            handler: the function, of the same account and Region. It must not depend on what is promoted.
        """
        return PromoteIf((FunctionCondition(handler=handler),))

    @staticmethod
    def approved(
        *, topic: sns.ITopic | sns.Topic | None = None, expires_after: cdk.Duration | None = None
    ) -> PromoteIf:
        """Require that a person approves the model, with `bedrock-customize approve` or a tag.

        Args:
            topic: gets a message when all other conditions are met. Default: no message is sent.
            expires_after: how long a person can approve, 1 hour to 365 days; then the model is rejected.
                Default: 14 days.
        """
        return PromoteIf((ApprovalCondition(topic=topic, expires_after=expires_after),))

    @staticmethod
    def all_of(*conditions: PromoteIf) -> PromoteIf:
        """Require several conditions.

        They are asked in the order of their costs: losses, functions, answers, and a person last. The first
        no ends it.

        Args:
            conditions: at least one, of the other methods or of this one.
        """
        found: list[Any] = [each for one in conditions for each in getattr(one, "conditions", (one,))]
        return PromoteIf(in_order(found))
