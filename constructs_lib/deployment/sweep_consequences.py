"""What deploying one template over another does to each sweep: which trials train, which are kept or stopped.

The function starts what has no job with the same inputs (`contract.replacement`). A deployment itself starts
nothing: the trials follow once it has succeeded.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..contract import REQUEST, typed
from ..contract.replacement import infrastructure, training_inputs
from ..contract.resource import ON_DELETE_PROPERTY, REQUEST_PROPERTY
from ..contract.sweeps import SWEEP_TYPE, TRIALS_PROPERTY, trial_request
from ..findings import printable
from .changes import MISSING, changes, listed
from .consequences import FUNCTION, FUNCTION_CHANGES, job_label, properties_of
from .indirect import indirect_changes
from .templates import Template, resources

_SHOWN = 5
_DATA = "trainingDataConfig"


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepConsequence:
    """What a deploy would do to one sweep.

    Args:
        sweep: the construct's path and logical id; the logical id alone where the template has no path.
        starts: `yes`, trials train; `no`; `unknown`, what the templates do not show decides; or `fails`, the
            stack cannot be deployed.
        why: the reason, as the end of a sentence.
        trains: the trials that would train.
        keeps: the trials that keep their jobs and results.
        stops: the trials that the sweep would not have any more, whose jobs are stopped.
    """

    sweep: str
    starts: Literal["yes", "no", "unknown", "fails"]
    why: str
    trains: Sequence[str] = ()
    keeps: Sequence[str] = ()
    stops: Sequence[str] = ()

    def __str__(self) -> str:
        count = f"{len(self.trains)} trial{'' if len(self.trains) == 1 else 's'}"
        would = {
            "yes": f"a deploy would train {count}",
            "no": "a deploy would train no trial",
            "unknown": "a deploy may train trials",
            "fails": "a deploy would fail",
        }[self.starts]
        return printable(f"{self.sweep}: {would}, because {self.why}.")


def sweep_consequences(old: Template, new: Template) -> list[SweepConsequence]:
    """Return what a deploy of `new` over `old` would do to each sweep, in the order of `new`.

    Args:
        old: the template that is deployed.
        new: the template to be deployed.
    """
    before, after = resources(old, SWEEP_TYPE), resources(new, SWEEP_TYPE)
    return [
        _Sweep(name, before.get(name), after.get(name), (old, new)).consequence()
        for name in dict.fromkeys([*after, *before])
    ]


def trial_label(index: int, overrides: Mapping[str, Any]) -> str:
    """Return how a trial is named in a sentence: its number, and what it changes.

    Args:
        index: its place in the template, from 0.
        overrides: what it changes of the request of the sweep.
    """
    changed = ", ".join(_changed(overrides))
    return f"trial {index} ({changed})" if changed else f"trial {index}"


class _Sweep:
    """One sweep of the two templates.

    Args:
        logical_id: its logical id.
        old: its resource in the deployed template.
        new: its resource in the template to be deployed.
        templates: both templates.
    """

    def __init__(
        self,
        logical_id: str,
        old: Template | None,
        new: Template | None,
        templates: tuple[Template, Template],
    ) -> None:
        self._label = job_label(logical_id, new or old or {})
        self._old, self._new = old, new
        self._before, self._after = properties_of(old), properties_of(new)
        self._templates = templates

    def consequence(self) -> SweepConsequence:
        """Return what a deploy does."""
        before, after = dict(_trials(self._before)), dict(_trials(self._after))
        if self._new is None:
            return self._with("no", f"it is removed from the stack{self._ends()}", stops=[*before.values()])
        if self._old is None:
            condition = self._new.get("Condition")
            why = "it is new in this stack"
            if condition:
                return self._with(
                    "unknown", f"{why}, where its condition {condition} is true", [*after.values()]
                )
            return self._with("yes", why, [*after.values()])
        if fails := [
            *changes(self._before.get(FUNCTION, MISSING), self._after.get(FUNCTION, MISSING), FUNCTION)
        ]:
            return self._with("fails", f"{listed(fails)}, {FUNCTION_CHANGES}")
        trains = [label for key, label in after.items() if key not in before]
        keeps = [label for key, label in after.items() if key in before]
        stops = [label for key, label in before.items() if key not in after]
        return self._changed(trains, keeps, stops)

    def _changed(self, trains: list[str], keeps: list[str], stops: list[str]) -> SweepConsequence:
        values = [training_inputs(self._after), self._after.get(TRIALS_PROPERTY)]
        indirect = [*indirect_changes(values, *self._templates)]
        own = {name for side in (self._before, self._after) for one in _listed(side) for name in one}
        common = [*changes(_common(self._before, own), _common(self._after, own), shape=REQUEST)]
        parts = [*common]
        if trains and not common:
            parts.append(f"{_named(trains)} {_is(trains)} new")
        if not trains:
            parts.append("nothing changes that the trainings depend on")
        if keeps:
            parts.append(f"{_count(keeps)} {'keep their jobs and results' if len(keeps) > 1 else _KEEPS}")
        if stops:
            parts.append(f"{_named(stops)} {_is(stops)} removed{self._ends()}")
        around = [*changes(infrastructure(self._before), infrastructure(self._after), shape=REQUEST)]
        if around and keeps:
            parts.append(f"{listed(around)}, so that trials that failed are trained again")
        if indirect:
            parts.append(f"the request refers to what changes: {listed(indirect)}")
        starts: Literal["yes", "no", "unknown"] = "yes" if trains else "no"
        if (indirect or (around and keeps)) and not trains:
            starts = "unknown"
        return self._with(starts, "; ".join(parts), trains, keeps, stops)

    def _ends(self) -> str:
        if self._before.get(ON_DELETE_PROPERTY) == "Retain":
            return ": what trains goes on"
        return ": what trains is stopped"

    def _with(
        self,
        starts: Literal["yes", "no", "unknown", "fails"],
        why: str,
        trains: Sequence[str] = (),
        keeps: Sequence[str] = (),
        stops: Sequence[str] = (),
    ) -> SweepConsequence:
        return SweepConsequence(
            sweep=self._label, starts=starts, why=why, trains=trains, keeps=keeps, stops=stops
        )


_KEEPS = "keeps its job and its result"


def _trials(properties: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what identifies each trial, and how it is named."""
    for index, overrides in enumerate(_listed(properties)):
        request = trial_request(properties[REQUEST_PROPERTY], overrides)
        inputs = training_inputs({**properties, REQUEST_PROPERTY: typed(request)})
        yield json.dumps(inputs, sort_keys=True), trial_label(index, overrides)


