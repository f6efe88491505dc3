"""The catalogue compared with the models that Bedrock lists in a Region."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from .catalog import Catalog
    from .model import Model

LISTED_TYPES = ("FINE_TUNING", "CONTINUED_PRE_TRAINING", "DISTILLATION")
"""The customization types that `ListFoundationModels` lists models for.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListFoundationModels.html
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedModel:
    """One model in a response of `ListFoundationModels`.

    Args:
        id: its id.
        name: its name.
        customizations: the types that it can be customized with.
        status: `ACTIVE` or `LEGACY`; "" where the response has none.
        legacy_date: the day on which it becomes Legacy. Default: the response has none.
        eol_date: the day of its end of life. Default: the response has none.
    """

    id: str
    name: str = ""
    customizations: frozenset[str] = frozenset()
    status: str = ""
    legacy_date: date | None = None
    eol_date: date | None = None

    @classmethod
    def from_summary(cls, summary: Mapping[str, Any], customizations: Iterable[str] = ()) -> ListedModel:
        """Return a model as a response describes it.

        Args:
            summary: one of the `modelSummaries`.
            customizations: types for which it was listed, in addition to those that the summary has.
        """
        life = summary.get("modelLifecycle") or {}
        return cls(
            id=summary["modelId"],
            name=summary.get("modelName", ""),
            customizations=frozenset((*summary.get("customizationsSupported", ()), *customizations)),
            status=life.get("status", ""),
            legacy_date=_day(life.get("legacyTime")),
            eol_date=_day(life.get("endOfLifeTime")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What the catalogue has of a model, and what Bedrock lists.

    Args:
        model: the id of the model.
        kind: what differs.
        catalog: what the catalogue has.
        aws: what Bedrock lists.
    """

    model: str
    kind: Literal["new-model", "not-listed", "customization-type", "id", "lifecycle"]
    catalog: str
    aws: str

    def __str__(self) -> str:
        return f"{self.model}: AWS {self.aws}; the catalogue {self.catalog}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The catalogue and what Bedrock lists in one Region.

    Args:
        region: the Region.
        today: the day of the comparison, by which the catalogue's dates are read.
        differences: what differs, by model.
        agreeing: the ids of the models of which nothing differs.
    """

    region: str
    today: date
    differences: Sequence[Difference]
    agreeing: Sequence[str]


def compare(catalog: Catalog, listed: Iterable[ListedModel], *, region: str, today: date) -> Comparison:
    """Compare the catalogue with what Bedrock lists in a Region.

    Reinforcement fine-tuning is not compared: `ListFoundationModels` does not know it.

    Args:
        catalog: the catalogue.
        listed: every model that Bedrock lists, customizable or not.
        region: the Region.
        today: the day, by which the catalogue's dates are read.
    """
    found: dict[str, list[ListedModel]] = {}
    differences = []
    for one in listed:
        model = catalog.resolve(one.id)
        if model is not None:
            found.setdefault(model.id, []).append(one)
        elif one.customizations:
            differences.append(_new(catalog, one, region))
    agreeing = []
    for model in catalog.models:
        ids = found.get(model.id, [])
        differing = list(_differences(model, ids, region, today))
        differences += differing
        if not differing and (ids or _expected(model, region, today)):
            agreeing.append(model.id)
    return Comparison(region=region, today=today, differences=differences, agreeing=agreeing)


def _new(catalog: Catalog, one: ListedModel, region: str) -> Difference:
    known = catalog.find_not_customizable(one.id)
    named = f" ({one.name})" if one.name else ""
    return Difference(
        model=one.id,
        kind="new-model",
        catalog=f"calls it not customizable: {known.reason}" if known else "does not have it",
        aws=f"lists it{named} for {_and(one.customizations)} in {region}",
    )


def _differences(model: Model, ids: Sequence[ListedModel], region: str, today: date) -> Iterator[Difference]:
    expected = _expected(model, region, today)
    if not ids:
        if expected:
            has = f"has it for {_and(expected)} there"
            yield Difference(
                model=model.id, kind="not-listed", catalog=has, aws=f"does not list it in {region}"
            )
        return
    yield from _lifecycle(model, ids, today)
    if model.lifecycle.state(today) == "eol":
        return  # that Bedrock lists it at all is the difference
    yield from _types(model, ids, expected, region)
    customizable = [one.id for one in ids if one.customizations]
    if customizable and model.id not in customizable:
        other = _and(customizable)
        yield Difference(
            model=model.id, kind="id", catalog=f"has {model.id}", aws=f"lists it for customization as {other}"
        )


def _expected(model: Model, region: str, today: date) -> frozenset[str]:
    """Return the types for which Bedrock should list a model, as the catalogue has it."""
    if not model.listed or model.lifecycle.state(today) == "eol":
        return frozenset()
    return frozenset(
        kind
        for kind, facts in model.customizations.items()
        if kind in LISTED_TYPES and facts.other_api is None and region in (facts.regions.names or ())
    )


def _types(
    model: Model, ids: Sequence[ListedModel], expected: frozenset[str], region: str
) -> Iterator[Difference]:
    listed = frozenset(kind for one in ids for kind in one.customizations)
    for kind in sorted(expected ^ listed):
        if kind in expected:
            has, aws = f"has {kind} in {region}", f"does not list it for {kind} in {region}"
        else:
            has, aws = _why_unexpected(model, kind), f"lists it for {kind} in {region}"
        if has:
            yield Difference(model=model.id, kind="customization-type", catalog=has, aws=aws)


def _why_unexpected(model: Model, kind: str) -> str:
    """Return what the catalogue has instead of a type that Bedrock lists; "" where it leaves that open."""
    facts = model.customizations.get(kind)
    if facts is None:
        return f"does not have {kind} of it"
    if not model.listed:
        return "has it as a model that AWS's tables no longer name"
    if facts.other_api is not None:
        return f"has {kind} for another API only"
    return f"has {kind} in {_and(facts.regions.names)} only" if facts.regions.names else ""


def _lifecycle(model: Model, ids: Sequence[ListedModel], today: date) -> Iterator[Difference]:
    one = next((one for one in ids if one.id == model.id), ids[0])
    state, life = model.lifecycle.state(today), model.lifecycle
    if not one.status:
        return
    dates = ((life.legacy_date, one.legacy_date), (life.eol_date, one.eol_date))
    are_other_dates = one.status == "LEGACY" and any(theirs and ours != theirs for ours, theirs in dates)
    if state.upper() != one.status or are_other_dates:
        yield Difference(
            model=model.id,
            kind="lifecycle",
            catalog=f"has it as {_state(state, life.legacy_date, life.eol_date)}",
            aws=f"lists it as {_state(one.status.lower(), one.legacy_date, one.eol_date)}",
        )


def _state(state: str, legacy: date | None, eol: date | None) -> str:
    if state == "active":
        return "active"
    if state == "eol":
        return f"at its end of life since {eol}"
    since, until = f" since {legacy}" if legacy else "", f", with its end of life on {eol}" if eol else ""
    return f"Legacy{since}{until}"


def _and(words: Iterable[str]) -> str:
    return " and ".join(sorted(words))


def _day(time: object) -> date | None:
    return time.date() if isinstance(time, datetime) else None
