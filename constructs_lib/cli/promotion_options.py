"""What the commands share by which a person decides about a promotion."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeAlias

import typer

from ..findings import printable
from .aws_options import COULD_NOT, FEW_ATTEMPTS, aws_access
from .console import print_lines
from .deploy_common import confirmed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ..monitoring.aws_access import AwsAccess
    from ..monitoring.promotion_candidates import Candidate
    from ..monitoring.promotion_state import Promotion

_LONGEST_NOTE = 256
_TAG_VALUE = re.compile(r"[a-zA-Z0-9\s._:/=+@-]*")
"""What Bedrock accepts as the value of a tag, https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Tag.html."""

ModelArgument: TypeAlias = Annotated[
    str | None,
    typer.Argument(metavar="MODEL", help="The custom model: its ARN or name.", show_default=False),
]
PromotionStackOption: TypeAlias = Annotated[
    str | None,
    typer.Option("--stack", metavar="NAME", help="The stack, by name or ARN.", show_default=False),
]
PromotionResourceOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--resource",
        metavar="ID",
        help="With --stack: only the published model or deployment of this logical id, or the construct id "
        "that it begins with.",
        show_default=False,
    ),
]
NoteOption: TypeAlias = Annotated[
    str, typer.Option("--note", metavar="TEXT", help="Why; it is kept with the decision.", show_default=False)
]


def access_for(
    model: str | None, *, profile: str | None, region: str | None, endpoint_url: str | None, local: bool
) -> AwsAccess:
    """Return the AWS that a command line names; the ARN of a model says which Region is asked.

    Args:
        model: the model's ARN or name.
        profile: the profile.
        region: the Region.
        endpoint_url: the URL of Bedrock.
        local: whether it is the local AWS of this folder.

    Raises:
        BadParameter: it is no model, or an option has no meaning.
        AwsCallError: there is no Region, or the configuration cannot be used.
        LocalAwsError: no local AWS runs in this folder.
    """
    from ..monitoring.promotion_candidates import MODEL_NAME
    from ..monitoring.promotion_records import MODEL_ARN

    arn = MODEL_ARN.fullmatch(model or "")
    if model is not None and not arn and not MODEL_NAME.fullmatch(model):
        raise typer.BadParameter(
            f"must be the ARN or the name of a custom model, got {model!r}; `promotion --stack` shows it",
            param_hint="MODEL",
        )
    access = aws_access(profile=profile, region=region, endpoint_url=endpoint_url, local=local)
    of_arn = arn["region"] if arn and not local else access.region
    return replace(access, region=of_arn, attempts=FEW_ATTEMPTS)


def check_candidate_is_named(model: str | None, stack: str | None, resource: str | None) -> None:
    """Check that a command line names a model or a stack.

    Args:
        model: the model's ARN or name.
        stack: name or ARN of a stack.
        resource: logical id of a resource, or its beginning.

    Raises:
        BadParameter: it names neither, or a resource without its stack.
    """
    if model is None and stack is None:
        raise typer.BadParameter("name the model by its ARN or name, or the stack with --stack")
    if resource is not None and stack is None:
        raise typer.BadParameter("must be given with --stack only; remove it", param_hint="--resource")


def candidate_meant(
    access: AwsAccess, model: str | None, stack: str | None, resource: str | None
) -> Candidate:
    """Return the candidate that a command line means.

    Args:
        access: the AWS that is asked.
        model: the model's ARN or name.
        stack: name or ARN of a stack.
        resource: logical id of a resource, or its beginning.

    Raises:
        AwsCallError: there is no such candidate, or there are several.
    """
    from ..monitoring.promotion_candidates import candidate_of_model, candidate_of_stack

    if stack is not None:
        return candidate_of_stack(access, stack, resource, model)
    return candidate_of_model(access, str(model))


def check_note(note: str, *, is_tag: bool) -> None:
    """Check what a person writes about a decision.

    Args:
        note: the text.
        is_tag: whether it becomes the value of a tag.

    Raises:
        BadParameter: it is too long, or has characters that cannot be kept.
    """
    if len(note) > _LONGEST_NOTE:
        raise typer.BadParameter(
            f"must have at most {_LONGEST_NOTE} characters, got {len(note)}; shorten it", param_hint="--note"
        )
    if is_tag and not _TAG_VALUE.fullmatch(note):
        raise typer.BadParameter(
            "must have only letters, digits, spaces and . _ : / = + @ -, because it becomes a tag of the "
            "model; remove the others",
            param_hint="--note",
        )


def show(access: AwsAccess, promotions: Sequence[Promotion], now: datetime) -> None:
    """Print promotions before a question about them.

    Args:
        access: the AWS that was asked.
        promotions: the promotions.
        now: the time.
    """
    from .job_view import print_rows
    from .promotion_view import promotion_rows

    for one in promotions:
        print_rows(promotion_rows(one, now, access.options))
        typer.echo()


def ask(question: str, *, is_yes: bool) -> None:
    """Ask a person, and end where the answer is no.

    Args:
        question: the question.
        is_yes: whether the command line has answered with yes.

    Raises:
        Exit: with 1, the answer is no.
    """
    if not confirmed(is_yes=is_yes)(question):
        typer.echo("Nothing was changed.", err=True)
        raise typer.Exit(COULD_NOT)


def refuse(*sentences: str) -> NoReturn:
    """Say why nothing is changed, and end.

    Args:
        sentences: why.

    Raises:
        Exit: with 1.
    """
    print_lines(*map(printable, sentences), "Nothing was changed.", stderr=True)
    raise typer.Exit(COULD_NOT)


def say(*sentences: str) -> None:
    """Print sentences.

    Args:
        sentences: the sentences.
    """
    print_lines(*map(printable, sentences))
