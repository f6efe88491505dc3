"""Values that name a resource in a policy or a template."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs_lib.checks.rule import rule
from constructs_lib.checks.subject import BASE, GRADER, TEACHER
from constructs_lib.permissions import BOUNDARY, FUNCTION, KEY, MODEL, NETWORK_ID, ROLE, exact_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs_lib.checks.subject import Subject
    from constructs_lib.findings import Finding

_KINDS = {BASE: MODEL, TEACHER: MODEL, GRADER: FUNCTION, "roleArn": ROLE}


@rule("exact-name", "A value that is used in a policy does not name exactly one resource.")
def exact_names(subject: Subject) -> Iterator[Finding]:
    """Report values that do not name exactly one resource."""
    named = [(path, subject.get(path), kind) for path, kind in _KINDS.items()]
    named += [(path, key, KEY) for path, key in subject.keys.items()]
    named += [
        ("role.permissions_boundary", subject.role.boundary_arn, BOUNDARY),
        ("output_data.only_from_vpc_id", subject.output_vpc_id, NETWORK_ID),
    ]
    for path, value, kind in named:
        if isinstance(value, str):
            yield from exact_problems(path, value, kind)
