"""A company's network on this machine: its certificate authority, its proxy, and ports that do not answer."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import TYPE_CHECKING, ClassVar, Self

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

NAMES = ("localhost", "*.eu-west-1.amazonaws.com", "*.s3.eu-west-1.amazonaws.com")
_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
_EXTENSIONS = """
[req]
distinguished_name = name
[name]
[complete]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[bare]
basicConstraints = CA:TRUE
[server]
subjectAltName = {names}
authorityKeyIdentifier = keyid
[bare-server]
subjectAltName = {names}
"""


@dataclass(frozen=True)
class Authority:
    """A certificate authority that exists for one test run, and the server that it has certified."""

    folder: Path

    @classmethod
    def make(cls, folder: Path, *, is_bare: bool = False) -> Authority:
        """Make one with the `openssl` of this machine.

        Args:
            folder: where its files are.
            is_bare: whether its certificate lacks the extensions that RFC 5280 asks for, as older ones do.
        """
        if shutil.which("openssl") is None:
            pytest.skip("certificates are made with openssl, which is not installed")
        made = cls(folder)
        names = ", ".join(f"DNS:{name}" for name in NAMES)
        (folder / "extensions.cnf").write_text(_EXTENSIONS.format(names=names))
        config = ("-config", "extensions.cnf")
        own, server = ("bare", "bare-server") if is_bare else ("complete", "server")
        files = ("-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", f"/CN={folder.name}")
        made._openssl("req", "-x509", *_KEY, *files, *config, "-extensions", own)
        made._openssl("req", *_KEY, "-keyout", "key.pem", "-out", "csr.pem", "-subj", "/CN=server", *config)
        signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-out", "server.pem")
        profile = ("-extfile", "extensions.cnf", "-extensions", server)
        made._openssl("x509", "-req", "-in", "csr.pem", *signed, *profile)
        return made

    @property
    def bundle(self) -> str:
        """The path of its certificate, as AWS_CA_BUNDLE names it."""
        return str(self.folder / "ca.pem")

    def server(self) -> ssl.SSLContext:
        """Return the TLS of a server that has its certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "server.pem", self.folder / "key.pem")
        return context

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)


@dataclass
class CompanyProxy:
    """A proxy that lets the function connect to some hosts, and inspects what is sent with `authority`.

    Args:
        authority: certifies the proxy's own certificate of every host.
        hosts: the port on this machine that stands for each host; others are refused with a 403.
        answer: what it answers to every CONNECT instead. Default: it connects.
        tunnels: the head of every request that it got.
    """

    authority: Authority | None = None
    hosts: dict[str, int] = field(default_factory=dict)
    answer: bytes | None = None
    tunnels: list[list[str]] = field(default_factory=list)

    def __enter__(self) -> Self:
        class Handler(_Tunnel):
            proxy = self

        ThreadingTCPServer.allow_reuse_address = True
        self._server = ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def wanted(self) -> list[str]:
        """The host and port of every CONNECT, without repeats."""
        return list(dict.fromkeys(lines[0].split()[1] for lines in self.tunnels))


class _Tunnel(StreamRequestHandler):
    proxy: ClassVar[CompanyProxy]

    def handle(self) -> None:
        """Answer a CONNECT, and relay what is sent after it."""
        lines: list[str] = []
        while line := self.rfile.readline().decode().strip():
            lines.append(line)
        self.proxy.tunnels.append(lines)
        method, authority, _ = lines[0].split()
        port = self.proxy.hosts.get(authority.rpartition(":")[0])
        refusal = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
        if self.proxy.answer is not None or method != "CONNECT" or port is None:
            self.wfile.write(refusal if self.proxy.answer is None else self.proxy.answer)
            return
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        assert self.proxy.authority
        with suppress(OSError), ExitStack() as ends:
            server = self.proxy.authority.server()
            near = ends.enter_context(server.wrap_socket(self.connection, server_side=True))
            far = ends.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
            back = threading.Thread(target=_relay, args=(far, near), daemon=True)
            back.start()
            _relay(near, far)
            back.join()


def _relay(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError, ValueError):
        while block := source.recv(65_536):
            sink.sendall(block)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def black_hole() -> Iterator[int]:
    """Yield a port that answers no attempt to connect, as in a VPC without a route: its queue is full."""
    with ExitStack() as ends:
        listener = ends.enter_context(closing(socket.socket()))
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        while True:
            caller = ends.enter_context(closing(socket.socket()))
            caller.settimeout(0.1)
            try:
                caller.connect(listener.getsockname())
            except TimeoutError:
                break
        yield listener.getsockname()[1]


@contextmanager
def silence() -> Iterator[int]:
    """Yield a port that accepts connections and then says nothing."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        yield listener.getsockname()[1]
