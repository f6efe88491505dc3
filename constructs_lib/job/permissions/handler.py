"""What the custom resource's function may do: the calls it makes, on what its own jobs name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs_lib.spec.tokens import is_known

from .keys import model_key_statements
from .service_role import job_arns
from .statements import allow, merged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .statements import Statement

_TAGGING = ("bedrock:ListTagsForResource", "bedrock:TagResource", "bedrock:UntagResource")
_WATCHING = ("bedrock:GetModelCustomizationJob", "bedrock:StopModelCustomizationJob")
_OWN_STACK = (
    "cloudformation:DescribeStackEvents",
    "cloudformation:ListStackResources",
    "cloudformation:DescribeStackResource",
    "cloudformation:DescribeStacks",
)
# What serves a model. Neither call can be limited to a resource.
_SERVING = ("bedrock:ListCustomModelDeployments", "bedrock:ListProvisionedModelThroughputs")


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerNeeds:
    """Everything that decides what the function behind a stack's jobs may do.

    Args:
        partition: AWS partition of the stack.
        region: Region of the stack.
        account: Account of the stack.
        stack_id: The stack's ARN: the function asks for its state, its resources and its events.
        log_group_name: The function's own log group.
        root_stack_id: The outermost stack around a nested one, whose state tells a rollback from a deletion.
            Default: the stack is not nested.
        base_models: Base models of jobs: ids, ARNs or names of custom models. Default: none.
        role_arns: Service roles of jobs. Default: none.
        model_key_arns: KMS keys that encrypt custom models. Default: none.
        deletes_models: Whether some job deletes its model with the stack. Default: it may not.
    """

    partition: str
    region: str
    account: str
    stack_id: str
    log_group_name: str
    root_stack_id: str | None = None
    base_models: Sequence[str] = ()
    role_arns: Sequence[str] = ()
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

    Rests on https://docs.aws.amazon.com/step-functions/latest/dg/connect-bedrock.html and
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_bedrock.html.
    """
    deletion = deletion_statements(needs) if needs.deletes_models else []
    return merged([*standing_statements(needs), *named_statements(needs), *deletion])


def standing_statements(needs: HandlerNeeds) -> list[Statement]:
    """Permit what follows from no job: it outlives the job that needed it, so that a job can be ended.

    A job's and a model's id is made by Bedrock, and a job that is replaced may have another base model than
    the one that the template names now, so these two are open within account and Region.
    """
    jobs, models = job_arns(**_place(needs)), model_arns(**_place(needs))
    group = f"arn:{needs.partition}:logs:{needs.region}:{needs.account}:log-group:{needs.log_group_name}"
    root = [allow(["cloudformation:DescribeStacks"], [needs.root_stack_id])] if needs.root_stack_id else []
    return merged(
        [
            allow(["bedrock:CreateModelCustomizationJob"], [models, jobs]),
            allow(_WATCHING, [jobs]),
            allow(["bedrock:ListModelCustomizationJobs"], ["*"]),
            allow(["bedrock:GetCustomModel"], [models]),
            allow(_TAGGING, [models, jobs]),
            allow(_OWN_STACK, [needs.stack_id]),
            *root,
            allow(["logs:CreateLogStream", "logs:PutLogEvents"], [f"{group}:log-stream:*"]),
        ]
    )


def named_statements(needs: HandlerNeeds) -> list[Statement]:
    """Permit what names base models, keys and roles of jobs: needed to start a job, never to end one."""
    own = model_arns(**_place(needs))
    named = [base_model_arn(one, **_place(needs)) for one in needs.base_models]
    others = [arn for arn in named if arn != own]
    return [
        *([allow(["bedrock:CreateModelCustomizationJob"], others)] if others else []),
        *model_key_statements(needs.model_key_arns, region=needs.region),
        *_pass_role(needs.role_arns),
    ]


def deletion_statements(needs: HandlerNeeds) -> list[Statement]:
    """Permit to delete custom models, and to look first whether something serves them."""
    models = model_arns(**_place(needs))
    return [allow(["bedrock:DeleteCustomModel"], [models]), allow(_SERVING, ["*"])]


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


def _place(needs: HandlerNeeds) -> dict[str, str]:
    return {"partition": needs.partition, "region": needs.region, "account": needs.account}


def _pass_role(role_arns: Sequence[str]) -> list[Statement]:
    to_bedrock = {"StringEquals": {"iam:PassedToService": "bedrock.amazonaws.com"}}
    return [allow(["iam:PassRole"], role_arns, to_bedrock)] if role_arns else []
