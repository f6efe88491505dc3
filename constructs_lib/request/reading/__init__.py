"""Job files: JSON and YAML as the AWS CLI reads them, safely, with line and column of every part."""

from .document import Document
from .job_file import Source, read_file, read_request

__all__ = ["Document", "Source", "read_file", "read_request"]
