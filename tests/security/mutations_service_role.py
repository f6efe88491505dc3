"""Weaknesses of what Bedrock may do for a job."""

from __future__ import annotations

from tests.security.mutations import Weakness, in_statement, resources, service_trust, without_key

PROFILE_MODEL = "arn:aws:bedrock:*::foundation-model/*"

WEAKNESSES = [
    Weakness(
        name="trust without account",
        seed=lambda t: service_trust(t)["Condition"].pop("StringEquals"),
        rule="trust_demands_the_account",
    ),
    Weakness(
        name="trust without ARN",
        seed=lambda t: service_trust(t)["Condition"].pop("ArnLike"),
        rule="trust_demands_a_customization_job",
    ),
    Weakness(
        name="trust of any job kind",
        seed=lambda t: service_trust(t)["Condition"].update(
            ArnLike={"aws:SourceArn": "arn:aws:bedrock:us-east-1:111122223333:*"}
        ),
        rule="trust_demands_a_customization_job",
    ),
    Weakness(
        name="trust of a second service",
        seed=lambda t: service_trust(t).update(
            Principal={"Service": ["bedrock.amazonaws.com", "ec2.amazonaws.com"]}
        ),
        rule="trust_names_one_service",
    ),
    Weakness(
        name="trust of everybody",
        seed=lambda t: service_trust(t).update(Principal="*"),
        rule="trust_names_one_service",
    ),
    Weakness(
        name="trust of nobody",
        seed=lambda t: service_trust(t).update(Action="sts:TagSession"),
        rule="bedrock_may_take_the_role",
    ),
    Weakness(
        name="reads a whole bucket",
        seed=in_statement("s3:GetObject", Resource=["arn:aws:s3:::data/*"]),
        rule="data_is_named_by_the_request",
    ),
    Weakness(
        name="writes training data",
        seed=in_statement("s3:PutObject", Resource="arn:aws:s3:::logs/calls/*"),
        rule="data_is_named_by_the_request",
    ),
    Weakness(
        name="reads by name's beginning",
        seed=in_statement("s3:GetObject", Resource=["arn:aws:s3:::data/train*"]),
        rule="wildcards_only_where_forced",
    ),
    Weakness(
        name="bucket of any owner",
        seed=without_key("s3:GetObject", "StringEquals", "aws:ResourceAccount"),
        rule="data_has_an_owner",
    ),
    Weakness(
        name="lists another bucket",
        seed=in_statement("s3:ListBucket", Resource="arn:aws:s3:::other"),
        rule="lists_only_named_buckets",
    ),
    Weakness(
        name="key without a way",
        seed=without_key("kms:DescribeKey", "StringEquals", "kms:ViaService"),
        rule="keys_are_used_through_a_service",
    ),
    Weakness(
        name="grants for anybody",
        seed=in_statement(
            "kms:CreateGrant",
            Condition={"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}},
        ),
        rule="grants_go_through_bedrock",
    ),
    Weakness(
        name="Bedrock cannot serve under the key",
        seed=lambda t: [
            key["Properties"]["KeyPolicy"]["Statement"].pop() for key in resources(t, "AWS::KMS::Key")
        ],
        rule="bedrock_may_serve_under_the_key",
    ),
    Weakness(
        name="no grants at all",
        seed=in_statement("kms:CreateGrant", Action="kms:RetireGrant"),
        rule="bedrock_may_do_the_job",
    ),
    Weakness(
        name="teacher called directly",
        seed=in_statement("bedrock:InvokeModel", Condition=None, Resource=PROFILE_MODEL),
        rule="wildcards_only_where_forced",
    ),
    Weakness(
        name="interfaces without tags",
        seed=in_statement("ec2:CreateNetworkInterface", Condition=None),
        rule="interfaces_are_bedrocks",
    ),
    Weakness(
        name="interfaces of other subnets",
        seed=without_key("ec2:DeleteNetworkInterface", "ArnLike", "ec2:Subnet"),
        rule="interfaces_are_bedrocks",
    ),
    Weakness(
        name="tags of anything",
        seed=in_statement("ec2:CreateTags", Condition=None),
        rule="interfaces_are_bedrocks",
    ),
]
