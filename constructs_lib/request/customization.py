"""The model that is customized, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from .hyper_parameters import HyperParameters, RftHyperParameters
    from .interfaces import Function, Model


@dataclass(frozen=True, slots=True)
class BaseModel:
    """A model that Bedrock can customize; `BaseModel.of(...)` for one without a constant here.

    The constants are no list of what is allowed: AWS adds and withdraws models without a release of this
    library. See https://docs.aws.amazon.com/bedrock/latest/userguide/custom-model-fine-tuning.html

    Args:
        model_id: the API's `baseModelIdentifier`: a foundation model's id or ARN, or the name or ARN of a
            custom model to customize further.
    """

    model_id: str

    NOVA_2_LITE: ClassVar[BaseModel]
    """Amazon Nova 2 Lite: `amazon.nova-2-lite-v1:0:256k`."""
    NOVA_MICRO: ClassVar[BaseModel]
    """Amazon Nova Micro: `amazon.nova-micro-v1:0:128k`."""
    NOVA_LITE: ClassVar[BaseModel]
    """Amazon Nova Lite: `amazon.nova-lite-v1:0:300k`."""
    NOVA_PRO: ClassVar[BaseModel]
    """Amazon Nova Pro: `amazon.nova-pro-v1:0:300k`."""
    TITAN_EMBED_IMAGE: ClassVar[BaseModel]
    """Amazon Titan Multimodal Embeddings: `amazon.titan-embed-image-v1:0`."""
    LLAMA_3_1_8B: ClassVar[BaseModel]
    """Meta Llama 3.1 8B Instruct: `meta.llama3-1-8b-instruct-v1:0:128k`."""
    LLAMA_3_1_70B: ClassVar[BaseModel]
    """Meta Llama 3.1 70B Instruct: `meta.llama3-1-70b-instruct-v1:0:128k`."""
    LLAMA_3_3_70B: ClassVar[BaseModel]
    """Meta Llama 3.3 70B Instruct: `meta.llama3-3-70b-instruct-v1:0:128k`."""

    @classmethod
    def of(cls, model: BaseModel | Model | str) -> BaseModel:
        """Return any model.

        Args:
            model: an id, an ARN, a custom model's name or ARN, or an `aws_bedrock.IModel`.
        """
        if isinstance(model, BaseModel):
            return model
        # Anything else is kept: the job reports it together with everything else that is wrong.
        found: Any = model
        return cls(getattr(found, "model_arn", found))


BaseModel.NOVA_2_LITE = BaseModel("amazon.nova-2-lite-v1:0:256k")
BaseModel.NOVA_MICRO = BaseModel("amazon.nova-micro-v1:0:128k")
BaseModel.NOVA_LITE = BaseModel("amazon.nova-lite-v1:0:300k")
BaseModel.NOVA_PRO = BaseModel("amazon.nova-pro-v1:0:300k")
BaseModel.TITAN_EMBED_IMAGE = BaseModel("amazon.titan-embed-image-v1:0")
BaseModel.LLAMA_3_1_8B = BaseModel("meta.llama3-1-8b-instruct-v1:0:128k")
BaseModel.LLAMA_3_1_70B = BaseModel("meta.llama3-1-70b-instruct-v1:0:128k")
BaseModel.LLAMA_3_3_70B = BaseModel("meta.llama3-3-70b-instruct-v1:0:128k")


@dataclass(frozen=True, slots=True, kw_only=True)
class DistillationConfig:
    """A teacher model, from whose responses the model learns.

    https://docs.aws.amazon.com/bedrock/latest/APIReference/API_TeacherModelConfig.html

    Args:
        teacher: the model that generates the responses.
        max_response_length: the longest response, in tokens. Default: the service's own.
    """

    teacher: BaseModel
    max_response_length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RftConfig:
    """A grader that scores responses, and how the model learns from the scores.

    https://docs.aws.amazon.com/bedrock/latest/APIReference/API_RFTConfig.html

    Args:
        grader: an `aws_lambda.IFunction`, or a function's ARN. Default: left out.
        hyper_parameters: how it learns. Default: the service's own.
    """

    grader: Function | str | None = None
    hyper_parameters: RftHyperParameters | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Customization:
    """One type of customization; each factory method has exactly the parameters that its type needs.

    Args:
        type: the API's `customizationType`. Default: left out, which Bedrock treats as fine-tuning.
        hyper_parameters: how the model is trained. Default: left out.
        distillation_config: as `distillation` sets it. Default: left out.
        rft_config: as `reinforcement_fine_tuning` sets it. Default: left out.
    """

    type: str | None = None
    hyper_parameters: HyperParameters | None = None
    distillation_config: DistillationConfig | None = None
    rft_config: RftConfig | None = None

    @classmethod
    def fine_tuning(cls, hyper_parameters: HyperParameters | None = None) -> Customization:
        """Train with labeled examples.

        https://docs.aws.amazon.com/bedrock/latest/userguide/custom-model-fine-tuning.html

        Args:
            hyper_parameters: how the model is trained. Default: the model's own.
        """
        return cls(type="FINE_TUNING", hyper_parameters=hyper_parameters)

    @classmethod
    def continued_pre_training(cls, hyper_parameters: HyperParameters | None = None) -> Customization:
        """Train with unlabeled text; AWS no longer documents this type, so the construct warns.

        https://docs.aws.amazon.com/bedrock/latest/userguide/custom-models.html

        Args:
            hyper_parameters: how the model is trained. Default: the model's own.
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
        """Train with the responses of a larger model.

        https://docs.aws.amazon.com/bedrock/latest/userguide/model-distillation.html

        Args:
            teacher: a model, its id or ARN, or an inference profile's ARN.
            max_response_length: the teacher's longest response, in tokens. Default: the service's own.
            hyper_parameters: AWS documents none for distillation. Default: left out.
        """
        config = DistillationConfig(teacher=BaseModel.of(teacher), max_response_length=max_response_length)
        return cls(type="DISTILLATION", hyper_parameters=hyper_parameters, distillation_config=config)

    @classmethod
    def reinforcement_fine_tuning(
        cls, grader: Function | str, hyper_parameters: RftHyperParameters | None = None
    ) -> Customization:
        """Train with the scores that a Lambda function gives to the model's responses.

        https://docs.aws.amazon.com/bedrock/latest/userguide/reinforcement-fine-tuning.html

        Args:
            grader: an `aws_lambda.IFunction`, or a function's ARN; the service role may invoke it.
            hyper_parameters: how it learns. Default: the service's own.
        """
        config = RftConfig(grader=grader, hyper_parameters=hyper_parameters)
        return cls(type="REINFORCEMENT_FINE_TUNING", rft_config=config)

    @classmethod
    def of(cls, type: str, hyper_parameters: HyperParameters | None = None) -> Customization:
        """Return a customization whose type has no method here.

        Args:
            type: a value of the API's `customizationType`.
            hyper_parameters: how the model is trained. Default: the model's own.
        """
        return cls(type=type, hyper_parameters=hyper_parameters)

    @property
    def grader(self) -> Function | str | None:
        """The grader of reinforcement fine-tuning, if there is one."""
        return self.rft_config.grader if self.rft_config else None

    @property
    def teacher(self) -> BaseModel | None:
        """The teacher model of a distillation, if there is one."""
        return self.distillation_config.teacher if self.distillation_config else None
