"""Which models the records of a promotion still need, so that they must not be deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .store import Store

_UNDECIDED = "it is not decided yet whether it is promoted"


def why_needed(model_arn: str, candidate: str, others: Iterable[str], stores: Iterable[Store]) -> str:
    """Return why a model must not be deleted although nothing serves or publishes it; "" where it may be.

    It may be a candidate without a verdict, or what another model is replaced by if an alarm takes that back.

    Args:
        model_arn: the model.
        candidate: the model of the current job, "" where there is none.
        others: the models that may have replaced it.
        stores: the stores of all that may serve it.

    Raises:
        AwsError: a record could not be read.
        StoreError: a record is not one of this library.
    """
    for store in stores:
        if (
            model_arn == candidate
            and store.verdict(candidate) is None
            and store.withdrawal(candidate) is None
        ):
            return _UNDECIDED
        for other in others:
            if other != model_arn and _is_way_back(model_arn, other, store):
                return f"it serves again if {other} is taken back"
    return ""


def _is_way_back(model_arn: str, other: str, store: Store) -> bool:
    """Return whether a model serves again if another one is taken back, or because that was."""
    if (withdrawal := store.withdrawal(other)) and withdrawal.to == model_arn:
        return True
    verdict = store.verdict(other)
    if verdict is None or not verdict.is_promoted or verdict.serving != model_arn:
        return False
    return store.read_policy().bake is not None and not store.is_baked(other)
