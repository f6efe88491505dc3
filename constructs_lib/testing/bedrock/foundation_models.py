"""`ListFoundationModels`: the models that the catalogue has for a Region, as the API lists them."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from ...catalog import Catalog, Lifecycle, Model, identifiers
from ...catalog.listing import LISTED_TYPES
from .account_state import AccountState
from .arns import arn
from .behaviour import Moment
from .responses import copied, present
from .service import Document

_FILTERS = (
    ("byCustomizationType", "customizationsSupported"),
    ("byInferenceType", "inferenceTypesSupported"),
    ("byOutputModality", "outputModalities"),
)


def list_foundation_models(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `ListFoundationModels`."""
    given = moment.behaviour.foundation_models
    today = datetime.fromtimestamp(moment.now, tz=UTC).date()
    summaries = _documented(state.region, today) if given is None else given
    return {"modelSummaries": [copied(one) for one in summaries if _matches(one, request)]}


def _matches(summary: Mapping[str, Any], request: Document) -> bool:
    provider = request.get("byProvider", summary.get("providerName", ""))
    return provider.lower() == summary.get("providerName", "").lower() and all(
        request[name] in summary.get(member, ()) for name, member in _FILTERS if name in request
    )


def _documented(region: str, today: date) -> Iterator[Document]:
    """Yield the summaries of the models that AWS's pages name for a Region, and that are not at their end.

    As recorded: a model has one id for customization, which can be provisioned, and others for calls on
    demand, which support no customization.
    """
    for model in Catalog.default().models:
        life = model.lifecycle.state(today)
        if not model.listed or life == "eol" or not _is_in(model, region):
            continue
        of_this_api = [kind for kind, facts in model.customizations.items() if facts.other_api is None]
        types = [
            kind
            for kind in LISTED_TYPES
            if kind in of_this_api and region in (model.customizations[kind].regions.names or ())
        ]
        provisioned = any(one.mode == "provisioned" and region in one.regions for one in model.hosting)
        if of_this_api:
            inference = ["PROVISIONED"] if provisioned else []
            yield _summary(model, model.id, region, life=life, types=types, inference=inference)
        for other in _ids_on_demand(model):
            yield _summary(model, other, region, life=life, types=[], inference=["ON_DEMAND"])


def _is_in(model: Model, region: str) -> bool:
    customized = (facts.regions.names or () for facts in model.customizations.values())
    return any(region in names for names in (*customized, *(one.regions for one in model.hosting)))


def _ids_on_demand(model: Model) -> tuple[str, ...]:
    if model.inference_ids:
        return model.inference_ids.names
    return tuple({identifiers.stem(model.id)} - {model.id})


def _summary(
    model: Model, model_id: str, region: str, *, life: str, types: list[str], inference: list[str]
) -> Document:
    images = any(
        "image-format" in facts.dataset.rules or "image-caption" in facts.dataset.formats
        for facts in model.customizations.values()
    )
    captions = any("image-caption" in facts.dataset.formats for facts in model.customizations.values())
    output = "TEXT" if not captions else "EMBEDDING" if "embed" in model.id else "IMAGE"
    return present(
        {
            "modelArn": arn(region, "", f"foundation-model/{model_id}"),
            "modelId": model_id,
            "modelName": model.name,
            "providerName": model.provider,
            "inputModalities": ["TEXT", "IMAGE"] if images else ["TEXT"],
            "outputModalities": [output],
            "responseStreamingSupported": True if output == "TEXT" else None,
            "customizationsSupported": types,
            "inferenceTypesSupported": inference,
            "modelLifecycle": _life(model.lifecycle, life),
        }
    )


def _life(lifecycle: Lifecycle, life: str) -> Document:
    return present(
        {
            "status": life.upper(),
            "legacyTime": _midnight(lifecycle.legacy_date),
            "endOfLifeTime": _midnight(lifecycle.eol_date),
        }
    )


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC)
