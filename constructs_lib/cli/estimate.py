"""`bedrock-customize estimate`: what it takes to train with a dataset, before it is billed."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from .validate import CustomizationType, Output


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
    model: Annotated[str, typer.Option(metavar="ID", help="The base model.", show_default=False)],
    epochs: Annotated[
        int | None,
        typer.Option(min=1, help="Passes over the data; the model's documented default, where it has one."),
    ] = None,
    price_per_1k_tokens: Annotated[
        Decimal | None,
        typer.Option(parser=_money, metavar="PRICE", help="From AWS's price list; none is built in."),
    ] = None,
    customization_type: Annotated[
        CustomizationType, typer.Option("--type", case_sensitive=False, help="The customization type.")
    ] = CustomizationType.FINE_TUNING,
    output: Annotated[Output, typer.Option(help="Sentences for people, or JSON for machines.")] = Output.TEXT,
    catalog: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Corrections of the catalogue.", show_default=False)
    ] = None,
) -> None:
    """Estimate records, tokens and money of a training; tokens are reckoned from characters.

    Exit code: 0, or 1 where the data has errors, 2 for wrong usage.
    """
    from .estimating import estimated

    code = estimated(
        file,
        model=model,
        customization_type=customization_type.value,
        epochs=epochs,
        price=price_per_1k_tokens,
        corrections=catalog,
        as_json=output is Output.JSON,
    )
    raise typer.Exit(code=code)
