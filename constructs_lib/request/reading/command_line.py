"""Reads a command line `aws bedrock create-model-customization-job ...`; nothing of it is run or evaluated.

Every error is a finding with its line and column in the command. Values are read as the AWS CLI reads them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...contract import REQUEST, default_model
from ...findings import NOT_SHOWN, NOTHING, Described, Finding, error, note
from .document import JOB_FILE, Document, UnreadableError
from .job_file import read_text
from .json_file import as_request, parse_json, read_json
from .shell_words import Operator, Problem, Word, split
from .shorthand import ShorthandError, as_modelled, parse_shorthand
from .yaml_file import read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from .document import Position

NAME = "command"
"""How findings name the command line, in the place of a file."""

_COMMAND = ("bedrock", "create-model-customization-job")
_FULL = f"aws {' '.join(_COMMAND)}"
# `!aws` in a notebook; `awslocal` is the AWS CLI with the endpoint of LocalStack.
_AWS = re.compile(r"(?:!|.*[/\\])?aws(?:local)?(?:\.exe|\.cmd)?")
_CAPTURED = re.compile(r"(\s*(?:export\s+)?[A-Za-z_]\w*=\"?\$\()(\s*aws(?:local)?\s.*)(\)\"?\s*)", re.DOTALL)
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=")
_NUMBER = re.compile(r"-\d+|-\d*\.\d+")
_SHOWN = re.compile(r"[A-Za-z0-9_.@-]{1,100}")
_WORD_START = re.compile(r"(?<!^)(?=[A-Z])")
_INPUT = {"--cli-input-json": read_json, "--cli-input-yaml": read_yaml}
_PYTHON = re.compile(r"^[ \t]*(?:import|from) \w|create_model_customization_job\(", re.MULTILINE)
_LONGEST_SHOWN = 40
_PROMPT = 3  # as in `[user@host ~]$ aws`
_SKELETON = "--generate-cli-skeleton"

MEMBERS = {
    f"--{_WORD_START.sub('-', member).lower()}": member
    for member in default_model().shape(REQUEST)["members"]
}
"""The options of the command that are fields of the request, and these fields."""

_SETTING = "JobProvider.configure(stack, {})"
_NO_MEANING = "a deployment does not need it"
ELSEWHERE: Mapping[str, tuple[bool, str]] = {
    "--region": (True, "deploy with --region"),
    "--profile": (True, "deploy with --profile"),
    "--endpoint-url": (True, f"set it in an app with {_SETTING.format('endpoint_url=...')}"),
    "--cli-connect-timeout": (True, f"set it in an app with {_SETTING.format('connect_timeout=...')}"),
    "--cli-read-timeout": (True, f"set it in an app with {_SETTING.format('read_timeout=...')}"),
    "--ca-bundle": (True, f"set it in an app with {_SETTING.format('ca_bundle=...')}"),
    "--debug": (False, f"set it in an app with {_SETTING.format('debug=True')}"),
    "--no-verify-ssl": (
        False,
        "it is refused, because a request without TLS verification can be read and changed",
    ),
    "--no-sign-request": (False, "it is refused, because Bedrock accepts signed requests only"),
    "--output": (True, "read the job's ARN from the outputs of the stack"),
    "--query": (True, "read the job's ARN from the outputs of the stack"),
    "--color": (True, "set NO_COLOR=1 for output without colours"),
    "--no-paginate": (False, _NO_MEANING),
    "--cli-binary-format": (True, _NO_MEANING),
    "--cli-error-format": (True, _NO_MEANING),
    "--no-cli-pager": (False, _NO_MEANING),
    "--cli-auto-prompt": (False, _NO_MEANING),
    "--no-cli-auto-prompt": (False, _NO_MEANING),
    "--v2-debug": (False, _NO_MEANING),
    "--version": (False, _NO_MEANING),
}
"""The options that are no fields of the request: whether one has a value, and what to do instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandLine:
    """A command line, read.

    Args:
        document: the request, the position of each part in the command, and what could not be read.
        inputs: the files of `--cli-input-json` and `--cli-input-yaml`.
        elsewhere: notes about what is no part of the request.
        region: the value of `--region`. Default: it is not given.
        is_read: whether the request is complete: the command and its input file could be read.
    """

    document: Document
    inputs: Sequence[Document] = ()
    elsewhere: Sequence[Finding] = ()
    region: str | None = None
    is_read: bool

    def located(self, finding: Finding) -> Finding:
        """Return a finding with its position in the command, or in the input file that contains the field.

        Args:
            finding: what was found; one that has a position already is returned as it is.
        """
        top = re.split(r"[.\[]", finding.path)[0]
        for one in self.inputs:
            if top not in self.document.positions and top in one.positions:
                return one.located(finding)
        return self.document.located(finding)


