"""Reading, checking, converting and splitting training files; never imports the CDK, boto3 only for S3."""

from .checking.readable import Readable
from .checking.record_checker import RecordChecker
from .checking.report import FileFacts, Report
from .checking.validation import validate, validate_file_cached
from .conversion import Conversion, ConversionError, convert
from .evaluation import EvaluationReport, validate_evaluation
from .reading.sources import FileCopy, content_hash
from .training_estimate import Estimate, MediaTokens, estimate, tokens_trained
from .writing.filtering import Filtered, WrittenFile, filter_records
from .writing.output_files import OutputError
from .writing.split_plan import ShareError
from .writing.splitting import Split, SplitError, split

__all__ = [
    "Conversion",
    "ConversionError",
    "Estimate",
    "EvaluationReport",
    "FileCopy",
    "FileFacts",
    "Filtered",
    "MediaTokens",
    "OutputError",
    "Readable",
    "RecordChecker",
    "Report",
    "ShareError",
    "Split",
    "SplitError",
    "WrittenFile",
    "content_hash",
    "convert",
    "estimate",
    "filter_records",
    "split",
    "tokens_trained",
    "validate",
    "validate_evaluation",
    "validate_file_cached",
]
