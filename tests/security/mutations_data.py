"""Weaknesses of buckets and keys."""

from __future__ import annotations

from tests.security.mutations import BUCKET, KEY, POLICY, Weakness, key_statement, resources, set_property

READ_ALL = {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Principal": "*"}

WEAKNESSES = [
    Weakness(
        name="key locks its account out",
        seed=lambda t: key_statement(t).update(
            Principal={"AWS": "arn:aws:iam::111122223333:role/x"}, Condition={"Bool": {}}
        ),
        rule="key_stays_with_its_account",
    ),
    Weakness(
        name="key for everybody",
        seed=lambda t: resources(t, KEY)[0]["Properties"]["KeyPolicy"]["Statement"].append(
            {**READ_ALL, "Action": "kms:Decrypt"}
        ),
        rule="key_is_for_nobody_else",
    ),
    Weakness(
        name="key does not rotate",
        seed=set_property(KEY, "Properties.EnableKeyRotation", to=False),
        rule="key_rotates",
    ),
    Weakness(
        name="key goes with the stack",
        seed=set_property(KEY, "DeletionPolicy", to="Delete"),
        rule="data_outlives_the_stack",
    ),
    Weakness(
        name="bucket goes with the stack",
        seed=set_property(BUCKET, "DeletionPolicy", to="Delete"),
        rule="data_outlives_the_stack",
    ),
    Weakness(
        name="bucket goes when replaced",
        seed=set_property(BUCKET, "UpdateReplacePolicy", to=None),
        rule="data_outlives_the_stack",
    ),
    Weakness(
        name="bucket without encryption",
        seed=set_property(BUCKET, "Properties.BucketEncryption", to=None),
        rule="bucket_encrypts_with_a_key",
    ),
    Weakness(
        name="bucket without bucket key",
        seed=set_property(
            BUCKET,
            "Properties.BucketEncryption.ServerSideEncryptionConfiguration.0.BucketKeyEnabled",
            to=False,
        ),
        rule="bucket_encrypts_with_a_key",
    ),
    Weakness(
        name="bucket takes plain HTTP",
        seed=set_property(
            POLICY, "Properties.PolicyDocument.Statement.0.Condition.Bool", to={"aws:SecureTransport": "true"}
        ),
        rule="bucket_demands_tls",
    ),
    Weakness(
        name="bucket policy opens it",
        seed=lambda t: resources(t, POLICY)[0]["Properties"]["PolicyDocument"]["Statement"].append(READ_ALL),
        rule="bucket_is_private",
    ),
    Weakness(
        name="bucket may become public",
        seed=set_property(BUCKET, "Properties.PublicAccessBlockConfiguration.BlockPublicPolicy", to=False),
        rule="bucket_is_private",
    ),
    Weakness(
        name="bucket keeps no versions",
        seed=set_property(BUCKET, "Properties.VersioningConfiguration", to=None),
        rule="bucket_keeps_versions",
    ),
    Weakness(
        name="bucket takes access lists",
        seed=set_property(BUCKET, "Properties.OwnershipControls", to=None),
        rule="bucket_owner_owns_everything",
    ),
]
