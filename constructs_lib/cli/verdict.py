"""What there is to say about one job file."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from constructs_lib import catalog
from constructs_lib.contract import NOTHING, printable
from constructs_lib.request import Doubt, Problem, check, doubts
from constructs_lib.request.reading import Document, read_file

if TYPE_CHECKING:
    from os import PathLike


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One job file, judged.

    Args:
        document: The file, with the line of each part.
        problems: Why it cannot be deployed, in the file's order.
        doubts: What is probably not meant.
    """

    document: Document
    problems: tuple[Problem, ...]
    doubts: tuple[Doubt, ...]

    def as_json(self) -> dict[str, object]:
        """Give what a machine reads."""
        return {
            "file": self.document.name,
            "problems": [self._problem(one) for one in self.problems],
            "warnings": [{**asdict(one), "line": self.document.line(one.path)} for one in self.doubts],
        }

    def _problem(self, problem: Problem) -> dict[str, object]:
        got = None if problem.got is NOTHING else _shown(problem.got)
        line = self.document.line(problem.path)
        return {"path": problem.path, "rule": problem.rule, "got": got, "fix": problem.fix, "line": line}


def _shown(got: object) -> object:
    """Give what JSON can hold of what was found."""
    return got if isinstance(got, str | int | bool) else repr(got)


def judge(path: str | PathLike[str], *, documented: bool = True) -> Verdict:
    """Read a job file and judge it: by the service's rules first, then by what is documented for the model.

    Args:
        path: A `.json`, `.yaml` or `.yml` file.
        documented: Whether the catalogue is asked, too. Default: it is.
    """
    document = read_file(path)
    if document.problems and not document.request:
        return Verdict(document=document, problems=document.problems, doubts=())
    found = [*document.problems, *check(document.request)]
    doubtful = [] if found else doubts(document.request)
    if not found and documented:
        findings = catalog.check(document.request)
        found = [one for one in findings if one.severity == "error"]
        doubtful += [_doubt(one) for one in findings if one.severity != "error"]
    found.sort(key=lambda problem: document.line(problem.path) or 0)
    doubtful.sort(key=lambda doubt: document.line(doubt.path) or 0)
    return Verdict(document=document, problems=tuple(found), doubts=tuple(doubtful))


def _doubt(finding: catalog.Finding) -> Doubt:
    return Doubt(finding.id, finding.path, str(finding).removeprefix(f"{printable(finding.path)} "))
