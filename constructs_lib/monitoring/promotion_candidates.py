"""Which candidate a command line means, and what a person may decide about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..contract.promotion import APPROVED, ASK
from ..deployment.aws_calls import AwsCallError
from .account_reader import AccountReader
from .job_description import describe_job
from .job_owners import Ownership, Stacks
from .promoted_resources import DEFINE_POLICY, NoPromotionError, promoted_resources
from .promotion_state import State, find_model, read_promotion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .aws_access import AwsAccess
    from .promoted_resources import PromotedResource
    from .promotion_state import Promotion

MODEL_NAME = re.compile(r"[0-9a-zA-Z](?:[_-]?[0-9a-zA-Z]){0,62}[_-]?")
"""The name of a custom model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A model about which a person decides.

    Args:
        model_arn: its ARN.
        name: its name.
        promotions: the published models and deployments that it may serve; one or more.
    """

    model_arn: str
    name: str
    promotions: Sequence[Promotion]


def candidate_of_model(access: AwsAccess, model: str) -> Candidate:
    """Return the candidate with an ARN or a name; its stack is found by the job that has trained it.

    Args:
        access: the AWS that is asked.
        model: the model's ARN or name.

    Raises:
        AwsCallError: there is no such model, or it is not the candidate of a stack.
    """
    bedrock = access.shared_client("bedrock")
    found = find_model(bedrock, model)
    arn = found["modelArn"]
    if not found["jobArn"]:
        raise AwsCallError(
            f"No job has trained the model {arn}, so that it is not the candidate of a stack; name one that "
            "a job of a stack has trained."
        )
    job = describe_job(bedrock, found["jobArn"])
    reader = AccountReader(access)
    owner = Stacks(reader).owners([(job.arn, job.client_token)])[job.arn]
    if owner.ownership is not Ownership.OWNED:
        unread = "".join(f" {one}" for one in reader.unread)
        raise AwsCallError(
            f"{arn} is not the candidate of a stack, because its job {job.name} is not the current job of "
            f"one ({owner}); `promotion --stack` shows the candidates of a stack.{unread}"
        )
    used = [one for one in promoted_resources(access, owner.stack_id) if one.job == owner.resource]
    if not used:
        raise NoPromotionError(
            f"Nothing in the stack {owner.stack} has a promotion policy and serves the models of "
            f"{owner.resource}; {DEFINE_POLICY}."
        )
    return Candidate(
        model_arn=arn, name=job.model_name, promotions=[read_promotion(access, one) for one in used]
    )


def candidate_of_stack(
    access: AwsAccess, stack: str, resource: str | None, model: str | None = None
) -> Candidate:
    """Return a candidate of a stack.

    Args:
        access: the AWS that is asked.
        stack: the stack's name or ARN.
        resource: only that of this published model or deployment. Default: of all.
        model: the model's ARN or name. Default: the only one that is undecided.

    Raises:
        AwsCallError: there is no such candidate, or there are several.
    """
    seen = [read_promotion(access, one) for one in promoted_resources(access, stack, resource)]
    waiting = [one for one in seen if one.candidate and (model is not None or one.state is State.UNDECIDED)]
    chosen = [one for one in waiting if model in (None, one.candidate, _name(one))]
    arns = list(dict.fromkeys(one.candidate for one in chosen))
    if len(arns) == 1:
        return Candidate(model_arn=arns[0], name=_name(chosen[0]), promotions=chosen)
    if arns:
        listed = ", ".join(f"{_name(one)} for {one.resource.resource}" for one in chosen)
        raise AwsCallError(f"The stack {stack} has several candidates: {listed}; name one of them.")
    listed = "; ".join(f"{one.resource.resource}: {described(one)}" for one in seen)
    what = "no undecided candidate" if model is None else f"no candidate {model}"
    raise AwsCallError(f"The stack {stack} has {what}. {listed}.")


def described(promotion: Promotion) -> str:
    """Return a promotion in a few words.

    Args:
        promotion: the promotion.
    """
    if not promotion.candidate:
        return "no job was started" if promotion.job is None else f"the job is {promotion.job.status}"
    return f"{_name(promotion)} is {promotion.state}"


def asks_a_person(resource: PromotedResource) -> bool:
    """Return whether a policy may ask a person.

    Args:
        resource: what has the policy.
    """
    return APPROVED in resource.policy.conditions or resource.policy.when_unsure == ASK


def _name(promotion: Promotion) -> str:
    return promotion.job.model_name if promotion.job else ""
