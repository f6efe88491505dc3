"""`bedrock-customize models`: what is documented of the models that Bedrock customizes, or what differs."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..findings import printable
from . import completion
from .common import CatalogOption, Output, OutputOption, catalog_of, many
from .console import print_lines, print_table

if TYPE_CHECKING:
    from rich.text import Text

    from ..catalog import Catalog, CustomizationFacts, DatasetRule, Lifecycle, Limit, Model
    from ..catalog.listing import Comparison, ListedModel

_NOT_ASKED = 2
_NEAREST = 3
_SHORT = {
    "FINE_TUNING": "fine-tuning",
    "REINFORCEMENT_FINE_TUNING": "reinforcement",
    "DISTILLATION": "distillation",
    "CONTINUED_PRE_TRAINING": "continued pre-training",
}


def models(
    model: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="Show one model in detail.",
            show_default=False,
            autocompletion=completion.model_ids,
        ),
    ] = None,
    *,
    output: OutputOption = Output.TEXT,
    catalog: CatalogOption = None,
    live: Annotated[
        bool, typer.Option("--live", help="Compare the catalogue with what Bedrock lists in a Region.")
    ] = False,
    profile: Annotated[
        str | None,
        typer.Option(help="With --live: the profile of the AWS configuration.", show_default=False),
    ] = None,
    region: Annotated[
        str | None, typer.Option(help="With --live: the Region. Default: the profile's.", show_default=False)
    ] = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="With --live: exit with 1 where something differs.")
    ] = False,
) -> None:
    """Print what AWS documents about the models that Bedrock customizes.

    Every figure has its source, and unverified ones are marked; a dash means undocumented, not unlimited.

    With --live, ListFoundationModels of Bedrock is called, and what differs from the catalogue is printed:
    models, customization types and lifecycles. Nothing is changed.

    Exit code: 0, or 1 with --exit-code where something differs, 2 for wrong usage, such as a model that is
    not in the catalogue, or where Bedrock cannot be asked.
    """
    known = catalog_of(catalog)
    chosen = None if model is None else _find(known, model)
    if live:
        comparison = _compare(known, chosen, profile, region)
        if output is Output.TEXT:
            _print_comparison(known, comparison)
        else:
            typer.echo(json.dumps(_comparison_as_json(known, comparison), indent=2))
        raise typer.Exit(code=int(exit_code and bool(comparison.differences)))
    if profile or region or exit_code:
        hint = "--profile, --region, --exit-code"
        raise typer.BadParameter("must be given with --live only; add --live, or remove it", param_hint=hint)
    if output is Output.TEXT:
        _print(_all(known) if chosen is None else _one(known, chosen))
        return
    everything = {"as_of": known.as_of, "models": [_plain(known, one) for one in known.models]}
    value = everything if chosen is None else _plain(known, chosen)
    typer.echo(json.dumps(value, indent=2, default=str))


def _find(catalog: "Catalog", model_id: str) -> "Model":
    if model := catalog.resolve(model_id):
        return model
    refused, near = catalog.find_not_customizable(model_id), catalog.nearest(model_id)
    if refused:
        fix = f"{refused.reason}; choose another model"
    elif near:
        fix = f"choose {' or '.join(near[:_NEAREST])}"
    else:
        fix = "see `bedrock-customize models` for all ids"
    raise typer.BadParameter(f"must be in the catalogue, got {model_id!r}; {fix}", param_hint="--model")


# -- the catalogue and what Bedrock lists


def _compare(
    catalog: "Catalog", chosen: "Model | None", profile: str | None, region: str | None
) -> "Comparison":
    from ..catalog.listing import compare
    from ..deployment.aws_calls import AwsCallError

    try:
        where, listed = _listed_models(profile, region)
    except AwsCallError as error:
        print_lines(printable(error), stderr=True)
        raise typer.Exit(code=_NOT_ASKED) from None
    found = compare(catalog, listed, region=where, today=datetime.now(UTC).date())
    if chosen is None:
        return found
    return replace(
        found,
        differences=[one for one in found.differences if one.model == chosen.id],
        agreeing=[one for one in found.agreeing if one == chosen.id],
    )


def _listed_models(profile: str | None, region: str | None) -> "tuple[str, list[ListedModel]]":
    """Return the Region that is asked, and every model that Bedrock lists there.

    Raises:
        AwsCallError: Bedrock cannot be asked.
    """
    from contextlib import closing

    from ..catalog.listing import LISTED_TYPES, ListedModel
    from ..deployment.aws_calls import aws_calls, client, member, session

    summaries: dict[str, dict[str, Any]] = {}
    types: dict[str, list[str]] = {}
    with closing(client(session(profile=profile, region=region), "bedrock", region)) as bedrock, aws_calls():
        for kind in LISTED_TYPES:
            for one in member(bedrock.list_foundation_models(byCustomizationType=kind), "modelSummaries"):
                summaries[one["modelId"]] = one
                types.setdefault(one["modelId"], []).append(kind)
        # Also those that cannot be customized: a model may have lost that, and the others have a lifecycle.
        everything = member(bedrock.list_foundation_models(), "modelSummaries")
        summaries |= {one["modelId"]: one for one in everything}
        where = str(bedrock.meta.region_name)
    return where, [ListedModel.from_summary(one, types.get(key, ())) for key, one in summaries.items()]


def _print_comparison(catalog: "Catalog", comparison: "Comparison") -> None:
    print_lines(*map(printable, comparison.differences))
    if comparison.differences:
        print_lines("")
    differing = len({one.model for one in comparison.differences})
    agreed = f"agree on {many(len(comparison.agreeing), 'model')}"
    result = f"differ in {many(differing, 'model')} and {agreed}" if differing else agreed
    print_lines(
        f"The catalogue, as AWS's pages were on {catalog.as_of}, and Bedrock in {comparison.region} on "
        f"{comparison.today} {result}."
    )
    print_lines("Reinforcement fine-tuning was not compared: ListFoundationModels does not list it.")
    if comparison.differences:
        print_lines(
            "A file of corrections (--catalog) makes the checks use what Bedrock lists: docs/catalog.md."
        )


def _comparison_as_json(catalog: "Catalog", comparison: "Comparison") -> dict[str, Any]:
    return {
        "region": comparison.region,
        "today": comparison.today.isoformat(),
        "as_of": catalog.as_of,
        "differences": [{**asdict(one), "sentence": str(one)} for one in comparison.differences],
        "agreeing": list(comparison.agreeing),
        "not_compared": ["REINFORCEMENT_FINE_TUNING"],
    }


# -- the catalogue alone


class _Table:
    """The titles and the rows of a table."""

    def __init__(self, *columns: str) -> None:
        self.columns = columns
        self.rows: list[Sequence[str]] = []

    def add(self, *cells: str) -> None:
        self.rows.append(cells)


def _all(catalog: "Catalog") -> Iterator[Any]:
    table = _Table("baseModelIdentifier", "Customization", "Regions", "Inference", "Lifecycle")
    for model in catalog.models:
        types = ", ".join(_SHORT.get(kind, kind) for kind in model.customizations)
        regions = [name for facts in model.customizations.values() for name in facts.regions.names or ()]
        hosting = ", ".join(way.mode for way in model.hosting) or "-"
        where = ", ".join(dict.fromkeys(regions)) or "-"
        table.add(model.id, types, where, hosting, _lifecycle(model))
    yield table
    yield f"As AWS's pages were on {catalog.as_of}. Details: bedrock-customize models --model ID"


def _one(catalog: "Catalog", model: "Model") -> Iterator[Any]:
    yield _bold(f"{model.name}: {model.id}")
    yield f"Lifecycle: {_lifecycle(model)}"
    if not model.id_verified:
        yield "The id is not from AWS's pages."
    if ids := model.inference_ids:
        yield f"For inference: {', '.join(ids.names)} ({_mark(ids.source, verified=ids.verified)})."
    for way in model.hosting:
        note = f"; {way.note}" if way.note else ""
        yield f"Inference: {way.mode} in {', '.join(way.regions)}{note}."
    for kind, facts in model.customizations.items():
        yield ""
        yield _bold(kind)
        yield from _facts(facts)
    for pair in catalog.distillation_pairs:
        if pair.student == model.id:
            teacher = catalog.teachers[pair.teacher]
            state = _state(teacher.lifecycle)
            yield f"Teacher: {pair.teacher} in {pair.region} ({state}; {teacher.reached_by})."
    if model.note:
        yield f"Note: {model.note}"
    yield ""
    yield _bold("Sources")
    yield from (f"{one}  {catalog.url(one)}" for one in dict.fromkeys(_cited(asdict(model))))


def _facts(facts: "CustomizationFacts") -> Iterator[Any]:
    where = ", ".join(facts.regions.names or ("undocumented",))
    yield f"Regions: {where}. Validation data: {facts.validation_data.support}."
    if facts.other_api:
        yield f"Not for this library: it {facts.other_api.text}."
    yield _hyper_parameters(facts) if facts.hyper_parameters else "No hyperparameters are documented."
    yield f"Data: {' or '.join(facts.dataset.formats)}."
    if names := facts.data_file_names:
        source = _mark(names.source, verified=names.verified)
        yield f"Names of data files in S3: letters, digits and {' '.join(names.characters)} ({source})."
    yield _limits(facts)


def _hyper_parameters(facts: "CustomizationFacts") -> "_Table":
    from ..catalog.model import bounds

    table = _Table("Hyperparameter", "Type", "Values", "Default", "Source")
    for name, one in facts.hyper_parameters.items():
        values = [", ".join(one.values) if one.values else bounds(one.min, one.max), *one.special_values]
        default = "required" if one.required else "-" if one.default is None else str(one.default)
        source = _mark(one.source, verified=one.verified)
        table.add(name, one.type, " or ".join(values), default, source)
    return table


def _limits(facts: "CustomizationFacts") -> "_Table":
    from ..catalog.model import bounds

    table = _Table("Limit or rule", "Value", "Source")
    for quantity, limits in facts.dataset.limits.items():
        for one in limits:
            kind = " (recommended)" if one.advice else " (adjustable)" if one.adjustable else ""
            table.add(quantity, bounds(one.min, one.max) + kind, _with_evidence(one))
    for name, rule in facts.dataset.rules.items():
        table.add(name, ", ".join(map(repr, rule.values)) or "-", _with_evidence(rule))
    return table


def _cited(value: object) -> Iterator[str]:
    """Yield the source of every figure inside a value."""
    if isinstance(value, dict):
        if value.get("source"):
            yield value["source"]
        for item in value.values():
            yield from _cited(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _cited(item)


def _lifecycle(model: "Model") -> str:
    return _state(model.lifecycle) if model.listed else "not in AWS's current tables"


def _state(lifecycle: "Lifecycle") -> str:
    state = lifecycle.state(datetime.now(UTC).date())
    dated = {"eol": f"end of life {lifecycle.eol_date}", "legacy": f"Legacy since {lifecycle.legacy_date}"}
    return dated.get(state, state)


def _with_evidence(one: "Limit | DatasetRule") -> str:
    """Return the source of a limit or a rule, with what it is where it is not AWS's documents."""
    known = {"validator": "AWS's validator", "contradicted": "contradicted"}.get(one.evidence or "")
    return f"{one.source} ({known})" if known else _mark(one.source, verified=one.verified)


def _mark(source: str, *, verified: bool) -> str:
    return source if verified else f"{source} (unverified)"


def _plain(catalog: "Catalog", model: "Model") -> dict[str, Any]:
    pairs = [asdict(pair) for pair in catalog.distillation_pairs if pair.student == model.id]
    cited = {source: catalog.url(source) for source in _cited([asdict(model), pairs])}
    return {**asdict(model), "distillation_pairs": pairs, "sources": cited}


def _bold(text: str) -> "Text":
    from rich.text import Text

    return Text(text, style="bold")


def _print(parts: Iterable[Any]) -> None:
    for part in parts:
        if isinstance(part, _Table):
            print_table(part.columns, part.rows)
        else:
            print_lines(part)