def _listed(properties: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return what each trial changes of the request."""
    given = properties.get(TRIALS_PROPERTY)
    return [one if isinstance(one, Mapping) else {} for one in (given if isinstance(given, list) else [])]


def _common(properties: Mapping[str, Any], own: Collection[str]) -> dict[str, object]:
    """Return what every trial depends on, without what trials have of their own."""
    return {name: value for name, value in training_inputs(properties).items() if name not in own}


def _changed(overrides: Mapping[str, Any]) -> Iterator[str]:
    for name, value in overrides.items():
        if name == _DATA and isinstance(value, Mapping) and isinstance(value.get("s3Uri"), str):
            yield str(value["s3Uri"])
        elif isinstance(value, Mapping) and not any(
            isinstance(one, Mapping | list) for one in value.values()
        ):
            yield from (f"{inner}={one}" for inner, one in value.items())
        else:
            yield name


def _named(labels: Sequence[str]) -> str:
    shown = [*labels[:_SHOWN]]
    if len(labels) > _SHOWN:
        shown.append(f"{len(labels) - _SHOWN} more")
    return listed(shown)


def _count(labels: Sequence[str]) -> str:
    return f"{len(labels)} trial{'' if len(labels) == 1 else 's'}"


def _is(labels: Sequence[str]) -> str:
    return "is" if len(labels) == 1 else "are"
