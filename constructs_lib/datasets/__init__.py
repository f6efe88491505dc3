"""Reading, checking and splitting training files; never imports the CDK, and boto3 only for files in S3."""

from .filtering import Filtered, WrittenFile, filter_records
from .output_files import OutputError
from .readable import Readable
from .record_judge import RecordJudge
from .report import FileFacts, Report
from .sources import FileCopy, content_hash
from .split_plan import ShareError
from .splitting import Split, SplitError, split
from .training_estimate import Estimate, MediaTokens, estimate, tokens_trained
from .validation import validate, validate_file_cached

__all__ = [
    "Estimate",
    "FileCopy",
    "FileFacts",
    "Filtered",
    "MediaTokens",
    "OutputError",
    "Readable",
    "RecordJudge",
    "Report",
    "ShareError",
    "Split",
    "SplitError",
    "WrittenFile",
    "content_hash",
    "estimate",
    "filter_records",
    "split",
    "tokens_trained",
    "validate",
    "validate_file_cached",
]
