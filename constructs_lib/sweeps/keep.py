"""Which models of a sweep are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Keep:
    """Which models of a sweep are kept when all of its trials have ended: `Keep.ALL` or `Keep.best(1)`.

    Args:
        number: how many, the best ones by the objective. Default: all of them.
    """

    number: int | None = None

    ALL: ClassVar[Keep]
    """Keep all models. The default."""

    @classmethod
    def best(cls, number: int = 1) -> Keep:
        """Keep the best models, and delete those of the other trials.

        Args:
            number: how many are kept. Default: 1.
        """
        return cls(number)


Keep.ALL = Keep()
