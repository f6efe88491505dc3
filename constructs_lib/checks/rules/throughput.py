"""Provisioned throughput: what is bought, how it is billed, and what must not be in its stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...findings import NOT_SHOWN, Described, error, note
from ...request.tokens import is_known
from ..rule import register

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ...findings import Finding

register(
    {
        "throughput-billing": "It is not said, or not possible, how a provisioned throughput is billed.",
        "throughput-units": "The model units of a throughput are no whole number from 1 to 999,999.",
        "throughput-purchase": "The text that a new purchase changes is empty, or not known at synthesis.",
        "throughput-name": "The name of a provisioned throughput is not one that Bedrock takes.",
        "throughput-name-repeated": "Two provisioned throughputs of a stack have one name.",
        "throughput-model": "A throughput's model is not one of its account and Region, or not known.",
        "throughput-stack": "A throughput has a job of another stack, or another stack's function.",
        "throughput-commitment": "A throughput that cannot be canceled is not alone in its stack.",
    }
)
register({"throughput-billed": "A provisioned throughput is billed by the hour, used or not."}, "note")

LONGEST_HOURS = 720
"""Hours after which a throughput is deleted at most: 30 days, for which a commitment would cost less."""

MOST_UNITS = 999_999
"""Model units that the function buys at most; it refuses a longer number before any call."""

_PAGE = "https://docs.aws.amazon.com/bedrock/latest/userguide/prov-thru-purchase.html"
_SHOWN = 5


def hours_findings(hours: object) -> Iterator[Finding]:
    """Yield what is wrong with the hours that a throughput is to exist.

    Args:
        hours: what was given.
    """
    rule = f"must be a whole number from 1 to {LONGEST_HOURS}"
    fix = "write Billing.hours(8), or Billing.until_deleted()"
    if isinstance(hours, bool) or not isinstance(hours, int):
        yield error("argument-type", "billing", rule, Described(type(hours).__name__), fix)
    elif not is_known(hours) or not 1 <= hours <= LONGEST_HOURS:
        got = hours if is_known(hours) else NOT_SHOWN
        yield error("throughput-billing", "billing", rule, got, fix)


def not_accepted() -> Finding:
    """Return the error that nobody has accepted that a commitment cannot be canceled."""
    rule = "is a commitment, which AWS bills to its end: neither CloudFormation nor you can cancel it"
    fix = "write i_accept_that_it_cannot_be_cancelled=True if that is what you want, or Billing.hours(8)"
    return error("throughput-billing", "billing", rule, NOT_SHOWN, fix, source=_PAGE)


def billing_missing(got: object) -> Finding:
    """Return the error that it is not said how a throughput is billed."""
    rule = "must say how the throughput is billed"
    fix = (
        "write Billing.hours(8), Billing.until_deleted(), or Billing.one_month or Billing.six_months for a "
        "commitment"
    )
    return error("throughput-billing", "billing", rule, got, fix)


def model_units_findings(units: object) -> Iterator[Finding]:
    """Yield what is wrong with the number of model units.

    Args:
        units: what was given.
    """
    rule = f"must be a whole number from 1 to {MOST_UNITS:,}, and known at synthesis"
    fix = "write model_units=1"
    if isinstance(units, bool) or not isinstance(units, int):
        yield error("argument-type", "model_units", rule, Described(type(units).__name__), fix)
    elif not is_known(units) or not 1 <= units <= MOST_UNITS:
        yield error("throughput-units", "model_units", rule, units if is_known(units) else NOT_SHOWN, fix)


def purchase_findings(purchase: object) -> Iterator[Finding]:
    """Yield what is wrong with the text that a new purchase changes.

    Args:
        purchase: what was given.
    """
    rule = "must be a text that is not empty, and known at synthesis: another text may buy again"
    fix = 'write purchase="1"'
    if not isinstance(purchase, str):
        yield error("argument-type", "purchase", rule, Described(type(purchase).__name__), fix)
    elif not is_known(purchase) or not purchase.strip():
        yield error("throughput-purchase", "purchase", rule, NOT_SHOWN, fix)


def billed(billing: str, units: int) -> Finding:
    """Return the note about what a throughput costs.

    Args:
        billing: how long it is billed.
        units: its model units.
    """
    rule = f"buys {units} model unit{'' if units == 1 else 's'}, which AWS bills by the hour, used or not"
    fix = "destroy the stack when nobody needs it; see the prices of the model on AWS's page"
    return note("throughput-billed", "billing", rule, Described(billing), fix, source=_PAGE)


def not_alone(others: Sequence[str]) -> Finding:
    """Return the error that other resources could make CloudFormation roll back a commitment.

    Args:
        others: the paths of the other resources.
    """
    rule = (
        "must be the only resource of its stack, besides its function: if another one fails, CloudFormation "
        "rolls back, and a commitment cannot be given back"
    )
    more = f" and {len(others) - _SHOWN} more" if len(others) > _SHOWN else ""
    got = Described(", ".join(others[:_SHOWN]) + more)
    return error("throughput-commitment", "billing", rule, got, "define the throughput in a stack of its own")
