"""Which part of the function carries out an event: one table by the type of the resource."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contract.resource import (
    DEPLOYMENT_TYPE,
    PUBLISHED_MODEL_TYPE,
    RESOURCE_TYPE,
    RESULT_TYPE,
    THROUGHPUT_TYPE,
)
from contract.sweeps import SWEEP_TYPE

from .frame.event import EventError

if TYPE_CHECKING:
    from collections.abc import Callable

    from .frame.event import Event
    from .frame.lifecycle import Lifecycle
    from .services import Services


def lifecycle_of(event: Event, services: Services) -> Lifecycle:
    """Return what carries out an event.

    Raises:
        EventError: the function has no such resource type.
    """
    route = _ROUTES.get(event.resource_type)
    if route is None:
        raise EventError(f"ResourceType must be one of {', '.join(_ROUTES)}, got {event.resource_type!r:.80}")
    return route(event, services)


def _job(event: Event, services: Services) -> Lifecycle:
    from .jobs.desired_state import Change
    from .jobs.lifecycle import JobLifecycle

    return JobLifecycle(Change.of(event), services)


def _published(event: Event, services: Services) -> Lifecycle:
    from .published.desired_state import Change
    from .published.lifecycle import PublishedLifecycle

    return PublishedLifecycle(Change.of(event), services)


def _deployment(event: Event, services: Services) -> Lifecycle:
    from .deployments.desired_state import Change
    from .deployments.lifecycle import deployment_lifecycle

    return deployment_lifecycle(Change.of(event), services)


def _sweep(event: Event, services: Services) -> Lifecycle:
    from .sweeps.desired_state import Change
    from .sweeps.lifecycle import SweepLifecycle

    return SweepLifecycle(Change.of(event), services)


def _throughput(event: Event, services: Services) -> Lifecycle:
    from .throughputs.desired_state import Change
    from .throughputs.lifecycle import throughput_lifecycle

    return throughput_lifecycle(Change.of(event), services)


def _result(event: Event, services: Services) -> Lifecycle:
    from .results.lifecycle import ResultLifecycle

    return ResultLifecycle(event, services)


# Each imports its part when an event needs it.
_ROUTES: dict[str, Callable[[Event, Services], Lifecycle]] = {
    RESOURCE_TYPE: _job,
    PUBLISHED_MODEL_TYPE: _published,
    DEPLOYMENT_TYPE: _deployment,
    SWEEP_TYPE: _sweep,
    THROUGHPUT_TYPE: _throughput,
    RESULT_TYPE: _result,
}
