"""Which models of a job are kept: looks delete the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...findings import NOT_SHOWN, error
from ..rule import register

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...findings import Finding

MOST_KEPT = 100
"""Custom models that an account may have, by default
(https://docs.aws.amazon.com/general/latest/gr/bedrock.html)."""

register({"keep-newest": "The newest models of a job cannot be kept, and the others deleted."})


def newest(number: int, *, deletes_models: bool, is_named: bool) -> Iterator[Finding]:
    """Yield an error unless the other models of a job can be deleted.

    Args:
        number: how many are kept.
        deletes_models: whether `on_delete` says that models are deleted.
        is_named: whether the job or its model has an exact name.
    """
    if not 1 <= number <= MOST_KEPT:
        rule = f"must keep 1 to {MOST_KEPT} models"
        yield error("keep-newest", "keep", rule, number, "write Keep.newest(3), or Keep.ALL")
    if not deletes_models:
        rule = "must not delete models unless on_delete says that models are deleted"
        fix = "write on_delete=OnDelete.DELETE_MODEL too, or Keep.ALL"
        yield error("keep-newest", "keep", rule, NOT_SHOWN, fix)
    if is_named:
        rule = "needs generated names, by which the models of the job are found"
        fix = "leave job_name and custom_model_name out, or write Keep.ALL"
        yield error("keep-newest", "keep", rule, NOT_SHOWN, fix)
