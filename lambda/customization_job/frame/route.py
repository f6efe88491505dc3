"""How a response leaves the function: through the proxy and with the certificates of its environment.

The variables are those that the AWS SDK reads (`HTTPS_PROXY`, `NO_PROXY`, `AWS_CA_BUNDLE`), so that calls and
responses go the same way. Standard library only.
"""

from __future__ import annotations

import http.client
import os
import socket
import time
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable
    from ssl import SSLContext

    from .response_url import Target

CA_BUNDLE = "AWS_CA_BUNDLE"
_PROXY_NAMES = ("https_proxy", "HTTPS_PROXY")
_SHORTEST = 0.1
_MOST_READ = 65_536
_TUNNEL_OPEN = 200


class Proxy(NamedTuple):
    """An HTTP proxy that opens tunnels (CONNECT).

    Args:
        host: the host's name or address.
        port: the port.
        authorization: the value of `Proxy-Authorization`, a secret. Default: none is sent.
    """

    host: str
    port: int
    authorization: str = ""

    @property
    def address(self) -> str:
        """Host and port, without the secret."""
        return f"{self.host}:{self.port}"


class ProxyRefusedError(OSError):
    """The proxy opens no tunnel."""

    def __init__(self, status: int) -> None:
        super().__init__(None, f"it answered with status {status}")


def proxy_for(host: str) -> Proxy | None:
    """Return the proxy for https requests to a host; None where they go without one.

    Args:
        host: a host's name or address.

    Raises:
        ValueError: the proxy's URL is not that of an HTTP proxy.
    """
    if not any(os.environ.get(name) for name in _PROXY_NAMES):
        return None
    from urllib.request import getproxies, proxy_bypass  # as the AWS SDK does

    url = getproxies().get("https", "")
    if not url or proxy_bypass(host):
        return None
    parts = urlsplit(url if "://" in url else f"http://{url.removeprefix('//')}")
    if parts.scheme != "http" or not parts.hostname:
        raise ValueError("HTTPS_PROXY must be the http:// URL of a proxy")
    return Proxy(parts.hostname, parts.port or 80, _authorization(parts.username, parts.password))


class Route:
    """The way to one host, and the certificates that are trusted on it.

    A setting that cannot be used is ignored with a warning: a response without it may arrive, and a
    stack without a response hangs.

    Args:
        target: where requests go.
        warn: called with what is left out, and why.
    """

    def __init__(self, target: Target, warn: Callable[[str], object]) -> None:
        self._target = target
        self._context = _trusted(warn) if target.is_secure else None
        self._proxy = _usable_proxy(target.host, warn) if target.is_secure else None

    def put(self, content: bytes, seconds: float) -> int:
        """PUT once and return the HTTP status. No redirect is followed.

        Args:
            content: the body.
            seconds: how long it may take in all.

        Raises:
            OSError: there was no connection, or no response.
            http.client.HTTPException: the response is not HTTP.
        """
        deadline = time.monotonic() + max(seconds, _SHORTEST)
        connection = self._connection()
        try:
            connection.sock = self._open(deadline)
            connection.putrequest("PUT", self._target.path, skip_accept_encoding=True)
            connection.putheader("Content-Type", "")  # anything else breaks the URL's signature
            connection.putheader("Content-Length", str(len(content)))
            connection.endheaders(content)
            connection.sock.settimeout(_left(deadline))
            response = connection.getresponse()
            response.read(_MOST_READ)
        finally:
            connection.close()
        return response.status

    def problem(self, error: Exception) -> str:
        """Return why a PUT failed, without the URL and without a secret."""
        way = f" through the proxy {self._proxy.address}" if self._proxy else ""
        if isinstance(error, TimeoutError):
            return f"no connection, or no response, in time{way}"
        if isinstance(error, OSError) and isinstance(error, ValueError):  # as ssl.SSLCertVerificationError is
            return f"the certificate is not trusted{way}"
        return f"no connection{way} ({_cause(error)})"

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self._target.host, self._target.port
        if self._context:
            return http.client.HTTPSConnection(host, port, context=self._context)
        return http.client.HTTPConnection(host, port)

    def _open(self, deadline: float) -> socket.socket:
        """Open a connection, and with it the tunnel and TLS where they are needed."""
        target, proxy = self._target, self._proxy
        first = proxy or target
        sock = _connected(first.host, first.port, deadline)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if proxy:
                _open_tunnel(sock, proxy, target, deadline)
            if self._context:
                sock.settimeout(_left(deadline))
                sock = self._context.wrap_socket(sock, server_hostname=target.host)
            sock.settimeout(_left(deadline))
        except BaseException:
            sock.close()
            raise
        return sock


def _connected(host: str, port: int, deadline: float) -> socket.socket:
    """Connect to the first address of a host that answers; each has its share of the time that is left.

    `socket.create_connection` gives each address the whole time, and S3 has eight.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    failed: OSError = TimeoutError()
    for number, (*_, address) in enumerate(found):
        share = _left(deadline) / (len(found) - number)
        try:
            return socket.create_connection((str(address[0]), port), timeout=max(share, _SHORTEST))
        except OSError as error:
            failed = error
    raise failed


def _open_tunnel(sock: socket.socket, proxy: Proxy, target: Target, deadline: float) -> None:
    """Have a proxy connect to a host; what it answers is not trusted, and only its status is read."""
    host = f"[{target.host}]" if ":" in target.host else target.host
    authority = f"{host}:{target.port}"
    lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}"]
    if proxy.authorization:
        lines.append(f"Proxy-Authorization: {proxy.authorization}")
    sock.settimeout(_left(deadline))
    sock.sendall("\r\n".join((*lines, "", "")).encode("ascii"))
    sock.settimeout(_left(deadline))
    answer = http.client.HTTPResponse(sock, method="CONNECT")
    try:
        answer.begin()
    finally:
        answer.close()
    if answer.status != _TUNNEL_OPEN:
        raise ProxyRefusedError(answer.status)


def _cause(error: Exception) -> str:
    """Return what an error is, without its text where that may quote a URL."""
    return getattr(error, "strerror", None) or type(error).__name__


def _left(deadline: float) -> float:
    return max(deadline - time.monotonic(), _SHORTEST)


def _usable_proxy(host: str, warn: Callable[[str], object]) -> Proxy | None:
    try:
        return proxy_for(host)
    except ValueError:  # its text may quote the URL, which may hold a password
        warn("HTTPS_PROXY is not the http:// URL of a proxy; the response is sent without it")
        return None


def _trusted(warn: Callable[[str], object]) -> SSLContext:
    """Return the default certificates and those of AWS_CA_BUNDLE, which the AWS SDK takes instead of them.

    A bundle may hold nothing but a company's own certificate, and S3 may be reached without its proxy.
    """
    import ssl

    context = ssl.create_default_context()
    bundle = os.environ.get(CA_BUNDLE)
    if not bundle:
        return context
    try:
        context.load_verify_locations(bundle)
    except (OSError, ValueError) as error:
        warn(f"the file of AWS_CA_BUNDLE cannot be read ({_cause(error)}); only the default ones are trusted")
    else:
        # Python 3.13 is strict about extensions that private CAs often lack; the SDK is not.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def _authorization(user: str | None, password: str | None) -> str:
    if not user or not password:
        return ""
    from base64 import b64encode

    return "Basic " + b64encode(f"{unquote(user)}:{unquote(password)}".encode()).decode()
