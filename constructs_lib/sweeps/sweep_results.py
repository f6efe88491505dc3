"""Where the function writes the definition and the results of a sweep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..contract.sweeps import BUCKET_PROPERTY, PREFIX_PROPERTY, results_key
from ..job.storage import own_prefix
from ..permissions import results_statements

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..job.parts import JobParts
    from ..job.stack_env import StackEnv
    from ..permissions import S3Location, Statement

_SUFFIX = "sweep/"


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepResults:
    """The place of the results of one sweep.

    Args:
        output: where its jobs write.
        prefix: what belongs to the sweep alone, with a slash at its end.
    """

    output: S3Location
    prefix: str

    @classmethod
    def of(cls, parts: JobParts, env: StackEnv, *, is_made: bool) -> SweepResults:
        """Return where the results go, below the output of the jobs.

        Args:
            parts: the parts of the jobs.
            env: the stack.
            is_made: whether the bucket is made in this stack. Other stacks may use a given one as well.
        """
        start = own_prefix(parts.output, env, parts.beside, is_made=is_made)
        return cls(output=parts.output.location, prefix=f"{start}{_SUFFIX}")

    @property
    def uri(self) -> str:
        """The S3 URI of the object with the results."""
        return f"s3://{self.output.bucket}/{results_key(self.prefix)}"

    @property
    def property(self) -> Mapping[str, str]:
        """The same, as the custom resource takes it."""
        return {BUCKET_PROPERTY: self.output.bucket, PREFIX_PROPERTY: self.prefix}

    def statements(self, env: StackEnv) -> list[Statement]:
        """Return what the function must be permitted.

        Args:
            env: the stack.
        """
        return results_statements(self.output, self.prefix, **env.arn_parts)
