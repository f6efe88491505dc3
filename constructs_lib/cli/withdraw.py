"""`bedrock-customize withdraw`: the model that served before serves again."""

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from ..findings import printable
from .aws_options import EndpointOption, LocalOption, aws_errors, clock_of
from .deploy_common import ProfileOption, RegionOption, YesOption
from .promotion_options import (
    NoteOption,
    PromotionResourceOption,
    access_for,
    ask,
    check_note,
    refuse,
    say,
    show,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..monitoring.aws_access import AwsAccess
    from ..monitoring.promotion_state import Promotion


def withdraw(
    context: typer.Context,
    *,
    stack: Annotated[
        str, typer.Option("--stack", metavar="NAME", help="The stack, by name or ARN.", show_default=False)
    ],
    resource: PromotionResourceOption = None,
    note: NoteOption = "",
    yes: YesOption = False,
    profile: ProfileOption = None,
    region: RegionOption = None,
    endpoint_url: EndpointOption = None,
    local: LocalOption = False,
) -> None:
    """Take back the model that serves: the model before it, which its verdict names, serves again.

    A record of it is written to S3, and the function goes back at its next look, within an hour. The commands
    that are printed do the same at once. The model never returns by itself; `promote --force` brings it back.

    Exit code: 0 where the record is written, 1 where it cannot be or you have declined, 2 for wrong usage.
    """
    check_note(note, is_tag=False)
    with aws_errors("interrupted; only what is reported above was withdrawn"):
        from ..monitoring.promoted_resources import promoted_resources
        from ..monitoring.promotion_changes import withdraw as write_withdrawal
        from ..monitoring.promotion_state import read_promotion

        now = clock_of(context).now()
        access = access_for(None, profile=profile, region=region, endpoint_url=endpoint_url, local=local)
        seen = [read_promotion(access, one) for one in promoted_resources(access, stack, resource)]
        left = _to_withdraw(access, seen)
        show(access, left, now)
        for one in left:
            say(
                f"{one.resource.resource} goes back from {one.served.arn} to {one.served.predecessor}, and "
                f"{one.served.arn} does not return by itself."
            )
        ask(f"Withdraw {left[0].served.arn.rpartition('/')[2]}?", is_yes=yes)
        for one in left:
            write_withdrawal(access, one, note=note, now=now)
            say(
                f"{one.resource.resource}: withdrawn. The function goes back at its next look, within an "
                "hour. To go back at once:"
            )
            typer.echo(f"  {printable(_command(access, one))}")  # in one line, so that it can be copied


def _to_withdraw(access: "AwsAccess", seen: "Sequence[Promotion]") -> "list[Promotion]":
    """Return what goes back, or end where there is nothing, or not the same for all."""
    from ..monitoring.promotion_changes import why_not_withdrawn

    if all(one.served.is_withdrawn for one in seen):
        say(*(f"{one.resource.resource}: {one.served.arn} is withdrawn already." for one in seen))
        raise typer.Exit
    serving = [one for one in seen if not one.served.is_withdrawn]
    if len({one.served.arn for one in serving}) > 1:
        listed = "; ".join(f"{one.resource.resource}: {one.served.arn or 'nothing'}" for one in serving)
        refuse(f"They serve different models; choose one with --resource. {listed}.")
    if problems := [why for one in serving if (why := why_not_withdrawn(access, one))]:
        refuse(*problems)
    return serving


def _command(access: "AwsAccess", promotion: "Promotion") -> str:
    """Return the command of the AWS CLI that does at once what the function does at its next look."""
    from ..monitoring.promoted_resources import Kind

    name, model = promotion.resource.physical_id, promotion.served.predecessor
    if promotion.resource.kind is Kind.PARAMETER:
        words = ["aws", "ssm", "put-parameter", "--overwrite", "--name", name, "--value", model]
    else:
        words = ["aws", "bedrock", "update-custom-model-deployment", "--custom-model-deployment-identifier"]
        words += [name, "--model-arn", model]
    if not access.is_local:
        return shlex.join([*words, *access.options])
    from ..deployment.local_folder import FOLDER

    return f"(. {shlex.quote(str(FOLDER / 'env'))} && {shlex.join(words)})"
