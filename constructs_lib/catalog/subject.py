"""What the catalogue's rules look at: one request, and what is known of its model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from constructs_lib.request.tokens import is_known

if TYPE_CHECKING:
    from datetime import date

    from .catalog import Catalog
    from .findings import Severity
    from .model import CustomizationFacts, Model

BASE = "baseModelIdentifier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One request beside the catalogue.

    Args:
        request: In the API's words.
        catalog: What is documented.
        model: The base model, where the catalogue knows it.
        derived: Whether the base is a custom model, for which the base model's figures are only likely.
        region: Where the job will run; None where it is not known yet.
        today: The day for which dates are judged.
    """

    request: Mapping[str, Any]
    catalog: Catalog
    model: Model | None
    derived: bool
    region: str | None
    today: date

    @property
    def identifier(self) -> str:
        """The base model as the request names it."""
        return str(self.request.get(BASE, ""))

    @property
    def kind(self) -> str | None:
        """The customization type that Bedrock will take; None where it is not known yet."""
        kind = self.request.get("customizationType", "FINE_TUNING")
        return kind if isinstance(kind, str) and is_known(kind) else None

    @property
    def facts(self) -> CustomizationFacts | None:
        """What is documented of this customization type of this model."""
        return self.model.customizations.get(self.kind) if self.model and self.kind else None

    def severity(self, *, verified: bool) -> Severity:
        """Documented and verified rules are errors, others warnings."""
        return "error" if verified and not self.derived else "warning"

    def cite(self, source: str) -> str:
        """The page of a source, in parentheses, for the end of a rule."""
        return f"({self.catalog.url(source)})" if source else ""

    def hyper_parameters(self) -> Mapping[str, Any]:
        """The request's own hyperparameters; what is no mapping is for the service model's rules."""
        given = self.request.get("hyperParameters")
        return given if isinstance(given, Mapping) else {}
