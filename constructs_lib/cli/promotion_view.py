"""How a promotion is shown: for people as rows or as a line of a table, for programs as a document."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from rich.text import Text

from ..contract.promotion import APPROVED_VALUE, REJECTED_VALUE
from ..findings import printable
from ..monitoring.metrics import shown
from ..monitoring.promotion_candidates import asks_a_person
from ..monitoring.promotion_state import State
from .deploy_common import command_name
from .job_view import local_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from ..monitoring.promoted_resources import PromotedResource
    from ..monitoring.promotion_records import Condition, Record
    from ..monitoring.promotion_state import Promotion

COLUMNS = ("resource", "serves", "candidate", "conditions", "state", "reason")
"""The columns of the table."""

_STYLES = {
    State.PROMOTED: "green",
    State.REJECTED: "red",
    State.WITHDRAWN: "red",
    State.NO_MODEL: "red",
}
_ANSWERS = {"yes": "green", "no": "red", "unsure": "yellow"}
_LONGEST_ANSWER = len("unsure")


def promotion_rows(
    promotion: Promotion, now: datetime, options: Sequence[str] = ()
) -> Sequence[tuple[str, Text]]:
    """Return what people want to know of a promotion, as names and values.

    Args:
        promotion: the promotion.
        now: the time.
        options: the options with which another command asks the same AWS. Default: none.
    """
    return [
        *_of_resource(promotion),
        *(_of_condition(one) for one in promotion.conditions),
        *_of_state(promotion, now),
        *(("what to do", Text(printable(one))) for one in _advice(promotion, options)),
    ]


def promotion_cells(promotion: Promotion) -> list[str]:
    """Return the cells of a promotion in a table.

    Args:
        promotion: the promotion.
    """
    conditions = ", ".join(f"{one.type} {one.answer}" for one in promotion.conditions)
    cells = (
        promotion.resource.resource,
        promotion.served.arn.rpartition("/")[2] or "nothing",
        promotion.candidate.rpartition("/")[2],
        conditions,
        promotion.state,
        promotion.reason,
    )
    return [printable(one) for one in cells]


def promotion_document(promotion: Promotion) -> dict[str, Any]:
    """Return a promotion for programs.

    Args:
        promotion: the promotion.
    """
    resource, served = promotion.resource, promotion.served
    return {
        "stack": resource.stack,
        "stackStatus": resource.stack_status,
        "resource": resource.resource,
        "kind": resource.kind,
        "name": resource.physical_id or None,
        "serving": served.arn or None,
        "servingIsWithdrawn": served.is_withdrawn,
        "jobArn": promotion.job.arn if promotion.job else None,
        "jobStatus": promotion.job.status if promotion.job else None,
        "candidate": promotion.candidate or None,
        "state": promotion.state,
        "reason": promotion.reason or None,
        "approval": promotion.tag or None,
        "conditions": promotion.all_conditions,
        "verdict": _document(promotion.verdict),
        "withdrawn": _document(promotion.withdrawal),
        "baked": _document(promotion.baked),
        "records": f"s3://{resource.bucket}/{resource.prefix}",
    }


def when_decided(resource: PromotedResource) -> str:
    """Return when the function acts on what a person has decided, as a sentence.

    Args:
        resource: the published model or the deployment.
    """
    if resource.policy.has_state_machine:
        return "The function acts on it within minutes while the state machine runs, else within an hour."
    return "The function acts on it at its next look, within an hour."


def line_of(promotion: Promotion) -> str:
    """Return a promotion in one line.

    Args:
        promotion: the promotion.
    """
    reason = f": {promotion.reason}" if promotion.reason else ""
    return f"{promotion.resource.resource} {promotion.state}{reason}"


def _document(record: Record | None) -> dict[str, Any] | None:
    if record is None:
        return None
    names = ("verdict", "outcome", "to", "reason", "time", "by")
    found: dict[str, Any] = {name: record.text(name) for name in names if name in record.document}
    return {**found, "forced": True} if record.is_forced else found


def _of_resource(promotion: Promotion) -> Iterator[tuple[str, Text]]:
    resource, served = promotion.resource, promotion.served
    yield "resource", Text(printable(resource.resource), style="bold")
    yield "stack", Text(printable(f"{resource.stack}  {resource.stack_status}"))
    yield resource.kind, Text(printable(resource.physical_id or "does not exist yet"))
    withdrawn = "  (withdrawn)" if served.is_withdrawn else ""
    yield "serves", Text(printable(f"{served.arn or 'nothing'}{withdrawn}"))
    if promotion.job is not None:
        yield "job", Text(printable(f"{promotion.job.name}  {promotion.job.status}"))
    if promotion.candidate:
        same = "  (serves)" if promotion.candidate == served.arn else ""
        yield "candidate", Text(printable(f"{promotion.candidate}{same}"))


def _of_condition(condition: Condition) -> tuple[str, Text]:
    numbers = ", ".join(
        f"{name} {one if isinstance(one, str) else shown(one)}" for name, one in condition.numbers.items()
    )
    answer = Text(
        printable(f"{condition.answer:{_LONGEST_ANSWER}}"), style=_ANSWERS.get(condition.answer, "")
    )
    rest = "  ".join(filter(None, (condition.reason, f"({numbers})" if numbers else "")))
    return condition.type or "condition", Text.assemble(answer, printable(f"  {rest}" if rest else ""))


def _of_state(promotion: Promotion, now: datetime) -> Iterator[tuple[str, Text]]:
    state = Text(promotion.state, style=_STYLES.get(promotion.state, "yellow"))
    record = promotion.withdrawal if promotion.state is State.WITHDRAWN else promotion.verdict
    if record is not None:
        time = f"  {local_time(record.time, now)}" if record.time else ""
        by = f"  by a {record.text('by')}" if record.text("by") == "person" else "  by the function"
        state.append(printable(f"{time}{by}{', forced' if record.is_forced else ''}"))
    yield "state", state
    if promotion.reason:
        yield "reason", Text(printable(promotion.reason))
    if promotion.baked is not None:
        yield "bake", Text(printable(promotion.baked.text("outcome") or "has ended"))


def _advice(promotion: Promotion, options: Sequence[str]) -> Iterator[str]:
    served, me = promotion.served, command_name()
    if served.is_withdrawn and served.withdrawal is not None:
        to = served.withdrawal.text("to")
        yield f"{to} serves again after the function's next look, within an hour."
    if promotion.state is State.UNDECIDED:
        if promotion.tag in (APPROVED_VALUE, REJECTED_VALUE):
            yield when_decided(promotion.resource)
        elif asks_a_person(promotion.resource):
            approve = shlex.join(["approve", promotion.candidate, *options])
            yield f"A person may decide: {me} {approve}, or the same with reject."
        elif any(one.answer == "unsure" for one in promotion.conditions):
            again = shlex.join(["ask-again", promotion.candidate, *options])
            yield f"If the cause of an unsure answer is corrected: {me} {again}"
    elif promotion.state is State.SWAPPING:
        yield "It serves after the function's next look, within an hour."
    elif promotion.state is State.REJECTED:
        promote = shlex.join(["promote", promotion.candidate, "--force", *options])
        yield f"To promote it all the same: {me} {promote}"
