"""The catalogue as tables and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from constructs_lib.catalog import Catalog, CatalogError
from constructs_lib.catalog.bounds import bounds
from constructs_lib.contract import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from constructs_lib.catalog import CustomizationFacts, Lifecycle, Model

_PIPE_WIDTH = 160
_SHORT = {
    "FINE_TUNING": "fine-tuning",
    "REINFORCEMENT_FINE_TUNING": "reinforcement",
    "DISTILLATION": "distillation",
    "CONTINUED_PRE_TRAINING": "continued pre-training",
}


def catalog_of(corrections: Path | None) -> Catalog:
    """Return the catalogue with a user's corrections; end with their faults where they cannot be read."""
    if corrections is None:
        return Catalog.default()
    try:
        return Catalog.from_file(corrections)
    except CatalogError as error:
        typer.echo(printable(error), err=True)
        raise typer.Exit(code=1) from None


def show(catalog: Catalog, *, as_json: bool) -> None:
    """Print all models."""
    if as_json:
        _json({"as_of": catalog.as_of, "models": [_plain(catalog, model) for model in catalog.models]})
        return
    table = _table("baseModelIdentifier", "Customization", "Regions", "Runs", "Life")
    for model in catalog.models:
        types = ", ".join(_SHORT.get(kind, kind) for kind in model.customizations)
        hosting = ", ".join(way.mode for way in model.hosting) or "-"
        table.add_row(model.id, types, _regions(model), hosting, _life(model))
    _print(
        [table, f"As AWS's pages were read by {catalog.as_of}. Details: bedrock-customize models --model ID"]
    )


def show_one(catalog: Catalog, model_id: str, *, as_json: bool) -> bool:
    """Print one model in detail; tell whether it is known."""
    model = catalog.resolve(model_id)
    if model is None:
        known = ", ".join(one.id for one in catalog.models)
        typer.echo(f"--model must be in the catalogue, got {model_id!r}; choose one of {known}", err=True)
        return False
    if as_json:
        _json(_plain(catalog, model))
        return True
    parts: list[Any] = [_bold(f"{model.name}: {model.id}"), f"Life: {_life(model)}", *_hosting(model)]
    for kind, facts in model.customizations.items():
        parts += ["", _bold(kind), *_facts(facts)]
    parts += [*_teachers(catalog, model), *([f"Note: {model.note}"] if model.note else [])]
    _print([*parts, "", _bold("Sources"), _sources(catalog, model)])
    return True


def _facts(facts: CustomizationFacts) -> Iterator[Any]:
    where = ", ".join(facts.regions.names or ("undocumented",))
    yield f"Regions: {where}. Validation data: {facts.validation_data.support}."
    if facts.other_api:
        yield f"Not for this library: it {facts.other_api.text}."
    yield _hyper_parameters(facts) if facts.hyper_parameters else "No hyperparameters are documented."
    yield f"Data: {' or '.join(facts.dataset.formats)}."
    yield _limits(facts)


def _hyper_parameters(facts: CustomizationFacts) -> Table:
    table = _table("Hyperparameter", "Type", "Values", "Default", "Source")
    for name, one in facts.hyper_parameters.items():
        values = [", ".join(one.values) if one.values else bounds(one.min, one.max), *one.special_values]
        default = "required" if one.required else "-" if one.default is None else str(one.default)
        source = _mark(one.source, verified=one.verified)
        table.add_row(name, one.type, " or ".join(values), default, source)
    return table


def _limits(facts: CustomizationFacts) -> Table:
    table = _table("Limit or rule", "Value", "Source")
    for quantity, limits in facts.dataset.limits.items():
        for one in limits:
            kind = " (advice)" if one.advice else " (adjustable)" if one.adjustable else ""
            table.add_row(quantity, bounds(one.min, one.max) + kind, _mark(one.source, verified=one.verified))
    for name, rule in facts.dataset.rules.items():
        source = _mark(rule.source, verified=rule.verified)
        table.add_row(name, ", ".join(map(repr, rule.values)) or "-", source)
    return table


def _teachers(catalog: Catalog, model: Model) -> Iterator[str]:
    for pair in catalog.distillation_pairs:
        if pair.student == model.id:
            teacher = catalog.teachers[pair.teacher]
            state = _state(teacher.lifecycle)
            yield f"Teacher: {pair.teacher} in {pair.region} ({state}), reached by {teacher.reached_by}."


def _hosting(model: Model) -> Iterator[str]:
    for way in model.hosting:
        note = f"; {way.note}" if way.note else ""
        yield f"Runs: {way.mode} in {', '.join(way.regions)}{note}."


def _sources(catalog: Catalog, model: Model) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    for source in dict.fromkeys(_cited(asdict(model))):
        table.add_row(source, Text(catalog.url(source), overflow="fold"))
    return table


def _cited(value: object) -> Iterator[str]:
    """Give the source of every figure inside a value."""
    if isinstance(value, dict):
        if value.get("source"):
            yield value["source"]
        for item in value.values():
            yield from _cited(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _cited(item)


def _regions(model: Model) -> str:
    names = [name for facts in model.customizations.values() for name in facts.regions.names or ()]
    return ", ".join(dict.fromkeys(names)) or "-"


def _life(model: Model) -> str:
    return _state(model.lifecycle) if model.listed else "in no current table"


def _state(life: Lifecycle) -> str:
    state = life.state(datetime.now(UTC).date())
    return {"eol": f"ended {life.eol_date}", "legacy": f"Legacy since {life.legacy_date}"}.get(state, state)


def _mark(source: str, *, verified: bool) -> str:
    return source if verified else f"{source} (unverified)"


def _bold(text: str) -> Text:
    return Text(text, style="bold")


def _table(first: str, *columns: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column(first, no_wrap=True, overflow="fold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _plain(catalog: Catalog, model: Model) -> dict[str, Any]:
    pairs = [asdict(pair) for pair in catalog.distillation_pairs if pair.student == model.id]
    cited = {source: catalog.url(source) for source in _cited([asdict(model), pairs])}
    return {**asdict(model), "distillation_pairs": pairs, "sources": cited}


def _json(value: object) -> None:
    typer.echo(json.dumps(value, indent=2, default=str))


def _print(parts: Iterable[Any]) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_PIPE_WIDTH)
    for part in parts:
        console.print(part, markup=False)
