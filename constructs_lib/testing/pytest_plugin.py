"""Fixtures for pytest: a Bedrock double, a local AWS, and deployments to it.

A project's own fixture of the same name takes precedence, also where one of these fixtures uses it: a
`local_aws` with other arguments is what `deploy` deploys to. `-p no:bedrock_customization` removes them all.
"""

# pytest imports this module in every session: what a fixture needs is imported when a test uses it.

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .bedrock import DoubleControl
    from .deployments import Deployments
    from .local_aws import LocalAws

_TIME_SCALE = 0.02


@pytest.fixture(scope="session")
def local_aws() -> Iterator[LocalAws]:
    """Return a local AWS that has been bootstrapped, one for each session and worker of pytest-xdist.

    A minute in a state machine lasts 1.2 seconds, so that a deployment that waits for a job goes on soon.
    """
    from .emulators import LocalAwsError
    from .local_aws import LocalAws

    aws = LocalAws(time_scale=_TIME_SCALE)
    try:
        aws.start()
        aws.bootstrap()
    except LocalAwsError as error:
        aws.stop()
        pytest.fail(str(error), pytrace=False)
    yield aws
    aws.stop()


@pytest.fixture
def bedrock(request: pytest.FixtureRequest) -> Iterator[DoubleControl]:
    """Return an empty Bedrock double: that of the local AWS if the test uses it, else one for this test."""
    from .bedrock import BedrockServer, DoubleControl

    if {"local_aws", "deploy"} & set(request.fixturenames):
        aws: LocalAws = request.getfixturevalue("local_aws")
        aws.bedrock.reset()
        yield aws.bedrock
    else:
        with BedrockServer() as server:
            yield DoubleControl(server.url)


@pytest.fixture
def deploy(local_aws: LocalAws) -> Iterator[Deployments]:
    """Return a function that deploys a stack or an app of the test, which is destroyed after the test."""
    from .deployments import Deployments

    deployments = Deployments(local_aws)
    yield deployments
    try:
        deployments.destroy()
    finally:
        local_aws.bedrock.reset()
