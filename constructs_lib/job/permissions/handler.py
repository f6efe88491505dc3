"""What the custom resource's function may do: the calls it makes, on what its own jobs name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs_lib.spec.tokens import is_known

from .keys import model_key_statements
from .service_role import job_arns
from .statements import allow, merged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .statements import Statement

_TAGGING = ("bedrock:ListTagsForResource", "bedrock:TagResource", "bedrock:UntagResource")


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerNeeds:
    """Everything that decides what the function behind a stack's jobs may do.

    Args:
        partition: AWS partition of the stack.
        region: Region of the stack.
        account: Account of the stack.
        stack_id: The stack's ARN, which the function asks about rollbacks.
        log_group_name: The function's own log group.
        base_models: Base models of all jobs: ids, ARNs or names of custom models.
        role_arns: Service roles of all jobs.
        model_key_arns: KMS keys that encrypt custom models. Default: none.
        deletes_models: Whether some job deletes its model with the stack. Default: it may not.
    """

    partition: str
    region: str
    account: str
    stack_id: str
    log_group_name: str
    base_models: Sequence[str]
    role_arns: Sequence[str]
    model_key_arns: Sequence[str] = ()
    deletes_models: bool = False


def handler_trust() -> dict[str, object]:
    """Let Lambda, and nobody else, run code as the function's role."""
    principal = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    return {"Version": "2012-10-17", "Statement": [principal]}


def handler_statements(needs: HandlerNeeds) -> list[Statement]:
    """Permit to start, watch, tag and stop jobs, and to pass exactly the roles of its own jobs to Bedrock.

    A job's and a model's id is made by Bedrock, and a job that is replaced may have another base model than
    the one that the template names now, so these two are open within account and Region. Rests on
    https://docs.aws.amazon.com/step-functions/latest/dg/connect-bedrock.html and
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_bedrock.html.
    """
    place = {"partition": needs.partition, "region": needs.region, "account": needs.account}
    jobs, models = job_arns(**place), model_arns(**place)
    named = [base_model_arn(one, **place) for one in needs.base_models]
    deletion = ["bedrock:DeleteCustomModel"] if needs.deletes_models else []
    return merged(
        [
            allow(["bedrock:CreateModelCustomizationJob"], [*named, models, jobs]),
            allow(["bedrock:GetModelCustomizationJob", "bedrock:StopModelCustomizationJob"], [jobs]),
            allow(["bedrock:GetCustomModel", *deletion], [models]),
            allow(_TAGGING, [models, jobs]),
            *_around(needs),
            *model_key_statements(needs.model_key_arns, region=needs.region),
            *_pass_role(needs.role_arns),
        ]
    )


def base_model_arn(identifier: str, *, partition: str, region: str, account: str) -> str:
    """The ARN that creating a job on `identifier` is checked against.

    A custom model of this account and Region is named already by `model_arns`, which every job needs. A token
    is taken for the id of a foundation model, because IAM refuses a policy whose resource is no ARN.
    """
    own = model_arns(partition=partition, region=region, account=account)
    if identifier.startswith("arn:"):
        return own if identifier.startswith(own.removesuffix("*")) else identifier
    is_foundation_model = "." in identifier or not is_known(identifier)
    return f"arn:{partition}:bedrock:{region}::foundation-model/{identifier}" if is_foundation_model else own


def model_arns(*, partition: str, region: str, account: str) -> str:
    """Name every custom model of one account and Region."""
    return f"arn:{partition}:bedrock:{region}:{account}:custom-model/*"


def _around(needs: HandlerNeeds) -> Iterator[Statement]:
    group = f"arn:{needs.partition}:logs:{needs.region}:{needs.account}:log-group:{needs.log_group_name}"
    yield allow(["cloudformation:DescribeStacks"], [needs.stack_id])
    yield allow(["logs:CreateLogStream", "logs:PutLogEvents"], [f"{group}:log-stream:*"])


def _pass_role(role_arns: Sequence[str]) -> list[Statement]:
    to_bedrock = {"StringEquals": {"iam:PassedToService": "bedrock.amazonaws.com"}}
    return [allow(["iam:PassRole"], role_arns, to_bedrock)] if role_arns else []
