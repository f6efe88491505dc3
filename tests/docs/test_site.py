"""The site, built by the tool of `make docs` and read over HTTP, as a browser reads it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TypeAlias
from urllib.error import HTTPError
from urllib.parse import urldefrag, urljoin, urlsplit
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parents[2]
Serve: TypeAlias = Callable[[Path], str]

CSP = "default-src 'self'"
FETCHED = {"img": "src", "script": "src", "iframe": "src", "source": "src", "video": "src", "object": "data"}
"""What a browser fetches without being asked, besides the icons and styles of `link`."""


class Quiet(SimpleHTTPRequestHandler):
    """Serves files, and logs nothing."""

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""


class PageReader(HTMLParser):
    """Collects what a page has, links to, and lets a browser fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.headings = 0
        self.policy = self.title = self.description = ""
        self._in_title = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag has."""
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given[name] for name in ("id", "name") if given.get(name)}
        self.headings += tag == "h1"
        self._in_title = tag == "title" or self._in_title
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "link" and given.get("rel") not in ("prev", "next", "canonical"):
            self.fetched.append(given["href"])
        elif given.get(FETCHED.get(tag, "")):
            self.fetched.append(given[FETCHED[tag]])
        elif tag == "meta" and given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"]
        elif tag == "meta" and given.get("name") == "description":
            self.description = given["content"]

    def handle_endtag(self, tag: str) -> None:
        """Note where the title ends."""
        self._in_title = self._in_title and tag != "title"

    def handle_data(self, data: str) -> None:
        """Note the title."""
        if self._in_title:
            self.title += data


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Return a function that serves a folder until the test ends, and returns its address."""
    servers = []

    def serve(folder: Path) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
        servers.append(server)
        Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def read(url: str) -> str | None:
    """Return the text at an address, or None where there is none."""
    try:
        with urlopen(url) as response:  # noqa: S310 - our own server
            return response.read().decode(errors="replace")
    except HTTPError as error:
        error.close()
        return None


class Site:
    """A site, read from its first page on.

    Args:
        home: the address of the first page.
        folder: where its files are.
    """

    def __init__(self, home: str, folder: Path) -> None:
        self.home, self.folder = home, folder
        self.found: set[str] = set()
        self.pages: dict[str, PageReader] = {}
        self.links: list[tuple[str, str, str]] = []
        self.assets: set[str] = set()

    def problems(self) -> set[str]:
        """Return what is wrong with the pages that can be reached, and which cannot be."""
        self._read_pages()
        for url, anchor, name in self.links:
            if anchor and url in self.pages and anchor not in self.pages[url].ids:
                self.found.add(f"{name}: no anchor {self._name(url)}#{anchor}")
        for asset in self.assets:
            text = read(asset)
            if text is None:
                self.found.add(f"no file at {self._name(asset)}")
            elif asset.endswith((".css", ".svg")):
                self.found |= {f"{self._name(asset)}: fetches {one}" for one in _foreign(text)}
        reached = {self._name(url) for url in self.pages}
        made = {self._name(one.relative_to(self.folder).as_posix()) for one in self.folder.rglob("*.html")}
        return self.found | {f"no link leads to {one}" for one in made - reached - {"404.html"}}

    def _name(self, url: str) -> str:
        return url.removeprefix(self.home).removesuffix("index.html")

    def _read_pages(self) -> None:
        waiting = [(self.home, "")]
        while waiting:
            url, origin = waiting.pop()
            if url in self.pages:
                continue
            text = read(url)
            if text is None:
                self.found.add(f"{origin}: no page at {self._name(url)}")
                continue
            page = self.pages[url] = PageReader(text)
            name = self._name(url)
            self.found |= {f"{name}: {one}" for one in self._problems_of(url, page, text)}
            links = [(*urldefrag(urljoin(url, link)), name) for link in page.links]
            self.links += links
            waiting += [(target, name) for target, _, _ in links if self._is_page(target)]

    def _is_page(self, url: str) -> bool:
        return url.startswith(self.home) and url.endswith(("/", ".html"))

    def _problems_of(self, url: str, page: PageReader, text: str) -> Iterator[str]:
        """Yield what is wrong with a page itself, and note its files."""
        if not page.title.strip() or page.headings != 1:
            yield "no title"
        if not page.description.strip():
            yield "no description"
        yield from (
            f"the title of {self._name(one)}"
            for one in self.pages
            if one != url and self.pages[one].title == page.title
        )
        if CSP not in page.policy:
            yield "the browser may fetch from anywhere"
        yield from (f"fetches {one}" for one in _foreign(text))
        for link in (urljoin(url, link) for link in page.links):
            if not link.startswith(self.home) and urlsplit(link).scheme not in ("https", "http", "mailto"):
                yield f"leads to {link}"
        for one in (urljoin(url, one) for one in page.fetched if not one.startswith("data:")):
            if not one.startswith(self.home):
                yield f"fetches {one}"
        linked = {urldefrag(urljoin(url, one))[0].partition("?")[0] for one in page.fetched + page.links}
        self.assets |= {one for one in linked if one.startswith(self.home) and not self._is_page(one)}


def _foreign(text: str) -> list[str]:
    """Return what a style fetches from another host."""
    return re.findall(r"(?:@import |url\()\s*[\"']?(?:url\([\"']?)?((?:https?:)?//[^\"')\s]+)", text)


def test_every_page_and_link_of_the_site_works(tmp_path: Path, serve: Serve) -> None:
    """Every page is reached and has its own title, every anchor exists, only links to read leave the site."""
    site = tmp_path / "site"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", site],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1", "PATH": _path()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(list(site.rglob("index.html"))) > 30
    assert Site(serve(site), site).problems() == set()
    assert CSP in (site / "404.html").read_text(encoding="utf-8")


def _path() -> str:
    tools = [Path(sys.executable).parent, ROOT / "node_modules" / ".bin"]
    return os.pathsep.join([*map(str, tools), os.environ["PATH"]])


def test_what_is_wrong_with_a_site_is_found(tmp_path: Path, serve: Serve) -> None:
    """Each check of this file finds what it is for."""
    policy = f'<meta http-equiv="Content-Security-Policy" content="{CSP}">'
    described = '<meta name="description" content="D">'
    start = f"<head>{policy}{described}<title>A</title></head><h1 id=a>A</h1>"
    links = ["b/", "b/#no", "c/", "d/", "x.pdf"]
    pages = {
        "index.html": start + "".join(f'<a href="{link}">a link</a>' for link in links),
        "b/index.html": '<h1>B</h1><link rel="stylesheet" href="../s.css"><a href="javascript:x">j</a>',
        "alone/index.html": start,
        "d/index.html": start,
        "s.css": "@import url('https://fonts.example/css'); a { background: url(//img.example/a.png) }",
    }
    pages["b/index.html"] += '<img src="https://img.example/b.png"><a href="https://example.org">read</a>'
    for name, text in pages.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert Site(serve(tmp_path), tmp_path).problems() == {
        ": no anchor b/#no",
        ": no page at c/",
        "no file at x.pdf",
        "b/: no title",
        "b/: no description",
        "d/: the title of ",
        "b/: the browser may fetch from anywhere",
        "b/: leads to javascript:x",
        "b/: fetches https://img.example/b.png",
        "s.css: fetches https://fonts.example/css",
        "s.css: fetches //img.example/a.png",
        "no link leads to alone/",
    }
