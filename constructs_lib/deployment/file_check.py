"""Checks a job file before anything starts: in less than a second, without the CDK and without AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from ..checks import Checks
    from ..checks.file_report import FileReport

_ANYWHERE = "--any-region"


def checks_of(*, is_any_region: bool) -> Checks:
    """Return how serious the findings of a job file's deployment are.

    Args:
        is_any_region: whether a Region that AWS does not list for the model is only a warning.
    """
    from ..checks import Checks

    return Checks(overrides={"region": "warn" if is_any_region else "error"})


def check_job_file(
    file: str | Path,
    *,
    region: str | None = None,
    account: str | None = None,
    is_any_region: bool = False,
    overrule: str = "",
) -> FileReport:
    """Check a job file and the local files that it names, as its synthesis would.

    Args:
        file: a `.json`, `.yaml` or `.yml` file.
        region: the Region to deploy to. Default: not known.
        account: the account to deploy to. Default: not known.
        is_any_region: whether a Region that AWS does not list for the model is only a warning.
        overrule: how a finding says to overrule it, `{name}` in place of the rule's name. Default: it does
            not.
    """
    from ..catalog import Catalog
    from ..checks.file_report import report_on

    checks = checks_of(is_any_region=is_any_region)
    return report_on(file, checks, Catalog.default(), region=region, account=account, overrule=overrule)
