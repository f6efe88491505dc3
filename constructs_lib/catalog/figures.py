"""Single figures of the catalogue, each with its source and its verified mark."""

from dataclasses import dataclass
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
        type_verified: Whether the documents state the type, or it was read off the numbers.
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
        values: What the rule is about, such as the reserved words or the image formats.
        required: Whether the field that the rule is about must be given.
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
    """How many characters a token is reckoned to have, where nothing but characters can be counted."""

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
    """When a model becomes Legacy and when its life ends; None means that no date is documented."""

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
