"""Every permission of a job as data: pure functions from what is named to IAM statements."""

from .checks import (
    bucket_problems,
    key_arn,
    key_problems,
    location_problems,
    overlap_problems,
    permission_doubts,
    role_problems,
    trust_problems,
)
from .grants import invoke_statement, read_statement, stop_statement, tag_statement
from .handler import (
    HandlerNeeds,
    base_model_arn,
    deletion_statements,
    handler_statements,
    handler_trust,
    model_arns,
    named_statements,
    standing_statements,
)
from .keys import (
    data_key_statements,
    key_policy_statements,
    model_key_statements,
    model_key_user_statements,
)
from .locations import S3Location
from .network import endpoint_statements, network_statements, others_statement, vpc_only_statement
from .owners import bucket_owner_statements, data_key_owner_statements, model_key_owner_statements
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
    listed,
    merged,
    names_resources,
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
    "bucket_owner_statements",
    "bucket_problems",
    "data_key_owner_statements",
    "data_key_statements",
    "deletion_statements",
    "document",
    "endpoint_statements",
    "handler_statements",
    "handler_trust",
    "invoke_statement",
    "job_arns",
    "key_arn",
    "key_policy_statements",
    "key_problems",
    "listed",
    "location_problems",
    "merged",
    "model_arns",
    "model_key_owner_statements",
    "model_key_statements",
    "model_key_user_statements",
    "named_statements",
    "names_resources",
    "network_statements",
    "others_statement",
    "overlap_problems",
    "packed",
    "permission_doubts",
    "read_statement",
    "resolved_length",
    "role_problems",
    "service_role_statements",
    "service_role_trust",
    "standing_statements",
    "stop_statement",
    "tag_statement",
    "trust_problems",
    "vpc_only_statement",
]
