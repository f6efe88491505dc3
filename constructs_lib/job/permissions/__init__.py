"""Every permission of a job as data: pure functions from what is named to IAM statements."""

from .grants import invoke_statement, read_statement, stop_statement, tag_statement
from .handler import HandlerNeeds, base_model_arn, handler_statements, handler_trust, model_arns
from .keys import (
    data_key_owner_statements,
    data_key_statements,
    key_policy_statements,
    model_key_owner_statements,
    model_key_statements,
    model_key_user_statements,
)
from .locations import S3Location
from .network import endpoint_statements, network_statements, vpc_only_statement
from .service_role import (
    ServiceRoleNeeds,
    job_arns,
    service_role_statements,
    service_role_trust,
)
from .statements import (
    INLINE_LIMIT,
    MANAGED_LIMIT,
    Statement,
    allow,
    document,
    merged,
    packed,
    resolved_length,
)

__all__ = [
    "INLINE_LIMIT",
    "MANAGED_LIMIT",
    "HandlerNeeds",
    "S3Location",
    "ServiceRoleNeeds",
    "Statement",
    "allow",
    "base_model_arn",
    "data_key_owner_statements",
    "data_key_statements",
    "document",
    "endpoint_statements",
    "handler_statements",
    "handler_trust",
    "invoke_statement",
    "job_arns",
    "key_policy_statements",
    "merged",
    "model_arns",
    "model_key_owner_statements",
    "model_key_statements",
    "model_key_user_statements",
    "network_statements",
    "packed",
    "read_statement",
    "resolved_length",
    "service_role_statements",
    "service_role_trust",
    "stop_statement",
    "tag_statement",
    "vpc_only_statement",
]
