"""What the documents say about a request: all findings at once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from constructs_lib.request.tokens import is_known

from . import identifiers
from .catalog import Catalog
from .rules import data, distillation, hyper_parameters, models
from .subject import BASE, Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from .findings import Finding


class HasFindings(Protocol):
    """The report on a dataset, as far as a check of a request needs it."""

    def as_findings(self) -> Sequence[Finding]:
        """Return what is wrong with the dataset."""
        ...


def check(
    request: Mapping[str, Any],
    *,
    catalog: Catalog | None = None,
    region: str | None = None,
    today: date | None = None,
    datasets: Iterable[HasFindings] = (),
) -> list[Finding]:
    """Return what the catalogue finds in a request; empty means nothing is known to be wrong.

    What is documented and verified is an error, what is unverified, dated or Regional a warning. Values that
    are not known yet (CDK tokens) are passed over. Dates make warnings only: no synth depends on the day.

    Args:
        request: In the API's words.
        catalog: What is documented. Default: the catalogue that comes with this library.
        region: Where the job will run. Default: not known, so Regions are not checked.
        today: The day for which lifecycle dates are judged. Default: today, in UTC.
        datasets: Reports on the request's data, whose findings are added.
    """
    subject = _subject(request, catalog or Catalog.default(), region, today)
    rules = models.RULES + hyper_parameters.RULES + distillation.RULES + data.RULES if subject else ()
    found = [one for rule in rules if subject for one in rule(subject)]
    return [*found, *(one for report in datasets for one in report.as_findings())]


def _subject(
    request: Mapping[str, Any], catalog: Catalog, region: str | None, today: date | None
) -> Subject | None:
    base = request.get(BASE)
    if not isinstance(base, str) or not is_known(base):
        return None
    return Subject(
        request=request,
        catalog=catalog,
        model=catalog.resolve(base),
        derived=identifiers.parse(base).kind == "custom-model",
        region=region if is_known(region) else None,
        today=today or datetime.now(UTC).date(),
    )
