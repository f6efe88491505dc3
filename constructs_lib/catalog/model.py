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
    "tokens-per-image",
    "tokens-per-video",
    "images-per-record",
    "videos-per-record",
    "documents-per-record",
    "image-bytes",
    "image-side-pixels",
    "image-total-pixels",
    "image-aspect-ratio",
    "video-bytes",
    "video-seconds",
    "caption-characters",
]
"""What a limit of a dataset can be about."""

Evidence = Literal["documented", "validator", "contradicted", "unverified"]
"""What a rule or a limit of a dataset rests on.

* `documented`: AWS's documents or its API model state it.
* `validator`: one of AWS's own validators, which AWS's pages tell users to run, refuses what breaks it.
* `contradicted`: one AWS source states it, and another states the opposite.
* `unverified`: only AWS's SDK, a sample or somebody else's experience shows it.
"""


def is_certain(evidence: Evidence | None, *, verified: bool) -> bool:
    """Return whether breaking a rule or a limit is an error; else it is a warning.

    Args:
        evidence: what it rests on. Default: `documented` where it is verified, else `unverified`.
        verified: whether AWS's documents state it.
    """
    return verified or evidence == "validator"


@dataclass(frozen=True, slots=True, kw_only=True)
class HyperParameter:
    """One hyperparameter of a model: its type, range and default, and where they are documented.

    Args:
        type: how the value is read; the API's `hyperParameters` carries strings.
        type_verified: whether the documents state the type; where not, it is inferred from the values.
        min: the smallest value; None means undocumented, never unlimited.
        max: the largest value; None means undocumented, never unlimited.
        default: what the model uses where the key is left out; None means undocumented.
        required: whether the key must be given.
        values: all values of an enumeration.
        special_values: words allowed in addition to the range, such as `Auto`.
        adjustable: whether the documents call the range an adjustable quota.
        source: key of the catalogue's sources, or a URL.
        verified: whether AWS's documents or its API model state it.
        note: what a reader of the finding should also know.
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
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One documented bound of a dataset.

    Args:
        min: the smallest value; None means undocumented, never unlimited.
        max: the largest value; None means undocumented, never unlimited.
        adjustable: whether the documents call it an adjustable quota.
        advice: whether the documents only recommend it.
        source: key of the catalogue's sources, or a URL.
        verified: whether AWS's documents state it, and no other AWS source the opposite.
        evidence: what the limit rests on. Default: `documented` where it is verified, else `unverified`.
        note: what a reader of the finding should also know.
    """

    source: str
    verified: bool
    min: float | None = None
    max: float | None = None
    adjustable: bool = False
    advice: bool = False
    evidence: Evidence | None = None
    note: str = ""

    @property
    def certain(self) -> bool:
        """Whether a dataset outside the limit is certain to be refused."""
        return is_certain(self.evidence, verified=self.verified) and not self.adjustable


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetRule:
    """One rule that the records of a dataset must keep, beyond their format.

    Args:
        values: what the rule allows or forbids, such as image formats or reserved words.
        required: whether the field that the rule applies to must be given.
        source: key of the catalogue's sources, or a URL.
        verified: whether AWS's documents state it, and no other AWS source the opposite.
        evidence: what the rule rests on. Default: `documented` where it is verified, else `unverified`.
        note: what a reader of the finding should also know; of a contradiction, which two sources.
    """

    source: str
    verified: bool
    values: tuple[str, ...] = ()
    required: bool = False
    evidence: Evidence | None = None
    note: str = ""

    @property
    def certain(self) -> bool:
        """Whether a record that breaks the rule is certain to be refused."""
        return is_certain(self.evidence, verified=self.verified)


