"""What the catalogue holds: models, teachers and pairs, and the single figures with their sources."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Quantity = Literal[
    "training-records",
    "validation-records",
    "total-records",
    "training-bytes",
    "validation-bytes",
    "tokens-per-record",
    "prompt-tokens-per-record",
    "completion-tokens-per-record",
    "images-per-record",
    "videos-per-record",
    "image-bytes",
    "image-side-pixels",
    "image-total-pixels",
    "image-aspect-ratio",
    "video-bytes",
    "video-seconds",
    "caption-characters",
]
"""What a limit of a dataset can be about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HyperParameter:
    """One hyperparameter of a model: its type, range and default, and where they are documented.

    Args:
        type: How the value is read; the API's `hyperParameters` carries strings.
        type_verified: Whether the documents state the type; where not, it is inferred from the values.
        min: The smallest value; None means undocumented, never unlimited.
        max: The largest value; None means undocumented, never unlimited.
        default: What the model uses where the key is left out; None means undocumented.
        required: Whether the key must be given.
        values: All values of an enumeration.
        special_values: Words allowed beside the range, such as `Auto`.
        adjustable: Whether the documents call the range an adjustable quota.
        enforced_by_api: Whether the API's own model already refuses a value out of range.
        source: Key of the catalogue's sources, or a URL.
        verified: Whether AWS's documents or its API model state it.
        note: What a reader of the finding should also know.
    """

    type: Literal["integer", "number", "enum"]
    source: str
    verified: bool
    min: float | None = None
    max: float | None = None
    default: float | str | None = None
    required: bool = False
    values: tuple[str, ...] = ()
    special_values: tuple[str, ...] = ()
    type_verified: bool = True
    adjustable: bool = False
    enforced_by_api: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One documented bound of a dataset.

    Args:
        min: The smallest value; None means undocumented, never unlimited.
        max: The largest value; None means undocumented, never unlimited.
        adjustable: Whether the documents call it an adjustable quota.
        advice: Whether the documents only recommend it.
        source: Key of the catalogue's sources, or a URL.
        verified: Whether AWS's documents state it.
        note: What a reader of the finding should also know.
    """

    source: str
    verified: bool
    min: float | None = None
    max: float | None = None
    adjustable: bool = False
    advice: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetRule:
    """One rule that the records of a dataset must keep, beyond their format.

    Args:
        values: What the rule allows or forbids, such as image formats or reserved words.
        required: Whether the field that the rule applies to must be given.
        source: Key of the catalogue's sources, or a URL.
        verified: Whether AWS's documents state it.
        note: What a reader of the finding should also know.
    """

    source: str
    verified: bool
    values: tuple[str, ...] = ()
    required: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CharactersPerToken:
    """How many characters a token is estimated to have; this library counts characters, not tokens."""

    value: float
    source: str
    verified: bool
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Regions:
    """The Regions in which something is documented to work; None means undocumented."""

    names: tuple[str, ...] | None
    source: str
    verified: bool
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why something is refused or withdrawn, with its source."""

    text: str
    source: str
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """The documented dates on which a model becomes Legacy and reaches end of life (EOL).

    None means that no date is documented.
    """

    source: str
    verified: bool
    legacy_date: date | None = None
    eol_date: date | None = None
    note: str = ""

    def state(self, today: date) -> Literal["active", "legacy", "eol"]:
        """Return the state on a day, by the documented dates."""
        if self.eol_date is not None and today >= self.eol_date:
            return "eol"
        return "legacy" if self.legacy_date is not None and today >= self.legacy_date else "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosting:
    """One way to run the customized model, and where."""

    mode: Literal["on-demand", "provisioned"]
    regions: tuple[str, ...]
    source: str
    note: str = ""


PLANNING_FIGURE = CharactersPerToken(
    value=6,
    source="bedrock/model-customization-prepare",
    verified=True,
    note="AWS's figure for planning the size of a dataset",
)
"""The figure that applies where none is documented for the model itself."""


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
        other_api: Set where the job is documented for another API only, not CreateModelCustomizationJob.
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
    """A model that a distillation job can use as its teacher."""

    id: str
    name: str
    reached_by: str
    lifecycle: Lifecycle


@dataclass(frozen=True, slots=True, kw_only=True)
class DistillationPair:
    """A teacher and a student model that a distillation job can use together, and in which Region."""

    teacher: str
    student: str
    region: str
    source: str
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCustomizable:
    """An id that is often taken for a customizable base model, and why it is not one."""

    id: str
    reason: str
    source: str
    verified: bool


def bounds(least: float | None, most: float | None) -> str:
    """Return a range for people: `1 to 5`, `1`, `at least 1`, `undocumented`."""
    if least is not None and most is not None:
        return _number(least) if least == most else f"{_number(least)} to {_number(most)}"
    if least is not None:
        return f"at least {_number(least)}"
    return f"at most {_number(most)}" if most is not None else "undocumented"


def _number(value: float) -> str:
    """Return a number for people: `20,000`, `1e-06`, `0.1`."""
    return f"{value:,.12g}" if value == int(value) else f"{value:g}"
