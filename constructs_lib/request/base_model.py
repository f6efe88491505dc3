"""The model that is customized, and the one that teaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from .interfaces import Model


@dataclass(frozen=True, slots=True)
class BaseModel:
    """A model that Bedrock can customize; `BaseModel.of(...)` for one that is not named here.

    The constants are hints, not a list of what is allowed: models come and go without a release of this
    library. See https://docs.aws.amazon.com/bedrock/latest/userguide/custom-model-fine-tuning.html

    Args:
        model_id: What the API takes as `baseModelIdentifier`: a foundation model's id or ARN, or a custom
            model's name or ARN to go on tuning it.
    """

    model_id: str

    NOVA_2_LITE: ClassVar[BaseModel]
    NOVA_MICRO: ClassVar[BaseModel]
    NOVA_LITE: ClassVar[BaseModel]
    NOVA_PRO: ClassVar[BaseModel]
    TITAN_EMBED_IMAGE: ClassVar[BaseModel]
    LLAMA_3_1_8B: ClassVar[BaseModel]
    LLAMA_3_1_70B: ClassVar[BaseModel]
    LLAMA_3_3_70B: ClassVar[BaseModel]

    @classmethod
    def of(cls, model: BaseModel | Model | str) -> BaseModel:
        """Take any model.

        Args:
            model: An id, an ARN, a custom model's name or ARN, or an `aws_bedrock.IModel`.
        """
        if isinstance(model, BaseModel):
            return model
        return cls(model if isinstance(model, str) else model.model_arn)


BaseModel.NOVA_2_LITE = BaseModel("amazon.nova-2-lite-v1:0:256k")
BaseModel.NOVA_MICRO = BaseModel("amazon.nova-micro-v1:0:128k")
BaseModel.NOVA_LITE = BaseModel("amazon.nova-lite-v1:0:300k")
BaseModel.NOVA_PRO = BaseModel("amazon.nova-pro-v1:0:300k")
BaseModel.TITAN_EMBED_IMAGE = BaseModel("amazon.titan-embed-image-v1:0")
BaseModel.LLAMA_3_1_8B = BaseModel("meta.llama3-1-8b-instruct-v1:0:128k")
BaseModel.LLAMA_3_1_70B = BaseModel("meta.llama3-1-70b-instruct-v1:0:128k")
BaseModel.LLAMA_3_3_70B = BaseModel("meta.llama3-3-70b-instruct-v1:0:128k")
