"""The hooks of mkdocs: what the site has besides the pages of `docs/`, and where a link of a page leads.

Pages link to files of the repository by relative paths, which a Git host follows. On the site a Markdown file
outside `docs/` is a page below `project/`, and any other file a page below `source/` with its text.
"""

from __future__ import annotations

import os
import posixpath
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

from tools import docs_reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
PROJECT = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
"""Pages that lie outside `docs/`; the READMEs of the examples are found."""

POLICY = (
    "default-src 'self'; img-src 'self' data:;"
    " script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'"
)
"""What a browser may fetch: only from the site. The theme's scripts name other hosts, for what is off."""

_FENCE = re.compile(r"^( *)(```+).*?^\1\2 *$", re.DOTALL | re.MULTILINE)
_MARK = re.compile(r"^ *<!---.*?-->\n+", re.DOTALL | re.MULTILINE)
"""What only tests read: see tests/docs."""

_LINK = re.compile(r"(\]\()([^)\s]+)(\))")
_LANGUAGES = {
    ".py": "python",
    ".sh": "bash",
    ".yaml": "yaml",
    ".json": "json",
    ".toml": "toml",
    ".txt": "text",
}
_DIAGRAM = """
import {renderMermaidSVG} from 'beautiful-mermaid'
import {readFileSync} from 'node:fs'
const narrow = {transparent: true, padding: 6, nodeSpacing: 16, layerSpacing: 28}
process.stdout.write(renderMermaidSVG(readFileSync(0, 'utf8'), narrow))
"""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the reference, the pages outside `docs/`, and the files that any page links to."""
    for name, text in docs_reference.pages().items():
        files.append(File.generated(config, f"reference/{name}", content=text))
    outside = [ROOT / name for name in PROJECT] + sorted(ROOT.glob("examples/*/README.md"))
    for file in outside:
        files.append(File.generated(config, _address(file), content=file.read_text(encoding="utf-8")))
    texts = [(file, file.read_text(encoding="utf-8")) for file in (*ROOT.glob("docs/**/*.md"), *outside)]
    linked = {target for file, text in texts for target in _targets(file, text)}
    for file in sorted(linked):
        address = _address(file)
        if files.get_file_from_path(address) is None:
            content = _listing(file) if file.is_dir() else _highlighted(file)
            files.append(File.generated(config, address, content=content))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001 - as mkdocs calls it
    """Let the links of a page lead to the pages of the site."""
    markdown = _MARK.sub("", markdown)
    origin = _origin(page.file.src_uri)
    if origin is None:
        return markdown
    here = posixpath.dirname(page.file.src_uri) or "."

    def moved(link: re.Match[str]) -> str:
        target = _target(origin, link[2])
        if target is None:
            return link[0]
        _, mark, anchor = link[2].partition("#")
        return f"{link[1]}{posixpath.relpath(_address(target), here)}{mark}{anchor}{link[3]}"

    return "".join(part if is_code else _LINK.sub(moved, part) for is_code, part in _parts(markdown))


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> None:  # noqa: ARG001 - as mkdocs calls it
    """Give a page its rank in the search, and the title and description that search engines and tabs show.

    Its title in the navigation is short, and several pages share one. The home page has the name of the site.
    Reference, sources and changelog have every word: the search shows pages that explain it first.
    """
    heading = re.search(r"<h1[^>]*>(.*?)(?:<a class=\"headerlink\".*?)?</h1>", html, re.DOTALL)
    paragraph = re.search(r"</h1>.*?<p>(.*?)</p>", html, re.DOTALL)
    if heading and not page.is_homepage:
        page.meta.setdefault("title", _plain(heading[1]))
    if paragraph:
        page.meta.setdefault("description", _plain(paragraph[1]).replace('"', "&quot;"))
    if page.file.src_uri.startswith(("reference/", "source/", "project/CHANGELOG")):
        page.meta.setdefault("search", {"boost": 0.3})


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:  # noqa: ARG001 - as mkdocs calls it
    """Forbid the browser to fetch anything from another host."""
    return _guarded(output)


def on_post_template(output_content: str, template_name: str, config: MkDocsConfig) -> str:  # noqa: ARG001 - as mkdocs calls it
    """Do so for the page that says that there is no such page."""
    return _guarded(output_content) if template_name.endswith(".html") else output_content


def diagram(source: str, _language: str, css_class: str, *_: object, **__: object) -> str:
    """Draw a mermaid block as SVG: mermaid itself needs a browser, which would fetch it from a CDN."""
    done = subprocess.run(
        ["node", "--input-type=module", "--eval", _DIAGRAM],
        input=source,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise PluginError(f"A mermaid block cannot be drawn: {done.stderr.strip()}")
    arrows = len(re.findall(r"^.*(?:--|-\.|==).*$", source, re.MULTILINE))
    if source.lstrip().startswith(("flowchart", "graph")) and done.stdout.count('class="edge"') < arrows:
        raise PluginError(
            f"A mermaid block is drawn without some of its arrows; write a -->|label| b:\n{source}"
        )
    drawn = re.sub(r"@import url\('[^']*'\);", "", done.stdout)  # a font of a third party
    drawn = drawn.replace(' style="--bg:#FFFFFF;--fg:#27272A"', "")  # the theme has its own
    drawn = re.sub(r"^  (text|svg) \{", rf"  .{css_class} \1 {{", drawn, flags=re.MULTILINE)
    # Smaller than so, its text could not be read; the page scrolls it.
    drawn = re.sub(r'width="([\d.]+)" height="[\d.]+"', _width, drawn, count=1)
    return f'<div class="{css_class}" role="img" aria-label="diagram">{drawn}</div>'


def _width(size: re.Match[str]) -> str:
    return f'width="{size[1]}" style="min-width: {0.76 * float(size[1]):.0f}px"'


def _plain(html: str) -> str:
    """Return the text of some HTML in one line, still escaped."""
    return " ".join(re.sub(r"<[^>]+>", "", html).split())


def _guarded(page: str) -> str:
    meta = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    return page.replace("<head>", f"<head>{meta}", 1)


def _parts(text: str) -> Iterator[tuple[bool, str]]:
    """Yield the parts of a page that are code blocks, and those that are not."""
    at = 0
    for fence in _FENCE.finditer(text):
        yield False, text[at : fence.start()]
        yield True, fence[0]
        at = fence.end()
    yield False, text[at:]


def _targets(file: Path, text: str) -> Iterator[Path]:
    for is_code, part in _parts(text):
        if not is_code:
            yield from filter(None, (_target(file, link[2]) for link in _LINK.finditer(part)))


def _target(file: Path, link: str) -> Path | None:
    """Return the file of the repository that a link leads to, or None: mkdocs knows it, or reports it."""
    path = link.partition("#")[0]
    if not path or re.match(r"[a-z]+:", path):
        return None
    target = Path(os.path.normpath(file.parent / path))
    is_page = target.is_relative_to(ROOT / "docs") and file.is_relative_to(ROOT / "docs")
    return None if is_page or not target.is_relative_to(ROOT) or not target.exists() else target


def _address(file: Path) -> str:
    """Return where the site has a file of the repository."""
    path = file.relative_to(ROOT).as_posix()
    if file.is_relative_to(ROOT / "docs"):
        return file.relative_to(ROOT / "docs").as_posix()
    if file.is_dir():
        return _address(file / "README.md") if (file / "README.md").exists() else f"source/{path}/index.md"
    if file.suffix == ".md":
        # A README would be the page of its folder, whose name then is not in the address.
        return f"project/{path}"
    return f"source/{path}.md"


def _origin(address: str) -> Path | None:
    """Return the file of the repository that a page of the site is made from."""
    if address.startswith(("source/", "reference/")):
        return None
    if address.startswith("project/"):
        return ROOT / address.removeprefix("project/")
    return ROOT / "docs" / address


def _listing(folder: Path) -> str:
    names = sorted(
        one.name + ("/" if one.is_dir() else "") for one in folder.iterdir() if one.name[0] not in "._"
    )
    return f"# {folder.relative_to(ROOT).as_posix()}/\n\n" + "".join(f"* `{name}`\n" for name in names)


def _highlighted(file: Path) -> str:
    text = file.read_text(encoding="utf-8")
    ticks = "`" * (3 + max((len(found) for found in re.findall(r"^ *(```+)", text, re.MULTILINE)), default=0))
    language = _LANGUAGES.get(file.suffix, "text")
    return f"# {file.relative_to(ROOT).as_posix()}\n\n{ticks}{language}\n{text.rstrip()}\n{ticks}\n"
