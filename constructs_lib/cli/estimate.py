"""`bedrock-customize estimate`: the estimated tokens and price of a training."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from .common import CatalogOption, Output, OutputOption, catalog_of
from .validate import CustomizationType, require_model_id

if TYPE_CHECKING:
    from ..catalog import Catalog
    from ..datasets import Estimate, Report


def _money(text: str) -> Decimal:
    try:
        price = Decimal(text)
    except ArithmeticError:
        price = Decimal(-1)
    if not price.is_finite() or price < 0:
        raise typer.BadParameter(f"must be a price such as 0.001, got {text!r}; write a number from 0")
    return price


def estimate(
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSON Lines: a path or an s3:// URI.")],
    *,
    model: Annotated[
        str, typer.Option(metavar="ID", help="The base model: its ID or ARN.", show_default=False)
    ],
    epochs: Annotated[
        int | None,
        typer.Option(min=1, help="Passes over the data. Default: the model's documented default."),
    ] = None,
    price_per_1k_tokens: Annotated[
        Decimal | None,
        typer.Option(parser=_money, metavar="PRICE", help="From AWS's price list; none is built in."),
    ] = None,
    customization_type: Annotated[
        CustomizationType, typer.Option("--type", case_sensitive=False, help="The customization type.")
    ] = CustomizationType.FINE_TUNING,
    output: OutputOption = Output.TEXT,
    catalog: CatalogOption = None,
) -> None:
    """Estimate the tokens and the cost of a training; tokens are estimated from characters.

    Exit code: 0 if the data has no errors, 1 if it has, 2 for wrong usage.
    """
    from ..datasets import estimate as estimate_report
    from ..datasets import validate
    from .report_view import progress_bar

    known, kind = catalog_of(catalog), customization_type.value
    require_model_id(model, known)
    epochs = epochs or _documented_epochs(known, model, kind)
    with progress_bar() as progress:
        report = validate(
            file, model=model, customization_type=kind, catalog=known, progress=progress, limit=1
        )
    found = estimate_report(report, epochs=epochs, price_per_1k_tokens=price_per_1k_tokens)
    if output is Output.JSON:
        value = {"file": file, **asdict(found), "errors": report.errors}
        typer.echo(json.dumps(value, indent=2, default=str))
    else:
        for line in _lines(file, found, report):
            typer.echo(line)
    raise typer.Exit(code=int(not report.ok))


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

    counted = f"{found.records:,} records, {found.characters:,} characters"
    yield f"{printable(file)}: {counted} (images and videos are not counted)"
    yield f"tokens: about {found.tokens:,}"
    yield f"method: {found.method}"
    yield f"tokens trained: about {found.tokens_trained:,}, {found.epochs} passes over the training data"
    if found.price is not None and found.most_price is not None:
        yield f"price: about {_rounded(found.price)}; {_rounded(found.most_price)} where tokens are short"
    else:
        yield "price: give --price-per-1k-tokens, from https://aws.amazon.com/bedrock/pricing/"
    if report.errors:
        many = "error" if report.errors == 1 else "errors"
        yield f"The data has {report.errors:,} {many}; see bedrock-customize validate"


def _rounded(price: Decimal) -> str:
    return f"{price:,.2f}" if price >= 1 else f"{price:.4f}"
