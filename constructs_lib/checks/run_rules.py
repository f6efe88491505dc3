"""Runs all rules: the construct, `from_request` and the console commands call `check`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ..findings import SEVERITIES, Described
from ..request.characters import named, where_invisible
from ..request.data import FILE
from ..request.hyper_parameters import with_exact_numbers
from ..request.tokens import is_known, is_of_the_cdk
from . import rules as _rules  # noqa: F401 - its modules register themselves
from .rule import FINDERS, RULES
from .rules.request import request_findings
from .severities import Checks
from .subject import is_below

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..findings import Finding
    from .subject import Subject


_ESCAPE = re.compile(r"\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|[tnr])")
"""A character in a path that nobody sees, as it is written there."""

IN_PYTHON = "checks=Checks(overrides={{'{name}': 'warn'}})"
"""How to overrule a rule in an app."""


def check(subject: Subject, checks: Checks | None = None, *, overrule: str = IN_PYTHON) -> list[Finding]:
    """Return everything that is wrong with a job: errors first, then warnings, then notes.

    The service model comes first. What it rejects counts as not known for the other rules: every mistake is
    one finding, and no rule gets a value of the wrong type. What is not known yet (a token) passes: the
    custom resource's function checks it with the same service model.

    Args:
        subject: the job.
        checks: how serious the findings are. Default: as documented and verified.
        overrule: how to overrule a rule, with `{name}` for its name.
    """
    if not isinstance(subject.request, Mapping):
        return [*subject.found, *request_findings(subject)]
    subject = replace(subject, request=with_exact_numbers(subject.request))
    read = _paths(subject.found)
    refused = [*subject.found, *(one for one in request_findings(subject) if not is_below(one.path, read))]
    # A list of the wrong length still holds items that the other rules can check.
    broken = _paths(one for one in refused if one.name != "request-count")
    valid = subject.without(broken)
    found = [*refused, *(one for find in FINDERS for one in find(valid) if not is_below(one.path, broken))]
    applied = sorted((checks or Checks.strict()).apply(found), key=lambda one: SEVERITIES.index(one.severity))
    return [_with_character(_with_source(one, subject, overrule)) for one in applied]


def not_checked(subject: Subject) -> Iterator[str]:
    """Yield what `check` could not check, each as the end of "not checked: ".

    Args:
        subject: the job.
    """
    request = subject.request if isinstance(subject.request, Mapping) else {}
    subject = replace(subject, request=request)
    if subject.region is None or not is_known(subject.region):
        yield "what depends on the Region, which is not known (--region)"
    if subject.account is None or not is_known(subject.account):
        yield "whether role, keys and functions belong to the account, which is not known (--account)"
    if subject.model is None and subject.catalog.find_not_customizable(subject.identifier) is None:
        state = "not in the catalogue" if subject.base else "not known"
        yield f"what AWS documents for the base model, which is {state}"
    remote = [uri for uri in subject.data.values() if uri and not (uri.startswith(FILE) and is_known(uri))]
    if remote:
        yield f"the content of {', '.join(remote)} (bedrock-customize validate reads it)"
    yield "what only AWS knows: names in use, quotas, access to the model, and permissions of a given role"


def _with_character(finding: Finding) -> Finding:
    """Return a finding that names the character which nobody sees in the value or in the field's name."""
    got = finding.got
    odd = where_invisible(got) if isinstance(got, str) and not isinstance(got, Described) else ""
    if not odd and (escape := _ESCAPE.search(finding.path)):
        odd = f"the {named(escape.group().encode().decode('unicode_escape'))} from the name"
    if not odd:
        return finding
    fix = re.sub(r"^remove '[^']*'; ", "", finding.fix)
    return replace(finding, fix=f"remove {odd}; {fix}")


def _paths(findings: Iterable[Finding]) -> set[str]:
    """Return the paths of findings, and the paths that they suggest."""
    return {path for one in findings for path in (one.path, one.suggestion) if path}


def _with_source(finding: Finding, subject: Subject, overrule: str) -> Finding:
    """Add the page of AWS that a finding is based on, and how to overrule it; name objects by their class."""
    if finding.source and not finding.as_of:
        as_of = subject.catalog.read_on(finding.source) if RULES[finding.name].is_documented else ""
        finding = replace(finding, source=subject.catalog.url(finding.source), as_of=as_of)
    if is_of_the_cdk(finding.got):  # its address is another in every run
        finding = replace(finding, got=Described(f"an object of the class {type(finding.got).__name__}"))
    return with_overrule(finding, overrule)


def with_severities(findings: Iterable[Finding], checks: Checks) -> list[Finding]:
    """Return findings with the severities that checks give them, and how to overrule those that are errors.

    Args:
        findings: what was found.
        checks: how serious each rule is.
    """
    return [with_overrule(one) for one in checks.apply(findings)]


def with_overrule(finding: Finding, overrule: str = IN_PYTHON) -> Finding:
    """Return a finding that says how to overrule it, if it is an error that can be overruled.

    Args:
        finding: a finding whose severity is final.
        overrule: how to overrule a rule, with `{name}` for its name. Default: in an app.
    """
    if finding.severity != "error" or not RULES[finding.name].is_documented:
        return finding
    return replace(finding, overrule=overrule.format(name=finding.name))
