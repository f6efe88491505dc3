"""What kind of customization a job does, and what only that kind needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .base_model import BaseModel

if TYPE_CHECKING:
    from .hyper_parameters import HyperParameters, RftHyperParameters
    from .interfaces import Function, Model


@dataclass(frozen=True, slots=True, kw_only=True)
class DistillationConfig:
    """A teacher whose answers the model learns.

    https://docs.aws.amazon.com/bedrock/latest/APIReference/API_TeacherModelConfig.html

    Args:
        teacher: The model that answers.
        max_response_length: Longest answer, in tokens. Default: the service's own.
    """

    teacher: BaseModel
    max_response_length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RftConfig:
    """A grader that rewards answers, and how the model learns from that.

    https://docs.aws.amazon.com/bedrock/latest/APIReference/API_RFTConfig.html

    Args:
        grader: An `aws_lambda.IFunction`, or a function's ARN. Default: left out.
        hyper_parameters: Default: the service's own.
    """

    grader: Function | str | None = None
    hyper_parameters: RftHyperParameters | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Customization:
    """One kind of customization; each factory asks for what its kind needs, and for nothing else.

    Args:
        type: The API's `customizationType`. Default: left out, which Bedrock takes as fine-tuning.
        hyper_parameters: How the weights are trained. Default: left out.
        distillation_config: Made by `distillation`. Default: left out.
        rft_config: Made by `reinforcement_fine_tuning`. Default: left out.
    """

    type: str | None = None
    hyper_parameters: HyperParameters | None = None
    distillation_config: DistillationConfig | None = None
    rft_config: RftConfig | None = None

    @classmethod
    def fine_tuning(cls, hyper_parameters: HyperParameters | None = None) -> Customization:
        """Learn from labelled examples.

        https://docs.aws.amazon.com/bedrock/latest/userguide/custom-model-fine-tuning.html

        Args:
            hyper_parameters: Default: the model's own.
        """
        return cls(type="FINE_TUNING", hyper_parameters=hyper_parameters)

    @classmethod
    def continued_pre_training(cls, hyper_parameters: HyperParameters | None = None) -> Customization:
        """Learn from unlabelled text: no longer a method that AWS documents, so the construct warns.

        https://docs.aws.amazon.com/bedrock/latest/userguide/custom-models.html

        Args:
            hyper_parameters: Default: the model's own.
        """
        return cls(type="CONTINUED_PRE_TRAINING", hyper_parameters=hyper_parameters)

    @classmethod
    def distillation(
        cls,
        teacher: BaseModel | Model | str,
        max_response_length: int | None = None,
        *,
        hyper_parameters: HyperParameters | None = None,
    ) -> Customization:
        """Learn the answers of a larger model.

        https://docs.aws.amazon.com/bedrock/latest/userguide/model-distillation.html

        Args:
            teacher: A model, its id or ARN, or an inference profile's ARN.
            max_response_length: Longest answer of the teacher, in tokens. Default: the service's own.
            hyper_parameters: AWS documents none for distillation. Default: left out.
        """
        config = DistillationConfig(teacher=BaseModel.of(teacher), max_response_length=max_response_length)
        return cls(type="DISTILLATION", hyper_parameters=hyper_parameters, distillation_config=config)

    @classmethod
    def reinforcement_fine_tuning(
        cls, grader: Function | str, hyper_parameters: RftHyperParameters | None = None
    ) -> Customization:
        """Learn from the rewards that a function gives to answers.

        https://docs.aws.amazon.com/bedrock/latest/userguide/reinforcement-fine-tuning.html

        Args:
            grader: An `aws_lambda.IFunction` (the construct lets the job invoke it), or a function's ARN.
            hyper_parameters: Default: the service's own.
        """
        config = RftConfig(grader=grader, hyper_parameters=hyper_parameters)
        return cls(type="REINFORCEMENT_FINE_TUNING", rft_config=config)

    @classmethod
    def of(cls, type: str, hyper_parameters: HyperParameters | None = None) -> Customization:
        """Take a type that has no factory here.

        Args:
            type: A value of the API's `customizationType`.
            hyper_parameters: Default: the model's own.
        """
        return cls(type=type, hyper_parameters=hyper_parameters)

    @property
    def grader(self) -> Function | str | None:
        """The grader of reinforcement fine-tuning, where there is one."""
        return self.rft_config.grader if self.rft_config else None

    @property
    def teacher(self) -> BaseModel | None:
        """The teacher of a distillation, where there is one."""
        return self.distillation_config.teacher if self.distillation_config else None
