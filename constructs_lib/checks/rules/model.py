"""The base model: its id, its lifecycle, its Regions, and the age of the catalogue."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from ...findings import NOT_SHOWN, PREFIX, Finding, note, warning
from ...request.tokens import is_known
from ..rule import rule
from ..subject import BASE
from .data import differ

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..subject import Subject

_TABLE = "bedrock/custom-model-fine-tuning"
_LIST = "`bedrock-customize models` lists the models that are known"
_ARN = re.compile(r"arn:[^:]+:bedrock:(?P<region>[^:]+):(?P<account>[0-9]{12})?:")
_COPY = "https://docs.aws.amazon.com/bedrock/latest/userguide/copy-model.html"
_OLDEST = 180
"""Days after which what is documented has probably changed."""


@rule("unknown-model", "The base model is not in the catalogue, or known only at deployment.", "note")
def unknown_model(subject: Subject) -> Iterator[Finding]:
    """Report that the model is not known: without this note, a job without findings would look checked."""
    unchecked = "so its hyperparameters, data and Regions were not checked"
    if not subject.identifier or subject.is_base_trained_here:
        return
    if subject.base is None:
        rule = f"is known only at deployment, {unchecked}"
        yield note("unknown-model", BASE, rule, NOT_SHOWN, "write the model's id to have them checked")
    elif subject.model is None and subject.catalog.find_not_customizable(subject.identifier) is None:
        near = subject.catalog.nearest(subject.base.model_id)
        fix = f"write {near[0]} if you mean that model" if near else "check them against AWS's documentation"
        yield note("unknown-model", BASE, f"is not in the catalogue, {unchecked}", subject.identifier, fix)


@rule(
    "model-id",
    "The base model is written with another id than its customization id.",
    "warning",
    is_documented=True,
)
def model_id(subject: Subject) -> Iterator[Finding]:
    """Report an id that names a known model, and is not its customization id."""
    model, base = subject.model, subject.base
    if model is None or base is None or subject.is_derived or base.model_id == model.id:
        return
    if all(facts.other_api for facts in model.customizations.values()):
        return  # the rule `job-api` says that no id of it can be customized here
    is_for_inference = model.inference_ids is not None and base.model_id in model.inference_ids.names
    which = "not the one for inference" if is_for_inference else "with its context suffix"
    if model.id_verified:
        rule, source = f"should be the id that AWS documents for customization, {which}", _TABLE
    else:
        rule, source = f"should be the id that customization jobs of {model.name} had, {which}", ""
    yield warning("model-id", BASE, rule, subject.identifier, f"write {model.id}", source=source)


@rule("model-not-customizable", "AWS documents that the model cannot be customized.", is_documented=True)
def not_customizable(subject: Subject) -> Iterator[Finding]:
    """Report a model that cannot be customized, or that no table of AWS's pages names."""
    refused = subject.catalog.find_not_customizable(subject.identifier) if subject.base else None
    if refused is None:
        return
    severity = subject.severity(verified=refused.verified)
    must = "must" if severity == "error" else "should"
    rule = f"{must} be a model that Bedrock customizes; {refused.reason}"
    name = f"{PREFIX}model-not-customizable"
    yield Finding(name, BASE, rule, subject.identifier, _LIST, severity, refused.source)


@rule(
    "model-not-listed",
    "AWS's current tables of customizable models do not list the model.",
    "warning",
    is_documented=True,
)
def not_listed(subject: Subject) -> Iterator[Finding]:
    """Report a model that is in no current table."""
    if subject.model is not None and not subject.model.listed:
        rule = f"is not in AWS's current tables of customizable models ({subject.model.name})"
        yield warning("model-not-listed", BASE, rule, subject.identifier, _LIST, source=_TABLE)


@rule("model-lifecycle", "The model is Legacy, or has reached end of life.", "warning", is_documented=True)
def lifecycle(subject: Subject) -> Iterator[Finding]:
    """Report a model that is not active on the day of the check; a date never stops a synthesis."""
    if subject.model is None:
        return
    life, name = subject.model.lifecycle, subject.model.name
    state = {
        "eol": f"reached end of life on {life.eol_date}",
        "legacy": f"is Legacy since {life.legacy_date} and takes no new jobs",
    }.get(life.state(subject.today))
    if state:
        rule = f"should be an active model; {name} {state}"
        fix = "choose an active model; the state can differ by Region and by agreement with AWS"
        yield warning("model-lifecycle", BASE, rule, subject.identifier, fix, source=life.source)


@rule(
    "region", "The model is not documented to be customizable in the Region.", "warning", is_documented=True
)
def region(subject: Subject) -> Iterator[Finding]:
    """Report a Region that AWS does not list for this customization of the model."""
    regions = subject.facts.regions if subject.facts else None
    here = subject.region
    if regions is None or regions.names is None or here is None or not is_known(here):
        return
    if here not in regions.names:
        names, name = " or ".join(regions.names), subject.model.name if subject.model else ""
        rule = f"is not listed for {subject.kind} of {name}; AWS lists {names}"
        yield warning("region", "Region", rule, here, f"deploy to {names}", source=regions.source)


@rule(
    "model-elsewhere", "The base model is one of another Region or account than the job.", is_documented=True
)
def elsewhere(subject: Subject) -> Iterator[Finding]:
    """Report an ARN of another Region or account, where Bedrock does not look for the job's base model."""
    found = _ARN.match(subject.identifier)
    if found is None:
        return
    region, account = subject.region, subject.account
    rule, fix = "must be a model of the job's Region", f"deploy to {found['region']}, or write the model's id"
    if found["account"]:
        fix = f"deploy to {found['region']}, or copy the model to {region} and write the ARN of the copy"
    if not differ(found["region"], region):
        rule = "must be a model of the job's account"
        fix = f"have it shared, copy it to account {account}, and write the ARN of the copy"
        if not differ(found["account"], account):
            return
    yield Finding(f"{PREFIX}model-elsewhere", BASE, rule, subject.identifier, fix, "error", _COPY)


@rule("model-not-trained-yet", "The base model is trained by another job of this app.", "warning")
def trained_here(subject: Subject) -> Iterator[Finding]:
    """Report a base model that does not exist before another job of the app has ended."""
    if subject.is_base_trained_here:
        rule = (
            "is the model of another job of this app, which does not exist before that job has ended, so a "
            "deployment that starts both jobs fails"
        )
        fix = (
            "deploy the other job first, and add this one when `aws bedrock get-model-customization-job` "
            "shows its outputModelArn"
        )
        yield warning("model-not-trained-yet", BASE, rule, NOT_SHOWN, fix)


@rule("catalog-age", "The catalogue is probably out of date.", "note")
def catalog_age(subject: Subject) -> Iterator[Finding]:
    """Report a catalogue that is probably out of date."""
    days = (subject.today - date.fromisoformat(subject.catalog.as_of)).days
    if days > _OLDEST and subject.model is not None:
        rule = f"is checked against AWS's documentation as of {subject.catalog.as_of}, {days} days ago"
        fix = "update this library, or correct figures with a catalogue file (docs/catalog.md)"
        yield note("catalog-age", BASE, rule, NOT_SHOWN, fix)
