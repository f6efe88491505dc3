"""`bedrock-customize estimate`: the estimated tokens and price of a training."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .common import CatalogOption, Output, OutputOption, catalog_of, many
from .validate import CustomizationType, ModelOption, TypeOption, require_model_id

if TYPE_CHECKING:
    from ..catalog import Catalog
    from ..datasets import Estimate, MediaTokens, Report


def _money(text: str) -> Decimal:
    try:
        price = Decimal(text)
    except ArithmeticError:
        price = Decimal(-1)
    if not price.is_finite() or price < 0:
        raise typer.BadParameter(f"must be a price such as 0.001, got {text!r}; write a number from 0")
    return price


def estimate(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="JSON Lines: a path, an s3:// URI, or - for stdin.")
    ],
    *,
    model: ModelOption,
    epochs: Annotated[
        int | None,
        typer.Option(min=1, help="Passes over the data. Default: the model's documented default."),
    ] = None,
    price_per_1k_tokens: Annotated[
        Decimal | None,
        typer.Option(parser=_money, metavar="PRICE", help="From AWS's price list; none is built in."),
    ] = None,
    customization_type: TypeOption = CustomizationType.FINE_TUNING,
    tokenizer: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The model's tokenizer.json; counts tokens instead of estimating them.",
            show_default=False,
        ),
    ] = None,
    output: OutputOption = Output.TEXT,
    catalog: CatalogOption = None,
) -> None:
    """Estimate the tokens and the cost of a training, with the bounds of the estimate.

    Exit code: 0 if the data has no errors, 1 if it has, 2 for wrong usage.
    """
    from ..datasets import estimate as estimate_report
    from ..datasets import validate
    from ..datasets.tokens.tokenizer_files import token_counter
    from .console import print_lines
    from .report_view import progress_bar

    known, kind = catalog_of(catalog), customization_type.value
    require_model_id(model, known)
    epochs = epochs or _documented_epochs(known, model, kind)
    with _tokenizer_errors(), progress_bar() as progress:
        report = validate(
            file,
            model=model,
            customization_type=kind,
            catalog=known,
            progress=progress,
            limit=1,
            count_tokens=token_counter(tokenizer) if tokenizer else None,
        )
    found = estimate_report(report, epochs=epochs, price_per_1k_tokens=price_per_1k_tokens)
    if output is Output.JSON:
        value = {"file": file, **asdict(found), "errors": report.errors}
        typer.echo(json.dumps(value, indent=2, default=str))
    else:
        print_lines(*_lines(file, found, report))
    raise typer.Exit(code=int(not report.ok))


@contextmanager
def _tokenizer_errors() -> Iterator[None]:
    """Let what is wrong with a tokenizer end the command with a sentence."""
    from ..datasets.tokens.tokenizer_files import TokenizerError

    try:
        yield
    except TokenizerError as error:
        raise typer.BadParameter(str(error), param_hint="--tokenizer") from None


def _documented_epochs(catalog: "Catalog", model: str, customization_type: str) -> int:
    known = catalog.resolve(model)
    facts = known.customizations.get(customization_type) if known else None
    epochs = facts.hyper_parameters.get("epochCount") if facts else None
    if epochs is None or not isinstance(epochs.default, int):
        raise typer.BadParameter(
            f"must be given: no default number of epochs is documented for {customization_type} of {model}",
            param_hint="--epochs",
        )
    return epochs.default


def _lines(file: str, found: "Estimate", report: "Report") -> Iterator[str]:
    from ..findings import printable

    counted = [many(found.records, "record"), many(found.characters, "character")]
    counted += [many(one.count, one.kind) for one in found.media]
    yield f"{printable(file)}: {', '.join(counted)}"
    if report.tokens_are_counted:
        yield f"tokens: {found.tokens:,}, at most {found.most_tokens:,}"
    else:
        yield f"tokens: about {found.tokens:,} ({found.least_tokens:,} to {found.most_tokens:,})"
    yield f"method: {found.method}"
    yield from map(_media_line, found.media)
    passes = f"{many(found.epochs, 'pass', 'passes')} over the training data"
    yield f"tokens trained: about {found.tokens_trained:,}, at most {found.most_tokens_trained:,}, {passes}"
    if found.not_counted:
        yield f"not counted: {found.not_counted}"
    yield _price_line(found)
    if report.errors:
        yield f"The data has {many(report.errors, 'error')}; see bedrock-customize validate"


def _media_line(found: "MediaTokens") -> str:
    name, each = f"{found.kind}s", found.each
    if each is None:
        return f"{name}: their tokens are not documented, and are not counted"
    note = f" ({each.note})" if each.note else ""
    total, one = _range(found.least, found.most), _range(each.min or 0, each.max or 0)
    return f"{name}: {total} tokens, {one} each{note}"


def _range(least: float, most: float) -> str:
    return f"{least:,.0f}" if least == most else f"{least:,.0f} to {most:,.0f}"


def _price_line(found: "Estimate") -> str:
    if found.not_counted:
        return "price: not estimated, because the tokens of the file are not all that is billed"
    if found.price is None or found.most_price is None:
        return "price: give --price-per-1k-tokens, from https://aws.amazon.com/bedrock/pricing/"
    media = " without images and videos," if found.media else ""
    both = f"about {_rounded(found.price)}, at most {_rounded(found.most_price)}"
    return f"price: {both},{media} in the currency of the price given (AWS's list is in USD)"


def _rounded(price: Decimal) -> str:
    return f"{price:,.2f}" if price >= 1 else f"{price:.4f}"
