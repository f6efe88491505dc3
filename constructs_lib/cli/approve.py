"""`bedrock-customize approve` and `reject`: a person decides by a tag of the model."""

import shlex
from typing import TYPE_CHECKING

import typer

from .aws_options import EndpointOption, LocalOption, aws_errors, clock_of
from .deploy_common import ProfileOption, RegionOption, YesOption, command_name
from .promotion_options import (
    ModelArgument,
    NoteOption,
    PromotionResourceOption,
    PromotionStackOption,
    access_for,
    ask,
    candidate_meant,
    check_candidate_is_named,
    check_note,
    refuse,
    say,
    show,
)

if TYPE_CHECKING:
    from datetime import datetime

    from ..monitoring.aws_access import AwsAccess
    from ..monitoring.promotion_candidates import Candidate


def approve(
    context: typer.Context,
    model: ModelArgument = None,
    *,
    stack: PromotionStackOption = None,
    resource: PromotionResourceOption = None,
    note: NoteOption = "",
    yes: YesOption = False,
    profile: ProfileOption = None,
    region: RegionOption = None,
    endpoint_url: EndpointOption = None,
    local: LocalOption = False,
) -> None:
    """Approve a model that waits for a person, by its tag `cdk-bedrock-customization:approved`.

    The policy of the published model or of the deployment must ask a person: `PromoteIf.approved`, or
    `WhenUnsure.ASK`. Its other conditions must be met all the same. With --stack alone it is the model that
    is undecided.

    Exit code: 0 where the model has the tag, 1 where it cannot get it or you have declined, 2 for wrong
    usage.
    """
    from ..contract.promotion import APPROVED_VALUE

    check_candidate_is_named(model, stack, resource)
    check_note(note, is_tag=True)
    with aws_errors():
        access = access_for(model, profile=profile, region=region, endpoint_url=endpoint_url, local=local)
        candidate = candidate_meant(access, model, stack, resource)
        _check_is_asked(access, candidate)
        _tag(access, candidate, APPROVED_VALUE, note, clock_of(context).now(), is_yes=yes)


def reject(
    context: typer.Context,
    model: ModelArgument = None,
    *,
    stack: PromotionStackOption = None,
    resource: PromotionResourceOption = None,
    note: NoteOption = "",
    yes: YesOption = False,
    profile: ProfileOption = None,
    region: RegionOption = None,
    endpoint_url: EndpointOption = None,
    local: LocalOption = False,
) -> None:
    """Reject a model that is undecided, by its tag `cdk-bedrock-customization:approved`.

    It is rejected whatever its conditions say, also where the policy asks no person. What serves keeps
    serving. With --stack alone it is the model that is undecided.

    Exit code: 0 where the model has the tag, 1 where it cannot get it or you have declined, 2 for wrong
    usage.
    """
    from ..contract.promotion import REJECTED_VALUE

    check_candidate_is_named(model, stack, resource)
    check_note(note, is_tag=True)
    with aws_errors():
        access = access_for(model, profile=profile, region=region, endpoint_url=endpoint_url, local=local)
        candidate = candidate_meant(access, model, stack, resource)
        _tag(access, candidate, REJECTED_VALUE, note, clock_of(context).now(), is_yes=yes)


def _check_is_asked(access: "AwsAccess", candidate: "Candidate") -> None:
    from ..monitoring.promotion_candidates import asks_a_person

    if not any(asks_a_person(one.resource) for one in candidate.promotions):
        promote = shlex.join(["promote", candidate.model_arn, "--force", *access.options])
        refuse(
            f"The policy asks no person, so that an approval of {candidate.name} would change nothing. To "
            f"promote it all the same: {command_name()} {promote}"
        )


def _tag(
    access: "AwsAccess", candidate: "Candidate", value: str, note: str, now: "datetime", *, is_yes: bool
) -> None:
    from ..monitoring.promotion_candidates import described
    from ..monitoring.promotion_changes import tag_model
    from ..monitoring.promotion_state import State
    from .promotion_view import when_decided

    undecided = [one for one in candidate.promotions if one.state is State.UNDECIDED]
    if not undecided:
        listed = "; ".join(f"{one.resource.resource}: {described(one)}" for one in candidate.promotions)
        refuse(f"It is decided already. {listed}.", f"See {command_name()} promotion.")
    if all(one.tag == value for one in undecided):
        say(f"{candidate.name} is {value} already. {when_decided(undecided[0].resource)}")
        return
    show(access, undecided, now)
    verb = "Approve" if value == "approved" else "Reject"
    ask(f"{verb} {candidate.name}?", is_yes=is_yes)
    tag_model(access, candidate.model_arn, value, note)
    say(f"{candidate.name} has the tag of a model that is {value}.", when_decided(undecided[0].resource))
