"""Reading and checking training files; never imports the CDK, and boto3 only for files in S3."""

from .conversion import Conversion, ConversionError, convert
from .readable import Readable
from .report import Estimate, FileFacts, Report, estimate, tokens_trained
from .sources import FileCopy, content_hash
from .validation import validate, validate_file_cached

__all__ = [
    "Conversion",
    "ConversionError",
    "Estimate",
    "FileCopy",
    "FileFacts",
    "Readable",
    "Report",
    "content_hash",
    "convert",
    "estimate",
    "tokens_trained",
    "validate",
    "validate_file_cached",
]
