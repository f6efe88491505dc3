"""S3 URIs as the ARNs of objects, prefixes and buckets for policies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..request.tokens import is_placeholder, literal

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCHEME = "s3://"
# The slashes inside a dynamic reference (`{{resolve:ssm:/a/b}}`) separate nothing.
_AFTER_SCHEME = re.compile(r"s3://(?P<bucket>(?:\{\{[^{}]*\}\}|[^/])*)(?:/(?P<path>.*))?", re.DOTALL)
# File extensions of Bedrock's data formats; any other dot may belong to a folder such as `v1.2`.
_DATA_FILE = re.compile(r"(?i)[^/]*\.(?:jsonl|json|csv|txt|gz|png|jpe?g|gif|webp|mp4|mov|mkv|webm)")


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Location:
    """Where a job reads or writes: an S3 URI, whose bucket it is, and which key encrypts it.

    Args:
        uri: `s3://bucket`, `s3://bucket/key` or `s3://bucket/prefix/`; may contain CDK tokens.
        owner: account that owns the bucket. Default: the job's own account.
        key_arn: ARN of the KMS key that the bucket encrypts with, or of its alias. Default: none that needs a
            permission.
    """

    uri: str
    owner: str | None = None
    key_arn: str | None = None

    @property
    def is_deploy_time(self) -> bool:
        """Whether even the bucket's name is known only at deployment.

        It is not for the placeholder of a lookup: the template that has it is never deployed.
        """
        return not self.uri.startswith(_SCHEME) and not is_placeholder(self.uri)

    @property
    def bucket(self) -> str:
        """The bucket's name; empty where it is known only at deployment."""
        return self._parts[0]

    @property
    def path(self) -> str:
        """What follows the bucket's name and a slash."""
        return self._parts[1]

    def bucket_arn(self, partition: str) -> Any:  # noqa: ANN401 - a string, or an intrinsic function
        """Return the ARN of the bucket."""
        if self.is_deploy_time:
            return _join(f"arn:{partition}:s3:::", {"Fn::Select": [0, {"Fn::Split": ["/", self._rest]}]})
        return f"arn:{partition}:s3:::{self.bucket}"

    def objects_to_read(self, partition: str) -> list[Any]:
        """Return the ARNs of the objects that `uri` may mean as input.

        A trailing slash means a prefix, the extension of a data file one object. Anything else may be either,
        so both are named: the object, and all below it as a prefix, but no other key that starts the same.
        """
        if self.is_deploy_time:
            return [_join(f"arn:{partition}:s3:::", self._rest, end) for end in ("", "/*")]
        return [f"arn:{partition}:s3:::{self.bucket}/{name}" for name in self._patterns()]

    def objects_to_write(self, partition: str) -> list[Any]:
        """Return the ARNs of the objects below `uri` as a prefix, Bedrock's probe object included."""
        if self.is_deploy_time:
            return [_join(f"arn:{partition}:s3:::", self._rest, "/*")]
        prefix = self.path.rstrip("/")
        return [
            f"arn:{partition}:s3:::{self.bucket}/{prefix}/*" if prefix else f"{self.bucket_arn(partition)}/*"
        ]

    def keys_as_input(self) -> list[str]:
        """Return the keys that the input may have, as patterns; none where the whole bucket is named."""
        return [] if self.is_deploy_time or not self.path else list(self._patterns())

    def _patterns(self) -> Iterator[str]:
        if not self.path or self.path.endswith("/"):
            yield f"{self.path}*"
            return
        yield self.path
        if not _DATA_FILE.fullmatch(literal(self.path, "x").rpartition("/")[2]):
            yield f"{self.path}/*"

    @property
    def _parts(self) -> tuple[str, str]:
        found = _AFTER_SCHEME.fullmatch(self.uri)
        return (found["bucket"], found["path"] or "") if found else ("", "")

    @property
    def _rest(self) -> dict[str, Any]:
        return {"Fn::Select": [1, {"Fn::Split": [_SCHEME, self.uri]}]}


def _join(*parts: object) -> dict[str, Any]:
    return {"Fn::Join": ["", list(parts)]}
