"""`bedrock-customize promote`: a model serves whatever its conditions say."""

from typing import Annotated

import typer

from .aws_options import EndpointOption, LocalOption, aws_errors, clock_of
from .deploy_common import ProfileOption, RegionOption, YesOption
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
    say,
    show,
)


def promote(
    context: typer.Context,
    model: ModelArgument = None,
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Required: the conditions of the policy are not asked.")
    ] = False,
    stack: PromotionStackOption = None,
    resource: PromotionResourceOption = None,
    note: NoteOption = "",
    yes: YesOption = False,
    profile: ProfileOption = None,
    region: RegionOption = None,
    endpoint_url: EndpointOption = None,
    local: LocalOption = False,
) -> None:
    """Promote the model of the current job, whatever its conditions say, also if it was rejected.

    A verdict with your identity replaces the one of the function; it is written to S3, and the function swaps
    the model. Alarms of a bake may take the model back again. With --stack alone it is the model that is
    undecided.

    Exit code: 0 where the verdict is written, 1 where it cannot be or you have declined, 2 for wrong usage.
    """
    check_candidate_is_named(model, stack, resource)
    check_note(note, is_tag=False)
    if not force:
        raise typer.BadParameter(
            "must be given, because the conditions of the policy are not asked; `approve` answers a policy "
            "that asks a person",
            param_hint="--force",
        )
    with aws_errors("interrupted; only the verdicts that are reported above were written"):
        from ..monitoring.promotion_changes import force as force_promotion
        from ..monitoring.promotion_state import State
        from .promotion_view import when_decided

        now = clock_of(context).now()
        access = access_for(model, profile=profile, region=region, endpoint_url=endpoint_url, local=local)
        candidate = candidate_meant(access, model, stack, resource)
        left = [
            one
            for one in candidate.promotions
            if one.state in (State.UNDECIDED, State.REJECTED, State.WITHDRAWN)
        ]
        if not left:
            say(f"{candidate.name} is promoted already; there is nothing to do.")
            return
        show(access, left, now)
        for one in left:
            say(f"{one.resource.resource} will serve {candidate.model_arn}, whatever its conditions say.")
        ask(f"Promote {candidate.name}?", is_yes=yes)
        for one in left:
            force_promotion(access, one, note=note, now=now)
            say(f"{candidate.name} is promoted in {one.resource.resource}. {when_decided(one.resource)}")
