"""An endpoint of CloudWatch Logs and Lambda that returns what a test has put into its log groups."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from types import TracebackType


LOST = 0
"""The status of an error where the connection is lost instead."""


class LogsEndpoint:
    """Log groups, whose events are returned in pages, and functions.

    Attributes:
        groups: stream, milliseconds and message of each event of a log group.
        functions: the log group of each function.
        errors: status, code and message with which a call fails, by its name.
        page: how many events a page has.
        with_ids: whether events have ids, as those of AWS have.
        calls: the names of the calls.
    """

    def __init__(self) -> None:
        self.groups: dict[str, list[tuple[str, int, str]]] = {}
        self.functions: dict[str, str] = {}
        self.errors: dict[str, tuple[int, str, str]] = {}
        self.page = 3
        self.with_ids = True
        self.calls: list[str] = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self._send(*owner._filter_log_events(body))

            def do_GET(self) -> None:
                self._send(*owner._function(self.path.split("/")[3]))

            def _send(self, status: int, answer: dict[str, Any]) -> None:
                if status == LOST:
                    self.close_connection = True
                    return
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def env(self) -> dict[str, str]:
        """The environment variables that send an AWS SDK here."""
        return {"AWS_ENDPOINT_URL_CLOUDWATCH_LOGS": self.url, "AWS_ENDPOINT_URL_LAMBDA": self.url}

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _filter_log_events(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if failure := self._failure("FilterLogEvents"):
            return failure
        group = asked["logGroupName"]
        if group not in self.groups:
            return 400, {"__type": "ResourceNotFoundException", "message": "The log group does not exist."}
        found = [
            {"logStreamName": stream, "timestamp": time, "message": message, "ingestionTime": time}
            | ({"eventId": str(number)} if self.with_ids else {})
            for number, (stream, time, message) in enumerate(self.groups[group])
            if time >= asked["startTime"]
        ]
        found.sort(key=lambda event: event["timestamp"])
        first = int(asked.get("nextToken", 0))
        last = first + self.page
        return 200, {"events": found[first:last]} | ({"nextToken": str(last)} if found[last:] else {})

    def _function(self, name: str) -> tuple[int, dict[str, Any]]:
        if failure := self._failure("GetFunctionConfiguration"):
            return failure
        if name not in self.functions:
            return 404, {"__type": "ResourceNotFoundException", "message": "Function not found"}
        return 200, {"FunctionName": name, "LoggingConfig": {"LogGroup": self.functions[name]}}

    def _failure(self, call: str) -> tuple[int, dict[str, Any]] | None:
        self.calls.append(call)
        if call not in self.errors:
            return None
        status, code, message = self.errors[call]
        return status, {"__type": code, "message": message}