@dataclass(frozen=True, slots=True, kw_only=True)
class CharactersPerToken:
    """How many characters a token of a model is estimated to have, whatever the scripts of a text.

    Args:
        value: characters for each token.
        source: key of the catalogue's sources, or a URL.
        verified: whether AWS's documents state it.
        note: whose figure it is, for the sentence about the method.
    """

    value: float
    source: str
    verified: bool
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Regions:
    """The Regions in which something is documented to work; None means undocumented.

    Args:
        names: the Regions; None means undocumented.
        source: key of the catalogue's sources, or a URL.
        verified: whether AWS's documents state it.
        note: what a reader should also know.
    """

    names: tuple[str, ...] | None
    source: str
    verified: bool
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why something is not possible or no longer documented, with its source.

    Args:
        text: the reason.
        source: key of the catalogue's sources, or a URL.
        verified: whether AWS's documents state it.
    """

    text: str
    source: str
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """The documented dates on which a model becomes Legacy and reaches end of life (EOL).

    None means that no date is documented.

    Args:
        legacy_date: the day on which the model becomes Legacy.
        eol_date: the day on which the model reaches end of life.
        source: key of the catalogue's sources, or a URL.
        verified: whether AWS's documents state it.
        note: what a reader should also know.
    """

    source: str
    verified: bool
    legacy_date: date | None = None
    eol_date: date | None = None
    note: str = ""

    def state(self, today: date) -> Literal["active", "legacy", "eol"]:
        """Return the state on a day, by the documented dates.

        Args:
            today: the day.
        """
        if self.eol_date is not None and today >= self.eol_date:
            return "eol"
        return "legacy" if self.legacy_date is not None and today >= self.legacy_date else "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosting:
    """One way to run the customized model, and where.

    Args:
        mode: `on-demand` or `provisioned`.
        regions: the Regions in which it is documented.
        source: key of the catalogue's sources, or a URL.
        note: what a reader should also know.
    """

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
"""AWS's figure for any model; a model without its own is estimated by the scripts of the texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """The formats, limits and rules of a model's training data.

    Args:
        formats: names of the formats that a record may have.
        limits: the documented bounds, by what they are about.
        rules: the rules that records must keep, by their names.
        characters_per_token: how tokens are estimated from characters.
        note: what a reader should also know.
    """

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
        source: key of the catalogue's sources, or a URL.
        verified: whether AWS's documents state it.
        note: what a reader of the finding should also know.
    """

    support: Literal["optional", "ignored", "refused", "undocumented"]
    source: str = ""
    verified: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFileNames:
    """What the names of training and validation files in S3 may consist of.

    Args:
        characters: what is allowed besides letters and digits.
        source: key of the catalogue's sources, or a URL.
        verified: whether AWS's documents state it.
        note: what a reader of the finding should also know.
    """

    characters: str
    source: str
    verified: bool
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomizationFacts:
    """What is documented about one customization type of one model.

    Args:
        regions: where such a job can run.
        dataset: the formats, limits and rules of its data.
        hyper_parameters: by their exact API names; empty means that none are documented.
        hyper_parameters_path: where the request carries them; None means that none are documented.
        validation_data: whether validation data is used.
        data_file_names: what the names of the data files may consist of; None means undocumented.
        other_api: set where the job is documented for another API only, not CreateModelCustomizationJob.
    """

    regions: Regions
    dataset: Dataset
    validation_data: ValidationData
    hyper_parameters: Mapping[str, HyperParameter] = field(default_factory=dict)
    hyper_parameters_path: str | None = None
    data_file_names: DataFileNames | None = None
    other_api: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InferenceIds:
    """Ids with which a model is called, and which are not the id that a customization job takes.

    Args:
        names: the ids.
        source: key of the catalogue's sources, or a URL.
        verified: whether AWS's documents state it.
    """

    names: tuple[str, ...]
    source: str
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A base model that Bedrock customizes.

    Args:
        id: what `baseModelIdentifier` takes, with its context suffix.
        name: the name that AWS's pages use.
        provider: who made it.
        lifecycle: its dates.
        customizations: by the API's customization type.
        listed: whether AWS's current tables of customizable models name it.
        id_verified: whether AWS's documents state exactly this id.
        inference_ids: ids of the same model that differ from `id` in more than the context suffix.
        hosting: how the customized model can be run.
        unavailable: customization types that are documented as switched off, and why.
        note: what else a reader should know.
    """

    id: str
    name: str
    provider: str
    lifecycle: Lifecycle
    customizations: Mapping[str, CustomizationFacts]
    listed: bool = True
    id_verified: bool = True
    inference_ids: InferenceIds | None = None
    hosting: tuple[Hosting, ...] = ()
    unavailable: Mapping[str, Reason] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Teacher:
    """A model that a distillation job can use as its teacher.

    Args:
        id: its id.
        name: the name that AWS's pages use.
        reached_by: how Bedrock calls it, such as `on demand only`.
        lifecycle: its dates.
    """

    id: str
    name: str
    reached_by: str
    lifecycle: Lifecycle


@dataclass(frozen=True, slots=True, kw_only=True)
class DistillationPair:
    """A teacher and a student model that a distillation job can use together, and in which Region.

    Args:
        teacher: the id of the teacher.
        student: the id of the model that is trained.
        region: the Region in which the pair is documented.
        source: key of the catalogue's sources, or a URL.
        verified: whether AWS's documents state it.
    """

    teacher: str
    student: str
    region: str
    source: str
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCustomizable:
    """A model that is often taken for a customizable one, and why it is not one.

    Args:
        id: its id; with `*` at the end, every id that starts so.
        reason: why it cannot be customized.
        source: key of the catalogue's sources, or a URL.
        verified: whether AWS's documents state it; where not, their tables only do not name the model.
    """

    id: str
    reason: str
    source: str
    verified: bool


def bounds(least: float | None, most: float | None) -> str:
    """Return a range as text: `1 to 5`, `1`, `at least 1`, `undocumented`."""
    if least is not None and most is not None:
        return _number(least) if least == most else f"{_number(least)} to {_number(most)}"
    if least is not None:
        return f"at least {_number(least)}"
    return f"at most {_number(most)}" if most is not None else "undocumented"


def _number(value: float) -> str:
    """Return a number as text: `20,000`, `1e-06`, `0.1`."""
    return f"{value:,.12g}" if value == int(value) else f"{value:g}"
