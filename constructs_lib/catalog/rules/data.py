"""Rules about the data that a request names, as far as its URIs tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from constructs_lib.catalog.findings import finding
from constructs_lib.request.tokens import is_known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs_lib.catalog.findings import Finding
    from constructs_lib.catalog.subject import Subject

_PREPARE = "bedrock/model-customization-prepare"


def validation_data(subject: Subject) -> Iterator[Finding]:
    """Validation data should be given only to models that use it."""
    known = subject.facts.validation_data if subject.facts else None
    if known is None or not _validators(subject) or known.support not in ("ignored", "refused"):
        return
    who = subject.model.name if subject.model else ""
    severity = subject.severity(verified=known.verified and known.support == "refused")
    must = "must" if severity == "error" else "should"
    said = "takes none" if known.support == "refused" else "does not train with it"
    rule = f"{must} be left out: {subject.kind} of {who} {said} {subject.cite(known.source)}"
    yield finding(
        "validation-data", severity, "validationDataConfig", rule, got=_validators(subject), fix="take it out"
    )


def uri(subject: Subject) -> Iterator[Finding]:
    """Training data should be a JSON Lines file, by its name."""
    config = subject.request.get("trainingDataConfig")
    found = config.get("s3Uri") if isinstance(config, Mapping) else None
    if not isinstance(found, str) or not is_known(found) or found.endswith((".jsonl", "/")):
        return
    gzip = " and Bedrock does not read compressed files" if found.endswith(".gz") else ""
    rule = f"should name a .jsonl file{gzip} {subject.cite(_PREPARE)}"
    fix = "name the file .jsonl, with one JSON object per line"
    yield finding(
        "data-uri", "warning", "trainingDataConfig.s3Uri", rule, got=found, fix=fix, source=_PREPARE
    )


def _validators(subject: Subject) -> list[object]:
    config = subject.request.get("validationDataConfig")
    validators = config.get("validators") if isinstance(config, Mapping) else None
    return list(validators) if isinstance(validators, (list, tuple)) else []


RULES = (validation_data, uri)
