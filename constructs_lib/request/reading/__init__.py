"""Job files: JSON and YAML as the AWS CLI reads them, safely, with line and column of every part."""

from constructs_lib.request.reading.document import Document
from constructs_lib.request.reading.job_file import Source, read_file, read_request

__all__ = ["Document", "Source", "read_file", "read_request"]
