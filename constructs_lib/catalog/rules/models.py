"""Rules about the base model: its id, its life, its customization types and Regions."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from constructs_lib.catalog import identifiers
from constructs_lib.catalog.findings import finding
from constructs_lib.catalog.subject import BASE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs_lib.catalog.figures import Reason
    from constructs_lib.catalog.findings import Finding
    from constructs_lib.catalog.model import Model
    from constructs_lib.catalog.subject import Subject

_TABLE = "bedrock/custom-model-fine-tuning"
_LIST = "`bedrock-customize models` lists the models that are known"


def identity(subject: Subject) -> Iterator[Finding]:
    """The id must be one that the documents name as customizable."""
    if subject.model is not None and _names(subject, subject.model.id):
        return
    model_id = identifiers.parse(subject.identifier).model_id
    refused = subject.catalog.not_customizable.get(model_id)
    if refused is not None:
        severity = subject.severity(verified=refused.verified)
        rule = f"must be a model that Bedrock customizes; of this one is known that {refused.reason}"
        cited = f"{rule} {subject.cite(refused.source)}"
        yield finding("model-not-customizable", severity, BASE, cited, got=subject.identifier, fix=_LIST)
    elif subject.model is not None:
        yield _suffix(subject, subject.model.id)
    else:
        yield _unknown(subject)


def _names(subject: Subject, model_id: str) -> bool:
    return subject.derived or identifiers.parse(subject.identifier).model_id == model_id


def _suffix(subject: Subject, documented: str) -> Finding:
    model_id = identifiers.parse(subject.identifier).model_id
    severity = subject.severity(verified=model_id == identifiers.stem(model_id))
    rule = (
        f"must be the id that is documented for customization, with its context suffix {subject.cite(_TABLE)}"
    )
    fix = f"use {documented}"
    return finding("model-id", severity, BASE, rule, got=subject.identifier, fix=fix, source=_TABLE)


def _unknown(subject: Subject) -> Finding:
    rule = "is not in the catalogue, so its hyperparameters, data and Regions were not checked"
    near = get_close_matches(
        subject.identifier, [model.id for model in subject.catalog.models], n=1, cutoff=0.8
    )
    hint = f"if {near[0]} is meant, use that" if near else "compare them with AWS's pages"
    return finding("unknown-model", "note", BASE, rule, got=subject.identifier, fix=hint)


def listing(subject: Subject) -> Iterator[Finding]:
    """The model should be in AWS's current tables."""
    if subject.model is None or subject.model.listed:
        return
    rule = f"should be in AWS's current tables of customizable models; {subject.model.name} is in none"
    yield finding("model-not-listed", "warning", BASE, rule, got=subject.identifier, fix=_LIST)


def lifecycle(subject: Subject) -> Iterator[Finding]:
    """The model should be active on the day of the synth."""
    if subject.model is None:
        return
    life = subject.model.lifecycle
    name = subject.model.name
    said = {
        "eol": f"should still be offered; the life of {name} ended on {life.eol_date}",
        "legacy": f"should be active; {name} is Legacy since {life.legacy_date}, and takes no new jobs",
    }.get(life.state(subject.today))
    if said:
        rule = f"{said} {subject.cite(life.source)}"
        fix = "choose a model that is active; states differ by Region and by private arrangement"
        yield finding(
            "model-lifecycle", "warning", BASE, rule, got=subject.identifier, fix=fix, source=life.source
        )


def customization_type(subject: Subject) -> Iterator[Finding]:
    """The model must be documented for the customization type."""
    model, kind = subject.model, subject.kind
    if model is None or kind is None or kind in model.customizations or _other_api(model):
        return
    reason = model.unavailable.get(kind) or subject.catalog.withdrawn.get(kind)
    why = f"; {kind} {reason.text} {subject.cite(reason.source)}" if reason else ""
    known = kind not in subject.catalog.withdrawn and model.listed
    rule = f"must be one that is documented for {model.name}{why}"
    fix = f"use {' or '.join(model.customizations)}, or another model"
    severity = subject.severity(verified=known)
    yield finding("customization-type", severity, "customizationType", rule, got=kind, fix=fix)


def job_api(subject: Subject) -> Iterator[Finding]:
    """The model must be one that CreateModelCustomizationJob customizes."""
    other = _other_api(subject.model) if subject.model else None
    if other is None or subject.model is None:
        return
    rule = f"must be a model for CreateModelCustomizationJob; {subject.model.name} {other.text}"
    severity = subject.severity(verified=other.verified)
    cited, fix = f"{rule} {subject.cite(other.source)}", "use that API, or another model"
    yield finding("job-api", severity, BASE, cited, got=subject.identifier, fix=fix, source=other.source)


def _other_api(model: Model) -> Reason | None:
    """Give the reason why no customization of a model goes through CreateModelCustomizationJob."""
    reasons = [facts.other_api for facts in model.customizations.values()]
    return reasons[0] if reasons and all(reasons) else None


def region(subject: Subject) -> Iterator[Finding]:
    """The model should be documented to be customizable in the job's Region."""
    regions = subject.facts.regions if subject.facts else None
    if regions is None or regions.names is None or subject.region is None or subject.region in regions.names:
        return
    names, name = " or ".join(regions.names), subject.model.name if subject.model else ""
    rule = f"should be {names}, where {subject.kind} of {name} is documented {subject.cite(regions.source)}"
    fix = f"deploy the stack to {names}"
    yield finding("region", "warning", "Region", rule, got=subject.region, fix=fix, source=regions.source)


RULES = (identity, listing, lifecycle, customization_type, job_api, region)
