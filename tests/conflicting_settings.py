"""User settings that would send the requests of a local AWS to the real AWS or to a proxy."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "npm_config_proxy", "npm_config_https_proxy")


@contextmanager
def conflicting_settings(patch: pytest.MonkeyPatch, home: Path) -> Iterator[list[str]]:
    """Set variables and files that point elsewhere; yield the requests that the proxy receives.

    Args:
        patch: sets the variables.
        home: the user's home.
    """
    with _proxy() as (url, seen):
        (home / ".aws").mkdir(parents=True)
        settings = f"ignore_configured_endpoint_urls = true\nendpoint_url = {url}\nregion = eu-west-3\n"
        (home / ".aws" / "config").write_text(f"[default]\n{settings}")
        (home / ".aws" / "credentials").write_text(
            "[default]\naws_access_key_id = A\naws_secret_access_key = B\n"
        )
        own = {
            "app": "false",
            "profile": "nope",
            "proxy": url,
            "toolkitStackName": "Other",
            "output": "/nowhere",
        }
        (home / ".cdk.json").write_text(json.dumps(own))
        leading = {
            "AWS_CONFIG_FILE": str(home / ".aws" / "config"),
            "AWS_ENDPOINT_URL": url,
            "AWS_ENDPOINT_URL_CLOUDFORMATION": url,
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
            "AWS_PROFILE": "nope",
            "AWS_USE_DUALSTACK_ENDPOINT": "true",
            "AWS_USE_FIPS_ENDPOINT": "true",
            "CDK_OUTDIR": "/nowhere",
            "HOME": str(home),
            "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(Path.home() / ".cache" / "aws" / "jsii" / "package-cache"),
            **{name: url for one in PROXIES for name in (one, one.upper())},
        }
        for name, value in leading.items():
            patch.setenv(name, value)
        for name in ("NO_PROXY", "no_proxy", "AWS_REGION", "AWS_DEFAULT_REGION"):
            patch.delenv(name, raising=False)
        yield seen


@contextmanager
def _proxy() -> Iterator[tuple[str, list[str]]]:
    seen: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen() -> None:
            while True:
                try:
                    caller, _ = server.accept()
                except OSError:
                    return
                with caller:
                    seen.append(caller.recv(400).decode("latin-1"))

        Thread(target=listen, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", seen
        server.shutdown(socket.SHUT_RDWR)
