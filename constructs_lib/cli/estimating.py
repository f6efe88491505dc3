"""The estimate of a training in words and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from constructs_lib.cli.common import catalog_of
from constructs_lib.contract import printable
from constructs_lib.datasets import estimate, validate

from .report_view import progress_bar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal
    from pathlib import Path

    from constructs_lib.catalog import Catalog
    from constructs_lib.datasets import Estimate, Report


def estimated(
    file: str,
    *,
    model: str,
    customization_type: str,
    epochs: int | None,
    price: Decimal | None,
    corrections: Path | None,
    as_json: bool,
) -> int:
    """Print an estimate; return the exit code."""
    catalog = catalog_of(corrections)
    epochs = epochs or _documented_epochs(catalog, model, customization_type)
    with progress_bar() as progress:
        report = validate(
            file,
            model=model,
            customization_type=customization_type,
            catalog=catalog,
            progress=progress,
            limit=1,
        )
    found = estimate(report, epochs=epochs, price_per_1k_tokens=price)
    if as_json:
        typer.echo(
            json.dumps({"file": file, **asdict(found), "errors": report.errors}, indent=2, default=str)
        )
    else:
        for line in _lines(file, found, report):
            typer.echo(line)
    return int(not report.ok)


def _documented_epochs(catalog: Catalog, model: str, customization_type: str) -> int:
    known = catalog.resolve(model)
    facts = known.customizations.get(customization_type) if known else None
    epochs = facts.hyper_parameters.get("epochCount") if facts else None
    if epochs is None or not isinstance(epochs.default, int):
        raise typer.BadParameter(
            f"must be given: no default number of epochs is documented for {customization_type} of {model}",
            param_hint="--epochs",
        )
    return epochs.default


def _money(price: Decimal) -> str:
    return f"{price:,.2f}" if price >= 1 else f"{price:.4f}"


def _lines(file: str, found: Estimate, report: Report) -> Iterator[str]:
    counted = f"{found.records:,} records, {found.characters:,} characters"
    yield f"{printable(file)}: {counted} (media are not counted)"
    yield f"tokens: about {found.tokens:,}"
    yield f"method: {found.method}"
    yield f"tokens trained: about {found.tokens_trained:,}, {found.epochs} passes over the training data"
    if found.price is not None and found.most_price is not None:
        yield f"price: about {_money(found.price)}; {_money(found.most_price)} where tokens are short"
    else:
        yield "price: give --price-per-1k-tokens, from https://aws.amazon.com/bedrock/pricing/"
    if report.errors:
        many = "error" if report.errors == 1 else "errors"
        yield f"The data has {report.errors:,} {many}; see bedrock-customize validate"
