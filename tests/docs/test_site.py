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
        self.policy = self.title = ""
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


def problems(home: str, folder: Path) -> set[str]:
    """Read every page that can be reached from the first one, and return what is wrong."""
    found: set[str] = set()
    pages: dict[str, PageReader] = {}
    anchors: list[tuple[str, str]] = []
    assets: set[str] = set()
    waiting = [(home, home)]
    while waiting:
        url, origin = waiting.pop()
        if url in pages:
            continue
        text = read(url)
        if text is None:
            found.add(f"{origin.removeprefix(home)}: no page at {url.removeprefix(home)}")
            continue
        page = pages[url] = PageReader(text)
        name = url.removeprefix(home) or "index"
        found |= {f"{name}: no title"} if not page.title.strip() or page.headings != 1 else set()
        found |= {f"{name}: the browser may fetch from anywhere"} if CSP not in page.policy else set()
        found |= {f"{name}: style fetches {one}" for one in _foreign(text)}
        for link in page.links:
            target, anchor = urldefrag(urljoin(url, link))
            if not target.startswith(home):
                if urlsplit(target).scheme not in ("https", "mailto", "http"):
                    found.add(f"{name}: leads to {link}")
            elif target.endswith("/") or target.endswith(".html"):
                waiting.append((target, url))
                anchors += [(f"{target}#{anchor}", name)] if anchor else []
            else:
                assets.add(target)
        for one in (urljoin(url, one) for one in page.fetched if not one.startswith("data:")):
            if one.startswith(home):
                assets.add(one.partition("?")[0])
            else:
                found.add(f"{name}: fetches {one}")
    for target, name in anchors:
        url, anchor = urldefrag(target)
        if url in pages and anchor not in pages[url].ids:
            found.add(f"{name}: no anchor {target.removeprefix(home)}")
    for asset in assets:
        text = read(asset)
        if text is None:
            found.add(f"no file at {asset.removeprefix(home)}")
        elif asset.endswith((".css", ".svg")):
            found |= {f"{asset.removeprefix(home)} fetches {one}" for one in _foreign(text)}
    reached = {url.removeprefix(home).removesuffix("index.html") for url in pages}
    made = {one.relative_to(folder).as_posix().removesuffix("index.html") for one in folder.rglob("*.html")}
    return found | {f"no link leads to {one}" for one in made - reached - {"404.html"}}


def _foreign(text: str) -> list[str]:
    """Return what a style fetches from another host."""
    return re.findall(r"(?:@import |url\()\s*[\"']?(?:url\([\"']?)?((?:https?:)?//[^\"')\s]+)", text)


def test_every_page_and_link_of_the_site_works(tmp_path: Path, serve: Serve) -> None:
    """Every page has a title and is reached, every anchor exists, and only links to read leave the site."""
    site = tmp_path / "site"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", site],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1", "PATH": _path()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(list(site.rglob("index.html"))) > 30
    assert problems(serve(site), site) == set()
    assert CSP in (site / "404.html").read_text(encoding="utf-8")


def _path() -> str:
    tools = [Path(sys.executable).parent, ROOT / "node_modules" / ".bin"]
    return os.pathsep.join([*map(str, tools), os.environ["PATH"]])


def test_what_is_wrong_with_a_site_is_found(tmp_path: Path, serve: Serve) -> None:
    """Each check of this file finds what it is for."""
    policy = f'<meta http-equiv="Content-Security-Policy" content="{CSP}">'
    start = f"<head>{policy}<title>A</title></head><h1 id=a>A</h1>"
    pages = {
        "index.html": f'{start}<a href="b/">b</a><a href="b/#no">b</a><a href="c/">c</a><a href="x.pdf">x</a>',
        "b/index.html": '<h1 id="b">B</h1><link rel="stylesheet" href="../s.css"><a href="javascript:x">j</a>',
        "alone/index.html": start,
        "s.css": "@import url('https://fonts.example/css'); a { background: url(//img.example/a.png) }",
    }
    pages["b/index.html"] += '<img src="https://img.example/b.png"><a href="https://example.org">read</a>'
    for name, text in pages.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert problems(serve(tmp_path), tmp_path) == {
        "index: no anchor b/#no",
        ": no page at c/",
        "no file at x.pdf",
        "b/: no title",
        "b/: the browser may fetch from anywhere",
        "b/: leads to javascript:x",
        "b/: fetches https://img.example/b.png",
        "s.css fetches https://fonts.example/css",
        "s.css fetches //img.example/a.png",
        "no link leads to alone/",
    }
