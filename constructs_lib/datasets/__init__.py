"""Reading and checking training files; never imports the CDK, and boto3 only for files in S3."""

from .readable import Readable
from .report import FileFacts, Report
from .sources import FileCopy, content_hash
from .training_estimate import Estimate, MediaTokens, estimate, tokens_trained
from .validation import validate, validate_file_cached

__all__ = [
    "Estimate",
    "FileCopy",
    "FileFacts",
    "MediaTokens",
    "Readable",
    "Report",
    "content_hash",
    "estimate",
    "tokens_trained",
    "validate",
    "validate_file_cached",
]
