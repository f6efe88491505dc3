"""Reading and judging training files; never imports the CDK, and boto3 only for files in S3."""

from .cache import content_hash, validate_file_cached
from .dataset_findings import DatasetFinding
from .estimate import Estimate, estimate, tokens_trained
from .readable import Readable
from .report import FileFacts, Report
from .sources import FileCopy
from .validate import validate

__all__ = [
    "DatasetFinding",
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
