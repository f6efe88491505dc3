"""What a training takes, by estimate: tokens with their bounds, and money."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from ..catalog.model import PLANNING_FIGURE
from .tokens.token_counter import OF_A_MESSAGE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from ..catalog import Limit, Quantity
    from .checking.report import Report

_NOT_IN_THE_FILE = {
    "DISTILLATION": "the answers that the teacher generates, which are billed and trained on",
    "REINFORCEMENT_FINE_TUNING": "the answers that the model generates to every prompt during the training",
}
_IMAGES_WITH_CAPTIONS = "image-caption"
_MEDIA: tuple[tuple[str, Quantity], ...] = (("image", "tokens-per-image"), ("video", "tokens-per-video"))
_ESTIMATED = (
    "estimated by the scripts of the texts, of a large file in a sample; on texts in 36 languages, code and "
    "numbers, the counts of six public tokenizers were between the bounds"
)
_PLANNED = ". At {figure:g} characters for each token, {note}, it would be {planned:,}"
_BY_FIGURE = "characters divided by {figure:g}, {note}; the bounds are estimated by the scripts of the texts"
_COUNTED = "counted with the given tokenizer"
_TEMPLATE = "; the upper bound includes {each} tokens that a chat template may add to each text"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaTokens:
    """The tokens of the images or videos of a dataset.

    Args:
        kind: `image` or `video`.
        count: how many references to them there are.
        each: the documented tokens of one. None: they are not documented.
        least: the fewest tokens of all of them; 0 where they are not documented.
        most: the most tokens of all of them; 0 where they are not documented.
    """

    kind: str
    count: int
    each: Limit | None
    least: int
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a training would take.

    Args:
        records: records of the training data.
        characters: characters of their texts.
        tokens: tokens of the texts in one pass over the training data: the most likely number.
        least_tokens: the lower bound of it.
        most_tokens: the upper bound of it.
        media: the images and videos, with their documented tokens; none where there are no references.
        epochs: passes over the training data.
        tokens_trained: tokens of the texts times epochs.
        most_tokens_trained: the upper bound of the texts, and the most documented tokens of images and
            videos, times epochs.
        method: how tokens are estimated, and how wrong the estimate can be.
        not_counted: what is trained on and is not in the file, "" for nothing.
        price: money for the tokens trained of the texts, in the currency of the price given; None where none
            was given, or where the tokens of the file are not what is billed.
        most_price: the same for the upper bound.
    """

    records: int
    characters: int
    tokens: int
    least_tokens: int
    most_tokens: int
    media: tuple[MediaTokens, ...]
    epochs: int
    tokens_trained: int
    most_tokens_trained: int
    method: str
    not_counted: str
    price: Decimal | None
    most_price: Decimal | None


def estimate(report: Report, *, epochs: int, price_per_1k_tokens: Decimal | None = None) -> Estimate:
    """Estimate what it takes to train with a dataset.

    Args:
        report: what `validate` returned; its `count_tokens` counts tokens instead of estimating them.
        epochs: passes over the training data.
        price_per_1k_tokens: the price of a thousand trained tokens, from AWS's current price list.
            Default: no money is estimated.
    """
    counts, tokens, media = report.training.counts, report.training.tokens, tuple(_media(report))
    not_counted = _not_counted(report)
    price = None if not_counted else price_per_1k_tokens
    most = int(tokens.most)
    return Estimate(
        records=counts.records,
        characters=counts.characters,
        tokens=int(tokens.likely),
        least_tokens=int(tokens.least),
        most_tokens=most,
        media=media,
        epochs=epochs,
        tokens_trained=int(tokens.likely) * epochs,
        most_tokens_trained=(most + sum(one.most for one in media)) * epochs,
        method=_method(report),
        not_counted=not_counted,
        price=_price(int(tokens.likely) * epochs, price),
        most_price=_price(most * epochs, price),
    )


def tokens_trained(report: Report, epochs: int) -> int:
    """Return the tokens that a training most likely takes: those of the texts, times the epochs.

    Args:
        report: what `validate` returned.
        epochs: passes over the training data.
    """
    return estimate(report, epochs=epochs).tokens_trained


def _media(report: Report) -> Iterator[MediaTokens]:
    counts = report.training.counts
    for (kind, quantity), count in zip(_MEDIA, (counts.images, counts.videos), strict=True):
        if count:
            each = next(iter(report.dataset.limits.get(quantity, ())), None)
            least, most = (int(each.min or 0), int(each.max or 0)) if each else (0, 0)
            yield MediaTokens(kind=kind, count=count, each=each, least=count * least, most=count * most)


def _not_counted(report: Report) -> str:
    if report.format == _IMAGES_WITH_CAPTIONS:
        return "the images: such a model learns from them, and is not billed by the token of the captions"
    return _NOT_IN_THE_FILE.get(report.customization_type, "")


def _method(report: Report) -> str:
    """Return how the tokens were estimated, and how wrong that can be."""
    figure, template = report.dataset.characters_per_token, _TEMPLATE.format(each=OF_A_MESSAGE)
    if report.tokens_are_counted:
        return _COUNTED + template
    note = figure.note or "the figure of the catalogue"
    if figure != PLANNING_FIGURE:
        return _BY_FIGURE.format(figure=figure.value, note=note) + template
    planned = ceil(report.training.counts.characters / figure.value)
    return _ESTIMATED + template + _PLANNED.format(figure=figure.value, note=note, planned=planned)


def _price(tokens: int, price_per_1k_tokens: Decimal | None) -> Decimal | None:
    return None if price_per_1k_tokens is None else tokens * price_per_1k_tokens / 1000
