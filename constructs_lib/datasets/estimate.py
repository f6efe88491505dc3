"""What it takes to train with a dataset: tokens by estimate, and money where a price is given."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

    from .report import Report

SHORT_TOKENS = 3
"""Characters of a token where tokens are short: AWS's validator for Claude reckons so."""

_METHOD = (
    "characters of all texts divided by {per_token:g}, {note}; English prose often has 4 to 5 characters for "
    "each token, code, numbers and other scripts fewer: at {short:g} it would be {most:,} tokens"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a training would take.

    Args:
        records: Records of the training data.
        characters: Characters of their texts; images and videos are not counted.
        tokens: Tokens of one pass over the training data, by estimate.
        most_tokens: The same where tokens are short, at `SHORT_TOKENS` characters each.
        epochs: Passes over the training data.
        tokens_trained: Tokens times epochs.
        method: How tokens are reckoned, and how wrong that can be.
        price: Money for the tokens trained, in the currency of the price given; None where none was given.
        most_price: The same for `most_tokens`.
    """

    records: int
    characters: int
    tokens: int
    most_tokens: int
    epochs: int
    tokens_trained: int
    method: str
    price: Decimal | None
    most_price: Decimal | None


def estimate(report: Report, *, epochs: int, price_per_1k_tokens: Decimal | None = None) -> Estimate:
    """Estimate what it takes to train with a dataset.

    Args:
        report: What `validate` gave.
        epochs: Passes over the training data.
        price_per_1k_tokens: What a thousand trained tokens cost, from AWS's price list of the day.
            Default: no money.
    """
    per_token, characters = report.characters_per_token, report.training.counts.characters
    tokens, most = ceil(characters / per_token.value), ceil(characters / min(SHORT_TOKENS, per_token.value))
    note = per_token.note or "the figure of the catalogue"
    return Estimate(
        records=report.training.counts.records,
        characters=characters,
        tokens=tokens,
        most_tokens=most,
        epochs=epochs,
        tokens_trained=tokens * epochs,
        method=_METHOD.format(per_token=per_token.value, note=note, short=SHORT_TOKENS, most=most),
        price=_price(tokens * epochs, price_per_1k_tokens),
        most_price=_price(most * epochs, price_per_1k_tokens),
    )


def tokens_trained(report: Report, epochs: int) -> int:
    """Return the tokens that a training takes, by estimate: those of the training data times its epochs."""
    return estimate(report, epochs=epochs).tokens_trained


def _price(tokens: int, price_per_1k_tokens: Decimal | None) -> Decimal | None:
    return None if price_per_1k_tokens is None else tokens * price_per_1k_tokens / 1000
