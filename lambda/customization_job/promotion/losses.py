"""The conditions about losses: those of the candidate and of what serves, as Bedrock returns them."""

from __future__ import annotations

import math
from statistics import fmean
from typing import TYPE_CHECKING

from contract.promotion import AT_MOST_MEMBER, MARGIN_MEMBER, VALIDATION_LOSS

from .answer import NO, UNSURE, YES, Answer

if TYPE_CHECKING:
    from ..jobs.ports import CustomModel
    from .policy import Condition


def ask(
    condition: Condition, candidate: CustomModel, serving: CustomModel | None, *, is_first: bool
) -> Answer:
    """Return whether the loss of the candidate is low enough.

    Losses are compared only between models with the same base model, the same type of customization and, for
    validation losses, the same validation data: otherwise they are different quantities.

    Args:
        condition: the condition.
        candidate: the candidate.
        serving: what serves; None where it does not exist.
        is_first: whether nothing serves, so that there is nothing to compare with.
    """
    is_validation = condition.type == VALIDATION_LOSS
    what = "validation loss" if is_validation else "training loss"
    new = loss(candidate, is_validation=is_validation)
    limit = condition.number(AT_MOST_MEMBER, math.inf)
    numbers: dict[str, object] = {"candidate": new, **({"atMost": limit} if limit < math.inf else {})}
    if new is None and (limit < math.inf or not is_first):
        return Answer(UNSURE, f"Bedrock reports no {what} of the new model", numbers)
    if new is not None and new > limit:
        reason = f"the {what} {new:g} of the new model is higher than the limit {limit:g}"
        return Answer(NO, reason, numbers)
    if is_first or new is None:
        return Answer(YES, f"no model serves whose {what} the new model could be compared with", numbers)
    old = loss(serving, is_validation=is_validation) if serving else None
    numbers["serving"] = old
    why = _why_not_comparable(candidate, serving, is_validation=is_validation)
    if why or old is None:
        why = why or "Bedrock reports none of the model that serves"
        return Answer(UNSURE, f"the {what} cannot be compared: {why}", numbers)
    margin = numbers["margin"] = condition.number(MARGIN_MEMBER)
    than = f"{old:g} of the model that serves" + (f" with the margin {margin:g}" if margin else "")
    is_worse = new > old + margin
    how = "is higher" if is_worse else "is not higher"
    return Answer(NO if is_worse else YES, f"the {what} {new:g} of the new model {how} than {than}", numbers)


def loss(model: CustomModel, *, is_validation: bool) -> float | None:
    """Return a loss of a model, for several sets of validation data their mean; None where one is missing."""
    if not is_validation:
        return model.training_loss
    losses = [one for one in model.validation_losses if one is not None]
    expected = max(len(model.validation_losses), len(model.validation_data))
    return fmean(losses) if losses and len(losses) == expected else None


def _why_not_comparable(candidate: CustomModel, serving: CustomModel | None, *, is_validation: bool) -> str:
    if serving is None:
        return "the model that serves does not exist any more"
    if candidate.base_model_arn != serving.base_model_arn:
        return "the model that serves was trained from another base model"
    if candidate.customization_type != serving.customization_type:
        return "the model that serves was trained with another type of customization"
    if is_validation and candidate.validation_data != serving.validation_data:
        return "the model that serves was trained with other validation data"
    return ""
