"""What the catalogue says about one model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from .figures import (
    CharactersPerToken,
    DatasetRule,
    Hosting,
    HyperParameter,
    Lifecycle,
    Limit,
    Quantity,
    Reason,
    Regions,
)

PLANNING_FIGURE = CharactersPerToken(
    value=6,
    source="bedrock/model-customization-prepare",
    verified=True,
    note="AWS's figure for planning the size of a dataset",
)
"""What AWS's page says to reckon with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """The formats, limits and rules of a model's training data."""

    formats: tuple[str, ...]
    limits: Mapping[Quantity, tuple[Limit, ...]] = field(default_factory=dict)
    rules: Mapping[str, DatasetRule] = field(default_factory=dict)
    characters_per_token: CharactersPerToken = PLANNING_FIGURE
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationData:
    """Whether a job of this model takes validation data.

    Args:
        support: `optional`; `ignored` (accepted, not used); `refused`; or `undocumented`.
        source: Key of the catalogue's sources, or a URL.
        verified: Whether AWS's documents state it.
        note: What a reader of the finding should also know.
    """

    support: Literal["optional", "ignored", "refused", "undocumented"]
    source: str = ""
    verified: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomizationFacts:
    """What is documented of one customization type of one model.

    Args:
        regions: Where such a job can run.
        dataset: The formats, limits and rules of its data.
        hyper_parameters: By their exact API names; empty means that none are documented.
        hyper_parameters_path: Where the request carries them; None means that none are documented.
        validation_data: Whether validation data is used.
        other_api: Set where the job is documented only through another API than CreateModelCustomizationJob.
    """

    regions: Regions
    dataset: Dataset
    validation_data: ValidationData
    hyper_parameters: Mapping[str, HyperParameter] = field(default_factory=dict)
    hyper_parameters_path: str | None = None
    other_api: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A base model that Bedrock customizes.

    Args:
        id: What `baseModelIdentifier` takes, with its context suffix.
        name: The name that AWS's pages use.
        provider: Who made it.
        lifecycle: Its dates.
        customizations: By the API's customization type.
        listed: Whether AWS's current tables of customizable models name it.
        id_verified: Whether AWS's documents state this very id.
        hosting: How the customized model can be run.
        unavailable: Customization types that are documented as switched off, and why.
        note: What else a reader should know.
    """

    id: str
    name: str
    provider: str
    lifecycle: Lifecycle
    customizations: Mapping[str, CustomizationFacts]
    listed: bool = True
    id_verified: bool = True
    hosting: tuple[Hosting, ...] = ()
    unavailable: Mapping[str, Reason] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Teacher:
    """A model that a distillation job can learn from."""

    id: str
    name: str
    reached_by: str
    lifecycle: Lifecycle


@dataclass(frozen=True, slots=True, kw_only=True)
class DistillationPair:
    """A teacher and a student that Bedrock distils from one into the other, and where."""

    teacher: str
    student: str
    region: str
    source: str
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCustomizable:
    """An id that is often taken for a customizable base model, and why it is none."""

    id: str
    reason: str
    source: str
    verified: bool
