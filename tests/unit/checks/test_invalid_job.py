"""The exception that carries everything that is wrong with a job."""

from __future__ import annotations

from constructs_lib.findings import InvalidJob, error, in_file_order, note, warning

ERROR = error("wildcard", "jobName", "must be right", "a", "correct it").at("job.yaml", 7, 1)
WARNING = warning("region", "Region", "is not listed", "b", "deploy elsewhere").at("job.yaml", 3, 1)
UNKNOWN = note("unknown-model", "baseModelIdentifier", "is not in the catalogue", "c", "compare")
NOTE = UNKNOWN.at("job.yaml", 2, 1)


def test_errors_come_first_and_warnings_and_notes_are_named() -> None:
    """Whoever reads the exception sees all that a check has found, and what stops the synthesis."""
    raised = InvalidJob("Stack/Job", [ERROR, WARNING, NOTE])
    assert raised.findings == (ERROR,)
    assert raised.remarks == (WARNING, NOTE)
    assert str(raised).splitlines() == [
        "Stack/Job cannot be defined:",
        "  - job.yaml:7:1: jobName must be right, got 'a'; correct it",
        "  - warning: job.yaml:3:1: Region is not listed, got 'b'; deploy elsewhere",
        "  - note: job.yaml:2:1: baseModelIdentifier is not in the catalogue, got 'c'; compare",
    ]


def test_findings_of_a_severity_follow_the_lines_of_the_job_file() -> None:
    """What is about another file, or about no line, keeps its order after them."""
    earlier, data = ERROR.at("job.yaml", 2, 5), ERROR.at("data.jsonl", 1)
    assert in_file_order([NOTE, data, ERROR, earlier], "job.yaml") == [earlier, ERROR, data, NOTE]
