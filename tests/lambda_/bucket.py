"""A response bucket on this machine: returns the statuses it is given, and keeps what it was sent."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar, Self

from customization_job.frame.response_url import Target

if TYPE_CHECKING:
    from ssl import SSLContext
    from types import TracebackType


@dataclass
class Put:
    """A request as it arrived."""

    path: str
    headers: dict[str, str]
    content: bytes


@dataclass
class Bucket:
    """Answers each request with the next status of `says`, then with 200.

    `None` closes the connection, `"hang"` does so at the end of the block. With `tls` it is at https://localhost.
    """

    says: list[int | str | None]
    puts: list[Put] = field(default_factory=list)
    tls: SSLContext | None = None
    over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        class Handler(_Handler):
            bucket = self

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if self.tls:
            self._server.socket = self.tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"{'https://localhost' if self.tls else 'http://127.0.0.1'}:{self.port}"

    @property
    def url(self) -> str:
        """A URL as MiniStack would make it."""
        return f"{self.origin}/answer%7Ca?X-Amz-Signature=canary-signature"

    @property
    def target(self) -> Target:
        """The same, taken apart."""
        return Target(
            is_secure=bool(self.tls),
            host="localhost" if self.tls else "127.0.0.1",
            port=self.port,
            path="/answer%7Ca?X-Amz-Signature=canary",
        )


class _Handler(BaseHTTPRequestHandler):
    bucket: ClassVar[Bucket]

    def do_PUT(self) -> None:
        """Take an answer."""
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.bucket.puts.append(Put(self.path, dict(self.headers), content))
        says = self.bucket.says.pop(0) if self.bucket.says else 200
        if says == "hang":
            self.bucket.over.wait()
        if says in (None, "hang"):
            self.close_connection = True
            return
        self.send_response(int(says))
        if 300 <= int(says) < 400:
            self.send_header("Location", f"http://127.0.0.1:{self.bucket.port}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep the tests' output clean."""
