"""The long prompts and answers that Bedrock writes to objects of their own, beside its invocation logs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from .lines import GZIP, LONGEST_LINE, head_of
from .sources import FileCopy, StandardInput, UnreadableError, bucket_of, opened
from .unpacking import unpacked

if TYPE_CHECKING:
    from .sources import Source

_FOLDER = "data"


@dataclass(slots=True)
class LogBodies:
    """Reads the bodies that the logs of a file refer to.

    Nothing else is read than what Bedrock writes beside the file: for a local file, files in the folder
    `data` next to it; for an object in S3, objects of the same bucket.

    Args:
        file: the file with the logs.
    """

    file: Source | None = None

    def read(self, uri: str) -> object:
        """Return a body, decoded; None if it cannot be read, is no JSON, or is longer than a line may be.

        Args:
            uri: `s3://bucket/key`, as the log has it.
        """
        source = self._source(uri)
        if source is None:
            return None
        try:
            with opened(source, compressed=True) as blocks:
                head, rest = head_of(blocks, 0)
                parts, size = [], 0
                for block in unpacked(rest) if head.startswith(GZIP) else rest:
                    parts.append(block)
                    size += len(block)
                    if size > LONGEST_LINE:
                        return None
            return msgspec.json.decode(b"".join(parts))
        except (UnreadableError, ValueError, RecursionError):
            return None

    def _source(self, uri: str) -> Source | None:
        if self.file is None or isinstance(self.file, (FileCopy, StandardInput)):
            return None
        bucket, name = bucket_of(self.file), uri.rpartition("/")[2]
        if bucket is not None:
            return uri if bucket_of(uri) == bucket else None
        return Path(self.file).parent / _FOLDER / name if name not in {"", ".", ".."} else None
