"""What a platform team restricts: base models, Regions and tags; `dataset.py` compares training tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...contract.replacement import TAG_FIELDS
from ...findings import Described, Finding, error, warning
from ...request.tokens import is_known
from ..rule import register, rule
from ..subject import BASE, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ..restrictions import Restrictions
    from ..subject import Subject

REQUIRED_TAG = "required-tag"
RESTRICTIONS = ("base-model-not-allowed", "region-not-allowed", REQUIRED_TAG, "training-budget")
"""The rules by which a platform team restricts jobs."""

_JOB_TAGS, _MODEL_TAGS = TAG_FIELDS
_DEPLOYMENT = "only the deployment knows"

register({REQUIRED_TAG: "A tag that a platform team requires is missing, or has another value."})


@rule("base-model-not-allowed", "A platform team does not allow the base model.")
def base_model(subject: Subject) -> Iterator[Finding]:
    """Report a base model that is not in every list of allowed models."""
    identifier = subject.identifier
    if identifier in ("", UNKNOWN):
        return
    for one in subject.restrictions:
        if not one.allows_model(identifier, is_trained_here=subject.is_base_trained_here):
            rule = f"must be in allowed_base_models of {one.owner}: {', '.join(one.base_models or ())}"
            fix = "choose one of them, or have the model added there"
            is_token = subject.base is None
            got = Described(f"a model that {_DEPLOYMENT}") if is_token else identifier
            yield error("base-model-not-allowed", BASE, rule, got, fix)


@rule("region-not-allowed", "A platform team does not allow the Region.")
def region(subject: Subject) -> Iterator[Finding]:
    """Report a Region that is not in every list of allowed Regions."""
    here = subject.region
    for one in subject.restrictions:
        if one.allows_region(here):
            continue
        listed = ", ".join(filter(is_known, one.regions or ()))
        rule = f"must be in allowed_regions of {one.owner}: {listed}"
        if here is not None and is_known(here):
            fix = "deploy to one of them, or have the Region added there"
            yield error("region-not-allowed", "Region", rule, here, fix)
        else:
            got = Described(f"a Region that {_DEPLOYMENT}")
            fix = "give the stack a Region, env=cdk.Environment(region=...)"
            yield error("region-not-allowed", "Region", rule, got, fix)


def tag_findings(
    restrictions: Iterable[Restrictions], tags: Mapping[str, Mapping[str, object]], *, inherits: bool = True
) -> Iterator[Finding]:
    """Yield what is missing among the tags of a job, those of `Tags.of` and of the stack included.

    The job must have a required tag. Its model should: it is billed by the month.

    Args:
        restrictions: all that apply to the job.
        tags: the tags of the job and of the model by `jobTags` and `customModelTags`; an unresolved value is
            anything but a known string.
        inherits: whether the job takes tags of `Tags.of`, which a hand-written resource does not.
    """
    for one in restrictions:
        for key, allowed in one.tags.items():
            for path, make, must in ((_JOB_TAGS, error, "must"), (_MODEL_TAGS, warning, "should")):
                found = tags.get(path, {})
                value = found.get(key)
                among = f" with one of the values {', '.join(allowed)}" if allowed else ""
                rule = f"{must} have the tag {key!r}{among}, which required_tags of {one.owner} lists"
                if key not in found:
                    got = Described("no such tag")
                elif allowed and value not in allowed:
                    is_text = isinstance(value, str) and is_known(value)
                    got = Described(repr(value) if is_text else f"a value that {_DEPLOYMENT}")
                else:
                    continue
                fix = "add it to these tags"
                if inherits:
                    fix += f", or with Tags.of(scope).add({key!r}, ...)"
                yield make(REQUIRED_TAG, path, rule, got, fix)
