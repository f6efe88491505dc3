"""Where a mistake in a JSON or YAML text begins, and what is said of it: never the texts of the parsers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from constructs_lib.request.reading import read_file

if TYPE_CHECKING:
    from pathlib import Path

LIBRARIES = re.compile(
    r"expecting|delimiter|found character|found unexpected|mapping values|while (scanning|parsing)|token|"
    r"\\escape|extra data|control character at|expected '?<",
    re.IGNORECASE,
)

YAML = {
    "jobName: a\ndata:\n\ts3Uri: x\n": (3, 1, "line 3 is indented with a tab); indent it with spaces"),
    "jobName: a\ndata:\n  a: 1\n \tb: 2\n": (4, 2, "line 4 is indented with a tab"),
    'a: "x\nb: y\nc: z\n': (1, 4, 'the " that is opened here is not closed); add " where the text ends'),
    "a: b\nc: 'x\n": (2, 4, "the ' that is opened here is not closed); add ' where the text ends"),
    'a: "x\nb: "y"\nc: d\n': (1, 4, 'the " that is opened here is not closed'),
    "a: 'it's'\nb: c\n": (1, 8, "a text goes on after its closing '); put the whole text in quotes"),
    "a: {b: c\nd: e\n": (1, 4, "the { that is opened here is not closed); add } where it ends"),
    "a:\n  - [x, y\nd: e\n": (2, 5, "the [ that is opened here is not closed); add ] where it ends"),
    "a: [b}\n": (1, 4, "the [ that is opened here is not closed"),
    "a: {b: c d: e}\n": (1, 11, "a comma is missing before this"),
    "a: @b\n": (1, 4, "a text cannot start with @); put it in quotes"),
    "a: b: c\n": (1, 5, "a text with ': ' in it has no quotes"),
    "a b\nc: d\n": (1, 1, "line 1 has no colon); write name: value"),
    "a: 1\nfoo\nb: 2\n": (2, 1, "line 2 has no colon"),
    "a:1\nb: 2\n": (1, 2, "line 1 has no space after its colon"),
    "a: 1\n  b: 2\n": (2, 3, "line 2 is not indented as the lines that it belongs to"),
    "a:\n  b: 1\n c: 2\n": (3, 2, "line 3 is not indented as the lines that it belongs to"),
    'a: "x\\d"\n': (1, 6, r"\d is no escape in double quotes"),
    "jobName:\u00a0a\n": (1, 1, "replace the no-break space (U+00A0) after 'jobName:' with a plain space"),
}
JSON = {
    '{"a": "x\n}': (1, 7, 'the " that is opened here is not closed); add " where the text ends, on its line'),
    '{"a": "x': (1, 7, 'the " that is opened here is not closed'),
    '{"a": "x, "b": 1}': (1, 7, 'the " that is opened here is not closed'),
    '{"a": 1,\n "b": {"c": 2': (2, 7, "the { that is opened here is not closed); add } where it ends"),
    '{"a": [1, 2}': (1, 7, "the [ that is opened here is not closed before the }); add ] where it ends"),
    '{"a": "]", "b": [1': (1, 17, "the [ that is opened here is not closed"),
    '{"a": "x\ty"}': (1, 9, r"the character tab (U+0009) is in a text); write \t"),
    '{"a": "x\\d"}': (1, 9, r"\d is no escape"),
    '{"a": 1 "b": 2}': (1, 9, "a comma is missing here"),
    '{"a" 1}': (1, 6, "a colon is missing here"),
    '{"a": }': (1, 7, "a value is missing here"),
    '{"a": True}': (1, 7, "True is no value); write true"),
    '{"a": x}': (1, 7, "x is no value); write it in double quotes"),
    "{'a': 1}": (1, 2, "a text is in single quotes"),
    '{"a": \u201cb\u201d}': (1, 7, "a text is in typographic quotes"),
    "<html>": (1, 1, "no value begins with <"),
    "{a: 1}": (1, 2, 'the name of a member must be in double quotes); write "name": value'),
    '{"a": [1,]}': (1, 9, "no comma may follow the last value); remove the comma"),
    '{"a": 1}}': (1, 9, "something follows the end"),
    "": (1, 1, 'it is empty); write {"jobName": ...}'),
    "jobName: a": (1, 1, "it starts with neither { nor ["),
    '{"a": NaN}': (1, 7, "must be JSON with finite numbers, got NaN"),
}
CASES = [
    (suffix, text, where)
    for suffix, cases in (("yaml", YAML), ("json", JSON))
    for text, where in cases.items()
]


@pytest.mark.parametrize(("suffix", "text", "where"), CASES)
def test_a_mistake_is_named_where_it_begins(
    tmp_path: Path, suffix: str, text: str, where: tuple[int, int, str]
) -> None:
    """A quote and a bracket where they open, a tab as a tab, a line by its number."""
    file = tmp_path / f"job.{suffix}"
    file.write_text(text, encoding="utf-8")
    [found] = read_file(file).findings
    line, column, said = where
    assert said in found.sentence
    assert (found.line, found.column) == (line, column)
    assert not LIBRARIES.search(found.sentence)


@pytest.mark.parametrize("suffix", ["yaml", "json"])
def test_a_file_that_is_cut_anywhere_is_described_in_our_words(tmp_path: Path, suffix: str) -> None:
    """Whatever is missing, there is one sentence, with a position."""
    whole = {
        "yaml": 'a: "b c"\nd: {e: [1, \'2\'], f: g}\nh:\n  - i: "j"\n    k: l\n',
        "json": '{"a": "b c",\n "d": {"e": [1, true], "f": null},\n "h": [{"i": "j\\n"}]}',
    }[suffix]
    file = tmp_path / f"job.{suffix}"
    for end in range(1, len(whole)):
        file.write_text(whole[:end])
        for found in read_file(file).findings:
            assert not LIBRARIES.search(found.sentence), (whole[:end], found.sentence)
            assert found.line is not None
