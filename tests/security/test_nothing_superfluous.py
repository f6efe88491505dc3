"""Without any one part of a synthesized policy, a needed call fails or a forbidden one is allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.security.iam_evaluator import identity_allows
from tests.security.removals import is_detected, removals
from tests.security.rules_sufficiency import (
    SERVING,
    calls_of_function,
    job_calls,
    neighbours,
    serving_calls,
    state_machine_calls,
)
from tests.security.scenario import Scenario
from tests.security.stacks import (
    KEY,
    KIND,
    NETWORK,
    OUTPUT,
    full_stack,
    one_promotion_stack,
    retraining_stack,
    serving_stack,
    stack_of,
    sweep_stack,
    template_of,
    throughput_stack,
)
from tests.security.view import STATE_MACHINE_TYPE, View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.security.iam_evaluator import Call

STACKS = {
    "all kinds": full_stack,
    **{f"kind: {one}": lambda one=one: stack_of({"kind": one}) for one in KIND},
    **{f"network: {one}": lambda one=one: stack_of({"network": one}) for one in NETWORK},
    **{f"key: {one}": lambda one=one: stack_of({"key": one}) for one in KEY},
    **{f"output: {one}": lambda one=one: stack_of({"output": one}) for one in OUTPUT},
    "published and deployed": serving_stack,
    "promoted": one_promotion_stack,
    "throughput": throughput_stack,
    "deletes": lambda: stack_of({"steering": "deletes the model"}),
    "sweep": sweep_stack,
    "retrains": retraining_stack,
    "waits": lambda: stack_of({"steering": "waits for completion"}),
}


@pytest.mark.parametrize("name", STACKS)
def test_no_part_of_a_role_is_superfluous(name: str) -> None:
    """Every action, resource, condition and value of a role decides some call."""
    view = View(template_of(STACKS[name](), validates=False))
    superfluous = {
        f"{scenario.name}: {removal.name}"
        for scenario in _scenarios(view)
        for removal in removals(scenario.statements)
        if not is_detected(scenario, removal)
    }
    assert superfluous == set()


def _scenarios(view: View) -> Iterator[Scenario]:
    for role in sorted(view.service_roles | view.handler_roles | view.state_machine_roles):
        statements: list[dict[str, Any]] = [one.statement for one in view.statements_of({role})]
        needed = [*_needed(view, role)]
        forbidden = [call for call in neighbours(needed) if not identity_allows(statements, call)]
        yield Scenario(name=role, statements=statements, needed=needed, forbidden=forbidden)


def _needed(view: View, role: str) -> Iterator[Call]:
    for job in view.jobs:
        function = view.resources[view.id_of_arn(job.properties["ServiceToken"])]
        if view.id_of_arn(job.properties["Request"].get("roleArn", "")) == role:
            yield from job_calls(view, job.properties["Request"])
        if view.id_of_arn(function.properties["Role"]) == role:
            yield from calls_of_function(view, job)
    for machine in view.of_type(STATE_MACHINE_TYPE):
        if view.id_of_arn(machine.properties["RoleArn"]) == role:
            yield from state_machine_calls(machine)
    for one in view.of_type(*SERVING):
        function = view.resources[view.id_of_arn(one.properties["ServiceToken"])]
        if view.id_of_arn(function.properties["Role"]) == role:
            yield from serving_calls(one)
