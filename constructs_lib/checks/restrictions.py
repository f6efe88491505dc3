"""What a platform team allows its jobs; no job and none of its checks can change it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..catalog import identifiers
from ..request.tokens import is_known

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CUSTOM_MODELS = "custom-model/*"
"""In a list of base models: every custom model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restrictions:
    """What the jobs below one scope are allowed.

    Args:
        owner: where they were set, for the findings: `the CustomizationDefaults of the app`.
        base_models: ids or ARNs of base models. Default: all models are allowed.
        regions: Regions. Default: all Regions are allowed.
        tags: keys of tags that a job must have, with the values that are allowed (empty: any value). Default:
            none.
        max_training_tokens: the most tokens to train with. Default: no limit.
    """

    owner: str
    base_models: Sequence[str] | None = None
    regions: Sequence[str] | None = None
    tags: Mapping[str, Sequence[str]] = field(default_factory=dict)
    max_training_tokens: int | None = None

    def allows_model(self, identifier: str, *, is_trained_here: bool = False) -> bool:
        """Return whether a base model is allowed.

        A foundation model is allowed in every form of its id: with or without its context suffix, as an ARN
        or as an inference profile. A custom model is allowed by its own name or ARN, or by `custom-model/*`,
        and not by the id of its base model: what it was trained on is not known. What only the deployment
        knows is allowed if the same token is listed.

        Args:
            identifier: the base model, as the request names it.
            is_trained_here: whether it is the model of another job of the app.
        """
        allowed = self.base_models
        if allowed is None or identifier in allowed:
            return True
        base = identifiers.parse_known(identifier)
        if is_trained_here or (base is not None and base.kind == "custom-model"):
            return CUSTOM_MODELS in allowed
        known = (identifiers.parse_known(one) for one in allowed)
        listed = {_stem(one) for one in known if one is not None and one.kind != "custom-model"}
        return base is not None and _stem(base) in listed

    def allows_region(self, region: str | None) -> bool:
        """Return whether a Region is allowed; one that is not known, if a token is listed (`Aws.REGION`).

        Args:
            region: the Region. None where it is not known.
        """
        if self.regions is None or region in self.regions:
            return True
        is_unknown = region is None or not is_known(region)
        return is_unknown and not all(map(is_known, self.regions))


def _stem(reference: identifiers.Reference) -> str:
    return identifiers.stem(identifiers.without_profile_prefix(reference.model_id))
