"""`bedrock-customize ask-again`: the conditions of an undecided model are asked once more."""

import typer

from .aws_options import EndpointOption, LocalOption, aws_errors, clock_of
from .deploy_common import ProfileOption, RegionOption, YesOption
from .promotion_options import (
    ModelArgument,
    PromotionResourceOption,
    PromotionStackOption,
    access_for,
    ask,
    candidate_meant,
    check_candidate_is_named,
    say,
    show,
)


def ask_again(
    context: typer.Context,
    model: ModelArgument = None,
    *,
    stack: PromotionStackOption = None,
    resource: PromotionResourceOption = None,
    yes: YesOption = False,
    profile: ProfileOption = None,
    region: RegionOption = None,
    endpoint_url: EndpointOption = None,
    local: LocalOption = False,
) -> None:
    """Ask the conditions of an undecided model once more, such as after a function of yours is corrected.

    The answers that are known until now are removed from the record in S3, and the function asks all
    conditions at its next look, within an hour. Scores of records are kept, and an approval counts as before.

    Exit code: 0 where they are asked again, 1 where they cannot be or you have declined, 2 for wrong usage.
    """
    check_candidate_is_named(model, stack, resource)
    with aws_errors("interrupted; only what is reported above is asked again"):
        from ..monitoring.promotion_changes import ask_again as forget_answers
        from ..monitoring.promotion_state import State
        from .promotion_view import when_decided

        now = clock_of(context).now()
        access = access_for(model, profile=profile, region=region, endpoint_url=endpoint_url, local=local)
        candidate = candidate_meant(access, model, stack, resource)
        undecided = [one for one in candidate.promotions if one.state is State.UNDECIDED]
        left = [one for one in undecided if one.progress is not None]
        if not left:
            why = "was not asked about yet" if undecided else "is decided already"
            say(f"{candidate.name} {why}; there is nothing to ask again.")
            return
        show(access, left, now)
        ask(f"Ask the conditions of {candidate.name} again?", is_yes=yes)
        for one in left:
            forget_answers(access, one)
            say(f"{one.resource.resource} asks about {candidate.name} again. {when_decided(one.resource)}")