def read_command_line(text: str, name: str = NAME) -> CommandLine:
    """Read a command line.

    Args:
        text: the command, as it is written for a POSIX shell, with its comments and continued lines.
        name: how findings name it. Default: `command`.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    if found := _CAPTURED.fullmatch(text):  # the output is assigned to a variable: ARN=$(aws ...)
        text = re.sub(r"\S", " ", found[1]) + found[2]
    return _Reader(text, name).read()


@dataclass(slots=True)
class _Reader:
    text: str
    name: str
    request: dict[str, Any] = field(default_factory=dict)
    positions: dict[str, Position] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    elsewhere: list[Finding] = field(default_factory=list)
    inputs: list[Document] = field(default_factory=list)
    region: str | None = None
    lines: list[int] = field(default_factory=list)
    is_cut: bool = False

    def read(self) -> CommandLine:
        self.lines = [0, *(found.end() for found in re.finditer("\n", self.text))]
        is_json = self.text.lstrip()[:1] == "{"
        words = None if is_json else self._command()
        is_python = bool(_PYTHON.search(self.text))
        if words is None and not self.is_cut:
            self.findings.clear()  # what else is there is of no interest without the command
            first = next(iter(self.text.split()), "").partition("=")[0][:_LONGEST_SHOWN]
            got: object = first or Described("no command")
            if is_json or is_python:
                got = Described("a JSON text" if is_json else "a Python script")
            fix = f"write {_FULL} ..."
            if is_json:
                fix = "save it as job.json: it is a job file already"
            elif is_python:
                fix = "write the call's arguments as a job file, or use ModelCustomizationJob.from_request"
            self._wrong("command-line", f"must start with {_FULL}", got, fix, 0)
        is_read = words is not None and self._is_the_command(rest := self._without_globals(words))
        if is_read:
            self._options(rest[2:])
        from_file = {key: value for one in self.inputs for key, value in one.request.items()}
        document = Document(
            name=self.name,
            request=as_request({**from_file, **self.request}),
            positions={"": (1, 1), **self.positions},
            findings=(*self.findings, *(found for one in self.inputs for found in one.findings)),
        )
        return CommandLine(
            document=document,
            inputs=self.inputs,
            elsewhere=self.elsewhere,
            region=self.region,
            is_read=is_read and not self.is_cut,
        )

    # -- which words are the command's

    def _command(self) -> list[Word] | None:
        """Return the words after `aws`, or None where no such command can be read."""
        found: list[Word] | None = None
        is_reported = False
        for words, operator in self._commands():
            if found is None and (after := self._after_aws(words)) is not None:
                found = after
                continue
            if found is not None and words and words[0].text.startswith("--") and operator.text == "\n":
                rule = "must have a backslash at the end of the line above an option"
                self._wrong("command-line", rule, NOT_SHOWN, "end that line with \\", words[0].at)
                found += words
            elif not is_reported:
                is_newline = operator.text == "\n"
                got = words[0].text.partition("=")[0] if is_newline and words else operator.text
                self._more(got, words[0].at if is_newline and words else operator.at)
                is_reported = True
        return None if self.is_cut else found

    def _commands(self) -> Iterator[tuple[list[Word], Operator]]:
        """Yield the words of each command, and the operator or the newline before it."""
        words: list[Word] = []
        before = Operator("\n", 0)
        is_file = False
        for token in split(self.text):
            if isinstance(token, Problem):
                self._wrong("command-line", token.rule, NOT_SHOWN, token.fix, token.at)
                self.is_cut = self.is_cut or token.is_end
            elif isinstance(token, Word):
                if not is_file:
                    words.append(token)
                is_file = False
            elif "<" in token.text or ">" in token.text:
                self._more(token.text, token.at)
                is_file = True  # what follows is read or written
            else:
                if words or before.text not in ("\n", ";"):
                    yield words, before
                words, before = [], token
        if words or before.text not in ("\n", ";"):
            yield words, before

    def _more(self, got: str, at: int) -> None:
        rule = "must be one command without others, because nothing is run here"
        self._wrong("command-line", rule, got, "remove what is not part of the command", at)

    def _after_aws(self, words: list[Word]) -> list[Word] | None:
        """Return what follows `aws`, a prompt and assignments before it; None where it is another command."""
        rest, count = words, 0
        if words and not _AWS.fullmatch(words[0].text):
            ends = [
                number for number, word in enumerate(words[:_PROMPT]) if word.text[-1:] in ("$", "%", "#")
            ]
            rest = words[ends[0] + 1 :] if ends else words
        while count < len(rest) and _ASSIGNMENT.match(rest[count].text):
            count += 1
        if not rest[count:] or not _AWS.fullmatch(rest[count].text):
            return None
        for word in rest[:count]:
            name, _, value = word.text.partition("=")
            if name in ("AWS_REGION", "AWS_DEFAULT_REGION") and not word.unknown and _SHOWN.fullmatch(value):
                self._in_region(value, word.at)
            self._note(name, "set it for the command that deploys", word.at)
        return rest[count + 1 :]

    def _is_the_command(self, words: Sequence[Word]) -> bool:
        given = [word.text for word in words[:2]]
        if tuple(given) == _COMMAND:
            return True
        fix = f"write {_FULL} ..."
        if given == ["bedrock", "get-model-customization-job"]:
            fix = "make a job file from a job with bedrock-customize from-job"
        got = Described(" ".join(["aws", *(one.partition("=")[0] for one in given)]))
        self._wrong("command-line", f"must be {_FULL}", got, fix, words[0].at if words else 0)
        return False

    # -- options

    def _without_globals(self, words: Sequence[Word]) -> list[Word]:
        """Return the words that are no options of every command, which may be anywhere, as in the AWS CLI."""
        given: dict[str, Word] = {}
        others: list[Word] = []
        rest = [*reversed(words)]
        while rest:
            word = rest.pop()
            name, is_assigned, value = word.text.partition("=")
            if name not in ELSEWHERE:
                others.append(word)
                continue
            has_value, instead = ELSEWHERE[name]
            if name in given:
                self._repeated(name, "", word, given[name])
            given.setdefault(name, word)
            if not has_value and is_assigned:
                rule = f"must have no value for {name}"
                self._wrong("command-line-option", rule, NOT_SHOWN, "remove the value", word.at)
            elif has_value and not is_assigned:
                if not rest or _is_option(rest[-1]):
                    self._without_value(name, "", word)
                    continue
                value = rest.pop().text
            self._global(name, value if has_value else "", instead, word)
        return others

    def _global(self, name: str, value: str, instead: str, word: Word) -> None:
        shown = value if name in ("--region", "--profile") and _SHOWN.fullmatch(value) else ""
        if name == "--region" and shown:
            self._in_region(shown, word.at)
        self._note(name, f"{instead} {shown}".rstrip(), word.at)

    def _in_region(self, region: str, at: int) -> None:
        self.region = region
        self.positions["Region"] = self._position(at)  # the path of findings about the Region

    def _options(self, words: Sequence[Word]) -> None:
        given: dict[str, Word] = {}
        rest = [*reversed(words)]
        while rest:
            word = rest.pop()
            name, is_assigned, _ = word.text.partition("=")
            if not _is_option(word):
                self._stray(word)
                continue
            is_known = name in MEMBERS or name in _INPUT
            values = [word.after(len(name) + 1)] if is_assigned else []
            while not is_assigned and rest and not _is_option(rest[-1]):
                if values and is_known and not self._is_list(name):
                    break
                values.append(rest.pop())
            path = MEMBERS.get(name, "")
            if not is_known:
                self._not_an_option(name, word)
            elif name in given:
                self._repeated(name, path, word, given[name])
            elif not values and not self._is_list(name):
                self._without_value(name, path, word)
            elif name in _INPUT:
                self._input(name, word, values[0])
            else:
                self._member(path, word, values)
            given.setdefault(name, word)

    def _stray(self, word: Word) -> None:
        if not self._is_replaced(word, ""):
            rule, got = "must have no words that are no option's value", word.text.partition("=")[0]
            fix = "put a value with spaces in quotes, and write the pairs of a map as key=value,key=value"
            if word.text.startswith(("\u2013", "\u2014")):  # a dash, as word processors write --
                fix = "write options with two hyphens: --"
            self._wrong("command-line-option", rule, got, fix, word.at)

    def _is_list(self, name: str) -> bool:
        member = MEMBERS.get(name)
        return member is not None and _type(_shape_of(member)) == "list"

    def _not_an_option(self, name: str, word: Word) -> None:
        known = [*MEMBERS, *_INPUT, *ELSEWHERE]
        if name == _SKELETON:
            rule = f"must start a job; with {_SKELETON} it prints a form"
            fix = "remove it, or write a form with bedrock-customize skeleton"
            self._wrong("command-line-option", rule, NOT_SHOWN, fix, word.at)
            return
        starting = [one for one in known if one.startswith(name)] if len(name) > len("--") else []
        near = starting or get_close_matches(name, known, n=1)
        if len(starting) == 1:
            rule = "the command must have the whole name of each option, not its beginning"
        else:
            rule = "the command must have only options that the AWS CLI has"
        fix = f"write {' or '.join(near)}" if near else "remove it"
        # What was probably meant is not reported as missing.
        found = error("command-line-option", "", rule, name, fix)
        meant = MEMBERS.get(near[0], "") if len(near) == 1 else ""
        self._add(replace(found, suggestion=meant), word.at)

    def _repeated(self, name: str, path: str, word: Word, first: Word) -> None:
        line, column = self._position(first.at)
        rule = f"the command must have the option {name} only once, because the AWS CLI takes the last"
        fix = f"keep this one or the one in line {line}, column {column}"
        self._add(replace(error("command-line-option", "", rule, NOT_SHOWN, fix), suggestion=path), word.at)

    def _without_value(self, name: str, path: str, word: Word) -> None:
        rule = f"the command must have a value for the option {name}"
        found = error("command-line-option", "", rule, NOTHING, "write the value after it")
        self._add(replace(found, suggestion=path), word.at)

    # -- values

    def _input(self, name: str, option: Word, value: Word) -> None:
        if self.inputs:
            rule = "must have only one of --cli-input-json and --cli-input-yaml"
            self._wrong("command-line-option", rule, NOT_SHOWN, "keep one of them", option.at)
            return
        content = None if self._is_replaced(value, "") else self._content(value, "")
        if content is None:
            self.is_cut = True
            return
        is_file, text = content is not value, content.text
        file = value.text.partition("://")[2] if is_file else self.name
        what = JOB_FILE if is_file else f"the value of {name}"
        try:
            read = _INPUT[name](text, file, what)
        except UnreadableError as problem:
            self.is_cut = True
            if is_file:
                self.inputs.append(problem.document(file))
            else:
                found = error("job-file", "", problem.rule, problem.got, problem.fix)
                self._add(found, self._at(content, problem.at))
            return
        positions = read.positions
        findings = read.findings
        if not is_file:
            offsets = _offsets(text)
            positions = {
                path: self._position(content.index(offsets(at))) for path, at in read.positions.items()
            }
            findings = tuple(self._moved(one, content, offsets) for one in read.findings)
        self.inputs.append(replace(read, positions=positions, findings=findings))

    def _member(self, member: str, option: Word, values: Sequence[Word]) -> None:
        self.positions[member] = self._position(option.at)
        if [value for value in values if self._is_replaced(value, member)]:
            return
        shape = _shape_of(member)
        kind = _type(shape)
        if len(values) == 1:
            content = self._content(values[0], member)
            if content is None:
                return
            is_file = content is not values[0]
            values = [content]
            if is_file and kind == "list" and not content.text.lstrip().startswith("["):
                rule, fix = "must be a JSON list where it is read from a file", "write [...] in the file"
                self._add(error("command-line", member, rule, NOT_SHOWN, fix), option.at)
                return
        try:
            self.request[member] = self._value(member, kind, values)
        except _NotReadError as problem:
            # The field is not reported as missing too.
            self._add(replace(problem.finding, suggestion=member), problem.at)

    def _value(self, member: str, kind: str, values: Sequence[Word]) -> Any:  # noqa: ANN401 - of any type
        first = values[0].text.lstrip()[:1] if values else ""
        if kind == "list":
            if not values:
                return []
            if first == "[" and len(values) == 1:
                return self._json(member, values[0])
            parse = self._json_object if first in ("{", "[") else self._shorthand
            items = [parse(f"{member}[{number}]", value) for number, value in enumerate(values)]
            return items if first in ("{", "[") else as_modelled(items, _shape_of(member), default_model())
        [value] = values
        if kind not in ("structure", "map"):
            return value.text
        if first in ("{", "["):
            return self._json_object(member, value)
        return as_modelled(self._shorthand(member, value), _shape_of(member), default_model())

    def _shorthand(self, path: str, value: Word) -> dict[str, Any]:
        def from_file(text: str, part: str, index: int) -> str:
            word = Word(text, (value.index(index),) * len(text), value.index(index))
            content = self._content(word, part)
            return content.text if content else text

        try:
            found, places = parse_shorthand(value.text, path, from_file)
        except ShorthandError as problem:
            rule = f"must be in the AWS CLI's shorthand or JSON, and {problem.rule.removeprefix('must ')}"
            raise _NotReadError(
                error("command-line", problem.path or path, rule, NOT_SHOWN, problem.fix),
                value.index(problem.at),
            ) from None
        self.positions.setdefault(path, self._position(value.at))
        for part, index in places.items():
            self.positions.setdefault(part, self._position(value.index(index)))
        return found

    def _json_object(self, path: str, value: Word) -> Any:  # noqa: ANN401 - JSON
        if not value.text.lstrip().startswith("{"):
            rule = "must be a JSON object, or key=value in the AWS CLI's shorthand"
            got = NOT_SHOWN if value.text else NOTHING
            raise _NotReadError(error("command-line", path, rule, got, 'write {"key": "value"}'), value.at)
        return self._json(path, value)

    def _json(self, path: str, value: Word) -> Any:  # noqa: ANN401 - JSON
        try:
            read = parse_json(value.text, "the value")
        except UnreadableError as problem:
            rule = problem.rule.replace("the value must", "must")
            fix = f"{problem.fix}, and put it in '...'"
            if '\\"' in value.text:
                fix = "remove the backslashes, which only cmd.exe and PowerShell need, and put it in '...'"
            found = error("command-line", path, rule, problem.got, fix)
            raise _NotReadError(found, self._at(value, problem.at)) from None
        offsets = _offsets(value.text)
        self.positions.setdefault(path, self._position(value.at))
        for part, at in read.positions.items():
            inner = f"{path}{part}" if part.startswith("[") or not part else f"{path}.{part}"
            self.positions.setdefault(inner, self._position(value.index(offsets(at))))
        for one in read.findings:
            self.findings.append(self._moved(replace(one, path=f"{path}.{one.path}"), value, offsets))
        return read.value

    def _content(self, value: Word, path: str) -> Word | None:
        """Return a value, or what is in the file that it names; None where that cannot be read."""
        scheme, is_url, named = value.text.partition("://")
        if not is_url or scheme not in ("file", "fileb", "http", "https"):
            return value
        if scheme != "file":
            if scheme == "fileb":
                rule, fix = "must be a text, and fileb:// names a binary file", "write file:// instead"
            else:
                rule = "must be written out or in a file, because nothing is fetched from a URL here"
                fix = "save the content as a file, and name it with file://"
            self._add(error("command-line", path, rule, NOT_SHOWN, fix), value.at)
            return None
        if found := re.search(r"\$(?:[A-Za-z_{]\S*)", named):
            self._evaluated(path, found.group(), value.index(len("file://") + found.start()))
            return None
        try:
            text = read_text(Path(named).expanduser(), "the file")
        except UnreadableError as problem:
            rule = f"must be readable: {problem.rule}"
            is_missing = "exist" in problem.rule
            fix = "correct the path, which is relative to the current folder" if is_missing else problem.fix
            self._add(error("command-line", path, rule, value.text, fix), value.at)
            return None
        except RuntimeError:  # no home folder
            rule, fix = "must name a file in a known home folder", "write the whole path"
            self._add(error("command-line", path, rule, value.text, fix), value.at)
            return None
        return Word(text, (value.at,) * len(text), value.at)

    # -- findings

    def _is_replaced(self, value: Word, path: str) -> bool:
        for part, at in value.unknown:
            self._evaluated(path, part, at)
        return bool(value.unknown)

    def _evaluated(self, path: str, part: str, at: int) -> None:
        rule = "must be written out, because nothing of the command is evaluated here"
        fix = "write the value itself, or put it in '...' if it is meant as it stands"
        self._add(error("command-line-evaluated", path, rule, Described(part), fix), at)

    def _wrong(self, name: str, rule: str, got: object, fix: str, at: int) -> None:
        self._add(error(name, "", f"the command {rule}", got, fix), at)

    def _note(self, what: str, instead: str, at: int) -> None:
        rule = f"{what} is not part of a job file"
        found = note("command-line-elsewhere", "", rule, NOT_SHOWN, instead)
        self.elsewhere.append(found.at(self.name, *self._position(at)))

    def _add(self, finding: Finding, at: int) -> None:
        self.findings.append(finding.at(self.name, *self._position(at)))

    def _moved(self, finding: Finding, value: Word, offsets: Callable[[Position], int]) -> Finding:
        """Return a finding inside a value with its position in the command."""
        at = offsets((finding.line or 1, finding.column or 1))
        return finding.at(self.name, *self._position(value.index(at)))

    def _at(self, value: Word, position: Position | None) -> int:
        return value.index(_offsets(value.text)(position)) if position else value.at

    def _position(self, index: int) -> Position:
        line = bisect_right(self.lines, index)
        return line, index - self.lines[line - 1] + 1


class _NotReadError(Exception):
    """A value cannot be read."""

    def __init__(self, finding: Finding, at: int) -> None:
        super().__init__(finding.rule)
        self.finding, self.at = finding, at


def _is_option(word: Word) -> bool:
    """Return whether a word is an option, as Python's argparse decides for the AWS CLI."""
    text = word.text
    if not text.startswith("-") or text == "-" or _NUMBER.fullmatch(text):
        return False
    return " " not in text or text.partition("=")[0] in (*MEMBERS, *_INPUT, *ELSEWHERE)


def _offsets(text: str) -> Callable[[Position], int]:
    """Return a function that turns a position in a text into the number of characters before it."""
    lines = [0, *(found.end() for found in re.finditer("\n", text))]
    return lambda at: lines[at[0] - 1] + at[1] - 1


def _shape_of(member: str) -> str:
    return str(default_model().shape(REQUEST)["members"][member]["shape"])


def _type(shape: str) -> str:
    return str(default_model().shape(shape)["type"])
