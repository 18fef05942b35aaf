"""How a gateway starts where something is missing that others have."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from gateway.config import Settings
from gateway.store.database import Database
from tests.interop.test_http_door import free_port

GATEWAY = (sys.executable, "-m", "gateway")
PATIENCE_S = 60.0


def environment(home: Path, database_url: str = "") -> dict[str, str]:
    ours = {"GATEWAY_HOME": str(home), "GATEWAY_DATABASE_URL": database_url}
    return os.environ | ours | {"GATEWAY_ENV": "production"}


def wait_until_ready(port: int) -> None:
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            assert httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
            return
        except httpx.TransportError:
            assert time.monotonic() < until
            time.sleep(0.05)


def test_a_gateway_whose_standard_streams_are_closed_works(tmp_path: Path):
    db = Database.open(Settings(home=tmp_path))
    db.migrate()
    db.close()
    port = free_port()
    closed = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"]
    words = ["serve", "--processes", "1", "--port", str(port)]
    process = subprocess.Popen([*closed, *GATEWAY, *words], env=environment(tmp_path))
    try:
        wait_until_ready(port)
        streams = Path(f"/proc/{process.pid}/fd")
        held = [os.readlink(streams / str(number)) for number in range(3)]
    finally:
        process.terminate()
        code = process.wait(PATIENCE_S)
    assert held == [os.devnull] * 3
    assert code == 0


def test_a_server_that_leaves_serves_on_and_says_that_it_is_not_ready(tmp_path: Path):
    db = Database.open(Settings(home=tmp_path))
    db.migrate()
    db.close()
    port = free_port()
    process = subprocess.Popen(
        [*GATEWAY, "serve", "--processes", "1", "--port", str(port)],
        env=environment(tmp_path) | {"GATEWAY_LEAVE_S": "3"},
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until_ready(port)
    finally:
        process.terminate()
    begun = time.monotonic()
    while httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
        assert time.monotonic() < begun + 2
    alive = httpx.get(f"http://127.0.0.1:{port}/healthz").status_code
    code = process.wait(PATIENCE_S)
    assert (alive, code) == (200, 0)
    assert time.monotonic() >= begun + 3


@pytest.mark.parametrize("command", ["serve", "work"])
def test_a_server_that_is_away_is_told_once_whatever_the_number_of_workers(
    tmp_path: Path, command: str
):
    url = "postgresql+psycopg://nobody:secret@127.0.0.1:1/none"
    words = [*GATEWAY, command, "--processes", "3"]
    done = subprocess.run(
        words,
        env=environment(tmp_path, url),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    (line,) = (done.stdout + done.stderr).splitlines()
    assert line.startswith("gateway: the database that GATEWAY_DATABASE_URL names")
    assert line.endswith(
        "start its server or mend the address; gateway doctor says more"
    )
    assert "secret" not in line


@pytest.mark.parametrize("command", ["serve", "work"])
def test_a_file_that_is_no_database_is_told_once_and_no_worker_is_started(
    tmp_path: Path, command: str
):
    (tmp_path / "gateway.sqlite3").write_bytes(b"no database at all" * 1000)
    done = subprocess.run(
        [*GATEWAY, command, "--processes", "2"],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    (line,) = (done.stdout + done.stderr).splitlines()
    assert "does not open: file is not a database" in line


def test_a_worker_that_cannot_begin_says_so_in_the_log(tmp_path: Path):
    url = "postgresql+psycopg://nobody:secret@127.0.0.1:1/none"
    ours, theirs = os.pipe()
    words = [*GATEWAY, "work", "--beside", "--processes", "1"]
    process = subprocess.Popen(
        words,
        env=environment(tmp_path, url),
        stdin=ours,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    told = [process.stderr.readline() for _ in range(2)]
    os.close(theirs)
    told += process.communicate(timeout=PATIENCE_S)[1].splitlines()
    os.close(ours)
    assert all(line.startswith("{") for line in told)
    assert '"worker.failed"' in told[1]
    assert "does not open" in told[1]
    assert "secret" not in "".join(told)
