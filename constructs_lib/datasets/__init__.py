"""Reading and judging training files; never imports the CDK, and boto3 only for files in S3."""

from .report import FileFacts, Report
from .validate import validate

__all__ = ["FileFacts", "Report", "validate"]
