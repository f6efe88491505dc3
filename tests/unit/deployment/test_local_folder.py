"""The folder of a local AWS: what is found, what is removed, and the file that a shell sources."""

import fcntl
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from constructs_lib.deployment.local_folder import LocalFolder, RunningAws, shell_file
from constructs_lib.testing import LocalAwsError
from constructs_lib.testing.processes import free_ports


def test_only_the_folders_of_killed_commands_are_removed(tmp_path: Path) -> None:
    """The folders of commands that still run, and other folders, are not removed."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    for name in (f"run-{ended.pid}-a", f"run-{os.getpid()}-b", "run-x-c"):
        (tmp_path / name / "tmp").mkdir(parents=True)

    assert LocalFolder(tmp_path).remove_remains() is False

    assert {folder.name for folder in tmp_path.iterdir()} == {f"run-{os.getpid()}-b", "run-x-c"}


@pytest.mark.parametrize("saved", ["a local AWS that no longer responds", "half a file", "no file"])
def test_what_a_local_aws_that_has_died_left_is_removed(tmp_path: Path, saved: str) -> None:
    """After a restart of the machine nothing responds; a command that was killed may have saved nothing."""
    ports = free_ports(2)
    contents = {
        "a local AWS that no longer responds": (
            f'{{"url": "http://127.0.0.1:{ports[0]}", "bedrock_url": "http://127.0.0.1:{ports[1]}", '
            f'"account": "000000000000", "region": "us-east-1", "state": "{tmp_path / "background"}"}}'
        ),
        "half a file": '{"url": "http://127',
    }
    (tmp_path / "running").write_text("an id")
    (tmp_path / "background").mkdir()
    (tmp_path / "env").write_text("export A=B")
    if saved in contents:
        (tmp_path / "background.json").write_text(contents[saved])
    folder = LocalFolder(tmp_path)

    assert folder.running() is None
    assert folder.remove_remains() is True
    assert list(tmp_path.iterdir()) == []


def test_a_lock_is_waited_for_and_ends_with_the_process(tmp_path: Path) -> None:
    """Two commands that begin at once do not disturb each other; a lock is no file that could remain."""
    folder = LocalFolder(tmp_path)
    handle = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    threading.Timer(0.2, os.close, [handle]).start()
    with folder.locked():
        assert list(tmp_path.iterdir()) == []
        with pytest.raises(LocalAwsError, match="Another command uses the local AWS"), folder.locked():
            pass


def test_the_file_of_a_shell_sets_and_unsets_only_what_reaches_aws(tmp_path: Path) -> None:
    """Values are quoted; profiles and endpoints of other services are unset; nothing else is defined."""
    aws = RunningAws(
        url="http://127.0.0.1:1",
        bedrock_url="http://127.0.0.1:2",
        account="000000000000",
        region="us-east-1",
        state=tmp_path,
    )
    wanted = {**aws.env(), "AWS_CONFIG_FILE": "/it's a 'path' with $HOME and spaces"}
    (tmp_path / "env").write_text(shell_file(wanted))
    around = {
        "AWS_ENDPOINT_URL_S3": "http://elsewhere",
        "AWS_PROFILE": "nope",
        "AWS_SESSION_TOKEN": "token",
        "OTHER": "kept\nAWS_ENDPOINT_URL_FAKE=1",
    }
    for shell in ("sh", "bash"):
        shown = subprocess.run(
            [shell, "-eu", "-c", f'before=$(set | wc -l); . "{tmp_path}/env"; exec env -0'],
            env={"PATH": os.environ["PATH"], **around},
            capture_output=True,
            text=True,
            check=True,
        )
        after = dict(one.split("=", 1) for one in shown.stdout.split("\0") if "=" in one)
        own = {"PATH", "PWD", "OLDPWD", "SHLVL", "_", "OTHER"}
        assert {name: value for name, value in after.items() if name not in own} == wanted
        assert after["OTHER"] == around["OTHER"]


def test_only_the_calls_of_bedrock_reach_the_double(tmp_path: Path) -> None:
    """Those of both services of Bedrock, as from a shell with the variables of `env`."""
    aws = RunningAws(
        url="http://127.0.0.1:1",
        bedrock_url="http://127.0.0.1:2",
        account="000000000000",
        region="us-east-1",
        state=tmp_path,
    )
    urls = {name: aws.client(name).meta.endpoint_url for name in ("bedrock", "bedrock-runtime", "s3")}
    assert urls == {"bedrock": aws.bedrock_url, "bedrock-runtime": aws.bedrock_url, "s3": aws.url}
