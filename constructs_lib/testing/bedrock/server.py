"""The double over HTTP, for boto3, the AWS CLI and Lambda functions.

Its URL is the value of `AWS_ENDPOINT_URL_BEDROCK` and of `AWS_ENDPOINT_URL_BEDROCK_RUNTIME`.
"""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SO_REUSEADDR, SOL_SOCKET
from threading import Event, Thread
from typing import TYPE_CHECKING, Self

from .control import PREFIX
from .control_requests import respond
from .double import REGION, BedrockDouble
from .rest import Response, caller, decode, encode, encode_error
from .service import ResponseLost, ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

LOOPBACK = "127.0.0.1"
_EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - only the caller chooses it
_PAUSE_SECONDS = 0.2


class BedrockServer:
    """Serves a double on a port of this machine, in threads of this process.

    Args:
        double: the double to serve. Default: a new one.
        port: the port to listen on. Default: any free port.
        host: the address to listen on. `0.0.0.0` lets containers and other machines call the double, but not
            control it. Default: 127.0.0.1, only this machine.

    Raises:
        OSError: the port is in use, or this machine does not have the address.
    """

    def __init__(self, double: BedrockDouble | None = None, *, port: int = 0, host: str = LOOPBACK) -> None:
        self.double = double or BedrockDouble()
        self._http = _Server(self.double, host, port)
        self._thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._stopped = Event()
        self._working = Thread(target=self._work, daemon=True)

    @property
    def url(self) -> str:
        """The URL of the double on this machine, for clients of `bedrock` and of `bedrock-runtime`."""
        host = self._http.server_name
        return f"http://{LOOPBACK if host == _EVERY_ADDRESS else host}:{self._http.server_port}"

    def start(self) -> Self:
        """Start to serve."""
        self._thread.start()
        if self.double.has_store or self.double.has_bus:
            self._working.start()
        return self

    def stop(self) -> None:
        """Stop serving and close the port."""
        if self._thread.is_alive():
            self._http.shutdown()
            self._thread.join()
        self._stopped.set()
        if self._working.is_alive():
            self._working.join()
        self._http.server_close()

    def _work(self) -> None:
        """Write what jobs train and send their events while nobody asks, as Bedrock does."""
        while not self._stopped.wait(_PAUSE_SECONDS):
            self.double.write_metrics()
            self.double.send_events()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    allow_reuse_address = True

    def __init__(self, double: BedrockDouble, host: str, port: int) -> None:
        self.double = double
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        """Bind without the DNS lookup of the standard library, which can take seconds."""
        # The port may be that of a server that was stopped a moment ago.
        self.socket.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):  # the same for every HTTP method
            return self._handle
        raise AttributeError(name)

    def log_message(self, *_args: object) -> None:
        """Log nothing, because the double records its calls."""

    def _handle(self) -> None:
        try:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self._send(self._respond(body))
        except (ResponseLost, ConnectionError, ValueError):  # no response, no caller, or not HTTP
            self.close_connection = True

    def _respond(self, body: bytes) -> Response:
        if self.path.startswith(PREFIX):
            is_local = self.client_address[0] == LOOPBACK
            return respond(self.server.double, self.command, self.path, self.headers, body, is_local=is_local)
        try:
            route, request = decode(self.command, self.path, body)
            sender = caller(self.headers.get("Authorization", ""))
            region = sender.region or REGION
            document = self.server.double.call(
                route.operation, request, account=sender.account, region=region
            )
            return encode(route, document)
        except ServiceError as error:
            return encode_error(error)

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        self.wfile.write(response.body)
