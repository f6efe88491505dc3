"""The properties of CDK constructs that the values use, as protocols: this package never imports the CDK."""

from __future__ import annotations

from typing import Any, Protocol


class Bucket(Protocol):
    """An `aws_s3.IBucket`."""

    @property
    def bucket_name(self) -> str:
        """The bucket's name, or a token for it."""
        ...

    @property
    def encryption_key(self) -> Any:  # noqa: ANN401 - an `aws_kms.IKey`: the CDK is not imported here
        """The key that encrypts the bucket, if the CDK knows one."""
        ...

    @property
    def env(self) -> Any:  # noqa: ANN401 - an `interfaces.ResourceEnvironment`: the CDK is not imported here
        """The account and Region of the bucket."""
        ...


class Function(Protocol):
    """An `aws_lambda.IFunction`."""

    @property
    def function_arn(self) -> str:
        """The function's ARN, or a token for it."""
        ...


class Key(Protocol):
    """An `aws_kms.IKey`."""

    @property
    def key_arn(self) -> str:
        """The key's ARN, or a token for it."""
        ...


class Model(Protocol):
    """An `aws_bedrock.IModel`."""

    @property
    def model_arn(self) -> str:
        """The model's ARN."""
        ...
