"""Reading and checking training files; never imports the CDK, and boto3 only for files in S3."""

from constructs_lib.datasets.readable import Readable
from constructs_lib.datasets.report import Estimate, FileFacts, Report, estimate, tokens_trained
from constructs_lib.datasets.sources import FileCopy, content_hash
from constructs_lib.datasets.validation import validate, validate_file_cached

__all__ = [
    "Estimate",
    "FileCopy",
    "FileFacts",
    "Readable",
    "Report",
    "content_hash",
    "estimate",
    "tokens_trained",
    "validate",
    "validate_file_cached",
]
