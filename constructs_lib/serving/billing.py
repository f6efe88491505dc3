"""How a provisioned throughput is billed, and when that ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..checks.rules.throughput import billing_missing, hours_findings, not_accepted
from ..findings import NOT_SHOWN, InvalidJob

if TYPE_CHECKING:
    from typing import Literal

_HOUR = 3600


@dataclass(frozen=True, slots=True, init=False)
class Billing:
    """How a provisioned throughput is billed: AWS bills it by the hour, whether it is used or not.

    There is no other way to make one than by its static methods: each says when the bill ends. See
    https://docs.aws.amazon.com/bedrock/latest/userguide/prov-throughput.html.

    Raises:
        InvalidJob: it is called itself.
    """

    commitment: str | None
    """The term that is bought, as the API takes it; None: none, it is billed by the hour."""
    expires_after: int | None
    """After how many seconds it is deleted; None: when the resource is."""

    def __init__(self) -> None:
        raise InvalidJob("Billing", [billing_missing(NOT_SHOWN)])

    @staticmethod
    def hours(hours: int) -> Billing:
        """Bill by the hour, and delete the throughput some hours after it was bought.

        A state machine of the stack deletes it; the next deployment does not buy it again.

        Args:
            hours: after how many hours, 1 to 720.

        Raises:
            InvalidJob: it is not a whole number from 1 to 720.
        """
        if found := list(hours_findings(hours)):
            raise InvalidJob("Billing", found)
        return _billing(expires_after=hours * _HOUR)

    @staticmethod
    def until_deleted() -> Billing:
        """Bill by the hour, until the resource is deleted."""
        return _billing()

    @staticmethod
    def one_month(*, i_accept_that_it_cannot_be_cancelled: Literal[True]) -> Billing:
        """Commit to one month, which AWS bills to its end; nothing can delete the throughput before.

        Args:
            i_accept_that_it_cannot_be_cancelled: `True`.

        Raises:
            InvalidJob: it is not `True`.
        """
        return _committed("OneMonth", accepted=i_accept_that_it_cannot_be_cancelled)

    @staticmethod
    def six_months(*, i_accept_that_it_cannot_be_cancelled: Literal[True]) -> Billing:
        """Commit to six months, which AWS bills to their end; nothing can delete the throughput before.

        Args:
            i_accept_that_it_cannot_be_cancelled: `True`.

        Raises:
            InvalidJob: it is not `True`.
        """
        return _committed("SixMonths", accepted=i_accept_that_it_cannot_be_cancelled)

    def __str__(self) -> str:
        """Return how long it is billed."""
        if self.commitment:
            return {"OneMonth": "for one month", "SixMonths": "for six months"}[self.commitment]
        return "until deleted" if self.expires_after is None else f"for {self.expires_after // _HOUR} h"


def _committed(duration: str, *, accepted: object) -> Billing:
    if accepted is not True:
        raise InvalidJob("Billing", [not_accepted()])
    return _billing(commitment=duration)


def _billing(commitment: str | None = None, expires_after: int | None = None) -> Billing:
    made = object.__new__(Billing)
    for name, value in {"commitment": commitment, "expires_after": expires_after}.items():
        object.__setattr__(made, name, value)
    return made
