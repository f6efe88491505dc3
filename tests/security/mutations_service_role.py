"""Mutations of Bedrock's permissions for a job."""

from __future__ import annotations

from tests.security.mutations import Mutation, in_statement, resources, service_trust, without_key

PROFILE_MODEL = "arn:aws:bedrock:*::foundation-model/*"

MUTATIONS = [
    Mutation(
        name="trust without account",
        apply=lambda t: service_trust(t)["Condition"].pop("StringEquals"),
        rule="trust_requires_the_account",
    ),
    Mutation(
        name="trust without ARN",
        apply=lambda t: service_trust(t)["Condition"].pop("ArnLike"),
        rule="trust_requires_a_customization_job",
    ),
    Mutation(
        name="trust of any job kind",
        apply=lambda t: service_trust(t)["Condition"].update(
            ArnLike={"aws:SourceArn": "arn:aws:bedrock:us-east-1:111122223333:*"}
        ),
        rule="trust_requires_a_customization_job",
    ),
    Mutation(
        name="trust of a second service",
        apply=lambda t: service_trust(t).update(
            Principal={"Service": ["bedrock.amazonaws.com", "ec2.amazonaws.com"]}
        ),
        rule="trust_names_one_service",
    ),
    Mutation(
        name="trust of everybody",
        apply=lambda t: service_trust(t).update(Principal="*"),
        rule="trust_names_one_service",
    ),
    Mutation(
        name="trust of nobody",
        apply=lambda t: service_trust(t).update(Action="sts:TagSession"),
        rule="bedrock_may_assume_the_role",
    ),
    Mutation(
        name="reads a whole bucket",
        apply=in_statement("s3:GetObject", Resource=["arn:aws:s3:::data/*"]),
        rule="data_is_named_by_the_request",
    ),
    Mutation(
        name="writes training data",
        apply=in_statement("s3:PutObject", Resource="arn:aws:s3:::logs/calls/*"),
        rule="data_is_named_by_the_request",
    ),
    Mutation(
        name="reads by name's beginning",
        apply=in_statement("s3:GetObject", Resource=["arn:aws:s3:::data/train*"]),
        rule="wildcards_only_where_required",
    ),
    Mutation(
        name="bucket of any owner",
        apply=without_key("s3:GetObject", "StringEquals", "aws:ResourceAccount"),
        rule="s3_statements_name_the_owner_account",
    ),
    Mutation(
        name="lists another bucket",
        apply=in_statement("s3:ListBucket", Resource="arn:aws:s3:::other"),
        rule="lists_only_named_buckets",
    ),
    Mutation(
        name="key without a way",
        apply=without_key("kms:DescribeKey", "StringEquals", "kms:ViaService"),
        rule="keys_are_used_through_a_service",
    ),
    Mutation(
        name="grants for anybody",
        apply=in_statement(
            "kms:CreateGrant",
            Condition={"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}},
        ),
        rule="grants_go_through_bedrock",
    ),
    Mutation(
        name="Bedrock cannot serve under the key",
        apply=lambda t: [
            key["Properties"]["KeyPolicy"]["Statement"].pop() for key in resources(t, "AWS::KMS::Key")
        ],
        rule="bedrock_may_serve_under_the_key",
    ),
    Mutation(
        name="no grants at all",
        apply=in_statement("kms:CreateGrant", Action="kms:RetireGrant"),
        rule="service_role_is_sufficient",
    ),
    Mutation(
        name="teacher called directly",
        apply=in_statement("bedrock:InvokeModel", Condition=None, Resource=PROFILE_MODEL),
        rule="wildcards_only_where_required",
    ),
    Mutation(
        name="interfaces without tags",
        apply=in_statement("ec2:CreateNetworkInterface", Condition=None),
        rule="network_interfaces_are_tagged_by_bedrock",
    ),
    Mutation(
        name="interfaces of other subnets",
        apply=without_key("ec2:DeleteNetworkInterface", "ArnLike", "ec2:Subnet"),
        rule="network_interfaces_are_tagged_by_bedrock",
    ),
    Mutation(
        name="tags of anything",
        apply=in_statement("ec2:CreateTags", Condition=None),
        rule="network_interfaces_are_tagged_by_bedrock",
    ),
]
