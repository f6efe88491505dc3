"""The one place that runs the rules: the construct, `from_request` and the console all ask it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from constructs_lib.checks import rules as _rules  # noqa: F401 - its modules register themselves
from constructs_lib.checks.rule import FINDERS, RULES
from constructs_lib.checks.rules.request import request_findings
from constructs_lib.checks.severities import Checks
from constructs_lib.contract import join
from constructs_lib.request.hyper_parameters import with_exact_numbers
from constructs_lib.request.tokens import is_known

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from constructs_lib.checks.subject import Subject
    from constructs_lib.findings import Finding

_RANKS = {"error": 0, "warning": 1, "note": 2}


IN_PYTHON = "checks=Checks(overrides={{'{name}': 'warn'}})"
"""How a rule is overruled in an app."""


def check(subject: Subject, checks: Checks | None = None, *, overrule: str = IN_PYTHON) -> list[Finding]:
    """Return everything that is wrong with a job: errors first, then warnings, then notes.

    The service model comes first. What it refuses is left out of what the other rules see, so that every
    mistake is one finding, whatever else is wrong, and no rule meets a value of the wrong type. What is not
    known yet (a token) passes: the custom resource's function checks it with the same service model.

    Args:
        subject: the job.
        checks: how serious the findings are. Default: as documented and verified.
        overrule: how the job's author overrules a rule, with `{name}` in the place of its name.
    """
    if not isinstance(subject.request, Mapping):
        return [*subject.found, *request_findings(subject)]
    subject = replace(subject, request=with_exact_numbers(subject.request))
    read = {path for one in subject.found for path in (one.path, one.suggestion) if path}
    refused = [*subject.found, *(one for one in request_findings(subject) if not _is_below(one.path, read))]
    broken = {path for one in refused for path in (one.path, one.suggestion) if path}
    valid = replace(subject, request=_without(subject.request, broken))
    found = [*refused, *(one for find in FINDERS for one in find(valid) if not _is_below(one.path, broken))]
    applied = (checks or Checks.strict()).apply(_cited(one, subject) for one in found)
    return [_explained(one, overrule) for one in sorted(applied, key=lambda one: _RANKS[one.severity])]


def not_checked(subject: Subject) -> Iterator[str]:
    """Yield what `check` could not look at, each as the end of "not checked: ".

    Args:
        subject: the job.
    """
    request = subject.request if isinstance(subject.request, Mapping) else {}
    subject = replace(subject, request=request)
    if subject.region is None or not is_known(subject.region):
        yield "what depends on the Region, which is not known (--region)"
    if subject.account is None or not is_known(subject.account):
        yield "whether role, keys and functions belong to the account, which is not known (--account)"
    if subject.model is None:
        yield "what AWS documents for the model, which is not in the catalogue"
    remote = [uri for path, uri in subject.data.items() if path not in subject.local]
    if remote:
        yield f"the content of {', '.join(remote)} (bedrock-customize validate reads it)"
    yield "what only AWS knows: names in use, quotas, access to the model, and permissions of a given role"


def _without(value: Any, broken: Collection[str], path: str = "") -> Any:  # noqa: ANN401 - a part of a request
    """Copy a request without the parts at the broken paths; the items of a list keep their places."""
    if path in broken:
        return None
    if isinstance(value, Mapping):
        parts = {name: _without(item, broken, join(path, str(name))) for name, item in value.items()}
        return {name: part for name, part in parts.items() if part is not None}
    if isinstance(value, list | tuple):
        return [_without(item, broken, f"{path}[{index}]") for index, item in enumerate(value)]
    return value


def _is_below(path: str, broken: Collection[str]) -> bool:
    return any(path == one or path.startswith((f"{one}.", f"{one}[")) for one in broken)


def _cited(finding: Finding, subject: Subject) -> Finding:
    """Name the page and the day of a finding that rests on documents."""
    if not finding.source or finding.as_of:
        return finding
    as_of = subject.catalog.as_of if RULES[finding.name].is_documented else ""
    return replace(finding, source=subject.catalog.url(finding.source), as_of=as_of)


def _explained(finding: Finding, overrule: str) -> Finding:
    """Say how to go on in spite of an error that rests on documents."""
    if finding.severity != "error" or not RULES[finding.name].is_documented:
        return finding
    return replace(finding, overrule=overrule.format(name=finding.name))
