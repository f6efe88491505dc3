"""What is known of a dataset after it was read: counts, findings, and an estimate of what training takes."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from .dataset_findings import one_each

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from ..catalog import CharactersPerToken
    from ..findings import Finding, Severity
    from .file_checker import Counts

SHORT_TOKENS = 3
"""Characters of a token where tokens are short; AWS's validator for Claude estimates with it."""

_METHOD = (
    "characters of all texts divided by {per_token:g}, {note}; English prose often has 4 to 5 characters for "
    "each token, code, numbers and other scripts fewer: at {short:g} it would be {most:,} tokens"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """One file, counted, or several together.

    Args:
        file: as it was named.
        counts: bytes (of compressed data, unpacked), records, characters and media.
        repeated: records that repeat an earlier one.
        files: the files that it is the sum of. Default: it is one file.
    """

    file: str
    counts: Counts
    repeated: int
    files: tuple[FileFacts, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The report on a dataset.

    Args:
        model: the base model, as it was named.
        customization_type: the API's customization type.
        format: the format by which the records were checked.
        training: the training file.
        validation: the validation file, where there is one.
        findings: what is wrong, at most as many as the limit, in the order of the lines.
        kept: the first findings of every rule.
        counted: how often each rule was broken, by severity and rule.
        characters_per_token: the figure by which tokens are estimated.
    """

    model: str
    customization_type: str
    format: str
    training: FileFacts
    validation: FileFacts | None
    findings: tuple[Finding, ...]
    kept: tuple[Finding, ...]
    counted: Mapping[tuple[Severity, str], int]
    characters_per_token: CharactersPerToken

    @property
    def errors(self) -> int:
        """How many errors were found, shown or not."""
        return self._count("error")

    @property
    def warnings(self) -> int:
        """How many warnings were found, shown or not."""
        return self._count("warning")

    @property
    def ok(self) -> bool:
        """Whether there are no errors."""
        return not self.errors

    def by_rule(self) -> tuple[Finding, ...]:
        """Return one finding for each rule that was broken, errors first, then in the order of the lines.

        It is the first finding of the rule; where there are more, its rule ends in how many there are and in
        which lines the first of them are.
        """
        return one_each(self.kept, self.counted)

    def _count(self, severity: Severity) -> int:
        return sum(count for (found, _), count in self.counted.items() if found == severity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a training would take.

    Args:
        records: records of the training data.
        characters: characters of their texts; images and videos are not counted.
        tokens: tokens of one pass over the training data, by estimate.
        most_tokens: the same where tokens are short, at `SHORT_TOKENS` characters each.
        epochs: passes over the training data.
        tokens_trained: tokens times epochs.
        method: how tokens are estimated, and how wrong the estimate can be.
        price: money for the tokens trained, in the currency of the price given; None where none was given.
        most_price: the same for `most_tokens`.
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
        report: what `validate` returned.
        epochs: passes over the training data.
        price_per_1k_tokens: the price of a thousand trained tokens, from AWS's current price list.
            Default: no money is estimated.
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
