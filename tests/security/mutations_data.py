"""Mutations of buckets and keys."""

from __future__ import annotations

from tests.security.mutations import BUCKET, KEY, POLICY, Mutation, key_statement, resources, set_property

READ_ALL = {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Principal": "*"}

MUTATIONS = [
    Mutation(
        name="key locks its account out",
        apply=lambda t: key_statement(t).update(
            Principal={"AWS": "arn:aws:iam::111122223333:role/x"}, Condition={"Bool": {}}
        ),
        rule="account_controls_its_keys",
    ),
    Mutation(
        name="key for everybody",
        apply=lambda t: resources(t, KEY)[0]["Properties"]["KeyPolicy"]["Statement"].append(
            {**READ_ALL, "Action": "kms:Decrypt"}
        ),
        rule="key_policy_names_principals",
    ),
    Mutation(
        name="key does not rotate",
        apply=set_property(KEY, "Properties.EnableKeyRotation", to=False),
        rule="key_rotation_is_enabled",
    ),
    Mutation(
        name="key goes with the stack",
        apply=set_property(KEY, "DeletionPolicy", to="Delete"),
        rule="buckets_and_keys_are_retained",
    ),
    Mutation(
        name="bucket goes with the stack",
        apply=set_property(BUCKET, "DeletionPolicy", to="Delete"),
        rule="buckets_and_keys_are_retained",
    ),
    Mutation(
        name="bucket goes when replaced",
        apply=set_property(BUCKET, "UpdateReplacePolicy", to=None),
        rule="buckets_and_keys_are_retained",
    ),
    Mutation(
        name="bucket without encryption",
        apply=set_property(BUCKET, "Properties.BucketEncryption", to=None),
        rule="bucket_encrypts_with_a_key",
    ),
    Mutation(
        name="bucket without bucket key",
        apply=set_property(
            BUCKET,
            "Properties.BucketEncryption.ServerSideEncryptionConfiguration.0.BucketKeyEnabled",
            to=False,
        ),
        rule="bucket_encrypts_with_a_key",
    ),
    Mutation(
        name="bucket takes plain HTTP",
        apply=set_property(
            POLICY, "Properties.PolicyDocument.Statement.0.Condition.Bool", to={"aws:SecureTransport": "true"}
        ),
        rule="bucket_requires_tls",
    ),
    Mutation(
        name="bucket policy opens it",
        apply=lambda t: resources(t, POLICY)[0]["Properties"]["PolicyDocument"]["Statement"].append(READ_ALL),
        rule="bucket_is_private",
    ),
    Mutation(
        name="bucket may become public",
        apply=set_property(BUCKET, "Properties.PublicAccessBlockConfiguration.BlockPublicPolicy", to=False),
        rule="bucket_is_private",
    ),
    Mutation(
        name="bucket keeps no versions",
        apply=set_property(BUCKET, "Properties.VersioningConfiguration", to=None),
        rule="bucket_keeps_versions",
    ),
    Mutation(
        name="bucket takes access lists",
        apply=set_property(BUCKET, "Properties.OwnershipControls", to=None),
        rule="bucket_acls_are_disabled",
    ),
]
