"""The documented limits of a whole dataset: records, bytes, and the sums of both files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .faults import Fault, Shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs_lib.catalog import Dataset, Limit, Severity
    from constructs_lib.catalog.figures import Quantity

    from .file_checker import Counts

_ABOUT: dict[Quantity, tuple[str, str]] = {
    "training-records": ("the training data", "records"),
    "validation-records": ("the validation data", "records"),
    "total-records": ("training and validation data together", "records"),
    "training-bytes": ("the training file", "bytes"),
    "validation-bytes": ("the validation file", "bytes"),
}


def measured(
    training: Counts, validation: Counts | None, *, elsewhere: bool
) -> Iterator[tuple[Quantity, int, bool]]:
    """Give what can be compared with a limit, and whether it may still grow.

    Args:
        training: What was counted in the training file.
        validation: What was counted in the validation file, where there is one.
        elsewhere: Whether there is validation data that was not read.
    """
    yield "training-records", training.records, False
    yield "training-bytes", training.bytes, False
    yield "total-records", training.records + (validation.records if validation else 0), elsewhere
    if validation:
        yield "validation-records", validation.records, False
        yield "validation-bytes", validation.bytes, False


def broken(dataset: Dataset, quantity: Quantity, value: int, *, grows: bool) -> Iterator[tuple[Fault, Limit]]:
    """Compare a count with its limits.

    Args:
        dataset: What is documented of the data.
        quantity: What was counted.
        value: How much there is of it.
        grows: Whether there is more that was not counted, so that a minimum cannot be judged.
    """
    whose, unit = _ABOUT[quantity]
    for limit in dataset.limits.get(quantity, ()):
        note = f"; {limit.note}" if limit.note else ""
        must = "must" if severity(limit) == "error" else "should"
        if limit.min is not None and value < limit.min and not grows:
            what = f"{whose} {must} have at least {limit.min:,.0f} {unit}{note}"
            yield Fault(quantity, "", what, Shown(f"{value:,}"), f"add {limit.min - value:,.0f}"), limit
        if limit.max is not None and value > limit.max:
            what = f"{whose} {must} have at most {limit.max:,.0f} {unit}{note}"
            yield Fault(quantity, "", what, Shown(f"{value:,}"), _less(limit, value)), limit


def severity(limit: Limit) -> Severity:
    """Return what a broken limit counts as."""
    if limit.advice:
        return "note"
    return "error" if limit.verified and not limit.adjustable else "warning"


def _less(limit: Limit, value: int) -> str:
    more = f"take out {value - (limit.max or 0):,.0f}"
    return f"{more}, or ask for a higher quota" if limit.adjustable else more
