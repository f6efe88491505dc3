"""The place of the policy and the records of one promotion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..contract.promotion import BUCKET_MEMBER, PREFIX_MEMBER
from ..job.storage import own_prefix
from ..permissions import read_records_statements, records_statements
from ..request import OutputData

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..job.beside_job import BesideJob
    from ..job.stack_env import StackEnv
    from ..job.stack_jobs import DefinedJob
    from ..permissions import S3Location, Statement

_FOLDER = "promotion/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The place of the policy and the records of one promotion.

    Args:
        output: where the jobs write.
        prefix: what belongs to the promotion alone, with a slash at its end.
        env: the stack.
    """

    output: S3Location
    prefix: str
    env: StackEnv

    @classmethod
    def of(cls, job: DefinedJob, beside: BesideJob, env: StackEnv) -> Records:
        """Return where the records go, below the output of the job.

        Args:
            job: the job.
            beside: has the logical id of what is promoted to.
            env: the stack.
        """
        parts, is_made = job.parts, not isinstance(job.given_output, OutputData)
        start = own_prefix(parts.output, env, parts.beside, is_made=is_made)
        return cls(output=parts.output.location, prefix=f"{start}{_FOLDER}{beside.logical_id}/", env=env)

    @property
    def uri(self) -> str:
        """The S3 URI of the prefix."""
        return f"s3://{self.output.bucket}/{self.prefix}"

    @property
    def members(self) -> Mapping[str, str]:
        """It as the template has it."""
        return {BUCKET_MEMBER: self.output.bucket, PREFIX_MEMBER: self.prefix}

    @property
    def statements(self) -> list[Statement]:
        """What the function must be permitted."""
        return records_statements(self.output, self.prefix, **self.env.arn_parts)

    @property
    def read_statements(self) -> list[Statement]:
        """What the function must be permitted to read the records before it deletes a model."""
        return read_records_statements(self.output, self.prefix, **self.env.arn_parts)
