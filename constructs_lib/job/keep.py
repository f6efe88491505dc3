"""Which models of a job or of a sweep are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Keep:
    """Which models are kept: `Keep.ALL`, `Keep.newest(3)` of a job, or `Keep.best(1)` of a sweep.

    Args:
        number: how many. Default: all of them.
        is_newest: whether it is the newest ones, and not the best ones by the objective. Default: the best.
    """

    number: int | None = None
    is_newest: bool = False

    ALL: ClassVar[Keep]
    """Keep all models. The default."""

    @classmethod
    def best(cls, number: int = 1) -> Keep:
        """Keep the best models of a sweep, and delete those of the other trials.

        Args:
            number: how many are kept. Default: 1.
        """
        return cls(number)

    @classmethod
    def newest(cls, number: int) -> Keep:
        """Keep the newest models of a job, and delete those of earlier ones that nothing needs any more.

        A model that a deployment or a provisioned throughput serves, or that a parameter of the stack holds,
        stays, and so does one that a promotion has not decided about or would go back to.

        Args:
            number: how many are kept.
        """
        return cls(number, is_newest=True)


Keep.ALL = Keep()
