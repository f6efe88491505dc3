"""The function in a company's network: its proxy, its certificates, and a VPC without a route."""

from __future__ import annotations

import json
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest
from customization_job.frame.aws import _session, client
from customization_job.frame.errors import AwsError, Connection, ErrorKind
from customization_job.frame.response import DeliveryError, put
from customization_job.frame.response_url import Target
from customization_job.frame.retry import Retry
from customization_job.jobs.bedrock import BedrockJobs
from customization_job.jobs.messages import failed

from constructs_lib.testing import BedrockServer
from constructs_lib.testing.cloudformation_endpoint import CloudFormationEndpoint, StackState
from tests.lambda_.bucket import Bucket
from tests.lambda_.builders import NEW_YEAR, TWO, Harness, event, properties
from tests.lambda_.company import Authority, CompanyProxy, black_hole, silence
from tests.lambda_.fakes import Fakes, TurnedClock, no_retry
from tests.lambda_.function import run, stage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BEDROCK = "bedrock.eu-west-1.amazonaws.com"
CLOUDFORMATION = "cloudformation.eu-west-1.amazonaws.com"
S3 = "cloudformation-custom-resource-response-euwest1.s3.eu-west-1.amazonaws.com"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "key", "AWS_SESSION_TOKEN": "session"}
SETTINGS = ("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "AWS_CA_BUNDLE", "SSL_CERT_FILE")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The certificate authority of a company."""
    return Authority.make(tmp_path_factory.mktemp("company"))


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Another authority, which stands for those that everybody trusts."""
    return Authority.make(tmp_path_factory.mktemp("public"))


@pytest.fixture(autouse=True)
def _network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start without a proxy and with the default certificates."""
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("BEDROCK_CONNECT_TIMEOUT", "0.1")
    monkeypatch.setenv("BEDROCK_READ_TIMEOUT", "2")
    monkeypatch.setattr(time, "sleep", lambda _: None)  # the SDK's own pauses between its attempts


def sent(target: Target, *, seconds: float = 20.0, once: float = 5.0) -> tuple[int, list[str]]:
    """Send a response and return the status and the warnings."""
    clock, warnings = TurnedClock(), list[str]()
    status = put(
        target, b"{}", until=clock.now() + seconds, clock=clock, socket_timeout=once, warn=warnings.append
    )
    return status, warnings


def unsent(target: Target, *, seconds: float = 1.0, once: float = 0.5) -> str:
    """Fail to send a response and return why."""
    with pytest.raises(DeliveryError) as caught:
        sent(target, seconds=seconds, once=once)
    for secret in ("canary", "s3cret", S3):
        assert secret not in str(caught.value)
    return str(caught.value)


AT_S3 = Target(is_secure=True, host=S3, port=443, path="/x?X-Amz-Signature=canary")


# -- the whole function ----------------------------------------------------------------------------------


@pytest.mark.parametrize("is_bare", [False, True])
def test_calls_and_the_response_go_through_a_proxy_that_inspects_them(
    tmp_path: Path, *, is_bare: bool
) -> None:
    """Nothing but HTTPS_PROXY and AWS_CA_BUNDLE is set; certificates of the company may be old ones."""
    (tmp_path / "company").mkdir()
    company = Authority.make(tmp_path / "company", is_bare=is_bare)
    stage(tmp_path / "files")
    told = event("Create")
    with (
        BedrockServer() as bedrock,
        CloudFormationEndpoint(StackState.of(told)) as stack,
        Bucket([]) as bucket,
    ):
        hosts = {BEDROCK: _port(bedrock.url), CLOUDFORMATION: _port(stack.url), S3: bucket.port}
        with CompanyProxy(company, hosts) as proxy:
            done = run(
                tmp_path / "files",
                told,
                HTTPS_PROXY=f"http://function:s3cret@{proxy.address}",
                AWS_CA_BUNDLE=company.bundle,
                BEDROCK_CONNECT_TIMEOUT="5",
            )
        [job] = bedrock.double.jobs()
    [response] = bucket.puts
    answer = json.loads(response.content)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", job.arn)
    assert response.headers["Host"] == S3
    assert response.headers["Content-Type"] == ""
    assert set(proxy.wanted) == {f"{host}:443" for host in hosts}
    authorization = "Proxy-Authorization: Basic ZnVuY3Rpb246czNjcmV0"
    assert all(authorization.lower() in map(str.lower, lines) for lines in proxy.tunnels)
    assert not any("canary" in line for lines in proxy.tunnels for line in lines)
    for secret in ("s3cret", "canary", "ZnVuY3Rpb246czNjcmV0"):
        assert secret not in done.stdout + done.stderr


def test_a_function_that_reaches_nothing_says_so_in_its_log(tmp_path: Path) -> None:
    """No response can be sent; the log has what it would have said, and what the network needs."""
    stage(tmp_path)
    with black_hole() as port:
        done = run(tmp_path, event("Create"), seconds=8.0, HTTPS_PROXY=f"http://u:s3cret@127.0.0.1:{port}")
    line = next(one for one in map(json.loads, done.stdout.splitlines()) if one["act"] == "response not sent")
    assert line["status"] == "FAILED"
    assert f"no connection, or no response, in time through the proxy 127.0.0.1:{port}" in line["reason"]
    assert "a gateway endpoint for S3" in line["reason"]
    assert done.returncode != 0  # Lambda sends the event again
    for secret in ("s3cret", "canary"):
        assert secret not in done.stdout + done.stderr


class Wired(Fakes):
    """Fakes with the real client of one service, at a port of this machine."""

    __test__ = False
    service = ""

    def connect(self, service: str) -> Any:  # noqa: ANN401 - a client
        """Connect one service for real, and fake the others."""
        return sdk_client(service) if service == self.service else super().connect(service)


@pytest.mark.parametrize(
    ("service", "name", "begins"),
    [
        (
            "cloudformation",
            "CloudFormation",
            "No job was started, because the stack's status could not be read",
        ),
        ("bedrock", "Bedrock", "GetModelCustomizationJob got no response after "),
    ],
)
@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_without_a_route_to_a_service_the_reason_names_its_endpoint(
    kind: str, service: str, name: str, begins: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a VPC in which S3 can be reached: no job is started, and reason and log say what is missing."""
    harness = Harness(fakes=Wired())
    harness.fakes.service = service
    with black_hole() as port:
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service.upper()}", f"https://127.0.0.1:{port}")
        is_create = kind == "Create"
        answer = harness.create() if is_create else harness.update("arn:old", TWO, properties())
    expected = (
        "Check the function's network: no connection to 127.0.0.1 within 0.1 s. If the function is in a VPC, "
        f"it needs an interface endpoint for {name}, or a route to it through a NAT gateway or a proxy."
    )
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith(begins)
    assert answer["Reason"].endswith(expected)
    assert any(expected in str(line.get("reason")) for line in harness.lines)
    assert harness.double.jobs() == ()
    assert harness.fakes.clock.now() - NEW_YEAR < 60


# -- the response ----------------------------------------------------------------------------------------


def test_a_host_of_no_proxy_is_reached_without_the_proxy(
    company: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NO_PROXY decides by host, as for the AWS SDK; without it the response waits for the proxy."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_CA_BUNDLE", company.bundle)
    with Bucket([], tls=company.server()) as bucket:
        assert "no connection through the proxy 127.0.0.1:9" in unsent(bucket.target)
        monkeypatch.setenv("NO_PROXY", "example.com,.localhost")
        assert sent(bucket.target) == (200, [])
    assert len(bucket.puts) == 1


@pytest.mark.parametrize("value", ["127.0.0.1:{port}", "//127.0.0.1:{port}", "http://127.0.0.1:{port}/"])
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy"])
def test_every_form_of_a_proxys_url_works(
    name: str, value: str, company: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the AWS SDK takes them: with or without a scheme, in either case."""
    monkeypatch.setenv("AWS_CA_BUNDLE", company.bundle)
    with Bucket([]) as bucket, CompanyProxy(company, {S3: bucket.port}) as proxy:
        monkeypatch.setenv(name, value.format(port=_port(f"http://{proxy.address}")))
        assert sent(AT_S3) == (200, [])
    assert proxy.wanted == [f"{S3}:443"]


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1:9", "socks5://u:s3cret@host", "http://host:port", "http://"]
)
def test_a_proxy_that_is_none_does_not_stop_the_response(
    url: str, company: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The response is sent without it, and the log says so without the URL, which may hold a password."""
    monkeypatch.setenv("HTTPS_PROXY", url)
    monkeypatch.setenv("AWS_CA_BUNDLE", company.bundle)
    with Bucket([], tls=company.server()) as bucket:
        status, [warning] = sent(bucket.target)
    assert status == 200
    assert "HTTPS_PROXY" in warning
    assert "s3cret" not in warning


def test_the_bundle_adds_to_the_default_certificates(
    company: Authority, public: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bundle with nothing but the company's certificate lets the response reach S3 on either way."""
    monkeypatch.setenv("SSL_CERT_FILE", public.bundle)
    monkeypatch.setenv("AWS_CA_BUNDLE", company.bundle)
    for authority in (company, public):
        with Bucket([], tls=authority.server()) as bucket:
            assert sent(bucket.target) == (200, [])


@pytest.mark.parametrize("content", [None, "", "garbage", "-----BEGIN CERTIFICATE-----\ngarbage"])
def test_a_bundle_that_cannot_be_read_does_not_stop_the_response(
    content: str | None, public: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The default certificates are trusted, and the log warns once however often it is tried."""
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", public.bundle)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
    with Bucket([500, 500], tls=public.server()) as bucket:
        status, [warning] = sent(bucket.target)
    assert status == 200
    assert "AWS_CA_BUNDLE cannot be read" in warning


def test_a_certificate_that_nobody_knows_gets_no_response(
    company: Authority, public: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The signed URL is not shown to a server whose certificate is not trusted."""
    monkeypatch.setenv("AWS_CA_BUNDLE", public.bundle)
    with Bucket([], tls=company.server()) as bucket:
        assert "the certificate is not trusted" in unsent(bucket.target)
        other_name = bucket.target._replace(host="127.0.0.1")
        monkeypatch.setenv("AWS_CA_BUNDLE", company.bundle)
        assert "the certificate is not trusted" in unsent(other_name)
    assert bucket.puts == []


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (b"HTTP/1.1 407 canary\r\n\r\n", "it answered with status 407"),
        (b"HTTP/1.1 403 Forbidden\r\nX: canary\r\n\r\n", "it answered with status 403"),
        (
            b"HTTP/1.1 302 Found\r\nLocation: https://evil.example/canary\r\n\r\n",
            "it answered with status 302",
        ),
        (b"canary\r\n\r\n", "BadStatusLine"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: canary\r\n" * 200 + b"\r\n", "HTTPException"),
        (b"", "RemoteDisconnected"),
    ],
)
def test_what_a_proxy_answers_is_not_followed_and_not_repeated(
    answer: bytes, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its status is shown, and its words are not."""
    with CompanyProxy(answer=answer) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://u:s3cret@{proxy.address}")
        assert f"no connection through the proxy {proxy.address} ({problem})" in unsent(AT_S3)
    assert proxy.wanted == [f"{S3}:443"]


@pytest.mark.parametrize("network", [silence, black_hole])
@pytest.mark.parametrize("is_proxy", [True, False])
def test_a_response_waits_only_so_long(
    network: Callable[[], Any], *, is_proxy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy or a bucket that hangs while connecting, in CONNECT or in TLS takes one try, and no more."""
    with network() as port:
        if is_proxy:
            monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        target = AT_S3 if is_proxy else AT_S3._replace(host="127.0.0.1", port=port)
        began = time.monotonic()
        assert "no connection, or no response, in time" in unsent(target, seconds=0.4, once=0.3)
    assert time.monotonic() - began < 5.0


def test_many_addresses_share_the_time_of_one_try(monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 has eight addresses, and in a VPC without a route none of them answers."""
    with black_hole() as port:
        address = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))
        real = socket.getaddrinfo
        monkeypatch.setattr(
            socket, "getaddrinfo", lambda host, *a, **k: [address] * 8 if host == S3 else real(host, *a, **k)
        )
        began = time.monotonic()
        unsent(AT_S3._replace(port=port), seconds=0.9, once=0.8)
    assert time.monotonic() - began < 4.0


# -- the calls -------------------------------------------------------------------------------------------


def sdk_client(service: str) -> Any:  # noqa: ANN401 - botocore's clients have no types
    """Make a client as the function does, with the environment as it is now."""
    _session.cache_clear()
    made = client.__wrapped__(service, "eu-west-1")
    _session.cache_clear()
    return made


def failure() -> AwsError:
    """Return what a call to Bedrock fails with."""
    with pytest.raises(AwsError) as caught:
        BedrockJobs(sdk_client("bedrock"), no_retry()).stop_job("arn")
    said = failed(caught.value)
    assert "s3cret" not in said
    assert "canary" not in said
    return caught.value


@pytest.mark.parametrize(
    ("answer", "end"),
    [(b"HTTP/1.1 407 canary\r\n\r\n", ", which answered with status 407"), (None, " within 0.1 s")],
)
def test_a_proxy_that_does_not_connect_is_named(
    answer: bytes | None, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the host that it must connect to, and without its password."""
    with CompanyProxy(answer=answer or b"") as proxy:
        address = proxy.address if answer else "127.0.0.1:9"
        monkeypatch.setenv("HTTPS_PROXY", f"http://u:s3cret@{address}")
        error = failure()
    assert error.kind is ErrorKind.UNREACHABLE
    assert (
        f"no connection to {BEDROCK} through the proxy {address}{end}. Let the proxy connect the function"
    ) in failed(error)


def test_a_proxy_that_hangs_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a call had an effect is unknown then, as for every call without a response."""
    with silence() as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        error = failure()
    assert error.kind is ErrorKind.NO_RESPONSE
    assert failed(error).endswith(f"The call went through the proxy 127.0.0.1:{port}; check it too.")


def test_a_call_trusts_the_bundle_alone(
    company: Authority, public: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK takes AWS_CA_BUNDLE instead of the default certificates; the reason says what it must hold."""
    monkeypatch.setenv("SSL_CERT_FILE", public.bundle)
    monkeypatch.setenv("AWS_CA_BUNDLE", company.bundle)
    with Bucket([], tls=public.server()) as bucket:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK", bucket.origin)
        error = failure()
    assert error.kind is ErrorKind.UNTRUSTED
    assert not error.may_have_worked
    assert "the provider's ca_bundle must hold the proxy's CA" in failed(error)


@pytest.mark.parametrize("content", [None, "", "garbage"])
def test_a_call_needs_a_bundle_that_can_be_read(
    content: str | None, company: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It fails at once, and the response, which needs none, says why."""
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_text(content)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
    with Bucket([], tls=company.server()) as bucket:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK", bucket.origin)
        error = failure()
    assert error.kind is ErrorKind.NO_CA_BUNDLE
    assert "The file that AWS_CA_BUNDLE names cannot be read" in failed(error)


def test_what_an_event_can_do_without_is_not_waited_for_again() -> None:
    """A service that could not be reached for 45 seconds does not take the time to stop a job."""
    clock = TurnedClock()
    retry = Retry(clock, clock.now() + 800)

    def seconds(service: str, *, is_needed: bool) -> float:
        def fail() -> None:
            connection = Connection(service, f"{service}.example", 5.0)
            raise AwsError(ErrorKind.UNREACHABLE, "Operation", connection=connection)

        began = clock.now()
        with pytest.raises(AwsError):
            retry.call("Operation", fail, is_needed=is_needed)
        return clock.now() - began

    assert seconds("cloudformation", is_needed=False) >= 45
    assert seconds("cloudformation", is_needed=False) == 0
    assert seconds("cloudformation", is_needed=True) >= 45
    assert seconds("bedrock", is_needed=False) >= 45


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])
